//! Explanations of why an expression matches.

use events::AttributeNames;
use filter::{Explainer, Explanation, ExplanationLimit, Expression, Part, tagging_file};

use crate::support::{Sample, explained, stream};

fn explain(expression: &str, sample: &Sample) -> Explanation {
    let mut names = AttributeNames::default();
    let parsed = Expression::parse(expression).unwrap().unwrap();
    let explainer = Explainer::of_filter(&parsed, &mut names).unwrap();
    let limit = &mut ExplanationLimit::default();
    sample.look(&names, |event| {
        let (outcomes, explanation) =
            (explainer.outcomes(event), explainer.outcomes(event).explain(0, limit));
        assert_eq!(outcomes.matches(0), explanation.as_ref().is_some_and(|explanation| explanation.holds));
        explanation.expect("a small event")
    })
}

/// Returns a line for each comparison, with its columns, outcome and value.
fn lines(parts: &[&Explanation]) -> String {
    let line = |explanation: &&Explanation| match &explanation.part {
        Part::Comparison { text, value, .. } => {
            let value = value.as_deref().unwrap_or("(absent)");
            format!("{:?} {} {text}: {value}", explanation.columns, explanation.holds)
        }
        other => panic!("{other:?}"),
    };
    parts.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn every_comparison_has_its_value() {
    let sample =
        Sample { stream: Some(stream()), labels: vec!["a".into()], ..Sample::new(r#""v": "xyz", "n": 5"#) };
    let explanation = explain(
        "v contains 'y' and (n > 7 or not n is 5) or message is 'a' or sha256_hash is 'ff00' or tag contains 'b' \
         or date > DATETIME('2012-01-01') or missing != 1 or timestamp_desc is 'a'",
        &sample,
    );
    assert!(explanation.holds);
    insta::assert_snapshot!(lines(&explanation.comparisons()), @r"
    1..15 true v contains 'y': 'xyz'
    21..26 false n > 7: 5
    34..40 true n is 5: 5
    45..59 false message is 'a': (absent)
    63..84 true sha256_hash is 'ff00': 'ff00'
    88..104 false tag contains 'b': ['a']
    108..137 false date > DATETIME('2012-01-01'): DATETIME('2012-01-01T00:00:00.000000Z')
    141..153 false missing != 1: (absent)
    157..178 false timestamp_desc is 'a': 'Content Modification Time'
    ");
    insta::assert_snapshot!(lines(&explanation.decisive()), @"63..84 true sha256_hash is 'ff00': 'ff00'");
}

#[test]
fn what_decides() {
    let sample = Sample::new(r#""v": "xyz", "n": 5"#);
    for (expression, decisive) in [
        ("v is 'xyz' and n is 6 and n is 7", "16..22 false n is 6: 5"),
        ("n is 6 or n is 7", "1..7 false n is 6: 5\n11..17 false n is 7: 5"),
        ("n is 6 or n is 5 or v is 'xyz'", "11..17 true n is 5: 5"),
        ("not (n is 5 and v is 'xyz')", "6..12 true n is 5: 5\n17..27 true v is 'xyz': 'xyz'"),
        ("not (n is 6 or v is 'a')", "6..12 false n is 6: 5\n16..24 false v is 'a': 'xyz'"),
        ("n is 5 and not (n is 5 or v is 'a')", "17..23 true n is 5: 5"),
    ] {
        assert_eq!(lines(&explain(expression, &sample).decisive()), decisive, "{expression}");
    }
}

#[test]
fn rules() {
    let text = "l\n  data_type is 'test:one' and v is 'a'\n\nm\n  (data_type is 'x' or data_type is 'y') and v is 'b'\n  v is 'c'\n";
    let file = tagging_file::parse("rules.txt", text).unwrap();
    let mut names = AttributeNames::default();
    let explainer = Explainer::of_rules(&file, &mut names).unwrap();
    let told = Sample::new(r#""v": "a""#).look(&names, |event| {
        let rules = explainer.rules().iter().zip(explained(&explainer, event));
        let told = rules.map(|(rule, explanation)| {
            let (label, line) = (rule.label(), rule.line());
            format!("{label} {line} {} {}", rule.is_about("test:one"), explanation.holds)
        });
        told.collect::<Vec<_>>()
    });
    assert_eq!(told, ["l 2 true true", "m 5 false false", "m 6 true false"]);
}

/// Where a text matched, whatever the operator and the case.
#[test]
fn the_part_that_matched() {
    let long = |needle: &str| format!("{}{needle}{}", "a".repeat(300), "b".repeat(300));
    let xml = format!(
        "<Event><EventData><Data Name=\\\"CommandLine\\\">{}</Data></EventData></Event>",
        long("-ENC")
    );
    let sample = Sample::new(format!(
        r#""v": "{}", "short": "an Evil text", "list": ["{0}"], "xml_string": "{xml}""#,
        long("Évil.EXE")
    ));
    for (expression, expected) in [
        ("v contains 'évil'", Some("Évil")),
        ("not v contains 'évil'", Some("Évil")),
        ("v regexp 'vil[.]EXE'", Some("vil.EXE")),
        ("v regexp '(?=v)vil'", Some("vil")),
        ("xml_string.CommandLine contains '-enc'", Some("-ENC")),
        ("v contains 'none'", None),
        ("v is 'x'", None),
        ("short contains 'evil'", Some("Evil")),
        ("list contains 'evil'", None),
    ] {
        let explanation = explain(expression, &sample);
        let comparisons = explanation.comparisons();
        let Part::Comparison { matched, .. } = &comparisons[0].part else { panic!("{expression}") };
        assert_eq!(matched.as_ref().map(|matched| &*matched.text), expected, "{expression}");
        if let Some(matched) = matched.as_ref().filter(|matched| matched.is_cut()) {
            let around = [&matched.before, &matched.after].map(|text| text.chars().count());
            assert_eq!(around, [61, 61], "{expression}");
        }
    }
}

/// What is explained depends on the size of the event, not on the number of rules. All rules that
/// match are found in any case.
#[test]
fn many_rules_and_a_large_event() {
    let sample = Sample::new(format!(r#""v": "{}text 7""#, "x".repeat(1 << 20)));
    let explained = |rules: usize| {
        let rules: String = (0..rules).map(|number| format!("  v contains 'text {number}'\n")).collect();
        let file = tagging_file::parse("rules.txt", &format!("l\n{rules}")).unwrap();
        let mut names = AttributeNames::default();
        let explainer = Explainer::of_rules(&file, &mut names).unwrap();
        sample.look(&names, |event| {
            let (outcomes, mut limit) = (explainer.outcomes(event), ExplanationLimit::default());
            assert_eq!(outcomes.matching(), [7]);
            let rules = 0..explainer.rules().len();
            rules.filter(|rule| outcomes.explain(*rule, &mut limit).is_some()).count()
        })
    };
    assert_eq!((explained(200), explained(500), explained(1_000)), (200, 255, 255));
}

/// A field may have thousands of values, and thousands of rules may compare it.
#[test]
fn a_field_of_many_values_is_cut() {
    let values: String =
        (0..10_000).map(|number| format!("<Data Name=\\\"A\\\">value {number}</Data>")).collect();
    let sample = Sample::new(format!(r#""xml_string": "<Event>{values}</Event>""#));
    let explanation = explain("xml_string.A is 'value 9999'", &sample);
    let Part::Comparison { value: Some(value), .. } = &explanation.part else { panic!("{explanation:?}") };
    assert!(explanation.holds && value.ends_with("'value 34', …"), "{value}");
}
