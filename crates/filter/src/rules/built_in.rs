//! The built-in tagging files, which are part of the program.

/// The names and texts of the files.
const FILES: [(&str, &str); 3] = [
    ("linux", include_str!("../../rules/linux.txt")),
    ("windows", include_str!("../../rules/windows.txt")),
    ("macos", include_str!("../../rules/macos.txt")),
];

/// Returns the text of the built-in tagging file with this name.
#[must_use]
pub fn text(name: &str) -> Option<&'static str> {
    FILES.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

#[cfg(test)]
mod tests {
    use events::AttributeNames;

    use crate::RuleSet;
    use crate::rules::tagging_file::{BUILT_IN, built_in};

    use super::FILES;

    #[test]
    fn all_can_be_used() {
        for name in BUILT_IN {
            let rules = built_in(name).unwrap();
            let set =
                RuleSet::compile(&rules, &mut AttributeNames::default()).unwrap_or_else(|e| panic!("{e}"));
            assert!(set.labels().len() > 3, "{name}");
            assert_eq!(set.warnings(), [""; 0], "{name}");
        }
        assert!(built_in("plan9").is_none());
    }

    /// Rules must compare a value of an event record as a field, such as `xml_string.GrantedAccess
    /// is 0x1010`. The record itself has the value in another form: Plaso writes `0x00001010`, and
    /// `&lt;` instead of `<`.
    #[test]
    fn values_of_event_records_are_compared_as_fields() {
        for (name, text) in FILES {
            for (line, number) in text.lines().zip(1..).filter(|(line, _)| line.starts_with(' ')) {
                for (comparison, _) in line.match_indices("xml_string ") {
                    let literal = line[comparison..].split('\'').nth(1).unwrap_or_default();
                    let is_markup = literal.contains(['<', '>']) || literal.contains("0x");
                    assert!(!is_markup, "{name}, line {number}: `{literal}` is searched in a whole record");
                }
            }
        }
    }
}
