//! Fields that a rule asks for and that its log source does not have.

use std::collections::BTreeSet;

use filter::condition::Check;
use filter::nearest;
use serde::Serialize;

use crate::detection::Detection;
use crate::log_source::{Events, events_of, known_fields};
use crate::rule::LogSource;

/// Shorter names resemble each other.
const SHORTEST_SIMILAR: usize = 4;

/// A field that the events of a log source do not have, so that no test of it holds.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct UnknownField {
    /// Its name.
    pub name: String,
    /// The name that may be meant.
    pub similar: Option<&'static str>,
}

/// Returns the fields of a detection that the events of its log source do not have, if it is known
/// which they have.
pub(crate) fn unknown_fields(source: &LogSource, detection: &Detection) -> Vec<UnknownField> {
    let Some(known) = known_fields(source) else { return Vec::new() };
    FieldsOf { known: Some(known), events: Vec::new() }.unknown(detection).into_iter().collect()
}

/// The fields that the events of a log source have.
pub(crate) struct FieldsOf {
    /// The names of all fields, if they are known.
    known: Option<&'static BTreeSet<String>>,
    /// The kinds of events.
    events: Vec<&'static Events>,
}

impl FieldsOf {
    /// Returns the fields of a log source, with or without those of events of state.
    pub(crate) fn source(source: &LogSource, with_state: bool) -> Self {
        let mut events = events_of(source).unwrap_or_default();
        events.retain(|events| with_state || !events.is_state);
        Self { known: known_fields(source), events }
    }

    /// Returns whether any of the events have a field.
    pub(crate) fn has(&self, field: &str) -> bool {
        match self.known {
            // Windows has names with blanks, which are compared without.
            Some(known) => known.contains(&field.replace(' ', "")),
            None => self.events.iter().any(|events| events.has(field)),
        }
    }

    /// Returns the fields of a detection that none of the events have.
    pub(crate) fn unknown(&self, detection: &Detection) -> BTreeSet<UnknownField> {
        let mut names = BTreeSet::new();
        detection.tests(&mut |test| {
            let other = match &test.check {
                Check::Attribute(_, other, _) => Some(other),
                _ => None,
            };
            names.extend(test.field.iter().chain(other).filter(|field| !self.has(field)));
        });
        let known = || self.known.into_iter().flatten().map(String::as_str);
        let similar = |name: &str| nearest(&name.replace(' ', ""), SHORTEST_SIMILAR, known());
        names.into_iter().map(|name| UnknownField { name: name.clone(), similar: similar(name) }).collect()
    }
}

#[cfg(test)]
mod tests {
    use crate::choice::Selection;
    use crate::collection::Collection;
    use crate::rule_file::RuleFile;

    #[test]
    fn fields_that_are_compared_with_others_are_looked_at_too() {
        let rule = "title: A\nlogsource: {product: windows, category: process_creation}\ndetection: {a: \
                    {ParentImage|fieldref: Imgae, Comandline: b}, condition: a}\n";
        let file = RuleFile { name: "a.yml".into(), text: Ok(rule.into()) };
        let collection = Collection::read(&[file], &Selection::default());
        let unknown = &collection.used[0].unknown_fields;
        let unknown: Vec<_> = unknown.iter().map(|field| (field.name.as_str(), field.similar)).collect();
        assert_eq!(unknown, [("Comandline", Some("CommandLine")), ("Imgae", Some("Image"))]);
    }
}
