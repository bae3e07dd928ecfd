//! The terms of OpenIOC: what a condition looks at, and how.

use crate::model::{Comparison, Kind};
use crate::regex::RegexCheck;
use crate::tree::{Item, Tree};
use crate::values::{Recognised, as_kind};
use crate::words::{Switch, no_switch, switch};

/// A condition as the file has it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Condition {
    /// How the value is compared: `is`, `contains` and so on.
    pub(super) how: String,
    /// Whether the opposite is meant, as it is written.
    pub(super) negate: String,
    pub(super) preserves_case: bool,
    /// What is compared, such as `FileItem/Md5sum`.
    pub(super) term: String,
    pub(super) content: String,
    pub(super) line: u32,
}

/// What a term is.
enum Term {
    /// A value of this kind.
    Of(Kind),
    /// The folder of a file.
    Folder,
    /// A folder, or a whole path.
    PathOrFolder,
    /// A registry key, or a key with the name of a value.
    KeyOrValue,
}

/// Translates a condition.
pub(super) fn translate(condition: &Condition, check: &mut RegexCheck) -> Tree {
    let Condition { how, term, content, .. } = condition;
    let content = content.trim();
    let written = format!("{term} {how} {content}");
    let how = how.to_ascii_lowercase();
    let Some(negate) = switch(&condition.negate) else {
        return Tree::wrong(&written, no_switch("negate"));
    };
    if negate == Switch::On || how.ends_with("not") {
        return Tree::undecidable(&written, "NOT is not supported");
    }
    if content.is_empty() {
        return Tree::wrong(&written, "it is empty");
    }
    let Some(term) = known(term) else {
        return Tree::undecidable(&written, format!("events have no counterpart of {term}"));
    };
    let found = match how.as_str() {
        "is" => return exact(&term, condition),
        "contains" => part(&term, Comparison::Contains, content),
        "starts-with" => part(&term, Comparison::Prefix, content),
        "ends-with" => part(&term, Comparison::Suffix, content),
        "matches" => pattern(&term, condition.preserves_case, content, check),
        _ => return Tree::undecidable(&written, format!("the condition {how} is not supported")),
    };
    match found {
        Ok(recognised) => item(recognised, content, condition.line),
        Err(reason) => Tree::wrong(&written, reason),
    }
}

fn item(recognised: Recognised<'_>, written: &str, line: u32) -> Tree {
    Tree::Item(Item { recognised: recognised.into_owned(), written: written.to_owned(), line })
}

/// A whole value. Some terms mean one of two things.
fn exact(term: &Term, condition: &Condition) -> Tree {
    let content = condition.content.trim();
    let recognised = |kind, content| match as_kind(kind, content) {
        Ok(recognised) => item(recognised, content, condition.line),
        Err(error) => Tree::wrong(&format!("{} is {content}", condition.term), error.0),
    };
    let folder = || {
        let path = format!("{}\\", content.trim_end_matches('\\'));
        item(Recognised::compared(Kind::FilePath, Comparison::Prefix, path), content, condition.line)
    };
    match term {
        Term::Of(kind) => recognised(*kind, content),
        Term::Folder => folder(),
        Term::PathOrFolder => Tree::Any(vec![recognised(Kind::FilePath, content), folder()]),
        Term::KeyOrValue => match content.rsplit_once('\\') {
            Some((key, value)) if !key.is_empty() && !value.is_empty() => {
                let both = [(Kind::RegistryKey, key), (Kind::RegistryValue, value)];
                let both = both.map(|(kind, content)| recognised(kind, content));
                Tree::Any(vec![recognised(Kind::RegistryKey, content), Tree::All(both.into())])
            }
            _ => recognised(Kind::RegistryKey, content),
        },
    }
}

/// A part of a value. A part of a host with a dot in it is meant as a host with its subdomains.
fn part(term: &Term, comparison: Comparison, content: &str) -> Result<Recognised<'static>, String> {
    let kind = kind(term);
    if kind == Kind::Address
        && let Some(network) = network_of(content)
    {
        return as_kind(kind, &network).map(Recognised::into_owned).map_err(|error| error.0);
    }
    let is_whole = kind.is_hash()
        || matches!(kind, Kind::Address | Kind::Network)
        || matches!(kind, Kind::Domain | Kind::Email) && content.trim_matches('.').contains('.');
    if is_whole {
        return as_kind(kind, content).map(Recognised::into_owned).map_err(|error| error.0);
    }
    // The end of a folder is no end of the path of a file in it.
    let (comparison, content) = match (term, comparison) {
        (Term::Folder, Comparison::Suffix) => {
            (Comparison::Wildcard, format!("*{}\\", content.trim_end_matches('\\')))
        }
        _ => (comparison, content.to_owned()),
    };
    Recognised::compared(kind, comparison, content).checked().map_err(|error| error.0)
}

/// Returns the network of the addresses that begin like this: `192.0.2.` is `192.0.2.0/24`.
fn network_of(content: &str) -> Option<String> {
    let octets = content.strip_suffix('.')?.split('.').count();
    let missing = 4_usize.checked_sub(octets).filter(|missing| *missing > 0)?;
    Some(format!("{content}{}/{}", vec!["0"; missing].join("."), 8 * octets))
}

fn pattern(
    term: &Term,
    preserves_case: bool,
    content: &str,
    check: &mut RegexCheck,
) -> Result<Recognised<'static>, String> {
    let kind = kind(term);
    if kind.is_hash() || matches!(kind, Kind::Address | Kind::Network) {
        return Err(format!("patterns are not supported for {}", kind.with_article()));
    }
    if matches!(term, Term::Folder) {
        return Err("a folder cannot be compared with a regular expression".into());
    }
    let pattern = if preserves_case { content.to_owned() } else { format!("(?i){content}") };
    check.check(&pattern)?;
    Ok(Recognised::compared(kind, Comparison::Regex, pattern))
}

fn kind(term: &Term) -> Kind {
    match term {
        Term::Of(kind) => *kind,
        Term::Folder | Term::PathOrFolder => Kind::FilePath,
        Term::KeyOrValue => Kind::RegistryKey,
    }
}

fn known(term: &str) -> Option<Term> {
    Some(Term::Of(match term.to_ascii_lowercase().as_str() {
        "fileitem/md5sum" | "processitem/sectionlist/memorysection/md5sum" => Kind::Md5,
        "serviceitem/pathmd5sum" | "serviceitem/servicedllmd5sum" | "taskitem/md5sum" => Kind::Md5,
        "fileitem/sha1sum" => Kind::Sha1,
        "fileitem/sha256sum" => Kind::Sha256,
        "fileitem/filename" | "processitem/name" | "driveritem/drivername" => Kind::FileName,
        "prefetchitem/applicationfilename" => Kind::FileName,
        "fileitem/fullpath" | "processitem/sectionlist/memorysection/name" => Kind::FilePath,
        "serviceitem/path" | "serviceitem/servicedll" | "prefetchitem/applicationfullpath" => Kind::FilePath,
        "taskitem/actionlist/action/execprogrampath" => Kind::FilePath,
        "fileitem/filepath" => return Some(Term::Folder),
        "processitem/path" => return Some(Term::PathOrFolder),
        "dnsentryitem/host" | "dnsentryitem/recordname" | "dnsentryitem/recorddata/host" => Kind::Domain,
        "network/dns" | "urlhistoryitem/hostname" | "cookiehistoryitem/hostname" => Kind::Domain,
        "portitem/remoteip" | "processitem/portlist/portitem/remoteip" => Kind::Address,
        "dnsentryitem/recorddata/ipv4address" | "dnsentryitem/recorddata/ipv6address" => Kind::Address,
        "network/uri" => Kind::UrlPath,
        "urlhistoryitem/url" | "filedownloadhistoryitem/sourceurl" => Kind::Url,
        "network/useragent" => Kind::UserAgent,
        "email/from" | "email/replyto" | "email/to" => Kind::Email,
        "registryitem/path" => return Some(Term::KeyOrValue),
        "registryitem/keypath" => Kind::RegistryKey,
        "registryitem/valuename" => Kind::RegistryValue,
        "registryitem/text" | "registryitem/value" => Kind::RegistryData,
        "processitem/arguments" | "taskitem/actionlist/action/execarguments" => Kind::CommandLine,
        "serviceitem/name" => Kind::Service,
        "taskitem/name" => Kind::Task,
        "taskitem/accountname" | "useritem/username" => Kind::Account,
        _ => return None,
    }))
}
