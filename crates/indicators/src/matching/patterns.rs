//! Indicators that are compared otherwise than by a look-up: beginnings, ends, wildcards and
//! regular expressions.

use filter::condition::Patterns;

use crate::matching::error::BuildError;
use crate::matching::wildcards::{WildcardSet, hive};
use crate::meaning::registry::Key;
use crate::model::{Comparison, IndicatorId, Indicators, Value};
use crate::regex;

/// The patterns of one kind.
#[derive(Debug, Clone, Default)]
pub(super) struct KindPatterns {
    /// Regular expressions of lists, which are compared with values as events have them.
    raw: Set,
    /// All others, which are compared with the form of a value that [`form_of_path`] and its like
    /// return. They need no regular expressions, so a list may have any number of them.
    formed: WildcardSet,
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
        Ok(Self { raw: Set::new(indicators, raw)?, formed: WildcardSet::new(indicators, &formed) })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.raw.ids.is_empty() && self.formed.is_empty()
    }

    /// Returns whether there are regular expressions of lists.
    pub(super) fn has_raw(&self) -> bool {
        !self.raw.ids.is_empty()
    }

    /// Returns whether there are other patterns.
    pub(super) fn has_formed(&self) -> bool {
        !self.formed.is_empty()
    }

    /// Calls `found` with the regular expressions that match in a value. Returns `false` if one was
    /// given up.
    pub(super) fn find_raw(&self, value: &str, found: impl FnMut(IndicatorId)) -> bool {
        self.raw.find(value, found)
    }

    /// Calls `found` with the other patterns that match in the form of a value.
    pub(super) fn find_formed(&self, form: &str, found: impl FnMut(IndicatorId)) {
        self.formed.find(form, found);
    }
}

impl Set {
    fn new(indicators: &Indicators, ids: Vec<IndicatorId>) -> Result<Self, BuildError> {
        if ids.is_empty() {
            return Ok(Self::default());
        }
        let of_indicator = |id: &IndicatorId| match indicators.get(*id).value {
            Value::Text(text) => regex::regex(text),
            // Readers make expressions of texts only.
            Value::Hash(_) | Value::Address(_) | Value::Network { .. } => regex::regex(""),
        };
        let regexes: Vec<_> = ids.iter().map(of_indicator).collect();
        let patterns = Patterns::new(&regexes).map_err(|unusable| {
            let indicator = indicators.get(ids[unusable.number]);
            BuildError::new(indicators, &indicator, unusable.reason)
        })?;
        Ok(Self { patterns: Some(patterns), ids })
    }

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
    format!("{}\\{}", hive(key.hive), key.path)
}
