//! Findings about tagging files and filters that can be used, but do not do what they seem to do.

use events::{AttributeNames, Timestamp};
use filter::{Explainer, Expression, Rules, Severity, tagging_file};
use proptest::prelude::*;

use crate::rule_sets::sample;
use crate::support::{Sample, explained};

/// Returns the findings about a rule, without their positions.
fn told(rule: &str) -> Vec<String> {
    let found = tagging_file::check("rules.txt", &format!("label\n  {rule}\n"));
    found.iter().map(|found| format!("{}: {}", found.severity.as_str(), found.message)).collect()
}

#[test]
fn rules_that_never_match() {
    let mut all = String::new();
    for rule in [
        "data_type is 'a' and data_type is 'b'",
        "data_type is 'a' and v is 'x' and data_type is not 'a'",
        "data_type is 'a' and (data_type is 'b' or data_type is 'c')",
        "v is 'abc' and v contains 'x'",
        "v regexp '^x' and v is 'abc'",
        "v is 5 and v > 6",
        "v > 5 and w is 1 and v < 3",
        "timestamp > DATETIME('2020-01-02') and timestamp < DATETIME('2020-01-01')",
        "date >= 5 and time < 5",
        "file_size is 0",
        "v is ''",
        "v inset 5",
        "v is 1 and tag contains 'a'",
        "message contains 'a'",
        "parser is 'a' or source is 'b'",
        "v is DATETIME('2012-01-01')",
        "data_type is 5",
        "timestamp_desc contains 7",
        "v regexp 'a$b'",
        "timestamp contains DATETIME(5)",
        "timestamp not inset DATETIME(5)",
        "not (v is not '')",
    ] {
        let told = told(rule).join("\n  ");
        assert!(told.contains("; so the rule never matches"), "{rule}: {told}");
        all.push_str(&format!("{rule}\n  {told}\n"));
    }
    insta::assert_snapshot!("never", all);
}

#[test]
fn other_oddities() {
    let mut all = String::new();
    for rule in [
        "v is 'a' or w is 0",
        "v is 'a' and w is not 0",
        "v is not ''",
        "v is 'a' or parser is not 'x'",
        "v contains ''",
        "v regexp '.*' and w is 'a'",
        "v inset ''",
        "v not inset 5",
        "v is 'a' and v is 'a'",
        "timestamp > '2012-01-01'",
        "v is 1 or w is 2 and (x is 3 or y is 4)",
        "filname contains 'a'",
        "Filename contains 'a'",
        "data_type is 'fs:sta'",
        "data_type is 'opera:history'",
        "event_identifier is '4624'",
    ] {
        let told = told(rule).join("\n  ");
        assert!(!told.is_empty() && !told.contains("never matches"), "{rule}: {told}");
        all.push_str(&format!("{rule}\n  {told}\n"));
    }
    insta::assert_snapshot!("oddities", all);
}

#[test]
fn rules_that_are_tried_on_every_event() {
    for (rule, is_told) in [
        ("v is not 'a' and v is not 'b'", true),
        ("not (v > 5 and w < 3)", true),
        ("timestamp is DATETIME(0)", true),
        ("v is 'a' or w not contains 'b'", true),
        ("v != 'a'", false),
        ("v is not 'a' and w > 5", false),
        ("v is 'a' or w regexp 'b'", false),
    ] {
        let told = told(rule);
        assert_eq!(
            told.iter().any(|told| told.starts_with("hint: this rule is tried on every event")),
            is_told,
            "{rule}"
        );
        assert_eq!(told.len(), usize::from(is_told), "{rule}: {told:?}");
    }
}

#[test]
fn nothing_is_said_of_what_may_be_meant() {
    for rule in [
        "v is 'a' or v is 'b'",
        "v is 'abc' and v contains 'B'",
        "v is 5 and v regexp '5'",
        "v >= 5 and v <= 5",
        "v > 5 and v < 6",
        "v > 5 or v < 3",
        "v != 0",
        "v regexp '^$'",
        "v contains PATH('a/b')",
        "data_type is 'a:b:c' and (data_type is 'a:b:c' or v is 'a')",
        "event_identifier is 4624",
        "xml_string.LogonType is '2'",
        "url2 is 'a'",
    ] {
        assert_eq!(told(rule), [""; 0], "{rule}");
    }
    for name in tagging_file::BUILT_IN {
        let found = tagging_file::check_built_in(name).unwrap();
        assert!(found.is_empty(), "{found}");
    }
}

#[test]
fn rules_and_labels_beside_each_other() {
    let text = "\
one
  data_type is 'x:y:z' and v is 'a'
  v is 'a' and data_type is 'x:y:z'
  data_type is 'x:y:z' and v is 'a' and w is 'b'
  data_type is 'x:y:z' and w is 'b'
  (v is 'c' and w is 'd') and u is 'e'

ONE
  w is 'd'

o_ne
  v is 'a'
  w is 'd' and v is 'c' and (u is 'e' or u is 'f')
  v is 'c' and w is 'd'
";
    insta::assert_snapshot!("beside_each_other", tagging_file::check("rules.txt", text));
}

#[test]
fn errors_and_warnings_come_together_and_in_order() {
    let text = "one\n  v is 0\n  v iz 1\n  v regexp '('\n\ntwo-words\n  v is 'x\n\nv is 'y'\n\n!!\n\nthree\n\n  v is 1\n";
    let found = tagging_file::check("rules.txt", text);
    assert_eq!((found.count(Severity::Error), found.count(Severity::Warning)), (8, 1));
    insta::assert_snapshot!("errors_and_warnings", found);
    let refused = tagging_file::parse("rules.txt", text).unwrap_err();
    let errors: Vec<_> = found.iter().filter(|found| found.severity == Severity::Error).collect();
    assert_eq!(refused.iter().collect::<Vec<_>>(), errors);
}

#[test]
fn marks_stand_under_what_is_meant() {
    let text = "wide\n\tfilename is '日本語' and filename contians '語'\n  v regexp 'é' and v is\t''\n";
    insta::assert_snapshot!("marks", tagging_file::check("rules.txt", text));
}

#[test]
fn filters() {
    let filter = "data_type is 'fs:stat'\n  and tag contains 'a'\n  and filename is 0";
    insta::assert_snapshot!("filter", Expression::check("filter", filter));
    insta::assert_snapshot!("filter_error", Expression::check("filter", "v is 'a'\nand w iz 'b'"));
    assert!(Expression::check("filter", "").is_empty());
    assert_eq!(Expression::check("filter", " ").iter().count(), 1);
}

/// Rules with few attributes and values, so that many contradict themselves or each other.
fn odd_rule() -> impl Strategy<Value = String> {
    let operators =
        vec!["is", "is not", "!=", "<", ">=", "contains", "not contains", "inset", "regexp", ">", "<="];
    let literals = vec!["'a'", "'ab'", "''", "1", "2", "0", "1.0", "'b$a'", "'a*'", "'x:y'", "PATH('a')"];
    let (operator, literal) = (prop::sample::select(operators), prop::sample::select(literals));
    let attribute =
        prop::sample::select(vec!["v", "v", "w", "data_type", "timestamp_desc", "tag", "message"]);
    let comparison = (attribute, operator, literal).prop_map(|(a, o, l)| format!("{a} {o} {l}"));
    let time = (prop::sample::select(vec![">", "<", ">=", "<=", "is"]), 0..4_u8)
        .prop_map(|(o, n)| format!("timestamp {o} DATETIME({n})"));
    prop_oneof![8 => comparison, 1 => time].prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            3 => prop::collection::vec(inner.clone(), 2..4).prop_map(|all| format!("({})", all.join(" and "))),
            1 => prop::collection::vec(inner.clone(), 2..4).prop_map(|all| format!("({})", all.join(" or "))),
            1 => inner.prop_map(|operand| format!("not ({operand})")),
        ]
    })
}

/// Returns whether each of the rules matches.
fn outcomes(file: &Rules, sample: &Sample) -> Vec<bool> {
    let mut names = AttributeNames::default();
    let explainer = Explainer::of_rules(file, &mut names).unwrap();
    sample.look(&names, |event| {
        explained(&explainer, event).iter().map(|explanation| explanation.holds).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_500))]
    #[test]
    fn warnings_are_true(
        rules in prop::collection::vec(odd_rule(), 1..5),
        samples in prop::collection::vec(sample(), 6),
    ) {
        let text: String = rules.iter().map(|rule| format!("  {rule}\n")).collect();
        let text = format!("label\n{text}");
        let found = tagging_file::check("rules.txt", &text);
        let Ok(file) = tagging_file::parse("rules.txt", &text).and_then(|file| {
            Explainer::of_rules(&file, &mut AttributeNames::default()).map(|_| file)
        }) else {
            prop_assert!(found.count(Severity::Error) > 0);
            return Ok(());
        };
        for (number, mut sample) in samples.into_iter().enumerate() {
            sample.timestamp = Timestamp(number as i64);
            let matched = outcomes(&file, &sample);
            for warning in found.iter() {
                let rule = warning.position.as_ref().unwrap().line - 2;
                let message = &warning.message;
                if message.ends_with("so the rule never matches") {
                    prop_assert!(!matched[rule], "{text}{message}\n{sample:?}");
                } else if message.ends_with("so the rule matches every event") {
                    prop_assert!(matched[rule], "{text}{message}\n{sample:?}");
                } else if let Some((_, line)) = message.split_once("this rule is the same as the one in line ") {
                    prop_assert_eq!(matched[rule], matched[line.parse::<usize>().unwrap() - 2]);
                } else if let Some(rest) = message.strip_prefix("the rule in line ") {
                    let line: usize = rest.split(' ').next().unwrap().parse().unwrap();
                    prop_assert!(!matched[rule] || matched[line - 2], "{text}{message}\n{sample:?}");
                }
            }
        }
    }

    #[test]
    fn no_file_panics(text in prop_oneof![
        any::<String>(),
        "([a-z]{1,3}|  v is 'a'|\tv regexp '\\PC{0,6}'|  \\PC{0,12}|#|-|\\n|\\r\\n){0,14}",
    ]) {
        let found = tagging_file::check("rules.txt", &text);
        prop_assert_eq!(found.count(Severity::Error) == 0, tagging_file::parse("rules.txt", &text).and_then(|file| {
            Explainer::of_rules(&file, &mut AttributeNames::default())
        }).is_ok());
        for told in [found, Expression::check("filter", &text)] {
            prop_assert!(!told.to_string().contains(|c: char| c != '\n' && c.is_control()), "{}", told);
        }
    }
}
