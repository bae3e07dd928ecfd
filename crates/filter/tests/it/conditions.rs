//! Conditions of rule languages other than Plaso's.

use std::sync::Arc;

use events::{AttributeNames, Label, json};
use filter::condition::{Case, Check, Condition, Literals, Order, Part, Piece, Regex};
use filter::{Coverage, Explainer, Filter, Number, REGISTRY_VALUE, RuleSet, Rules, SeenEvents};
use proptest::prelude::*;

use crate::rule_sets::{same_labels, sample, text};
use crate::support::{Sample, explained};

/// Whether the condition holds for an event, alone and as the only rule of a set.
fn holds(condition: &Condition, sample: &Sample) -> bool {
    let mut names = AttributeNames::default();
    let filter = Filter::compile(&condition.clone().into(), &mut names).unwrap();
    let set = RuleSet::compile(&rules([condition.clone()]), &mut names).unwrap();
    sample.look(&names, |event| {
        let mut matched = Vec::new();
        set.matches(event, &mut matched);
        let holds = filter.matches(event);
        assert_eq!(matched.len() == 1, holds, "{condition} {sample:?}");
        holds
    })
}

/// A rule of each condition, each with a label of its own.
fn rules(conditions: impl IntoIterator<Item = Condition>) -> Rules {
    let conditions: Vec<_> = conditions.into_iter().collect();
    let label = |number| (Label::new(&format!("label_{number}")).unwrap(), number + 1);
    let labels: Vec<_> = (0..conditions.len()).map(label).collect();
    let rules = conditions.into_iter().enumerate().map(|(label, condition)| (label, condition, label + 1));
    Rules::of_conditions("rules", "", labels, rules.collect::<Vec<_>>())
}

/// Compares what holds with what is expected, for values of `v`; none stands for no attribute.
#[track_caller]
fn assert_holds(check: &Check, cases: &[(&str, bool)]) {
    for (value, expected) in cases {
        let members = if value.is_empty() { String::new() } else { format!("\"v\": {value}") };
        let condition = Condition::of("v", check.clone());
        let sample = Sample::new(members);
        assert_eq!(holds(&condition, &sample), *expected, "{condition}: {value}");
        assert_eq!(holds(&condition.negated(), &sample), !expected, "not {check:?}: {value}");
    }
}

fn text_check(part: Part, text: &str, case: Case) -> Check {
    Check::Text(part, text.into(), case)
}

#[test]
fn absent_empty_and_zero_are_three_things() {
    let exists = &Check::Exists;
    assert_holds(
        exists,
        &[("", false), ("null", false), (r#""""#, true), ("0", true), ("false", true), ("[]", true)],
    );
    let empty = &text_check(Part::Whole, "", Case::Exact);
    assert_holds(
        empty,
        &[("", false), ("null", false), (r#""""#, true), ("0", false), ("[]", false), (r#"[""]"#, true)],
    );
    let zero = &Check::Number(Order::Equal, Number::Integer(0));
    assert_holds(
        zero,
        &[("", false), (r#""""#, false), ("0", true), (r#""0""#, true), ("false", false), ("0.0", true)],
    );
}

#[test]
fn whole_texts() {
    let exact = &text_check(Part::Whole, "Ab", Case::Exact);
    assert_holds(
        exact,
        &[(r#""Ab""#, true), (r#""ab""#, false), (r#""Abc""#, false), (r#"["x", ["Ab"]]"#, true)],
    );
    let folded = &text_check(Part::Whole, "AΣ", Case::Folded);
    assert_holds(folded, &[(r#""aσ""#, true), (r#""Aς""#, true), (r#""aΣ""#, true), (r#""A""#, false)]);
    let number = &text_check(Part::Whole, "5", Case::Folded);
    assert_holds(number, &[("5", true), (r#""5""#, true), ("5.0", false), ("[5]", true), (r#""05""#, false)]);
    let truth = &text_check(Part::Whole, "TRUE", Case::Folded);
    assert_holds(truth, &[("true", true), ("false", false), ("1", false)]);
}

#[test]
fn parts_of_texts() {
    let start = &text_check(Part::Start, "ab", Case::Folded);
    assert_holds(start, &[(r#""ABc""#, true), (r#""cab""#, false), (r#""ab""#, true), (r#""a""#, false)]);
    let end = &text_check(Part::End, "ab", Case::Exact);
    assert_holds(
        end,
        &[(r#""cab""#, true), (r#""cAB""#, false), (r#"["x", "cab"]"#, true), (r#""abc""#, false)],
    );
    let any = &text_check(Part::Any, "ΟΔΟΣ", Case::Folded);
    assert_holds(any, &[(r#""x οδος""#, true), (r#""οδοσα""#, true), (r#""οδ""#, false)]);
    let empty = &text_check(Part::Any, "", Case::Exact);
    assert_holds(empty, &[("", false), (r#""""#, true), ("0", true)]);
    let digits = &text_check(Part::Any, "01", Case::Exact);
    assert_holds(digits, &[("5012", true), ("0", false), ("0.01", true)]);
}

#[test]
fn wildcards() {
    let text = |text: &str| Piece::Text(text.into());
    let check =
        &Check::Wildcard(vec![text("A"), Piece::AnyText, text("b"), Piece::AnyCharacter], Case::Folded);
    let values = [(r#""axxbc""#, true), (r#""ab\n""#, true), (r#""a\n\nb\n""#, true), (r#""ab""#, false)];
    assert_holds(check, &values);
    assert_holds(check, &[(r#""xabc""#, false), (r#"["x", "abc"]"#, true), ("", false)]);
    assert_holds(
        &Check::Wildcard(vec![Piece::AnyText], Case::Exact),
        &[("", false), (r#""""#, true), ("7", true)],
    );
    let literal = &Check::Wildcard(vec![text("a*b")], Case::Exact);
    assert_holds(literal, &[(r#""a*b""#, true), (r#""axb""#, false)]);
}

#[test]
fn regular_expressions() {
    let regex = |pattern: &str| Regex { pattern: pattern.into(), ..Regex::default() };
    let plain = &Check::Regex(regex("^ab.c"));
    assert_holds(
        plain,
        &[(r#""abxc""#, true), (r#""ABxc""#, false), (r#""x\nabxc""#, false), (r#""ab\nc""#, false)],
    );
    let all = &Check::Regex(Regex {
        ignore_case: true,
        multi_line: true,
        dot_matches_line_end: true,
        ..regex("^ab.c")
    });
    assert_holds(
        all,
        &[(r#""ABxc""#, true), (r#""x\nab\nc""#, true), (r#"["q", "abxc"]"#, true), ("", false)],
    );
    assert_holds(&Check::Regex(regex("^$")), &[(r#""""#, true), ("", false)]);
    assert_holds(&Check::Regex(regex("^12$")), &[("12", true), ("123", false)]);
    let long_s = &Check::Regex(Regex { ignore_case: true, ..regex("sab") });
    assert_holds(long_s, &[(r#""ſab""#, true), (r#""XSAB""#, true), (r#""xab""#, false)]);
    let i = &Check::Regex(Regex { ignore_case: true, ..regex("iab") });
    assert_holds(i, &[(r#""İab""#, true), (r#""xıAB""#, true), (r#""\u0131ab""#, true), (r#""xab""#, false)]);
}

#[test]
fn numbers() {
    let at_least = &Check::Number(Order::GreaterOrEqual, Number::Integer(16));
    let values = [("16", true), ("15.9", false), (r#""16""#, true), (r#""0x10""#, true), (r#""0xf""#, false)];
    assert_holds(at_least, &values);
    assert_holds(
        at_least,
        &[(r#""ten""#, false), ("true", false), ("", false), ("[1, 99]", true), (r#""1e3""#, true)],
    );
    assert_holds(
        &Check::Number(Order::Less, Number::Float(0.5)),
        &[("0", true), ("0.5", false), (r#""-1""#, true)],
    );
    assert_holds(&Check::Number(Order::LessOrEqual, Number::Integer(5)), &[("5", true), ("6", false)]);
    assert_holds(&Check::Number(Order::Greater, Number::Integer(5)), &[("5", false), ("6", true)]);
}

#[test]
fn lists_of_texts() {
    let of = |part, case| {
        Check::OneOf(Arc::new(Literals::new(part, case, ["Evil.example", "7", "0bad"]).unwrap()))
    };
    let whole = &of(Part::Whole, Case::Folded);
    assert_holds(
        whole,
        &[(r#""EVIL.example""#, true), ("7", true), ("77", false), (r#"["x", "0BAD"]"#, true)],
    );
    assert_holds(whole, &[(r#""""#, false), ("", false), (r#""evil.example.""#, false)]);
    let end = &of(Part::End, Case::Exact);
    assert_holds(end, &[(r#""www.Evil.example""#, true), (r#""www.evil.example""#, false), ("17", true)]);
    assert_holds(&of(Part::Start, Case::Exact), &[(r#""0bad1""#, true), (r#""00bad""#, false)]);
    assert_holds(&of(Part::Any, Case::Folded), &[(r#""x0bAd1""#, true), ("171", true), (r#""x""#, false)]);
}

#[test]
fn networks() {
    let check = &Check::Network("10.0.0.0/8".parse().unwrap());
    let values = [(r#""10.1.2.3""#, true), (r#""::ffff:10.1.2.3""#, true), (r#""11.1.2.3""#, false)];
    assert_holds(check, &values);
    assert_holds(
        check,
        &[(r#""110.1.2.3""#, false), ("10", false), (r#"["x", "10.0.0.1"]"#, true), ("", false)],
    );
}

#[test]
fn values_of_other_attributes() {
    let check = |part, case| Condition::of("v", Check::Attribute(part, "w".into(), case));
    for (part, case, members, expected) in [
        (Part::Whole, Case::Exact, r#""v": "a", "w": "a""#, true),
        (Part::Whole, Case::Exact, r#""v": "a", "w": "A""#, false),
        (Part::Whole, Case::Folded, r#""v": "a", "w": "A""#, true),
        (Part::Whole, Case::Folded, r#""v": ["a", "b"], "w": ["c", "B"]"#, true),
        (Part::Whole, Case::Exact, r#""v": 5, "w": "5""#, true),
        (Part::Whole, Case::Exact, r#""v": """#, false),
        (Part::Whole, Case::Exact, r#""v": "", "w": """#, true),
        (Part::Start, Case::Exact, r#""v": "ab", "w": "a""#, true),
        (Part::Start, Case::Exact, r#""v": "ab", "w": "b""#, false),
        (Part::End, Case::Folded, r#""v": "ab", "w": "B""#, true),
        (Part::Any, Case::Exact, r#""v": "abc", "w": "b""#, true),
        (Part::Any, Case::Exact, r#""v": "b", "w": "abc""#, false),
    ] {
        assert_eq!(holds(&check(part, case), &Sample::new(members)), expected, "{part:?} {case:?} {members}");
    }
    let description = Condition::of("v", Check::Attribute(Part::Any, "timestamp_desc".into(), Case::Exact));
    assert!(holds(&description, &Sample::new(r#""v": "Content Modification Time, or so""#)));
}

const RECORD: &str = r#""xml_string": "<Event><System><EventID>10</EventID><Channel></Channel><Computer/></System><EventData><Data Name=\"Image\">C:\\Cmd.exe</Data><Data Name=\"Access\">0x00001410</Data><Data>a &amp; b</Data><Data>c</Data></EventData></Event>", "strings": ["s1", 7]"#;

#[test]
fn fields_inside_attributes() {
    let sample = Sample::new(RECORD);
    for (field, check, expected) in [
        ("EventID", text_check(Part::Whole, "10", Case::Folded), true),
        ("EventID", text_check(Part::Whole, "1", Case::Folded), false),
        ("Image", text_check(Part::End, r"\CMD.EXE", Case::Folded), true),
        ("Access", text_check(Part::Whole, "0x1410", Case::Folded), true),
        ("Access", Check::Number(Order::Equal, Number::Integer(0x1410)), true),
        ("Data", text_check(Part::Whole, "a & b", Case::Exact), true),
        ("Data", text_check(Part::Whole, "C", Case::Folded), true),
        ("Channel", Check::Exists, true),
        ("Channel", text_check(Part::Whole, "", Case::Exact), true),
        ("Computer", Check::Exists, true),
        ("User", Check::Exists, false),
    ] {
        let condition = Condition::of(format!("xml_string.{field}"), check);
        assert_eq!(holds(&condition, &sample), expected, "{condition}");
    }
}

/// What is asked of a value of a registry key is asked of one value.
#[test]
fn one_value_of_a_registry_key() {
    let key = Sample::new(
        r#""key_path": "HKEY_LOCAL_MACHINE\\a", "values": [["b", "REG_SZ", "c"], ["d", "REG_DWORD", "2"]]"#,
    );
    let path = |text| Condition::of("registry_value.path", text_check(Part::End, text, Case::Folded));
    let data = |text| Condition::of("registry_value.data", text_check(Part::Whole, text, Case::Exact));
    let exists = |field| Condition::of(format!("registry_value.{field}"), Check::Exists);
    let member = |condition| Condition::of(REGISTRY_VALUE, Check::Member(Box::new(condition)));
    for (condition, expected) in [
        // Any value may have either.
        (Condition::All(vec![path("B"), data("DWORD (0x00000002)")]), true),
        (member(Condition::All(vec![path("B"), data("DWORD (0x00000002)")])), false),
        (member(Condition::All(vec![path("B"), data("c")])), true),
        (member(Condition::All(vec![path("d"), data("c").negated()])), true),
        (member(Condition::All(vec![path("b"), data("c").negated()])), false),
        // The key itself has no data.
        (member(Condition::All(vec![path("hklm\\A"), exists("data").negated()])), true),
        (member(Condition::All(vec![exists("data").negated(), path("d")])), false),
        (Condition::Any(vec![member(data("c")), member(data("x"))]), true),
        (exists("path"), true),
        (exists("none"), false),
    ] {
        assert_eq!(holds(&condition, &key), expected, "{condition}");
    }
    assert!(!holds(&member(exists("path")), &Sample::new("")));
    // No other attribute has members.
    let of_other = Condition::of("values", Check::Member(Box::new(exists("path"))));
    assert!(!holds(&of_other, &key));
}

/// The values of a key are not read again for each of them.
#[test]
fn a_registry_key_with_many_values() {
    let values: Vec<_> =
        (0..50_000).map(|number| format!(r#"["n{number}", "REG_SZ", "d{number}"]"#)).collect();
    let key = Sample::new(format!(r#""key_path": "k", "values": [{}]"#, values.join(", ")));
    let last = Condition::All(vec![
        Condition::of("registry_value.path", text_check(Part::End, "n49999", Case::Folded)),
        Condition::of("registry_value.data", text_check(Part::Whole, "d49999", Case::Folded)),
    ]);
    assert!(holds(&Condition::of(REGISTRY_VALUE, Check::Member(Box::new(last))), &key));
}

/// A field without a value is missing in Plaso's language, as an empty attribute is.
#[test]
fn empty_fields_in_plasos_language() {
    let sample = Sample::new(RECORD);
    for (expression, expected) in
        [("xml_string.Channel is ''", false), ("not xml_string.Computer contains ''", true)]
    {
        assert_eq!(crate::support::matches(expression, &sample), expected, "{expression}");
    }
}

#[test]
fn any_value() {
    let members =
        format!(r#"{RECORD}, "n": 1234, "_parser_chain": "parsers/winevtx", "d": {{"a": "object"}}"#);
    let sample = Sample::new(members);
    for (text, expected) in [
        ("cmd", true),
        ("s1", true),
        ("123", true),
        ("a & b", true),
        ("0x1410", true),
        ("&amp;", false),
        ("EventData", false),
        ("winevtx", false),
        ("test:one", false),
        ("object", false),
    ] {
        let condition = Condition::of_event(text_check(Part::Any, text, Case::Folded));
        assert_eq!(holds(&condition, &sample), expected, "{condition}");
    }
    assert!(holds(&Condition::of_event(text_check(Part::Whole, "7", Case::Exact)), &sample));
    assert!(holds(&Condition::of_event(Check::Number(Order::Greater, Number::Integer(0x1400))), &sample));
    assert!(!holds(&Condition::of_event(Check::Exists), &Sample::new("")));
}

#[test]
fn what_is_refused() {
    let refused = |condition: Condition| {
        let error = Filter::compile(&condition.into(), &mut AttributeNames::default()).unwrap_err();
        format!("expected {}, found {}", error.expected(), error.found())
    };
    insta::assert_snapshot!(refused(Condition::of("time", Check::Exists)), @"expected an attribute that can be tested, found `time`, the time of the event");
    let regex = Regex { pattern: "(".into(), ..Regex::default() };
    insta::assert_snapshot!(refused(Condition::of("v", Check::Regex(regex))), @"expected a regular expression, found `(` (a group is not closed)");
    let many = Check::Wildcard(vec![Piece::AnyCharacter; 257], Case::Exact);
    insta::assert_snapshot!(refused(Condition::of("v", many)), @"expected a wildcard with at most 256 `?`, found more");
}

/// Errors of rules have the lines that the front end gave.
#[test]
fn errors_have_a_line() {
    let regex = Regex { pattern: "(".into(), ..Regex::default() };
    let rules = Rules::of_conditions(
        "list.txt",
        "label\r\n  a rule\n  another rule\n",
        [(Label::new("label").unwrap(), 1)],
        [(0, Condition::of("v", Check::Exists), 2), (0, Condition::of("v", Check::Regex(regex)), 3)],
    );
    let errors = RuleSet::compile(&rules, &mut AttributeNames::default()).unwrap_err();
    insta::assert_snapshot!(errors, @r"
    list.txt:3:1: error: expected a regular expression, found `(` (a group is not closed)
      another rule
    ^
    ");
}

#[test]
fn explanations_are_in_words() {
    let condition = Condition::All(vec![
        Condition::of("data_type", text_check(Part::Whole, "test:one", Case::Exact)),
        Condition::of("xml_string.Image", text_check(Part::End, r"\cmd.exe", Case::Folded)),
        Condition::of("xml_string.User", Check::Exists).negated(),
        Condition::of_event(text_check(Part::Any, "x", Case::Exact)),
    ]);
    let mut names = AttributeNames::default();
    let explainer = Explainer::of_rules(&rules([condition]), &mut names).unwrap();
    let rule = &explainer.rules()[0];
    assert!(rule.is_about("test:one") && !rule.is_about("other"));
    let explanation = Sample::new(RECORD).look(&names, |event| explained(&explainer, event).remove(0));
    insta::assert_debug_snapshot!(explanation.comparisons());
}

/// Why a rule matches no event is said in words, too.
#[test]
fn what_was_seen_of_a_rule_that_never_matches() {
    let conditions = ["xml_string.Image", "xml_string.User"].map(|field| {
        Condition::All(vec![
            Condition::of("data_type", text_check(Part::Whole, "test:one", Case::Exact)),
            Condition::of(field, text_check(Part::End, r"\evil.exe", Case::Folded)),
        ])
    });
    let mut names = AttributeNames::default();
    let mut coverage = Coverage::of_rules(&rules(conditions), &mut names).unwrap();
    let mut seen = SeenEvents::default();
    Sample::new(RECORD).look(&names, |event| {
        seen.see(event);
        coverage.find(event);
        coverage.count(event);
    });
    let whys = coverage
        .finish(&seen, Some(&filter::Suggestions::default()))
        .labels
        .into_iter()
        .flat_map(|label| label.rules)
        .map(|rule| rule.why);
    insta::assert_debug_snapshot!(whys.collect::<Vec<_>>());
}

/// Texts of values and of keywords. JSON, XML and numbers write some of their characters in other
/// ways.
fn keyword_text() -> impl Strategy<Value = String> {
    let pieces = vec![
        "mimi",
        "KATZ",
        "long text",
        " ",
        "\\",
        "/",
        "\"",
        "<",
        ">",
        "&",
        "'",
        "&amp;",
        "&#65;",
        "\n",
        "\u{1}",
        "é",
        "ſ",
        "\u{212a}atz",
        "0x0001f",
        "0x1f",
        "0x000abcdef",
        "abcdef",
        "x",
        "12",
        "-inf",
        "true",
        "</Data>",
    ];
    prop::collection::vec(prop::sample::select(pieces), 1..5).prop_map(|pieces| pieces.concat())
}

/// The members of event data with some texts, each written in one of the ways of JSON or XML.
fn written() -> impl Strategy<Value = (String, Vec<String>)> {
    let number = prop::sample::select(vec![
        "12",
        "-1e999",
        "1e999",
        "1e16",
        "0.00001",
        "123456.50",
        "-Infinity",
        "true",
    ]);
    let texts = prop::collection::vec((keyword_text(), 0..6), 1..4);
    (texts, number).prop_map(|(texts, number)| {
        let mut members = format!("\"n\": {number}");
        let mut xml = String::from("<Event><EventData>");
        for (position, (text, way)) in texts.iter().enumerate() {
            let value = match way {
                0 => json::quoted(text),
                1 => json::quoted(text).replace('/', "\\/"),
                2 => json::quoted(text).replace('i', "\\u0069"),
                3 => format!("[[{}], 5]", serde_json::to_string(text).unwrap()),
                _ => {
                    let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;");
                    let text = if *way == 4 { text } else { &escaped };
                    xml += &format!("<Data Name=\"Field\">{text}</Data>");
                    continue;
                }
            };
            members += &format!(", \"v{position}\": {value}");
        }
        members += &format!(", \"xml_string\": {}", json::quoted(&xml));
        let texts =
            texts.into_iter().flat_map(|(text, _)| [text.replace("&#65;", "A").replace("0x000", "0x"), text]);
        let numbers = ["12", "-inf", "inf", "1e16", "1e-5", "123456.5", "true"].map(str::to_owned);
        (members, texts.chain(numbers).collect())
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]
    /// Event data that is searched as it is written for long keywords shows none that a value has.
    #[test]
    fn keywords_are_found_however_they_are_written(
        (members, texts) in written(),
        other in keyword_text(),
        ends in prop::collection::vec((any::<prop::sample::Index>(), 0..20_usize, 4..12_usize), 1..4),
        part in prop::sample::select(vec![Part::Whole, Part::Start, Part::End, Part::Any, Part::Any]),
        case in prop::sample::select(vec![Case::Exact, Case::Folded]),
    ) {
        let sample = Sample::new(members);
        let keyword = |(text, start, length): (prop::sample::Index, usize, usize)| {
            let text = text.get(&texts);
            text.chars().skip(start % text.chars().count()).take(length).collect::<String>()
        };
        // All are long, or the event data is not searched as it is written.
        let keywords = ends.into_iter().map(keyword).chain([other]).filter(|keyword| keyword.len() >= 4);
        let conditions = keywords.map(|keyword| Condition::of_event(text_check(part, &keyword, case)));
        let conditions: Vec<_> = conditions.collect();
        let mut names = AttributeNames::default();
        let filters: Vec<_> = conditions
            .iter()
            .map(|condition| vec![Filter::compile(&condition.clone().into(), &mut names).unwrap()])
            .collect();
        same_labels(&rules(conditions), &filters, &mut names, &[sample]);
    }
}

fn check() -> impl Strategy<Value = Check> {
    let part = || prop::sample::select(vec![Part::Whole, Part::Whole, Part::Start, Part::End, Part::Any]);
    let case = || prop::sample::select(vec![Case::Exact, Case::Folded]);
    let piece = prop_oneof![
        2 => text().prop_map(Piece::Text),
        1 => Just(Piece::AnyText),
        1 => Just(Piece::AnyCharacter),
    ];
    let regex = prop::sample::select(vec!["a.?b", "abab|x:y", "sab", "(kab|ABAB)x?", "^ab", "b$", "^$", "5"]);
    let order = prop::sample::select(vec![Order::Equal, Order::Less, Order::GreaterOrEqual]);
    let other = prop::sample::select(vec!["w", "w.b", "md5_hash", "timestamp_desc"]);
    prop_oneof![
        8 => (part(), text(), case()).prop_map(|(part, text, case)| Check::Text(part, text, case)),
        3 => (prop::collection::vec(piece, 0..4), case()).prop_map(|(pieces, case)| Check::Wildcard(pieces, case)),
        2 => (regex, any::<[bool; 3]>()).prop_map(|(pattern, [ignore_case, multi_line, dot_matches_line_end])| {
            Check::Regex(Regex { pattern: pattern.into(), ignore_case, multi_line, dot_matches_line_end, posix_classes: false })
        }),
        1 => (order, -1_i128..8).prop_map(|(order, number)| Check::Number(order, Number::Integer(number))),
        1 => Just(Check::Network("10.0.0.0/8".parse().unwrap())),
        1 => Just(Check::Exists),
        1 => (part(), case(), prop::collection::vec(text(), 0..4)).prop_map(|(part, case, texts)| {
            Check::OneOf(Arc::new(Literals::new(part, case, texts).unwrap()))
        }),
        1 => (part(), other, case()).prop_map(|(part, other, case)| Check::Attribute(part, other.into(), case)),
    ]
}

fn condition() -> impl Strategy<Value = Condition> {
    let attributes =
        vec!["v", "v", "w", "v.a", "w.b", "v.w", "md5_hash", "yara_match", "timestamp_desc", "message"];
    let data_type = prop::sample::select(vec!["test:one", "x:y"]);
    let test = prop_oneof![
        6 => (prop::sample::select(attributes), check()).prop_map(|(attribute, check)| Condition::of(attribute, check)),
        1 => check().prop_map(Condition::of_event),
        3 => (data_type, prop::sample::select(vec![Case::Exact, Case::Exact, Case::Folded]))
            .prop_map(|(name, case)| Condition::of("data_type", text_check(Part::Whole, name, case))),
    ];
    test.prop_recursive(3, 10, 3, |inner| {
        prop_oneof![
            3 => prop::collection::vec(inner.clone(), 0..4).prop_map(Condition::All),
            3 => prop::collection::vec(inner.clone(), 0..4).prop_map(Condition::Any),
            1 => inner.prop_map(Condition::negated),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]
    #[test]
    fn a_rule_set_is_its_rules(
        conditions in prop::collection::vec(condition(), 1..24),
        samples in prop::collection::vec(sample(), 1..6),
    ) {
        let mut names = AttributeNames::default();
        let filters: Vec<_> = conditions
            .iter()
            .map(|condition| vec![Filter::compile(&condition.clone().into(), &mut names).unwrap()])
            .collect();
        same_labels(&rules(conditions), &filters, &mut names, &samples);
    }
}
