use proptest::prelude::*;

use super::*;
use crate::Value;

#[test]
fn python_dialect() {
    assert!(matches!(value(b"NaN"), Ok(Value::Float(f)) if f.is_nan()));
    assert_eq!(value(b"-Infinity"), Ok(Value::Float(f64::NEG_INFINITY)));
    assert_eq!(value(b"18446744073709551616"), Ok(Value::Integer(1 << 64)));
    assert_eq!(value(br#""a\ud800b""#), Ok(Value::String("a\u{fffd}b".into())));
    assert_eq!(value(br#""\ud83d\ude00""#), Ok(Value::String("😀".into())));
    assert_eq!(value(br#""\ud83dx""#), Ok(Value::String("\u{fffd}x".into())));
}

#[test]
fn tuples_are_lists_that_know_it() {
    let tuple = value(br#"{"__type__": "tuple", "values": ["a", 1]}"#).unwrap();
    assert_eq!(
        tuple,
        Value::List { members: vec![Value::String("a".into()), Value::Integer(1)], tuple: true }
    );
    assert_eq!(value(br#"{"values": [1]}"#), Ok(Value::Object));
}

#[test]
fn what_is_not_json_is_refused() {
    for text in [
        "",
        "{",
        "[1,]",
        "[1 2]",
        "tru",
        "-",
        "01x",
        "\"",
        "\"\\q\"",
        "\"\\u12\"",
        "1 2",
        "{]",
        "{\"a\" 1}",
        "{\"a\":1,}",
        "+1",
        "04",
        "-00",
        "007",
        "1.",
        "-1.e5",
        ".5",
        "1e",
        "1e+",
        "1.2.3",
        "[04]",
    ] {
        assert!(value(text.as_bytes()).is_err(), "{text}");
    }
    let deep = "[".repeat(100_000);
    assert!(matches!(value(deep.as_bytes()), Err(JsonError::TooDeep { .. })));
    let deep = format!("{{\"a\": {deep}}}");
    assert!(matches!(Members::of(deep.as_bytes()).unwrap().next_member(), Err(JsonError::TooDeep { .. })));
}

fn tree() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        "\\PC{0,12}".prop_map(Into::into),
        "[\"\\\\\n\u{1}é😀a]{0,6}".prop_map(Into::into),
    ];
    leaf.prop_recursive(4, 32, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Into::into),
            prop::collection::hash_map("[a-z\"é]{1,4}", inner, 0..5)
                .prop_map(|m| serde_json::Value::Object(m.into_iter().collect())),
        ]
    })
}

fn like(ours: &Value<'_>, theirs: &serde_json::Value) -> bool {
    match (ours, theirs) {
        (Value::Null, serde_json::Value::Null) | (Value::Object, serde_json::Value::Object(_)) => true,
        (Value::Boolean(a), serde_json::Value::Bool(b)) => a == b,
        (Value::Integer(a), serde_json::Value::Number(b)) => b.as_i64().map(i128::from) == Some(*a),
        (Value::String(a), serde_json::Value::String(b)) => a == b,
        (Value::List { members, .. }, serde_json::Value::Array(b)) => {
            members.len() == b.len() && members.iter().zip(b).all(|(a, b)| like(a, b))
        }
        _ => false,
    }
}

proptest! {
    #[test]
    fn reads_what_serde_json_reads(tree in tree(), pretty in any::<bool>()) {
        let text = if pretty { serde_json::to_string_pretty(&tree) } else { serde_json::to_string(&tree) }.unwrap();
        prop_assert!(like(&value(text.as_bytes()).unwrap(), &tree), "{text}");
        if let serde_json::Value::Object(members) = &tree {
            let mut ours = Members::of(text.as_bytes()).unwrap();
            let mut count = 0;
            while let Some((_, span)) = ours.next_member().unwrap() {
                value(&text.as_bytes()[span]).unwrap();
                count += 1;
            }
            prop_assert_eq!(count, members.len());
        }
    }

    /// A number is what it is for serde_json, but for those that are too large for it.
    #[test]
    fn numbers_are_those_that_serde_json_reads(text in "-?[0-9]{1,3}[.eE+-]{0,2}[0-9]{0,2}[.eE+-]{0,2}[0-9]{0,1}") {
        let ours = value(text.as_bytes());
        prop_assume!(!matches!(ours, Ok(Value::Float(number)) if number.is_infinite()));
        prop_assert_eq!(ours.is_ok(), serde_json::from_str::<serde_json::Value>(&text).is_ok(), "{}", text);
    }

    #[test]
    fn quoted_texts_come_back(text in any::<String>()) {
        let quoted = quoted(&text);
        prop_assert!(quoted.is_ascii());
        prop_assert_eq!(&serde_json::from_str::<String>(&quoted).unwrap(), &text);
        prop_assert_eq!(value(quoted.as_bytes()).unwrap(), Value::String(text.into()));
    }

    #[test]
    fn no_input_panics(bytes in prop::collection::vec(prop_oneof![Just(b'{'), Just(b'"'), Just(b'\\'), Just(b':'), Just(b'['), Just(b','), Just(b'}'), Just(b'1'), Just(b'u'), any::<u8>()], 0..60)) {
        let _ = value(&bytes);
        if let Ok(mut members) = Members::of(&bytes) {
            while let Ok(Some(_)) = members.next_member() {}
        }
    }
}

/// A name that is written in another way than Plaso writes it would hide an attribute.
#[test]
fn names_with_needless_escapes_are_refused() {
    for (name, is_fine) in [
        ("filename", true),
        (r"\u0441\u043b", true),
        (r"caf\u00e9", true),
        (r"\u007f\n\t\u0000", true),
        (r#"a\\u0069\""#, true),
        (r"f\u0069lename", false),
        (r"f\u006Cename", false),
        (r"\u005f", false),
        (r"a\/b", false),
        (r"\\\u0061", false),
        (r"\u0020", false),
    ] {
        let json = format!("{{\"{name}\": 1}}");
        let member = Members::of_plaso(json.as_bytes()).unwrap().next_member();
        assert_eq!(member.is_ok(), is_fine, "{name}: {member:?}");
        // Others write JSON into values, and escape as they like.
        assert!(Members::of(json.as_bytes()).unwrap().next_member().is_ok());
    }
}

/// Its members would not be found.
#[test]
fn a_tuple_with_needless_escapes_is_refused() {
    assert!(value(br#"{"__type__": "tuple", "values": [1]}"#).is_ok());
    for json in
        [r#"{"__type__": "t\u0075ple", "values": [1]}"#, r#"{"__t\u0079pe__": "tuple", "values": [1]}"#]
    {
        assert!(value(json.as_bytes()).is_err(), "{json}");
    }
}

#[test]
fn elements_of_lists() {
    for (json, expected) in [
        ("[]", Some(&[][..])),
        (r#" [1, {"a": [2]} ,"]"]"#, Some(&["1", r#"{"a": [2]}"#, r#""]""#])),
        ("[1", None),
        ("[1 2]", None),
        ("{}", None),
        ("", None),
    ] {
        let found = elements(json.as_bytes()).ok();
        let found = found.map(|spans| spans.into_iter().map(|span| &json[span]).collect::<Vec<_>>());
        assert_eq!(found.as_deref(), expected, "{json}");
    }
}
