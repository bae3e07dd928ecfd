//! Beginnings, ends, parts and wildcards of indicators.
//!
//! A regular expression for each of them would take a hundred times as much memory, and some
//! thousand of them could not be used together.

use std::borrow::Cow;

use filter::condition::Wildcards;

use crate::matching::key_wildcards::of_key;
use crate::matching::url_wildcards;
use crate::meaning::path::{self, MOST_COMPONENTS};
use crate::meaning::placeholder::{Placeholder, placeholder};
use crate::meaning::registry::Hive;
use crate::meaning::text::{Account, folded};
use crate::model::{Comparison, IndicatorId, Indicators, Kind, Value};

/// The wildcards of one kind, all of which are compared with the form of a value.
#[derive(Debug, Clone, Default)]
pub(super) struct WildcardSet {
    wildcards: Wildcards,
    /// The indicator of each wildcard, and what must stand before it.
    of: Vec<(IndicatorId, Before)>,
    /// The wildcards of URLs as they are written. `wildcards` has them in lower case.
    urls: Vec<String>,
}

/// What must stand before the part of a form that a wildcard describes.
#[derive(Debug, Clone, Copy)]
pub(super) enum Before {
    /// Nothing: it describes the whole form.
    Nothing,
    /// A drive, or what stands for a volume.
    Drive {
        drive: u8,
        is_any_first: bool,
    },
    Placeholder {
        name: &'static str,
        folders: &'static [&'static str],
        is_any_first: bool,
    },
    /// The name of a hive, or none.
    Hive(Option<Hive>),
    /// The domain of an account, or nothing.
    Domain,
    /// Nothing: it describes the name of an account without a domain.
    NoDomain,
}

impl WildcardSet {
    pub(super) fn new(indicators: &Indicators, ids: &[IndicatorId]) -> Self {
        let mut of = Vec::new();
        let mut all = Vec::new();
        let mut urls = Vec::new();
        for id in ids {
            let indicator = indicators.get(*id);
            // Readers make wildcards of texts only.
            let Value::Text(text) = indicator.value else { continue };
            for (before, wildcard) in forms(indicator.kind, indicator.comparison, text) {
                of.push((*id, before));
                if indicator.kind == Kind::Url {
                    all.push(folded(&wildcard).into_owned());
                    urls.push(wildcard);
                } else {
                    all.push(wildcard);
                }
            }
        }
        // The pieces take many times as much as the text, so they are made one after the other.
        Self { wildcards: Wildcards::new(all.iter().map(|form| Wildcards::pieces(form))), of, urls }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.of.is_empty()
    }

    /// Calls `found` with the indicators that the form of a value meets.
    pub(super) fn find(&self, form: &str, mut found: impl FnMut(IndicatorId)) {
        if self.is_empty() {
            return;
        }
        let folded_url = if self.urls.is_empty() { Cow::Borrowed(form) } else { folded(form) };
        for number in self.wildcards.candidates(&folded_url) {
            let (id, before) = self.of[number as usize];
            let is_url =
                || self.urls.get(number as usize).is_none_or(|url| url_wildcards::describes(url, form));
            if before.rests(&folded_url).any(|rest| self.wildcards.describes(number, rest)) && is_url() {
                found(id);
            }
        }
    }
}

impl Before {
    /// Returns the parts of a form that have this before them.
    fn rests(self, form: &str) -> impl Iterator<Item = &str> {
        let whole = match self {
            Self::Nothing | Self::Domain => Some(form),
            Self::NoDomain => Some(form).filter(|form| !form.contains('\\')),
            Self::Hive(wanted) => form
                .split_once('\\')
                .filter(|(of_form, _)| of_form.is_empty() || wanted.is_none() || *of_form == hive(wanted))
                .map(|(_, path)| path),
            Self::Drive { .. } | Self::Placeholder { .. } => None,
        };
        let is_path = matches!(self, Self::Drive { .. } | Self::Placeholder { .. });
        let path = form.strip_prefix('/').filter(|_| is_path);
        let below = path.into_iter().flat_map(move |path| {
            starts(path).filter(move |start| self.allows(path, *start)).map(|start| &path[start..])
        });
        let name = form.rsplit_once('\\').filter(|_| matches!(self, Self::Domain)).map(|(_, name)| name);
        whole.into_iter().chain(name).chain(below)
    }

    /// Returns whether this may stand before the component of a path that begins at `start`.
    fn allows(self, path: &str, start: usize) -> bool {
        let before = path[..start].strip_suffix('/').unwrap_or_default();
        // A wildcard at the start of the path must not stand for another drive.
        let may_be_first = |is_any_first: bool| start > 0 || !is_any_first || !begins_with_drive(path);
        match self {
            Self::Nothing | Self::Hive(_) | Self::Domain | Self::NoDomain => false,
            Self::Drive { drive, is_any_first } => {
                path::may_be_drive(before, Some(drive)) && may_be_first(is_any_first)
            }
            Self::Placeholder { name, folders, is_any_first } => {
                (Placeholder::may_be(name, folders, before) || path::last(before) == name)
                    && may_be_first(is_any_first)
            }
        }
    }
}

/// Returns where each component begins, for the first ones: drives and folders of users are there.
fn starts(path: &str) -> impl Iterator<Item = usize> {
    let inner = memchr::memchr_iter(b'/', path.as_bytes()).map(|slash| slash + 1);
    [0].into_iter().chain(inner).take(MOST_COMPONENTS)
}

/// Returns whether the first component of a path is, or begins with, a drive: `d:`, `d:a.exe` or
/// `<my computer> d:`.
fn begins_with_drive(path: &str) -> bool {
    let first = path.split('/').next().unwrap_or_default();
    first.ends_with(':') || first.as_bytes().get(1) == Some(&b':')
}

/// Returns the name of a hive in the form of a key.
pub(super) fn hive(hive: Option<Hive>) -> &'static str {
    match hive {
        Some(Hive::Machine) => "hklm",
        Some(Hive::User) => "hkcu",
        None => "",
    }
}

/// Returns the wildcards that stand for a text of a list, each with what must stand before it.
pub(super) fn forms(kind: Kind, comparison: Comparison, text: &str) -> Vec<(Before, String)> {
    match kind {
        Kind::FilePath | Kind::FileName => {
            let (before, wildcard) = of_path(text, comparison, kind);
            // A folder stands for all that is in it.
            let inside = is_folder(kind, comparison, text).then(|| (before, format!("{wildcard}/*")));
            inside.into_iter().chain([(before, wildcard)]).collect()
        }
        Kind::RegistryKey => {
            let of_hive = |(hive, wildcard)| (Before::Hive(hive), wildcard);
            of_key(text, comparison).into_iter().map(of_hive).collect()
        }
        Kind::Url => {
            let of_url = url_wildcards::of_url(&anchored(text, comparison));
            of_url.into_iter().map(|wildcard| (Before::Nothing, wildcard)).collect()
        }
        // The case of a path of a URL counts.
        Kind::UrlPath => {
            let is_start = matches!(comparison, Comparison::Prefix | Comparison::Wildcard);
            let has_start = !is_start || text.starts_with(['/', '*', '?']);
            let start = if has_start { "" } else { "/" };
            vec![(Before::Nothing, format!("{start}{}", anchored(text, comparison)))]
        }
        Kind::Account => of_account(text, comparison),
        Kind::Pipe => {
            let inner = behind_any_folder(text).filter(|_| comparison == Comparison::Wildcard);
            let all = [Some(text), inner].into_iter().flatten();
            all.map(|text| (Before::Nothing, anchored(&folded(text), comparison))).collect()
        }
        Kind::Task => of_task(&folded(text), comparison),
        _ => vec![(Before::Nothing, anchored(&folded(text), comparison))],
    }
}

/// A wildcard with a domain is compared with an account that has one. Of any other account, the
/// name alone is compared.
fn of_account(text: &str, comparison: Comparison) -> Vec<(Before, String)> {
    let account = Account::new(text);
    let domain = text.rsplit_once('\\').map(|(domain, _)| domain);
    // A whole domain is that of a name without wildcards: `corp.example` is `corp`.
    let is_whole = domain.is_some_and(|domain| !domain.contains(['*', '?']));
    let wildcard = match (account.with_domain(), comparison) {
        (Some(with_domain), Comparison::Wildcard) if is_whole => with_domain,
        (None, Comparison::Wildcard) if is_whole => account.name().to_owned(),
        _ => anchored(&folded(text), comparison),
    };
    let Some((_, name)) = wildcard.rsplit_once('\\') else { return vec![(Before::Domain, wildcard)] };
    let says_name = name.contains(|c| c != '*' && c != '?');
    let without_domain = says_name.then(|| (Before::NoDomain, name.to_owned()));
    [(Before::Nothing, wildcard)].into_iter().chain(without_domain).collect()
}

/// The form of a task has no separator at its start.
fn of_task(text: &str, comparison: Comparison) -> Vec<(Before, String)> {
    let is_start = matches!(comparison, Comparison::Prefix | Comparison::Wildcard);
    let of_start = text.strip_prefix('\\').map(|start| anchored(start, comparison));
    let mut all = Vec::from_iter(of_start.map(|of_start| match comparison {
        // A part that begins with a separator may be at the start.
        Comparison::Suffix | Comparison::Contains => of_start.trim_start_matches('*').to_owned(),
        _ => of_start,
    }));
    if all.is_empty() || !is_start {
        all.push(anchored(text, comparison));
    }
    if let Some(inner) = behind_any_folder(text).filter(|_| comparison == Comparison::Wildcard) {
        all.push(inner.to_owned());
    }
    all.into_iter().map(|wildcard| (Before::Nothing, wildcard)).collect()
}

/// Returns a wildcard for the start or the end of a value, or both, or any part of it.
fn anchored(text: &str, comparison: Comparison) -> String {
    match comparison {
        Comparison::Prefix => format!("{text}*"),
        Comparison::Suffix => format!("*{text}"),
        Comparison::Contains => format!("*{text}*"),
        Comparison::Exact | Comparison::Wildcard | Comparison::Regex => text.into(),
    }
}

/// Returns whether the wildcard of a path is one of a folder.
fn is_folder(kind: Kind, comparison: Comparison, text: &str) -> bool {
    (kind, comparison) == (Kind::FilePath, Comparison::Wildcard) && text.ends_with(['/', '\\'])
}

fn of_path(text: &str, comparison: Comparison, kind: Kind) -> (Before, String) {
    let mut written = folded(text).replace('\\', "/");
    while written.contains("//") {
        written = written.replace("//", "/");
    }
    if kind == Kind::FileName || comparison == Comparison::Contains {
        return (Before::Nothing, anchored(&written, comparison));
    }
    if comparison == Comparison::Wildcard {
        written.truncate(written.trim_end_matches('/').len());
    }
    let below = behind_any_folder(&written).filter(|_| comparison != Comparison::Suffix);
    let may_be_inner = below.is_some();
    if comparison != Comparison::Suffix {
        written = below.unwrap_or(written.trim_start_matches('/')).into();
    }
    if let Some(rest) = ["?:/", "*:/"].iter().find_map(|drive| written.strip_prefix(drive)) {
        written = format!("%systemdrive%/{rest}");
    }
    let end = if comparison == Comparison::Prefix { "*" } else { "" };
    if let Some(Placeholder { name, folders, rest }) = placeholder(&written) {
        // Only a placeholder for any drive may have nothing before it.
        let is_any_first = rest.starts_with('*') && folders.contains(&"");
        return (Before::Placeholder { name, folders, is_any_first }, format!("{rest}{end}"));
    }
    match (path::split_drive(&written), comparison) {
        ((Some(drive), rest), _) => {
            (Before::Drive { drive, is_any_first: rest.starts_with('*') }, format!("{rest}{end}"))
        }
        // The beginning of a path is that of the whole one, and an end need not begin at a
        // separator.
        (_, Comparison::Prefix) if !may_be_inner => (Before::Nothing, format!("/{written}*")),
        (_, Comparison::Suffix) => (Before::Nothing, format!("*{written}")),
        _ => (Before::Nothing, format!("*/{written}{end}")),
    }
}

/// Returns what follows `*\` at the start of a wildcard. The `*` may stand for no folder at all, so
/// `*\Windows\a.exe` is found in `\Windows\a.exe`, too.
fn behind_any_folder(wildcard: &str) -> Option<&str> {
    wildcard.strip_prefix('*')?.trim_start_matches('*').strip_prefix(['/', '\\'])
}

#[cfg(test)]
mod tests;
