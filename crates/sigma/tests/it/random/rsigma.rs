//! What another engine finds: rsigma 0.23.0. Its known differences are described here, so that the
//! two are compared on all else.

use rsigma_eval::event::JsonEvent;
use rsigma_eval::{CompiledRule, compile_rule, evaluate_rule};
use serde_json::{Map, Value as Json, json};

use super::rule::{Atom, Check, Condition, Item, Part, Record, Rule, Selection, Source, Times, Value, What};

/// Compiles a rule for rsigma. `None` stands for a rule that it refuses because
/// of `all` with one value.
pub(super) fn compiled(rule: &Rule) -> Option<CompiledRule> {
    let parsed = rsigma_parser::parse_sigma_yaml(&rule.yaml()).unwrap();
    assert!(parsed.errors.is_empty(), "{:?}\n{}", parsed.errors, rule.yaml());
    let compiled = compile_rule(&parsed.rules[0]);
    if let Err(error) = &compiled {
        assert!(
            rule.selections.iter().any(|(_, selection)| has_all_of_one(selection)),
            "{error}\n{}",
            rule.yaml()
        );
    }
    compiled.ok()
}

fn has_all_of_one(selection: &Selection) -> bool {
    let is_one = |item: &Item| item.all && item.values.len() == 1;
    match selection {
        Selection::Items(items) => items.iter().any(is_one),
        Selection::OneOf(maps) => maps.iter().flatten().any(is_one),
        Selection::Keywords { all, values } => *all && values.len() == 1,
    }
}

/// Returns whether rsigma finds that a rule matches a record. It is given the records of the log
/// source only, with the names that the rule uses.
pub(super) fn matches(rule: &Rule, compiled: &CompiledRule, record: &Record) -> bool {
    let event = JsonEvent::owned(event(rule.source, record));
    rule.source.has(record) && evaluate_rule(compiled, &event).is_some()
}

fn event(source: Source, record: &Record) -> Json {
    let mut event = Map::new();
    for (name, value) in record.named(source) {
        let value = Json::String(value);
        match event.get_mut(name) {
            Some(Json::Array(all)) => all.push(value),
            Some(first) => *first = json!([first.take(), value]),
            None => {
                event.insert(name.into(), value);
            }
        }
    }
    Json::Object(event)
}

/// A known difference between rsigma and us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Difference {
    /// We take `neq` for the opposite of the same without it, as Sigma's own translator does. For
    /// rsigma, nothing is true of an absent field, and `exists` has no opposite.
    OppositeOfAbsent,
    /// We compare hexadecimal numbers as numbers; for rsigma they are no numbers.
    Hexadecimal,
    /// We compare `5` as it is written; rsigma also finds it in `05` and `5.0`. Of a rule, `05` is
    /// the number 5 to us, and a text to rsigma.
    WrittenNumber,
    /// rsigma anchors values with wildcards at the wrong end, or at none.
    AnchoredWildcard,
    /// A wildcard of rsigma does not match the end of a line.
    LineEnd,
    /// To us `$` also stands before the last end of a line, as in PCRE; to rsigma only behind it.
    LastLineEnd,
    /// rsigma takes the wildcards of `windash` literally.
    WildcardWithDashes,
    /// rsigma replaces every `-`, and nothing but `-`. We replace a dash or slash before a word.
    Dashes,
    /// For rsigma a sigma at the end of a word is another letter, and in values with wildcards the
    /// long s is an s.
    Folding,
    /// For rsigma `null` beside other values is never true.
    NullAmongOthers,
    /// rsigma wants all keywords of a list in one value.
    KeywordsInOneValue,
    /// rsigma does not compare the values of a field that occurs several times with another field.
    SeveralValues,
    /// At the end of a text in Base64, rsigma also compares the character that depends on what
    /// follows, and takes `base64offset` alone to mean `contains`.
    Base64Offset,
}

/// Returns a known difference that a rule may show on a record.
pub(super) fn known_difference(rule: &Rule, record: &Record) -> Option<Difference> {
    let fields = record.named(rule.source);
    let of_items = |items: &[Item]| items.iter().find_map(|item| of_item(item, &fields));
    rule.selections.iter().find_map(|(_, selection)| match selection {
        Selection::Items(items) => of_items(items),
        Selection::OneOf(maps) => maps.iter().find_map(|items| of_items(items)),
        Selection::Keywords { all: true, values } if values.len() > 1 => Some(Difference::KeywordsInOneValue),
        Selection::Keywords { values, .. } => values.iter().find_map(|keyword| {
            fields.iter().find_map(|(_, value)| of_texts(keyword, value, Part::Any, false))
        }),
    })
}

fn of_item(item: &Item, fields: &[(&str, String)]) -> Option<Difference> {
    let values_of = |name: &str| -> Vec<&str> {
        fields.iter().filter(|(other, _)| *other == name).map(|(_, value)| value.as_str()).collect()
    };
    let own = values_of(item.field);
    if item.negated && (own.is_empty() || item.check == Check::Exists) {
        return Some(Difference::OppositeOfAbsent);
    }
    if own.is_empty() && item.values.len() > 1 && item.values.iter().any(|value| matches!(value, Value::Null))
    {
        return Some(Difference::NullAmongOthers);
    }
    item.values.iter().find_map(|value| match (&item.check, value) {
        (Check::Text { encodings, .. }, _) if encodings.contains(&"base64offset") => {
            Some(Difference::Base64Offset)
        }
        (Check::Text { encodings, .. }, Value::Text(_)) if !encodings.is_empty() => None,
        (Check::Text { part, windash, .. }, Value::Text(wanted)) => {
            own.iter().find_map(|found| of_texts(wanted, found, *part, *windash))
        }
        (Check::Text { .. }, Value::Number("05")) => Some(Difference::WrittenNumber),
        (Check::Text { .. } | Check::Number(_), Value::Number(_)) => own.iter().find_map(|found| {
            if found.starts_with("0x") {
                return Some(Difference::Hexadecimal);
            }
            let is_usual = found.parse::<i64>().is_ok_and(|number| number.to_string() == *found);
            let is_number = found.parse::<f64>().is_ok();
            (is_number && !is_usual).then_some(Difference::WrittenNumber)
        }),
        (Check::Field(_), Value::Text(other)) => {
            let others = values_of(other);
            if own.len() > 1 || others.len() > 1 {
                return Some(Difference::SeveralValues);
            }
            own.iter().chain(&others).any(|value| folds_unlike(value)).then_some(Difference::Folding)
        }
        (Check::Regex { multi_line: false, .. }, Value::Pattern(alternatives)) => {
            let has_end = alternatives.iter().flatten().any(|atom| atom.what == What::End);
            (has_end && own.iter().any(|found| found.ends_with('\n'))).then_some(Difference::LastLineEnd)
        }
        _ => None,
    })
}

fn of_texts(wanted: &str, found: &str, part: Part, windash: bool) -> Option<Difference> {
    let has_wildcard = wanted.contains(['*', '?']);
    let is_dashed = windash && wanted.contains(['-', '/', '–']);
    let differences = [
        (has_wildcard && windash, Difference::WildcardWithDashes),
        (has_wildcard && matches!(part, Part::Start | Part::End), Difference::AnchoredWildcard),
        (has_wildcard && found.contains('\n'), Difference::LineEnd),
        (is_dashed, Difference::Dashes),
        (folds_unlike(wanted) || folds_unlike(found), Difference::Folding),
    ];
    differences.into_iter().find(|(is_shown, _)| *is_shown).map(|(_, difference)| difference)
}

fn folds_unlike(text: &str) -> bool {
    text.contains(['Σ', 'ς', 'ſ', '\u{212a}'])
}

/// Returns a rule and a record for each difference, and whether we find that they match.
pub(super) fn examples() -> Vec<(Difference, Rule, Record, bool)> {
    let texts = |values: &[&str]| values.iter().map(|value| Value::Text((*value).into())).collect::<Vec<_>>();
    let text = |part, windash, encodings: &[&'static str]| Check::Text {
        part,
        cased: false,
        windash,
        encodings: encodings.to_vec(),
    };
    let whole = || text(Part::Whole, false, &[]);
    let items = |check, negated, values| {
        Selection::Items(vec![Item { field: "Image", check, all: false, negated, values }])
    };
    let keywords = Selection::Keywords { all: true, values: vec!["key".into(), "word".into()] };
    let field = |part| Check::Field(part);
    let cases = [
        (Difference::OppositeOfAbsent, items(whole(), true, texts(&["a"])), vec![], true),
        (
            Difference::Hexadecimal,
            items(Check::Number("gt"), false, vec![Value::Number("9")]),
            vec!["0x1f"],
            true,
        ),
        (Difference::WrittenNumber, items(whole(), false, vec![Value::Number("5")]), vec!["05"], false),
        (
            Difference::AnchoredWildcard,
            items(text(Part::Start, false, &[]), false, texts(&["a*b"])),
            vec!["xab"],
            false,
        ),
        (Difference::LineEnd, items(whole(), false, texts(&["a*b"])), vec!["a\nb"], true),
        (
            Difference::LastLineEnd,
            items(
                Check::Regex { ignore_case: false, multi_line: false, dot_all: false },
                false,
                vec![Value::Pattern(vec![
                    [What::Character('a'), What::End].map(|what| Atom { what, times: Times::Once }).to_vec(),
                ])],
            ),
            vec!["a\n"],
            true,
        ),
        (
            Difference::WildcardWithDashes,
            items(text(Part::Whole, true, &[]), false, texts(&["a*"])),
            vec!["ab"],
            true,
        ),
        (Difference::Dashes, items(text(Part::Whole, true, &[]), false, texts(&["/a"])), vec!["-a"], true),
        (Difference::Folding, items(text(Part::Start, false, &[]), false, texts(&["ας"])), vec!["ασα"], true),
        (
            Difference::NullAmongOthers,
            items(whole(), false, vec![Value::Null, Value::Text("a".into())]),
            vec![],
            true,
        ),
        (Difference::KeywordsInOneValue, keywords, vec!["a key", "a word"], true),
        (
            Difference::SeveralValues,
            items(field(Part::Start), false, texts(&["Image"])),
            vec!["a", "b"],
            true,
        ),
        (
            Difference::Base64Offset,
            items(text(Part::Any, false, &["base64offset"]), false, texts(&["ab"])),
            vec!["YWJj"],
            true,
        ),
    ];
    let example = |(difference, selection, values, expected): (_, _, Vec<&str>, _)| {
        let rule = Rule {
            source: Source::Windows,
            selections: vec![("sel_a", selection)],
            condition: Condition::Selection(0),
        };
        let fields = values.into_iter().map(|value| ("Image", value.to_owned())).collect();
        (difference, rule, Record { channel: "System", event_id: 1, fields }, expected)
    };
    cases.into_iter().map(example).collect()
}
