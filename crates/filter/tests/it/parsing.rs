//! Valid expressions, invalid ones, and the messages about these.

use std::fmt::Write as _;

use events::AttributeNames;
use filter::{Expression, Filter, MAXIMUM_DEPTH, MAXIMUM_LENGTH};
use proptest::prelude::*;

use crate::support::{Sample, matches};

fn printed(source: &str) -> String {
    Expression::parse(source).unwrap_or_else(|error| panic!("{source}: {error}")).unwrap().to_string()
}

#[test]
fn accepted_and_printed() {
    for (source, expected) in [
        ("v=='a'", "v is 'a'"),
        ("v EQUALS \"it's\"", r"v is 'it\'s'"),
        ("v is'a'and w>=5or x<-1.50", "(v is 'a' and w >= 5) or x < -1.5"),
        ("v NOT contains 'a'", "v not contains 'a'"),
        ("v inset NOT'a'", "v not inset 'a'"),
        ("v is not5", "v is not 5"),
        ("\u{a0}v\tis\u{1c}'a'\n", "v is 'a'"),
        ("((v is 'a'))", "v is 'a'"),
        ("(v is 1 and w is 2) and x is 3", "(v is 1 and w is 2) and x is 3"),
        ("v is 1 or w is 2 && x is 3", "v is 1 or (w is 2 and x is 3)"),
        ("not(v is 1)and not not w is 2", "not v is 1 and not not w is 2"),
        ("v is 0xfF", "v is 255"),
        ("v is 1.0", "v is 1.0"),
        ("v is datetime( '2012-01-01' )", "v is DATETIME('2012-01-01')"),
        ("v is DATETIME(5)", "v is DATETIME(5)"),
        ("v contains Path(\"a\\\\b\")", r"v contains PATH('a\\b')"),
        (r"v is '\.\w\s\x41\X00\b'", r"v is '\\.\\w\\sA\x00\b'"),
        ("5 is 5", "5 is 5"),
        ("is is 5", "is is 5"),
        ("a.b._c is 'é'", "a.b._c is 'é'"),
        ("v regexp '['", "v regexp '['"),
    ] {
        assert_eq!(printed(source), expected, "{source}");
    }
    assert_eq!(Expression::parse(""), Ok(None));
    for space in [" ", " \t\n", "\u{a0}"] {
        let error = Expression::parse(space).unwrap_err();
        assert_eq!(
            error.to_string(),
            "column 1: expected an expression, or no text at all, found only white space"
        );
    }
}

#[test]
fn refused() {
    let sources = [
        "data_type",
        "data_type is",
        "is 'x'",
        "v is 'x' and",
        "(v is 'x'",
        "v is 'x')",
        "v iss 'x'",
        "v isnot 'x'",
        "v contians 'x'",
        "v = 5",
        "v =! 5",
        "v => 5",
        "v is 'unterminated",
        "v > not 5",
        "v not regexp 'x'",
        "v not == 5",
        "v not cntains 5",
        "v is not not 'x'",
        "v not is not 'x'",
        "timestamp > 'not a date'",
        "timestamp > 1.5",
        "timestamp regexp 'x'",
        "v > DATETIME('2012-13-45')",
        "v is DATETIME(1.5)",
        "v is DATETIME(5 6)",
        "v is DATETIME (5)",
        "v is 'x' and w is PATH()",
        "v is PATH(x)",
        r#"v is "bad \q escape""#,
        r"v is '\xe9'",
        r"v is 'end\",
        "v is 'x' xor w is 1",
        "v regexp '[unclosed'",
        "v regexp 1.5",
        "v regexp '(a{1000}){1000}'",
        "v is 5 w is 6",
        "v is 'a' order is 'y'",
        "v is 1e3",
        "v is .5",
        "v is +5",
        "v is x",
        "v is True",
        "()",
        "and v is 1",
        "'v' is 1",
        "v-x is 1",
        "v is \u{2018}a\u{2019}",
        "v is 999999999999999999999999999999999999999999",
        "v is \u{1b}[31m",
        "\u{e9}\u{e9} foo 1",
    ];
    let mut told = String::new();
    for source in sources {
        let error = match Expression::parse(source) {
            Ok(Some(expression)) => Filter::compile(&expression, &mut AttributeNames::default()).unwrap_err(),
            other => other.unwrap_err(),
        };
        let _ = writeln!(told, "{}\n{error}", error.render(source));
    }
    insta::assert_snapshot!(told);
}

#[test]
fn depth_and_length_are_bounded() {
    let nested = |depth: usize| format!("{}v is 1{}", "(".repeat(depth), ")".repeat(depth));
    assert!(Expression::parse(&nested(MAXIMUM_DEPTH)).is_ok());
    for source in [
        nested(MAXIMUM_DEPTH + 1),
        "(".repeat(500_000),
        "not ".repeat(200_000),
        format!("v is '{}'", "x".repeat(MAXIMUM_LENGTH)),
    ] {
        assert!(Expression::parse(&source).is_err());
    }
    // A long chain is not deeply nested.
    let chain = vec!["v is 1"; 50_000].join(" or ");
    assert_eq!(printed(&chain), chain);
}

/// Expressions as text, in all possible spellings.
fn expression() -> impl Strategy<Value = String> {
    let literal = prop_oneof![
        "[a-z'\"\\\\\n\t\u{1}\u{8}éΣ😀]{0,8}"
            .prop_map(|text: String| { format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")) }),
        any::<i64>().prop_map(|number| number.to_string()),
        any::<u32>().prop_map(|number| format!("0x{number:X}")),
        (any::<i32>(), 0..1_000_u32).prop_map(|(whole, fraction)| format!("{whole}.{fraction:03}")),
        any::<i64>().prop_map(|number| format!("DATETIME({number})")),
        Just("DATETIME('2012-02-29T23:59:59.5+01:00')".into()),
        "[a-z/]{0,8}".prop_map(|path| format!("PATH('{path}')")),
    ];
    let operator = prop::sample::select(vec![
        "is",
        "IS NOT",
        "==",
        "!=",
        "<",
        "<=",
        ">",
        ">=",
        "contains",
        "not contains",
        "inset not",
        "regexp",
        "iregexp",
        "equals",
    ]);
    let comparison = ("[a-z_][a-z0-9_.]{0,5}", operator, literal)
        .prop_filter("a keyword", |(attribute, ..)| !["and", "or", "not"].contains(&attribute.as_str()))
        .prop_map(|(attribute, operator, literal)| format!("{attribute} {operator} {literal}"));
    comparison.prop_recursive(5, 40, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..4)
                .prop_map(|operands| format!("({})", operands.join(" and "))),
            prop::collection::vec(inner.clone(), 2..4).prop_map(|operands| operands.join(" || ")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{a} or {b}")),
            inner.prop_map(|operand| format!("not ({operand})")),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_printed_parses_to_the_same(source in expression()) {
        let parsed = Expression::parse(&source).unwrap().unwrap();
        let printed = parsed.to_string();
        prop_assert_eq!(Expression::parse(&printed).unwrap().unwrap(), parsed, "{}", printed);
    }

    #[test]
    fn no_input_panics(source in prop_oneof![
        any::<String>(),
        "[vn<>=!()'\"\\\\ x0-9.a-]{0,30}",
        "(v is|not|and|or|\\(|\\)|'a'|5| |DATETIME\\(|PATH\\(|==|regexp '\\PC{0,8}'|\\x01){0,12}",
    ]) {
        match Expression::parse(&source) {
            Ok(Some(expression)) => {
                if let Err(error) = Filter::compile(&expression, &mut AttributeNames::default()) {
                    let _ = error.render(&source);
                }
            }
            Ok(None) => {}
            Err(error) => {
                prop_assert!(error.column() <= source.chars().count() + 1);
                let message = error.to_string();
                prop_assert!(!message.contains(char::is_control), "{:?}", message);
                let _ = error.render(&source);
            }
        }
    }

    #[test]
    fn no_pattern_panics(pattern in "[a-c\\\\\\[\\](){}?*+|^$.:=!<>#&~,0-9PiwsdbZ' -]{0,24}", text in "[a-c0-9 \n]{0,12}") {
        let source = format!("v iregexp \"{}\"", pattern.replace('\\', "\\\\"));
        let expression = Expression::parse(&source).unwrap().unwrap();
        let mut names = AttributeNames::default();
        if let Ok(filter) = Filter::compile(&expression, &mut names) {
            Sample::new(format!("\"v\": {:?}", text)).look(&names, |event| filter.matches(event));
        }
    }
}

/// If a word is a value in other languages, the suggestion matches the events that the word would
/// mean.
#[test]
fn suggestions_for_words_mean_the_same() {
    const VALUES: [&str; 7] = ["null", "true", "false", "0", "1", r#""a""#, r#"["a"]"#];
    // For each value, `x` if it matches and `-` otherwise.
    for (source, matching) in [
        ("v is not None", "-x--xxx"),
        ("v != null", "-x--xxx"),
        ("v is None", "x-xx---"),
        ("v not is NONE", "-x--xxx"),
        ("v is true", "-x--x--"),
        ("v == True", "-x--x--"),
        ("v is not false", "-x--x--"),
        ("v != False", "-x--x--"),
        ("v is false", "x-xx-xx"),
        ("v is not TRUE", "x-xx-xx"),
    ] {
        let error = Expression::parse(source).unwrap_err();
        let meant = error.suggestion().unwrap().trim_matches('`').to_owned();
        let found: String = VALUES
            .iter()
            .map(|value| matches(&meant, &Sample::new(format!("\"v\": {value}"))))
            .map(|matches| if matches { 'x' } else { '-' })
            .collect();
        assert_eq!(found, matching, "{source}: {meant}");
    }
    let meant = |source| Expression::parse(source).unwrap_err().suggestion().map(str::to_owned);
    assert_eq!(meant("v contains True").as_deref(), Some("`v contains 1`"));
    assert_eq!(meant("v is nonesuch").as_deref(), Some("`'nonesuch'`"));
    assert_eq!(meant("v > None").as_deref(), None);
}
