//! Compares correlations with an evaluation that is slow and plain: for each record it builds the
//! whole window anew.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use events::{Key, Timestamp};
use proptest::prelude::*;
use sigma::{Collection, Condition, Correlation, Kind, RuleFile, Selection, Source};
use testing::ReduceMemory;

use super::correlations::Correlations;
use super::firings::Firing;
use super::matched::{Matched, MatchedRecords};
use super::record::{FieldValue, MatchedRecord};

/// Rules that correlations refer to, one for each letter.
pub(super) fn collection(correlations: &str) -> Collection {
    let rule = |name: &str| {
        format!(
            "title: {name}\nname: {name}\nlogsource: {{product: windows, service: system}}\ndetection: {{s: {{EventID: \
             1}}, condition: s}}\n---\n"
        )
    };
    let text = ["a", "b", "c"].map(rule).concat() + correlations;
    let file = RuleFile { name: "rules.yml".into(), text: Ok(text) };
    let collection = Collection::read(&[file], &Selection::default());
    assert!(collection.others.is_empty(), "{:?}\n{correlations}", collection.others);
    collection
}

/// A record: its time in seconds, the rules that match it, and its fields.
#[derive(Debug, Clone)]
pub(super) struct Sample {
    pub(super) time: i64,
    pub(super) rules: Vec<usize>,
    pub(super) fields: BTreeMap<&'static str, &'static str>,
    /// For each copy the rules that do not match it.
    pub(super) copies: Vec<Vec<usize>>,
}

pub(super) fn keys(collection: &Collection, samples: &[Sample]) -> Vec<Key> {
    let mut keys = Vec::new();
    for (number, sample) in samples.iter().enumerate() {
        let values = |rule: usize| {
            let fields = collection.used[rule].fields.iter();
            fields.map(|field| sample.fields.get(field.name.as_str()).map(|value| (*value).into())).collect()
        };
        for without in std::iter::once(&Vec::new()).chain(&sample.copies) {
            let rules = sample.rules.iter().filter(|rule| !without.contains(rule));
            let record = MatchedRecord {
                time: Some(Timestamp(sample.time * 1_000_000)),
                identity: format!("record {number:03}").into(),
                is_recovered: false,
                rules: rules.map(|rule| (*rule, values(*rule))).collect(),
            };
            keys.extend((!record.rules.is_empty()).then(|| Key::Text(record.key().into())));
        }
    }
    keys
}

/// The keys with each label, and the firings of each correlation.
pub(super) type Found = (BTreeMap<String, BTreeSet<Rc<str>>>, BTreeMap<String, Vec<Firing>>);

pub(super) fn evaluated(collection: &Collection, keys: Vec<Key>) -> Found {
    let mut input = ReduceMemory::of_keys(keys);
    let mut correlations = Correlations::new(&collection.correlations);
    let mut records = MatchedRecords::default();
    let mut labels = BTreeMap::<_, BTreeSet<_>>::new();
    while let Some(record) = records.next(&mut input).unwrap() {
        for (correlation, key) in correlations.add(&record) {
            labels.entry(collection.correlations[correlation].label.clone()).or_default().insert(key);
        }
    }
    let (firings, without_time) = correlations.finish();
    assert_eq!(without_time, 0);
    let firings = collection.correlations.iter().zip(firings).map(|(correlation, firings)| {
        assert_eq!((firings.count, firings.left_early), (firings.kept.len() as u64, 0));
        (correlation.label.clone(), firings.kept)
    });
    (labels, firings.filter(|(_, firings)| !firings.is_empty()).collect())
}

/// What one record brings to a group.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    record: usize,
    time: i64,
    inputs: BTreeSet<usize>,
    values: Vec<FieldValue>,
    keys: BTreeSet<Rc<str>>,
}

fn naive(collection: &Collection, keys: Vec<Key>) -> Found {
    found_if(collection, keys, &|correlation, _, _, window| holds(correlation, window))
}

/// Whether a correlation holds in a group at a record, which is the last one of the window.
pub(super) type Holds<'h> = &'h dyn Fn(&Correlation, &[Box<str>], usize, &[&Entry]) -> bool;

/// What is found if correlations hold there.
pub(super) fn found_if(collection: &Collection, keys: Vec<Key>, holds: Holds<'_>) -> Found {
    let mut input = ReduceMemory::of_keys(keys);
    let mut records: Vec<Matched> = Vec::new();
    let mut reader = MatchedRecords::default();
    while let Some(record) = reader.next(&mut input).unwrap() {
        records.push(record);
    }
    let (mut labels, mut firings) = (BTreeMap::<_, BTreeSet<_>>::new(), BTreeMap::new());
    // What each correlation passes on.
    let mut fired: Vec<Vec<Entry>> = Vec::new();
    for correlation in &collection.correlations {
        let mut fires = Vec::new();
        for (group, entries) in groups(correlation, &records, &fired) {
            let mut known = BTreeSet::new();
            let mut of_group: Vec<Firing> = Vec::new();
            let mut held = false;
            for (position, entry) in entries.iter().enumerate() {
                let start = entry.time - correlation.timespan;
                let window: Vec<_> =
                    entries[..=position].iter().filter(|other| other.time >= start).collect();
                let holds = holds(correlation, &group, entry.record, &window);
                if holds {
                    let overlaps = window.len() > 1;
                    match of_group.last_mut().filter(|_| held && overlaps) {
                        Some(firing) => {
                            firing.last = entry.time;
                            firing.records += 1;
                        }
                        None => of_group.push(Firing {
                            first: window[0].time,
                            last: entry.time,
                            records: window.len() as u64,
                            group: group.clone(),
                        }),
                    }
                    let new = window.iter().filter(|entry| known.insert(entry.record));
                    let contributed = new.flat_map(|entry| entry.keys.clone()).collect();
                    fires.push(Entry { keys: contributed, ..entry.clone() });
                }
                held = holds;
            }
            let all = firings.entry(correlation.label.clone()).or_insert_with(Vec::new);
            all.extend(of_group);
        }
        if correlation.gives_label {
            let keys = fires.iter().flat_map(|entry: &Entry| entry.keys.clone());
            labels.entry(correlation.label.clone()).or_default().extend(keys);
        }
        fires.sort_by_key(|entry| entry.record);
        fired.push(fires);
    }
    labels.retain(|_, keys| !keys.is_empty());
    firings.retain(|_, firings| !firings.is_empty());
    firings.values_mut().for_each(|firings| firings.sort());
    (labels, firings)
}

/// The entries of each group, in the order of time.
fn groups(
    correlation: &Correlation,
    records: &[Matched],
    fired: &[Vec<Entry>],
) -> BTreeMap<Vec<Box<str>>, Vec<Entry>> {
    let mut groups = BTreeMap::<Vec<Box<str>>, Vec<Entry>>::new();
    for (number, record) in records.iter().enumerate() {
        for (position, input) in correlation.inputs.iter().enumerate() {
            let sources: Vec<(Vec<FieldValue>, BTreeSet<Rc<str>>)> = match input.source {
                Source::Rule(rule) => {
                    let found = record.rules.get(&rule).into_iter();
                    found.map(|(values, keys)| (values.clone(), keys.iter().cloned().collect())).collect()
                }
                Source::Correlation(other) => {
                    let found = fired[other].iter().filter(|entry| entry.record == number);
                    found.map(|entry| (entry.values.clone(), entry.keys.clone())).collect()
                }
            };
            for (values, keys) in sources {
                let values: Vec<_> = input.values.iter().map(|at| values[*at].clone()).collect();
                let by = values[..correlation.group_by.len()].iter().cloned().collect::<Option<Vec<_>>>();
                let Some(by) = by else { continue };
                let entries = groups.entry(by).or_default();
                match entries.last_mut().filter(|entry| entry.record == number) {
                    Some(entry) => {
                        entry.inputs.insert(position);
                        entry.keys.extend(keys);
                    }
                    None => entries.push(Entry {
                        record: number,
                        time: record.time.unwrap().0,
                        inputs: [position].into(),
                        values,
                        keys,
                    }),
                }
            }
        }
    }
    for entries in groups.values_mut() {
        entries.retain(|entry| match correlation.kind {
            Kind::EventCount | Kind::Temporal | Kind::TemporalOrdered => true,
            Kind::ValueCount => value(correlation, entry).is_some(),
            _ => number(correlation, entry).is_some(),
        });
    }
    groups
}

fn value<'e>(correlation: &Correlation, entry: &'e Entry) -> Option<&'e str> {
    entry.values[correlation.group_by.len()].as_deref()
}

fn number(correlation: &Correlation, entry: &Entry) -> Option<f64> {
    value(correlation, entry)?.parse().ok()
}

fn holds(correlation: &Correlation, window: &[&Entry]) -> bool {
    let mut numbers: Vec<_> = window
        .iter()
        .filter_map(|entry| {
            matches!(
                correlation.kind,
                Kind::ValueSum | Kind::ValueAvg | Kind::ValueMedian | Kind::ValuePercentile(_)
            )
            .then(|| number(correlation, entry))
            .flatten()
        })
        .collect();
    numbers.sort_by(f64::total_cmp);
    let sum: f64 = numbers.iter().sum();
    let present: BTreeSet<_> = window.iter().flat_map(|entry| &entry.inputs).copied().collect();
    let found = match correlation.kind {
        Kind::EventCount => window.len() as f64,
        Kind::ValueCount => {
            window.iter().map(|entry| value(correlation, entry)).collect::<BTreeSet<_>>().len() as f64
        }
        Kind::ValueSum => sum,
        Kind::ValueAvg => sum / numbers.len() as f64,
        Kind::ValueMedian if numbers.len() % 2 == 1 => numbers[numbers.len() / 2],
        Kind::ValueMedian => (numbers[numbers.len() / 2 - 1] + numbers[numbers.len() / 2]) / 2.0,
        Kind::ValuePercentile(percentage) => {
            let place = (numbers.len() - 1) as f64 * f64::from(percentage) / 100.0;
            let (below, above) = (numbers[place.floor() as usize], numbers[place.ceil() as usize]);
            below + (above - below) * place.fract()
        }
        Kind::TemporalOrdered => return in_order(window, 0, correlation.inputs.len(), i64::MIN),
        Kind::Temporal => present.len() as f64,
    };
    match &correlation.condition {
        Condition::Rules(presence) => presence.holds(&|rule| present.contains(&rule)),
        Condition::Number(thresholds) => thresholds.iter().all(|threshold| {
            let found = (found * 1e6).round() as i128;
            threshold.holds(found, 1)
        }),
    }
}

/// Whether there are records of the rules from `rule` on, none before the one of the rule before.
fn in_order(window: &[&Entry], rule: usize, rules: usize, after: i64) -> bool {
    rule == rules
        || window.iter().any(|entry| {
            entry.inputs.contains(&rule)
                && entry.time >= after
                && in_order(window, rule + 1, rules, entry.time)
        })
}

/// A correlation of some rules or correlations.
pub(super) fn correlation(
    name: &'static str,
    rules: &'static [&'static str],
) -> impl Strategy<Value = String> {
    let groups = prop::sample::select(vec!["[]", "[Host]", "[User]", "[Host, User]"]);
    let span = prop::sample::select(vec![1, 3, 10, 60]);
    let operators = prop::sample::select(vec!["gte", "gt", "lt", "lte", "eq", "neq"]);
    let number = prop_oneof![4 => 1_i64..5, 1 => -3_i64..30];
    let kind = prop::sample::select(vec![
        "event_count",
        "value_count",
        "value_sum",
        "value_avg",
        "value_median",
        "value_percentile",
        "temporal",
        "temporal_ordered",
        "boolean",
    ]);
    (kind, groups, span, operators, number, any::<bool>(), any::<bool>()).prop_map(
        move |(kind, groups, span, operator, number, generate, range)| {
            let comparison = format!("{operator}: {number}{}", if range && operator != "lte" { ", lte: 6" } else { "" });
            let condition = match kind {
                "event_count" => format!("condition: {{{comparison}}}"),
                "value_count" => format!("condition: {{field: User, {comparison}}}"),
                "value_percentile" => format!("condition: {{field: Size, percentile: 80, {comparison}}}"),
                "temporal" if range => format!("condition: {{{operator}: {number}}}"),
                "temporal" | "temporal_ordered" => String::new(),
                "boolean" if rules.len() > 2 => format!("condition: {0} and ({1} or not {2})", rules[0], rules[1], rules[2]),
                "boolean" => format!("condition: not {0} or {1}", rules[0], rules[1]),
                _ => format!("condition: {{field: Size, {comparison}}}"),
            };
            let kind = if kind == "boolean" { "temporal" } else { kind };
            format!(
                "title: {name}\nname: {name}\ngenerate: {generate}\ncorrelation:\n  type: {kind}\n  rules: [{}]\n  group-by: \
                 {groups}\n  timespan: {span}s\n  aliases: {{Host: {{{}: Source}}}}\n  {condition}\n---\n",
                rules.join(", "),
                rules[0]
            )
        },
    )
}

pub(super) fn samples() -> impl Strategy<Value = Vec<Sample>> {
    let value = |name: &'static str, values: &[&'static str]| {
        prop::option::weighted(0.9, prop::sample::select(values.to_vec()))
            .prop_map(move |value| value.map(|value| (name, value)))
    };
    let fields = (
        value("Host", &["x", "y"]),
        value("Source", &["x", "y"]),
        value("User", &["u", "v", "w"]),
        value("Size", &["1", "2", "-3.5", "10", "large"]),
    )
        .prop_map(|(host, source, user, size)| [host, source, user, size].into_iter().flatten().collect());
    let rules = prop::sample::subsequence(vec![0, 1, 2], 1..=3);
    let copies = prop::collection::vec(prop::sample::subsequence(vec![0, 1, 2], 0..=2), 0..3);
    let sample = (0_i64..120, rules, fields, copies).prop_map(|(time, rules, fields, copies)| Sample {
        time,
        rules,
        fields,
        copies,
    });
    prop::collection::vec(sample, 0..60)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn correlations_are_those_of_a_plain_evaluation(
        first in correlation("first", &["a", "b"]),
        second in correlation("second", &["c", "a", "b"]),
        third in correlation("third", &["first", "second"]),
        fourth in correlation("fourth", &["third", "c", "first"]),
        samples in samples(),
    ) {
        // Files may have correlations in any order.
        let collection = collection(&(fourth + &second + &third + &first));
        let keys = keys(&collection, &samples);
        prop_assert_eq!(evaluated(&collection, keys.clone()), naive(&collection, keys));
    }
}
