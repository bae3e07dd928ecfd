//! Indicators that are compared otherwise than by a look-up: beginnings, ends, wildcards and
//! regular expressions.

use filter::condition::{Patterns, Regex};

use crate::matching::error::BuildError;
use crate::meaning::path;
use crate::meaning::placeholder::placeholder;
use crate::meaning::registry::{Hive, Key};
use crate::meaning::text::folded;
use crate::meaning::url::is_of_web;
use crate::model::{Comparison, Indicator, IndicatorId, Indicators, Kind, Value};
use crate::regex;

/// The patterns of one kind.
#[derive(Debug, Clone, Default)]
pub(super) struct KindPatterns {
    /// Regular expressions of lists, which are compared with values as events have them.
    raw: Set,
    /// All others, which are compared with the form of a value that [`form_of_path`] and its like
    /// return.
    formed: Set,
}

#[derive(Debug, Clone, Default)]
struct Set {
    patterns: Option<Patterns>,
    ids: Vec<IndicatorId>,
}

impl KindPatterns {
    /// Compiles the patterns of indicators of one kind.
    pub(super) fn new(indicators: &Indicators, ids: &[IndicatorId]) -> Result<Self, BuildError> {
        let is_raw = |id: &IndicatorId| indicators.get(*id).comparison == Comparison::Regex;
        let (raw, formed): (Vec<_>, Vec<_>) = ids.iter().copied().partition(is_raw);
        let set = |ids: Vec<IndicatorId>| {
            if ids.is_empty() {
                return Ok(Set::default());
            }
            let regexes: Vec<_> = ids.iter().map(|id| regex_of(&indicators.get(*id))).collect();
            let patterns = Patterns::new(&regexes).map_err(|unusable| {
                let indicator = indicators.get(ids[unusable.number]);
                BuildError::new(indicators, &indicator, unusable.reason)
            })?;
            Ok(Set { patterns: Some(patterns), ids })
        };
        Ok(Self { raw: set(raw)?, formed: set(formed)? })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.raw.ids.is_empty() && self.formed.ids.is_empty()
    }

    /// Returns whether there are regular expressions of lists.
    pub(super) fn has_raw(&self) -> bool {
        !self.raw.ids.is_empty()
    }

    /// Returns whether there are other patterns.
    pub(super) fn has_formed(&self) -> bool {
        !self.formed.ids.is_empty()
    }

    /// Calls `found` with the regular expressions that match in a value. Returns `false` if one was
    /// given up.
    pub(super) fn find_raw(&self, value: &str, found: impl FnMut(IndicatorId)) -> bool {
        self.raw.find(value, found)
    }

    /// Calls `found` with the other patterns that match in the form of a value.
    pub(super) fn find_formed(&self, form: &str, found: impl FnMut(IndicatorId)) -> bool {
        self.formed.find(form, found)
    }
}

impl Set {
    fn find(&self, text: &str, mut found: impl FnMut(IndicatorId)) -> bool {
        self.patterns.as_ref().is_none_or(|patterns| patterns.find(text, |number| found(self.ids[number])))
    }
}

/// Returns the form of a path for patterns: with `/` before each component.
pub(super) fn form_of_path(path: &str, form: &mut String) {
    form.clear();
    form.push('/');
    form.push_str(path);
}

/// Returns the form of a key for patterns: with a short name for its hive.
pub(super) fn form_of_key(key: &Key) -> String {
    format!("{}\\{}", hive(key), key.path)
}

fn hive(key: &Key) -> &'static str {
    match key.hive {
        Some(Hive::Machine) => "hklm",
        Some(Hive::User) => "hkcu",
        None => "",
    }
}

/// Returns the regular expression of an indicator that is not compared exactly.
fn regex_of(indicator: &Indicator<'_>) -> Regex {
    let text = match indicator.value {
        Value::Text(text) => text,
        // Readers make patterns of texts only.
        Value::Hash(_) | Value::Address(_) | Value::Network { .. } => "",
    };
    if indicator.comparison == Comparison::Regex {
        return regex::regex(text);
    }
    let pattern = match indicator.kind {
        Kind::FilePath | Kind::FileName => path_pattern(text, indicator.comparison, indicator.kind),
        Kind::RegistryKey => key_pattern(text, indicator.comparison),
        Kind::Url => url_pattern(text, indicator.comparison),
        _ => anchored(&escaped(&folded(text)), indicator.comparison),
    };
    regex::regex(&pattern)
}

/// Returns a text as a pattern, with `*` and `?` if they are wildcards.
fn escaped(text: &str) -> String {
    regex::escaped(text).replace("\\*", ".*").replace("\\?", ".")
}

/// Returns a pattern that matches at the start or the end of a value, or both, or anywhere.
fn anchored(pattern: &str, comparison: Comparison) -> String {
    match comparison {
        Comparison::Prefix => format!("^{pattern}"),
        Comparison::Suffix => format!("{pattern}$"),
        Comparison::Contains => pattern.into(),
        Comparison::Exact | Comparison::Wildcard | Comparison::Regex => format!("^{pattern}$"),
    }
}

fn path_pattern(text: &str, comparison: Comparison, kind: Kind) -> String {
    let mut written = folded(text).replace('\\', "/");
    while written.contains("//") {
        written = written.replace("//", "/");
    }
    if kind == Kind::FileName {
        return anchored(&escaped(&written), comparison);
    }
    if comparison == Comparison::Contains {
        return escaped(&written);
    }
    let (before, after) = match comparison {
        // The beginning of a path is that of the whole one.
        Comparison::Prefix => ("^/", ""),
        // An end of a path need not begin at a separator.
        Comparison::Suffix => ("", "$"),
        // A folder stands for all that is in it.
        _ if written.ends_with('/') => ("/", "(?:/|$)"),
        _ => ("/", "$"),
    };
    if comparison == Comparison::Wildcard {
        written.truncate(written.trim_end_matches('/').len());
    }
    if comparison != Comparison::Suffix {
        written = written.trim_start_matches('/').into();
    }
    let pattern = |rest: &str| escaped(rest) + after;
    if let Some(found) = placeholder(&written) {
        return found.pattern(&pattern(found.rest));
    }
    match path::split_drive(&written) {
        (Some(drive), rest) => path::drive_pattern(Some(drive), &pattern(rest)),
        (None, rest) => format!("{before}{}", pattern(rest)),
    }
}

fn key_pattern(text: &str, comparison: Comparison) -> String {
    let key = Key::new(text);
    let edge = |is_there: bool| if is_there { "\\\\" } else { "" };
    match (comparison, key.hive) {
        (Comparison::Contains | Comparison::Suffix, None) => {
            let (starts, ends) = (text.starts_with('\\'), text.ends_with('\\'));
            let pattern = format!("{}{}{}", edge(starts), escaped(&key.path), edge(ends));
            anchored(&pattern, comparison)
        }
        (_, None) => {
            let end = if comparison == Comparison::Prefix { "" } else { "$" };
            format!(r"^(?:hklm|hkcu)?\\{}{end}", escaped(&key.path))
        }
        (_, Some(_)) => {
            let end = if matches!(comparison, Comparison::Prefix | Comparison::Contains) { "" } else { "$" };
            format!(r"^(?:{})?\\{}{end}", hive(&key), escaped(&key.path))
        }
    }
}

fn url_pattern(text: &str, comparison: Comparison) -> String {
    let written = match text.split_once("://") {
        Some((scheme, rest)) if scheme == "*" || is_of_web(&scheme.to_ascii_lowercase()) => rest,
        _ => text,
    };
    // The host in lower case, the rest as it is.
    let end = written.find('/').unwrap_or(written.len());
    let (host, rest) = written.split_at(end);
    anchored(&format!("{}{}", escaped(&folded(host)), escaped(rest)), comparison)
}
