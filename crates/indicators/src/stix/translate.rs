//! Translates patterns to indicators.

use super::parser::{Constant, Operator, Pattern, Test};
use crate::model::{Comparison, Kind};
use crate::regex::{RegexCheck, escaped};
use crate::tree::{Item, Tree};
use crate::values::{Recognised, as_kind};

/// What a property of an object is.
enum Property {
    /// A value of this kind.
    Of(Kind),
    /// A folder.
    Folder,
    /// The type of another value.
    Type,
    /// Nothing that events have.
    Unknown,
}

/// Translates a pattern. `line` is where it stands.
pub(super) fn translate(pattern: Pattern<'_>, line: u32, check: &mut RegexCheck) -> Tree {
    let mut all =
        |parts: Vec<Pattern<'_>>| parts.into_iter().map(|part| translate(part, line, check)).collect();
    match pattern {
        Pattern::Test(test) => translate_test(&test, line, check),
        Pattern::Any(parts) => Tree::Any(all(parts)),
        Pattern::All(parts) => Tree::All(in_one_path(all(parts))),
        Pattern::SeveralEvents { written, operator } => {
            Tree::undecidable(written, format!("{operator} asks for several events"))
        }
    }
}

fn translate_test(test: &Test<'_>, line: u32, check: &mut RegexCheck) -> Tree {
    let Test { written, object, path, is_negated, operator, values } = test;
    if *is_negated {
        return Tree::undecidable(written, "NOT is not supported");
    }
    if let Operator::Other(operator) = operator {
        return Tree::undecidable(written, format!("{operator} is not supported"));
    }
    let (kind, is_folder) = match property(object, path) {
        Property::Of(kind) => (kind, false),
        Property::Folder => (Kind::FilePath, true),
        Property::Type => return Tree::Always { written: (*written).into() },
        Property::Unknown => {
            return Tree::undecidable(written, format!("events have no counterpart of {object}:{path}"));
        }
    };
    let mut alternatives = Vec::new();
    for value in values {
        let Constant::Text(value) = value else {
            return Tree::undecidable(written, "a constant that is no text is not supported");
        };
        let found = match operator {
            Operator::Like => like(kind, value, check),
            Operator::Matches => matches(kind, value, check),
            _ => as_kind(kind, value).map_err(|error| error.0).and_then(|found| literal(found, value, check)),
        };
        alternatives.push(match found.and_then(|found| if is_folder { folder(found) } else { Ok(found) }) {
            Ok(recognised) => Tree::Item(Item { recognised, written: value.clone().into_owned(), line }),
            Err(reason) => Tree::wrong(written, reason),
        });
    }
    if alternatives.len() == 1 { alternatives.remove(0) } else { Tree::Any(alternatives) }
}

/// In a text that is compared as a whole, `*` and `?` are themselves. Wildcards match them, too.
fn literal(
    found: Recognised<'_>,
    value: &str,
    check: &mut RegexCheck,
) -> Result<Recognised<'static>, String> {
    if found.comparison != Comparison::Wildcard {
        return Ok(found.into_owned());
    }
    let has_form = matches!(found.kind, Kind::FileName | Kind::FilePath | Kind::RegistryKey | Kind::Pipe);
    if !has_form {
        return Ok(Recognised::text(found.kind, found.as_text().to_owned()));
    }
    let pattern = format!(r"(?i)^{}\Z", escaped(value));
    check.check(&pattern)?;
    Ok(Recognised::compared(found.kind, Comparison::Regex, pattern))
}

/// Makes the path of a folder that of its files: the beginning of their paths, or a wildcard that
/// ends with a separator.
fn folder(found: Recognised<'static>) -> Result<Recognised<'static>, String> {
    let comparison = match found.comparison {
        Comparison::Exact => Comparison::Prefix,
        Comparison::Wildcard => Comparison::Wildcard,
        _ => return Err("a folder cannot be compared with this pattern; write it with LIKE and `%`".into()),
    };
    let mut path = found.as_text().to_owned();
    let is_open = comparison == Comparison::Wildcard && path.ends_with('*');
    if !is_open && !path.ends_with(['/', '\\']) {
        path.push(if path.contains('/') && !path.contains('\\') { '/' } else { '\\' });
    }
    Ok(Recognised::compared(Kind::FilePath, comparison, path))
}

/// A text in which `%` stands for any text, and `_` for any character.
fn like(kind: Kind, value: &str, check: &mut RegexCheck) -> Result<Recognised<'static>, String> {
    if kind.is_hash() || matches!(kind, Kind::Address | Kind::Network) {
        return Err(format!("LIKE is not supported for {}", kind.with_article()));
    }
    if !value.contains(['%', '_']) {
        return as_kind(kind, value).map_err(|error| error.0).and_then(|found| literal(found, value, check));
    }
    // A `?` of a URL is found by the wildcard of one character, too.
    let is_of_url = matches!(kind, Kind::Url | Kind::UrlPath);
    if !value.contains('*') && (is_of_url || !value.contains('?')) {
        let text = value.replace('%', "*").replace('_', "?");
        return Recognised::compared(kind, Comparison::Wildcard, text).checked().map_err(|error| error.0);
    }
    let mut pattern = String::from("(?is)^");
    for character in value.chars() {
        match character {
            '%' => pattern.push_str(".*"),
            '_' => pattern.push('.'),
            other => pattern += &escaped(other.encode_utf8(&mut [0; 4])),
        }
    }
    pattern.push_str(r"\Z");
    check.check(&pattern)?;
    Ok(Recognised::compared(kind, Comparison::Regex, pattern))
}

fn matches(kind: Kind, value: &str, check: &mut RegexCheck) -> Result<Recognised<'static>, String> {
    if kind.is_hash() || matches!(kind, Kind::Address | Kind::Network) {
        return Err(format!("MATCHES is not supported for {}", kind.with_article()));
    }
    check.check(value)?;
    Ok(Recognised::compared(kind, Comparison::Regex, value.to_owned()))
}

/// Joins a file name and the folder that it is in, which STIX has in two properties.
fn in_one_path(mut parts: Vec<Tree>) -> Vec<Tree> {
    let name = position(&parts, |found| {
        found.kind == Kind::FileName && matches!(found.comparison, Comparison::Exact | Comparison::Wildcard)
    });
    let folder = position(&parts, |found| {
        found.kind == Kind::FilePath && matches!(found.comparison, Comparison::Prefix | Comparison::Wildcard)
    });
    if let (Some(name), Some(folder)) = (name, folder)
        && let (Tree::Item(file), Tree::Item(place)) = (&parts[name], &parts[folder])
    {
        let (file_name, path) = (file.recognised.as_text(), place.recognised.as_text());
        let recognised = joined(path, file_name);
        let written = recognised.as_text().to_owned();
        let line = file.line;
        parts[name] = match recognised.checked() {
            Ok(recognised) => Tree::Item(Item { recognised, written, line }),
            Err(error) => Tree::wrong(&written, error.0),
        };
        parts.remove(folder);
    }
    parts
}

/// Returns the path of a file in a folder, each of which may have wildcards.
fn joined(folder: &str, name: &str) -> Recognised<'static> {
    let separator = if folder.ends_with(['/', '\\']) { "" } else { "\\" };
    let path = format!("{folder}{separator}{name}");
    let comparison = if path.contains(['*', '?']) { Comparison::Wildcard } else { Comparison::Exact };
    Recognised::compared(Kind::FilePath, comparison, path)
}

/// Returns the position of the only part of this form. With several of them, it is not clear which
/// belong together.
fn position(parts: &[Tree], is_of_form: impl Fn(&Recognised<'_>) -> bool) -> Option<usize> {
    let mut found = parts.iter().enumerate().filter(|(_, part)| match part {
        Tree::Item(item) => is_of_form(&item.recognised),
        _ => false,
    });
    let (first, _) = found.next()?;
    found.next().is_none().then_some(first)
}

/// Returns what a property is. The vocabulary is that of STIX 2.0 and 2.1.
fn property(object: &str, path: &str) -> Property {
    let path = path.to_ascii_lowercase();
    let object = object.to_ascii_lowercase();
    if let Some((_, algorithm)) = path.rsplit_once("hashes.").filter(|(_, name)| !name.contains('.')) {
        return Kind::of_algorithm(&algorithm.replace('-', "")).map_or(Property::Unknown, Property::Of);
    }
    if path.ends_with("_ref.type") || path.ends_with("_refs.type") {
        return Property::Type;
    }
    Property::Of(match (object.as_str(), path.as_str()) {
        ("file", "name" | "content_ref.name") => Kind::FileName,
        ("process", "name" | "image_ref.name" | "binary_ref.name") => Kind::FileName,
        ("email-message", "body_multipart.body_raw_ref.name") => Kind::FileName,
        ("file", "parent_directory_ref.path") | ("directory", "path") => return Property::Folder,
        ("process", "image_ref.parent_directory_ref.path" | "binary_ref.parent_directory_ref.path") => {
            return Property::Folder;
        }
        ("file", "extensions.windows-pebinary-ext.imphash") => Kind::Imphash,
        ("ipv4-addr" | "ipv6-addr", "value") => Kind::Address,
        ("domain-name", "value") => Kind::Domain,
        ("domain-name" | "ipv4-addr" | "ipv6-addr", "resolves_to_refs.value") => Kind::Address,
        ("network-traffic", "src_ref.value" | "dst_ref.value") => Kind::Address,
        ("network-traffic", "extensions.http-request-ext.request_header.host") => Kind::Domain,
        ("network-traffic", "extensions.http-request-ext.request_header.user-agent") => Kind::UserAgent,
        ("network-traffic", "extensions.http-request-ext.request_value") => Kind::UrlPath,
        ("url", "value") => Kind::Url,
        ("email-addr", "value") => Kind::Email,
        ("email-message", "from_ref.value" | "sender_ref.value" | "to_refs.value" | "cc_refs.value") => {
            Kind::Email
        }
        ("process", "command_line" | "arguments") => Kind::CommandLine,
        ("process", "extensions.windows-service-ext.service_name") => Kind::Service,
        ("windows-registry-key" | "win-registry-key", "key") => Kind::RegistryKey,
        ("windows-registry-key" | "win-registry-key", "values.name") => Kind::RegistryValue,
        ("windows-registry-key" | "win-registry-key", "values.data") => Kind::RegistryData,
        ("user-account", "account_login") => Kind::Account,
        ("mutex", "name") => Kind::Mutex,
        _ => return Property::Unknown,
    })
}
