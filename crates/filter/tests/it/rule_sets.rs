//! A rule set gives the same labels as its rules one by one.

use crate::support::{Sample, explained, stream};
use events::{AttributeNames, Event, EventView, Label, Timestamp};
use filter::{Coverage, Explainer, Expression, Filter, RuleSet, Rules, SeenEvents, tagging_file};
use proptest::prelude::*;

fn rule_set(text: &str) -> (RuleSet, AttributeNames) {
    let file = tagging_file::parse("rules.txt", text).unwrap_or_else(|errors| panic!("{errors}"));
    let mut names = AttributeNames::default();
    let set = RuleSet::compile(&file, &mut names).unwrap_or_else(|errors| panic!("{errors}"));
    (set, names)
}

fn labels(text: &str, sample: &Sample) -> String {
    let (set, names) = rule_set(text);
    let mut matched = vec![7];
    sample.look(&names, |event| set.matches(event, &mut matched));
    let names: Vec<_> = matched.iter().map(|index| set.labels()[*index].as_str()).collect();
    names.join(" ")
}

#[test]
fn labels_come_in_the_order_of_the_file() {
    let rules = "
last_by_name
  v contains 'b'
  v is 'x'

by_type
  data_type is 'test:one'

no
  data_type is 'test:one' and v is 'x'

either
  (data_type is 'other' or data_type is 'test:one') and (v is 'ab' or w > 5)

in_set
  v inset 'xxaaabbb'
";
    assert_eq!(labels(rules, &Sample::new(r#""v": "ab""#)), "last_by_name by_type either in_set");
    let other = Sample { data_type: "other".into(), ..Sample::new(r#""w": 6"#) };
    assert_eq!(labels(rules, &other), "either");
    let escaped = Sample { data_type: r"te\u0073t:one".into(), ..Sample::new("") };
    assert_eq!(labels(rules, &escaped), "by_type");
}

#[test]
fn more_attributes_than_are_kept() {
    let members: Vec<_> = (0..12).map(|n| format!("\"a{n}\": \"x{n}\"")).collect();
    let sample = Sample::new(members.join(", "));
    let all = |last: &str| {
        let rules: Vec<_> = (0..12).map(|n| format!("a{n} contains 'X{n}'")).collect();
        format!("  {} and a3 contains 'x' and a11 {last}\n", rules.join(" and "))
    };
    let text = format!("no\n{}yes\n{}", all("contains 'y'"), all("regexp '11'"));
    assert_eq!(labels(&text, &sample), "yes");
}

#[test]
fn a_field_may_have_several_values() {
    let sample = Sample::new(r#""v": "a=x a=y b=1""#);
    let rules = "
both
  v.a is 'x' and v.a is 'y'
no
  v.a is 'x' and v.a is 'z'
neither
  v.a is 'x' and v.a is not 'y'
either
  (v.a is 'z' or v.a is 'y') and v.b is 1
no_pair
  (v.a is 'x' and v.a is 'z' or v.a is 'y' and v.a is 'q') and v contains 'a'
";
    assert_eq!(labels(rules, &sample), "both either");
}

/// Rules are copied for the values that they require, but only up to a limit.
#[test]
fn many_values_in_many_attributes() {
    let any = |attribute: &str| {
        let values: Vec<_> = (0..2_000).map(|number| format!("{attribute} is {number}")).collect();
        format!("({})", values.join(" or "))
    };
    let mixed: Vec<_> = (0..2_000).map(|number| format!("(a is {number} and d is {number})")).collect();
    let rules = format!(
        "all\n  {} and {} and {} and e contains 'x'\nsame\n  ({}) and e contains 'x'\n",
        any("a"),
        any("b"),
        any("c"),
        mixed.join(" or ")
    );
    let with = |members: &str| labels(&rules, &Sample::new(members));
    assert_eq!(with(r#""a": 7, "b": 1999, "c": 3, "d": 8, "e": "xy""#), "all");
    assert_eq!(with(r#""a": 7, "b": 1999, "c": 3000, "d": 7, "e": "xy""#), "same");
    assert_eq!(with(r#""a": 7, "b": 1999, "c": 3, "d": 7, "e": "z""#), "");
}

/// Rules with many attributes are indexed by only some of them.
#[test]
fn many_attributes_in_one_rule() {
    let rule: Vec<_> = (0..5_000).map(|number| format!("a{number} is 1")).collect();
    let members: Vec<_> = (0..5_000).map(|number| format!(r#""a{number}": 1"#)).collect();
    let rules = format!("label\n  {}\n", rule.join(" and "));
    assert_eq!(labels(&rules, &Sample::new(members.join(", "))), "label");
    assert_eq!(labels(&rules, &Sample::new(members[1..].join(", "))), "");
}

/// The beginning of a long text is searched for, and the rest is compared where it was found.
#[test]
fn long_texts() {
    let long = "Abc".repeat(400);
    let rules = format!("long\n  v contains '{long}'\nlonger\n  v contains '{long}x'\n");
    assert_eq!(labels(&rules, &Sample::new(format!(r#""v": "x{}y""#, long.to_lowercase()))), "long");
    assert_eq!(labels(&rules, &Sample::new(format!(r#""v": ["{long}"]"#))), "long");
    assert_eq!(labels(&rules, &Sample::new(format!(r#""v": "{}""#, &long[..900]))), "");
}

#[test]
fn texts_that_would_take_too_much_memory_together_are_refused() {
    let rules: String = (0..300_000).map(|n| format!("  v contains '{n:064}'\n")).collect();
    let file = tagging_file::parse("rules.txt", &format!("l\n{rules}")).unwrap();
    let errors = RuleSet::compile(&file, &mut AttributeNames::default()).unwrap_err();
    let first = errors.iter().next().unwrap();
    assert_eq!(
        first.message,
        "expected texts of at most 16 MiB together after `contains` and in regular expressions (of each, 64 bytes count), \
         found one more"
    );
}

/// A pattern is given up on for an event, not for each of its many values.
#[test]
fn patterns_on_many_values() {
    let pairs: Vec<_> = (0..200).map(|_| format!("a={}", "b".repeat(1_000))).collect();
    let sample = Sample::new(format!(r#""v": "{} a=c""#, pairs.join(" ")));
    let (set, names) = rule_set("found\n  v.a regexp '(?=b)b+$'\nlost\n  v.a regexp '(?=c)c'\n");
    let mut matched = Vec::new();
    sample.look(&names, |event| set.matches(event, &mut matched));
    assert_eq!(matched, [0]);
    assert_eq!(set.take_notes()[0].count, 1);
}

#[test]
fn rules_do_not_see_tags() {
    let sample = Sample { labels: vec!["a".into()], ..Sample::new("") };
    assert_eq!(labels("yes\n tag not contains 'a'\nno\n tag contains 'a'", &sample), "yes");
    assert!(!rule_set("l\n tag is 'a'").0.reads().labels);
}

#[test]
fn all_bad_rules_are_told() {
    let file = tagging_file::parse("rules.txt", "l\n  v regexp '('\n\n\nm\n\ttimestamp > 1.5\n").unwrap();
    let errors = RuleSet::compile(&file, &mut AttributeNames::default()).unwrap_err();
    insta::assert_snapshot!(errors);
    let positions = errors.iter().map(|error| error.position.clone().unwrap());
    let positions: Vec<_> = positions.map(|position| (position.line, position.columns)).collect();
    assert_eq!(positions, [(2, 12..15), (6, 14..17)]);
}

#[test]
fn patterns_that_take_too_much_memory_together_are_refused() {
    const LAST: &str =
        "expected regular expressions that take at most 1024 MiB of memory together, found one more";
    let of = |pattern: &str| {
        let text = format!("a\n{}", format!("  v regexp '{pattern}'\n").repeat(200));
        let file = tagging_file::parse("rules.txt", &text).unwrap();
        let errors = RuleSet::compile(&file, &mut AttributeNames::default()).unwrap_err();
        assert_eq!(errors.iter().last().unwrap().message, LAST);
        assert!(tagging_file::check("rules.txt", &text).iter().any(|error| error.message == LAST));
        errors.iter().next().unwrap().position.as_ref().unwrap().line
    };
    // The patterns beyond the limit are not compiled, whether or not each could be used alone.
    assert_eq!(of(&"(?=a)".repeat(300)), 20);
    assert_eq!(of("(a{1000}){1000}"), 2);
}

#[test]
fn too_many_attributes_are_refused() {
    let rules: String = (0..20_000).map(|n| format!("  a{n} is 1\n")).collect();
    let file = tagging_file::parse("rules.txt", &format!("l\n{rules}")).unwrap();
    let errors = RuleSet::compile(&file, &mut AttributeNames::default()).unwrap_err();
    let first = errors.iter().next().unwrap();
    assert_eq!(first.message, "expected at most 10000 different attributes, found `a9998`");
}

#[test]
fn a_hundred_thousand_rules() {
    let rule = |n: usize| match n % 3 {
        0 => format!("  sha256_hash is '{n:064x}'\n"),
        1 => format!("  url contains 'Host{n}.'\n"),
        _ => format!("  filename inset 'name{n}.exe'\n"),
    };
    let rules: String = (0..100_000).map(rule).collect();
    let (set, names) = rule_set(&format!("first\n{rules}\nsecond\n  url contains 'host4.'\n"));
    let mut matched = Vec::new();
    for (members, expected) in [
        (r#""url": "http://HOST99997.example/""#, &[0][..]),
        (r#""url": "http://host4.example/""#, &[0, 1]),
        (r#""url": "http://host3.example/""#, &[]),
        (r#""filename": "me99998.e""#, &[0]),
        (r#""sha256_hash": "0000000000000000000000000000000000000000000000000000000000000003""#, &[0]),
        (r#""sha256_hash": "0000000000000000000000000000000000000000000000000000000000000004""#, &[]),
    ] {
        Sample::new(members).look(&names, |event| set.matches(event, &mut matched));
        assert_eq!(matched, expected, "{members}");
    }
}

#[test]
fn a_file_that_cannot_be_read() {
    let folder = std::env::temp_dir().join(format!("filter-test-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let load = |name: &str| tagging_file::load(&folder.join(name));
    let told = |name: &str| load(name).unwrap_err().to_string().replace(&*folder.to_string_lossy(), "DIR");
    std::fs::write(folder.join("latin.txt"), b"label\n  v is 'caf\xe9'\n").unwrap();
    std::fs::write(folder.join("good.txt"), "label\n  v is 'café'\n").unwrap();
    insta::assert_snapshot!([told("latin.txt"), told("missing.txt")].join("\n"));
    for bytes in [b"\xff\xfel\0a\0", b"\xfe\xff\0l\0a"] {
        std::fs::write(folder.join("utf16.txt"), bytes).unwrap();
        let told = told("utf16.txt");
        assert!(told.contains("the file is UTF-16, not UTF-8: save it as UTF-8"), "{told}");
    }
    let good = load("good.txt").unwrap();
    assert_eq!(good.labels().map(Label::as_str).collect::<Vec<_>>(), ["label"]);
    std::fs::remove_dir_all(&folder).unwrap();
}

pub(crate) fn text() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "a",
        "A",
        "ab",
        "aB",
        "b",
        "ba",
        "abab",
        "",
        "é",
        "É",
        "Σ",
        "σ",
        "ς",
        "İ",
        "i",
        "x:y",
        "test:one",
        "a\\b",
        "\n",
        "\"",
        "5",
        "a=ab b=5",
        "a=AB a=b w=0x1f",
        "ſab",
        "xİmail",
        "ımaıl",
        "xSABx",
        "Kab",
    ])
    .prop_map(String::from)
}

fn quoted(text: &str) -> String {
    events::json::quoted(text)
}

/// A value of event data as JSON.
pub(crate) fn value() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        4 => text().prop_map(|text| quoted(&text)),
        1 => text().prop_map(|text| text.replace('\\', "").replace(['"', '\n'], "")).prop_map(|text| format!("\"{text}\"")),
        2 => (-2_i64..8).prop_map(|number| number.to_string()),
        1 => prop::sample::select(vec!["null", "true", "false", "1.0", "NaN", "{\"a\": 1}"]).prop_map(String::from),
    ];
    leaf.prop_recursive(2, 8, 3, |inner| {
        let members = prop::collection::vec(inner, 0..3).prop_map(|members| members.join(", "));
        prop_oneof![
            members.clone().prop_map(|members| format!("[{members}]")),
            members.prop_map(|members| format!("{{\"__type__\": \"tuple\", \"values\": [{members}]}}")),
        ]
    })
}

pub(crate) fn rule() -> impl Strategy<Value = String> {
    let attribute = prop::sample::select(vec![
        "v",
        "v",
        "w",
        "v.a",
        "w.b",
        "v.w",
        "data_type",
        "md5_hash",
        "yara_match",
        "sha256_hash",
        "timestamp_desc",
        "tag",
        "message",
    ]);
    let literal = prop_oneof![
        6 => text().prop_map(|text| format!("'{}'", text.replace('\\', "\\\\"))),
        1 => (0_i64..8).prop_map(|number| number.to_string()),
        1 => prop::sample::select(vec!["1.0", "5.0", "PATH('a')", "DATETIME(0)"]).prop_map(String::from),
    ];
    let operator = prop::sample::select(vec![
        "is",
        "is",
        "contains",
        "contains",
        "inset",
        "is not",
        "not contains",
        "not inset",
        "!=",
        "<",
        ">=",
    ]);
    let data_type =
        prop::sample::select(vec!["data_type is 'test:one'", "data_type is 'x:y'"]).prop_map(String::from);
    let comparison = prop_oneof![
        6 => (attribute, operator, literal).prop_map(|(a, o, l)| format!("{a} {o} {l}")),
        3 => data_type,
        2 => prop::sample::select(vec![
            "v regexp 'a.?b'", "v regexp 'abab|x:y'", "v iregexp 'sab'", "w iregexp '(kab|ABAB)x?'", "v.a iregexp 'ab[a]?'",
            "not (v regexp 'aba')", "v.w > 30", "w.b != 5",
        ])
        .prop_map(String::from),
        1 => Just("timestamp > DATETIME(0)".to_string()),
    ];
    comparison.prop_recursive(3, 10, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4)
                .prop_map(|operands| format!("({})", operands.join(" and "))),
            prop::collection::vec(inner.clone(), 2..4)
                .prop_map(|operands| format!("({})", operands.join(" or "))),
            inner.prop_map(|operand| format!("not ({operand})")),
        ]
    })
}

pub(crate) fn sample() -> impl Strategy<Value = Sample> {
    let data_type = prop::sample::select(vec!["test:one", "x:y", "other", r"x\u003ay"]);
    (value(), prop::option::of(value()), data_type, any::<bool>(), value()).prop_map(
        |(v, w, data_type, streamed, hash)| {
            let w = w.map_or(String::new(), |w| format!(", \"w\": {w}"));
            Sample {
                data_type: data_type.into(),
                stream: streamed.then(stream),
                ..Sample::new(format!("\"v\": {v}, \"md5_hash\": {hash}, \"message\": \"a\"{w}"))
            }
        },
    )
}

/// Checks that the rules, together, give each sample the labels of which one filter matches, and
/// explain and count each rule as its filter matches.
pub(crate) fn same_labels(
    rules: &Rules,
    filters: &[Vec<Filter>],
    names: &mut AttributeNames,
    samples: &[Sample],
) {
    let set = RuleSet::compile(rules, names).unwrap();
    let explainer = Explainer::of_rules(rules, names).unwrap();
    let mut coverage = Coverage::of_rules(rules, names).unwrap();
    let mut counts = vec![0; filters.iter().flatten().count()];
    let expected = |event: &EventView<'_>| -> Vec<_> {
        let is_met = |label: &usize| filters[*label].iter().any(|filter| filter.matches(event));
        (0..filters.len()).filter(is_met).collect()
    };
    let mut matched = Vec::new();
    for sample in samples {
        sample.look(names, |event| {
            set.matches(event, &mut matched);
            assert_eq!(matched, expected(event), "{rules:?}\n{sample:?}");
            // Results about the event data are reused, but not those about the event itself.
            let other = Event {
                timestamp: Some(Timestamp(-1)),
                timestamp_description: "ab".into(),
                ..event.event.clone()
            };
            let other = EventView { event: &other, ..*event };
            set.matches(&other, &mut matched);
            assert_eq!(matched, expected(&other), "{rules:?}\n{sample:?}");
            let outcomes = explainer.outcomes(event);
            let explanations = explained(&explainer, event);
            coverage.find(event);
            coverage.count(event);
            for (position, filter) in filters.iter().flatten().enumerate() {
                counts[position] += u64::from(filter.matches(event));
                let explanation = &explanations[position];
                assert_eq!(explanation.holds, filter.matches(event), "{explanation:?}\n{sample:?}");
                assert_eq!(outcomes.matches(position), explanation.holds, "{explanation:?}\n{sample:?}");
            }
        });
    }
    let covered = coverage.finish(&SeenEvents::default(), Some(&filter::Suggestions::default()));
    let counted = covered.labels.iter().flat_map(|label| &label.rules).map(|rule| rule.tally.events);
    assert_eq!(counted.collect::<Vec<_>>(), counts, "{rules:?}\n{samples:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]
    #[test]
    fn a_rule_set_is_its_rules(
        rules in prop::collection::vec((0..5_usize, rule()), 1..24),
        samples in prop::collection::vec(sample(), 1..6),
    ) {
        let mut text = String::new();
        let mut expected_labels = Vec::new();
        let mut names = AttributeNames::default();
        for label in 0..5 {
            let rules: Vec<_> = rules.iter().filter(|(of, _)| *of == label).map(|(_, rule)| rule).collect();
            if rules.is_empty() {
                continue;
            }
            text.push_str(&format!("label_{label}\n"));
            let mut filters = Vec::new();
            for rule in rules {
                text.push_str(&format!("  {}\n", rule.replace('\n', "\\n")));
                let expression = Expression::parse(rule).unwrap().unwrap();
                filters.push(Filter::compile(&expression, &mut names).unwrap());
            }
            expected_labels.push(filters);
        }
        let file = tagging_file::parse("rules.txt", &text).unwrap();
        same_labels(&file, &expected_labels, &mut names, &samples);
    }
}
