//! The tagging files that come with the program.

/// Their names and texts.
const FILES: [(&str, &str); 3] = [
    ("linux", include_str!("../../rules/linux.txt")),
    ("windows", include_str!("../../rules/windows.txt")),
    ("macos", include_str!("../../rules/macos.txt")),
];

/// The text of the tagging file of that name.
pub(crate) fn text(name: &str) -> Option<&'static str> {
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

    /// Plaso writes `0x00001010` in the XML of an event record, other programs `0x1010`. A
    /// comparison with one form alone never matches where the other is stored.
    #[test]
    fn hexadecimal_values_of_event_records_may_have_leading_zeros() {
        for (name, text) in FILES {
            for (line, value) in text.lines().zip(1..).flat_map(|(text, line)| {
                text.match_indices("\">0x").map(move |(start, _)| (line, &text[start + 4..]))
            }) {
                let either_form = value.starts_with("0*") || value.starts_with("0+");
                assert!(either_form, "{name}, line {line}: 0x{value:.20} lacks leading zeros");
            }
        }
    }
}
