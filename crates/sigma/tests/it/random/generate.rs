//! Random rules and records. Both are made of the same few texts, so that rules often match.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::rule::{Atom, Check, Condition, Item, Part, Record, Rule, Selection, Source, Times, Value, What};

const FIELDS: [&str; 6] = ["Image", "NewProcessName", "CommandLine", "Number", "Address", "Other"];

/// The names of selections. Conditions ask for `sel*`, `f*` and `them`.
const NAMES: [&str; 4] = ["sel_a", "sel_b", "filter_1", "filter_2"];

/// Pieces of texts, in rules and records.
const PIECES: [&str; 28] = [
    "a", "A", "b", "B", "ab", "aBa", "é", "É", "Σ", "ς", "σ", "ſ", "\u{212a}", "k", " ", "\n", "-", "/a",
    " -a", "–b", "\\", "*", "?", "<", "&", "0", "1", "YWI=",
];

const NUMBERS: [&str; 10] = ["0", "1", "5", "05", "5.0", "-1", "0x5", "0x00000005", "0x1f", "31"];

const ADDRESSES: [&str; 6] = ["10.0.0.1", "10.1.2.3", "11.0.0.1", "192.168.1.1", "10.0.0", "a"];

pub(super) fn rules_and_records() -> impl Strategy<Value = (Vec<Rule>, Vec<Record>)> {
    (vec(rule(), 1..12), vec(record(), 1..12))
}

fn record() -> impl Strategy<Value = Record> {
    let channel = select(vec!["Security", "Microsoft-Windows-Sysmon/Operational", "System"]);
    let field = select(FIELDS.to_vec()).prop_flat_map(|name| {
        let value = match name {
            "Number" => select(NUMBERS.to_vec()).prop_map(str::to_owned).boxed(),
            "Address" => select(ADDRESSES.to_vec()).prop_map(str::to_owned).boxed(),
            _ => text(0..5).boxed(),
        };
        (Just(name), value)
    });
    let event_id = select(vec![1, 4688, 5]);
    (channel, event_id, vec(field, 0..8)).prop_map(|(channel, event_id, fields)| Record {
        channel,
        event_id,
        fields,
    })
}

fn text(pieces: std::ops::Range<usize>) -> impl Strategy<Value = String> {
    vec(select(PIECES.to_vec()), pieces).prop_map(|pieces| pieces.concat())
}

fn rule() -> impl Strategy<Value = Rule> {
    let source = select(vec![Source::Windows, Source::Windows, Source::Security, Source::ProcessCreation]);
    (source, subsequence(NAMES.to_vec(), 1..=4)).prop_flat_map(|(source, names)| {
        let condition = condition(names.clone());
        let selections = vec(selection(), names.len());
        (selections, condition).prop_map(move |(selections, condition)| Rule {
            source,
            selections: names.iter().copied().zip(selections).collect(),
            condition,
        })
    })
}

fn condition(names: Vec<&'static str>) -> impl Strategy<Value = Condition> {
    let mut patterns = vec!["them"];
    patterns.extend(names.iter().any(|name| name.starts_with("sel")).then_some("sel_*"));
    patterns.extend(names.iter().any(|name| name.starts_with('f')).then_some("f*"));
    let leaf = prop_oneof![
        3 => (0..names.len()).prop_map(Condition::Selection),
        1 => select(patterns.clone()).prop_map(Condition::OneOf),
        1 => select(patterns).prop_map(Condition::AllOf),
    ];
    leaf.prop_recursive(3, 8, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(|one| Condition::Not(Box::new(one))),
            vec(inner.clone(), 2..4).prop_map(Condition::And),
            vec(inner, 2..4).prop_map(Condition::Or),
        ]
    })
}

fn selection() -> impl Strategy<Value = Selection> {
    prop_oneof![
        4 => items().prop_map(Selection::Items),
        2 => vec(items(), 1..4).prop_map(Selection::OneOf),
        1 => (any::<bool>(), vec(text(1..3), 1..3)).prop_map(|(all, values)| Selection::Keywords { all, values }),
    ]
}

/// A map has each key once.
fn items() -> impl Strategy<Value = Vec<Item>> {
    vec(item(), 1..4).prop_map(|mut items| {
        items.sort_by_key(Item::key);
        items.dedup_by_key(|item| item.key());
        items
    })
}

fn item() -> impl Strategy<Value = Item> {
    let part = || select(vec![Part::Whole, Part::Start, Part::End, Part::Any]);
    let texts = || vec(text(0..3).prop_map(Value::Text), 1..4);
    let plain = vec(
        prop_oneof![
            4 => text(0..3).prop_map(Value::Text),
            1 => Just(Value::Null),
            1 => select(NUMBERS.to_vec()).prop_map(Value::Number),
        ],
        1..4,
    );
    let as_text = |part, cased, windash| Check::Text { part, cased, windash, encodings: Vec::new() };
    let letters = "[abx]{1,4}".prop_map(Value::Text);
    let encodings = select(vec![
        vec!["base64"],
        vec!["base64offset"],
        vec!["wide", "base64"],
        vec!["utf16be", "base64offset"],
    ]);
    let order = select(vec!["lt", "lte", "gt", "gte"]);
    let network = select(vec!["10.0.0.0/8", "10.1.0.0/16", "192.168.1.1/32", "0.0.0.0/0", "11.0.0.0/7"]);
    let check = prop_oneof![
        4 => plain.prop_map(move |values| (as_text(Part::Whole, false, false), values)),
        6 => (part(), any::<bool>(), any::<bool>(), texts())
            .prop_map(move |(part, cased, windash, values)| (as_text(part, cased, windash), values)),
        1 => (part(), encodings, vec(letters, 1..3)).prop_map(|(part, encodings, values)| {
            (Check::Text { part, cased: false, windash: false, encodings }, values)
        }),
        3 => (any::<[bool; 3]>(), vec(pattern(), 1..3)).prop_map(|([ignore_case, multi_line, dot_all], values)| {
            (Check::Regex { ignore_case, multi_line, dot_all }, values)
        }),
        2 => (order, vec(select(NUMBERS.to_vec()).prop_map(Value::Number), 1..3))
            .prop_map(|(order, values)| (Check::Number(order), values)),
        2 => vec(network.prop_map(|network| Value::Text(network.into())), 1..3)
            .prop_map(|values| (Check::Network, values)),
        1 => any::<bool>().prop_map(|exists| (Check::Exists, vec![Value::Truth(exists)])),
        1 => (part(), vec(select(FIELDS.to_vec()).prop_map(|name| Value::Text(name.into())), 1..3))
            .prop_map(|(part, values)| (Check::Field(part), values)),
    ];
    let all = prop::bool::weighted(0.2);
    (check, all, prop::bool::weighted(0.1)).prop_flat_map(|((check, values), all, negated)| {
        let fields = match &check {
            Check::Number(_) => vec!["Number", "EventID", "Image"],
            Check::Network => vec!["Address"],
            _ => [&FIELDS[..], &["EventID", "Channel", "Missing"]].concat(),
        };
        // Whether a field exists is one question.
        let all = all && check != Check::Exists;
        select(fields).prop_map(move |field| Item {
            field,
            check: check.clone(),
            all,
            negated,
            values: values.clone(),
        })
    })
}

fn pattern() -> impl Strategy<Value = Value> {
    let what = select(vec![
        What::Character('a'),
        What::Character('b'),
        What::Character('é'),
        What::Character(' '),
        What::Character('-'),
        What::Character('\\'),
        What::Class("ab1"),
        What::NoneOf("ab"),
        What::Any,
        What::Start,
        What::End,
    ]);
    let times = select(vec![Times::Once, Times::Once, Times::Maybe, Times::Often, Times::AnyNumber]);
    let atom = (what, times).prop_map(|(what, times)| Atom { what, times });
    vec(vec(atom, 1..5), 1..3).prop_map(Value::Pattern)
}
