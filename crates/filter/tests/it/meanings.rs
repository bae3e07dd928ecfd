//! What the comments of a tagging file say of its labels.

use std::collections::BTreeMap;

use filter::{LabelMeaning, LabelSeverity, attack, tagging_file};

/// Returns what the labels of a file mean.
fn meanings(text: &str) -> Vec<(String, LabelMeaning)> {
    let rules = tagging_file::parse("rules.txt", text).unwrap_or_else(|errors| panic!("{errors}"));
    rules.meanings().map(|(label, meaning)| (label.as_str().to_owned(), meaning.clone())).collect()
}

fn described(description: &str) -> LabelMeaning {
    LabelMeaning { description: description.into(), ..LabelMeaning::default() }
}

#[test]
fn a_comment_directly_above_a_label_says_what_it_means() {
    let text = "\
# A log was cleared. Someone
# wants to hide something.
# severity: high
#ATTACK :t1070.001,  T1078
# reference: https://example.org/logs
# reference: the handbook, page 7
log_cleared
  v is 'a'
";
    let meaning = LabelMeaning {
        description: "A log was cleared. Someone wants to hide something.".into(),
        severity: Some(LabelSeverity::High),
        techniques: ["T1070.001", "T1078"].map(String::from).into(),
        references: ["https://example.org/logs", "the handbook, page 7"].map(String::from).into(),
    };
    assert_eq!(meaning.summary(), "A log was cleared");
    assert_eq!(meanings(text), [("log_cleared".into(), meaning)]);
    assert!(tagging_file::check("rules.txt", text).is_empty());
}

#[test]
fn other_comments_say_nothing_of_a_label() {
    let text = "\
# The rules of a company.
# severity: this line has a warning

# -----------
# Logs
# -----------
first
# below the label
  v is 'a'
  # about the next rule
  v is 'b'
second
  v is 'c'
# The end of a paragraph.
#
# The third label.
third
  v is 'd'
# Not a label, so: see below.
# Sources: none
fourth
  v is 'e'
# at the end
";
    let fourth = described("Not a label, so: see below. Sources: none");
    let found = meanings(text);
    let expected = ["", "", "The third label."].map(described).into_iter().chain([fourth]);
    assert_eq!(
        found.iter().map(|(_, meaning)| meaning.clone()).collect::<Vec<_>>(),
        expected.collect::<Vec<_>>()
    );
}

#[test]
fn what_is_wrong_with_the_lines_is_told() {
    let text = "\
# severity: high

# severity: hgih
# severity: low
# attack: T1003.001 TA0006, T103, T1003.001, T1003.999, T9999, attack.t1078
# reference:
# reference: a
# reference: a
one
  v is 'a'

# level: high
# serverity: low
# severity: info
# Attack: brute force
two
  v is 'b'
# attack: T1078
";
    insta::assert_snapshot!("meanings", tagging_file::check("rules.txt", text));
    // psort reads such a file, and so does foreman.
    assert!(tagging_file::parse("rules.txt", text).is_ok());
}

#[test]
fn every_built_in_label_has_a_meaning() {
    for name in tagging_file::BUILT_IN {
        for (label, meaning) in tagging_file::built_in(name).unwrap().meanings() {
            let summary = meaning.summary();
            assert!((10..=100).contains(&summary.len()), "{name}/{label}: {summary}");
            assert!(summary.starts_with(char::is_alphabetic), "{name}/{label}: {summary}");
            // A word that was divided at the end of a line.
            assert!(!meaning.description.contains("- "), "{name}/{label}: {}", meaning.description);
            assert!(meaning.severity.is_some(), "{name}/{label} has no severity");
            assert!(!meaning.techniques.is_empty(), "{name}/{label} has no technique");
            for id in &meaning.techniques {
                assert_eq!(attack::technique(id).map(|known| known.id), Some(id.as_str()), "{name}/{label}");
            }
        }
        let problems = tagging_file::check_built_in(name).unwrap();
        assert!(problems.is_empty(), "{problems}");
    }
}

/// A label that is of another severity on another system would be read as a mistake.
#[test]
fn a_label_of_two_severities_says_why() {
    let mut known: BTreeMap<String, Option<LabelSeverity>> = BTreeMap::new();
    for name in tagging_file::BUILT_IN {
        for (label, meaning) in tagging_file::built_in(name).unwrap().meanings() {
            let severity = known.entry(label.as_str().to_owned()).or_insert(meaning.severity);
            let is_explained = meaning.description.contains("The severity is ");
            assert!(*severity == meaning.severity || is_explained, "{name}/{label}: {}", meaning.description);
        }
    }
}
