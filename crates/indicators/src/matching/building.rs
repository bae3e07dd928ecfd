//! Arranges indicators for look-ups.

use std::collections::BTreeMap;

use filter::condition::{Case, Literals, Part};

use crate::matching::error::BuildError;
use crate::matching::index::Index;
use crate::matching::name_ends::NameEnds;
use crate::matching::patterns::KindPatterns;
use crate::matching::values::{KINDS, ValueTables, are_tabled, is_again};
use crate::meaning::registry::Key;
use crate::meaning::text::folded;
use crate::model::{Comparison, Indicator, IndicatorId, Indicators, Kind, Value};

impl Index {
    /// Adds all other indicators to the tables of values.
    pub(super) fn new(
        indicators: &Indicators,
        values: ValueTables,
        url_prefix: bool,
    ) -> Result<Self, BuildError> {
        let mut index = Self { url_prefix, values, ..Self::default() };
        let mut patterns: [Vec<IndicatorId>; KINDS] = Default::default();
        let mut keywords = BTreeMap::<String, Vec<IndicatorId>>::new();
        for indicator in indicators.iter_of(|kind, comparison| !are_tabled(kind, comparison)) {
            match (indicator.comparison, indicator.value) {
                (Comparison::Exact | Comparison::Contains, Value::Text(text))
                    if indicator.kind == Kind::Keyword =>
                {
                    keywords.entry(folded(text).into_owned()).or_default().push(indicator.id);
                }
                (Comparison::Exact, Value::Text(text)) => index.add(indicators, &indicator, text),
                (Comparison::Wildcard, Value::Text(text)) => {
                    // A `*` of these kinds may be meant as it stands, and is then found in texts.
                    if matches!(indicator.kind, Kind::CommandLine | Kind::UserAgent | Kind::RegistryValue) {
                        let is_again = |other| is_again(indicators, &indicator, other);
                        index.values.add_text(indicator.kind, text, indicator.id, is_again);
                    }
                    patterns[indicator.kind as usize].push(indicator.id);
                }
                _ => patterns[indicator.kind as usize].push(indicator.id),
            }
        }
        for (kind, ids) in patterns.iter().enumerate() {
            index.patterns[kind] = KindPatterns::new(indicators, ids)?;
        }
        if !keywords.is_empty() {
            let literals = Literals::new(Part::Any, Case::Folded, keywords.keys())
                .map_err(|error| BuildError::of_all(error.to_string()))?;
            index.keywords = Some((literals, keywords.into_values().collect()));
        }
        let names = &index.values.texts[Kind::FileName as usize];
        index.name_ends = NameEnds::new(names.iter().map(|(name, _)| name));
        Ok(index)
    }

    /// Adds a path or a registry key.
    fn add(&mut self, indicators: &Indicators, indicator: &Indicator<'_>, text: &str) {
        let id = indicator.id;
        let is_again = |other| is_again(indicators, indicator, other);
        if indicator.kind == Kind::FilePath {
            return self.paths.add(text, id, is_again);
        }
        let key = Key::new(text);
        let Self { keys, hives, .. } = self;
        let is_same = |entry: usize, other| hives[entry] == key.hive && is_again(other);
        if keys.insert(key.path.as_bytes(), id, is_same) {
            hives.push(key.hive);
        }
    }
}
