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
}
