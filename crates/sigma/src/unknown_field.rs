//! Fields that a rule asks for and that its log source does not have.

use std::collections::BTreeSet;

use filter::condition::Check;
use filter::nearest;
use serde::Serialize;

use crate::detection::Detection;
use crate::log_source::known_fields;
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
    let mut unknown = BTreeSet::new();
    detection.tests(&mut |test| {
        let other = match &test.check {
            Check::Attribute(_, other, _) => Some(other),
            _ => None,
        };
        for field in test.field.iter().chain(other) {
            // Windows has names with blanks, which are compared without.
            let name = field.replace(' ', "");
            if !known.contains(&name) {
                let similar = nearest(&name, SHORTEST_SIMILAR, known.iter().map(String::as_str));
                unknown.insert(UnknownField { name: field.clone(), similar });
            }
        }
    });
    unknown.into_iter().collect()
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
