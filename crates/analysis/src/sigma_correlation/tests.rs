//! What each type of correlation finds, in tables.

use events::Timestamp;

use super::correlations::Correlations;
use super::matched::MatchedRecords;
use super::naive::{Sample, collection, evaluated, keys};
use super::record::MatchedRecord;

/// A record of rules (a letter each) with fields, at a second.
fn sample(time: i64, rules: &str, fields: &[(&'static str, &'static str)]) -> Sample {
    let rules = rules.bytes().map(|letter| usize::from(letter - b'a')).collect();
    Sample { time, rules, fields: fields.iter().copied().collect(), copies: Vec::new() }
}

/// The firings of all correlations, as `label group first-last records`, and the seconds of the
/// records with each label.
fn shown(correlations: &str, samples: &[Sample]) -> String {
    let collection = collection(correlations);
    let (labels, firings) = evaluated(&collection, keys(&collection, samples));
    let mut shown = Vec::new();
    for (label, firings) in firings {
        for firing in firings {
            let (first, last) = (firing.first / 1_000_000, firing.last / 1_000_000);
            shown.push(format!("{label} [{}] {first}-{last} {}", firing.group.join(","), firing.records));
        }
    }
    for (label, keys) in labels {
        let number = |key: &str| key.split("record ").nth(1).unwrap()[..3].parse::<usize>().unwrap();
        let seconds: Vec<_> = keys.iter().map(|key| samples[number(key)].time.to_string()).collect();
        shown.push(format!("{label}: {}", seconds.join(" ")));
    }
    shown.join("\n")
}

fn rule(kind: &str, rest: &str) -> String {
    format!("title: X\nname: x\ncorrelation:\n  type: {kind}\n{rest}\n---\n")
}

/// Records of one rule at these seconds.
fn at(times: &[i64]) -> Vec<Sample> {
    times.iter().map(|time| sample(*time, "a", &[])).collect()
}

#[test]
fn event_count_slides() {
    let rule =
        |condition| rule("event_count", &format!("  rules: [a]\n  timespan: 10s\n  condition: {condition}"));
    for (condition, times, expected) in [
        // The ends of a window belong to it.
        ("{gte: 3}", &[0, 5, 10][..], "sigma_x [] 0-10 3\nsigma_x: 0 5 10"),
        ("{gte: 3}", &[0, 5, 11], ""),
        // A window is at no fixed place.
        ("{gte: 3}", &[8, 12, 17], "sigma_x [] 8-17 3\nsigma_x: 8 12 17"),
        // Windows that overlap are one firing.
        ("{gte: 3}", &[0, 1, 2, 3, 12, 13, 30], "sigma_x [] 0-13 6\nsigma_x: 0 1 2 3 12 13"),
        ("{gte: 2}", &[0, 1, 20, 21], "sigma_x [] 0-1 2\nsigma_x [] 20-21 2\nsigma_x: 0 1 20 21"),
        ("{gt: 1, lt: 3}", &[0, 1, 2], "sigma_x [] 0-1 2\nsigma_x: 0 1"),
        ("{eq: 1}", &[0, 1, 20], "sigma_x [] 0-0 1\nsigma_x [] 20-20 1\nsigma_x: 0 20"),
        ("{neq: 1}", &[0, 1], "sigma_x [] 0-1 2\nsigma_x: 0 1"),
    ] {
        assert_eq!(shown(&rule(condition), &at(times)), expected, "{condition} {times:?}");
    }
}

#[test]
fn groups_are_apart() {
    let rule =
        rule("event_count", "  rules: [a]\n  group-by: [Host, User]\n  timespan: 10s\n  condition: {gte: 2}");
    let of = |time, host, user| sample(time, "a", &[("Host", host), ("User", user)]);
    let samples = [
        of(0, "x", "u"),
        of(1, "y", "u"),
        of(2, "x", "v"),
        of(3, "x", "u"),
        // Without one of the values, a record is in no group.
        sample(4, "a", &[("Host", "y")]),
        sample(5, "a", &[("Host", "y")]),
        of(6, "y", ""),
        of(7, "y", ""),
    ];
    assert_eq!(shown(&rule, &samples), "sigma_x [x,u] 0-3 2\nsigma_x [y,] 6-7 2\nsigma_x: 0 3 6 7");
}

#[test]
fn values_are_counted_and_computed_with() {
    let of = |time, value| sample(time, "a", &[("V", value)]);
    let with = |values: &[&'static str]| {
        values.iter().zip(0..).map(|(value, time)| of(time, *value)).collect::<Vec<_>>()
    };
    for (kind, condition, values, expected) in [
        ("value_count", "{field: V, gte: 3}", &["p", "q", "p", "r"][..], "0-3 4"),
        ("value_count", "{field: V, gte: 3}", &["p", "q", "p"], ""),
        ("value_count", "{field: [V, V], gte: 2}", &["p", "q"], "0-1 2"),
        ("value_sum", "{field: V, gt: 5}", &["2", "3", "0.5"], "0-2 3"),
        ("value_sum", "{field: V, gte: 0.3}", &["0.1", "0.2"], "0-1 2"),
        // What is no number is not there.
        ("value_sum", "{field: V, gte: 5}", &["2", "x", "3"], "0-2 2"),
        ("value_avg", "{field: V, gte: 2.5}", &["1", "2", "4.5"], "0-2 3"),
        ("value_avg", "{field: V, gt: 2.5}", &["1", "2", "4.5"], ""),
        ("value_median", "{field: V, eq: 2}", &["1", "9", "2"], "0-2 3"),
        ("value_percentile", "{field: V, percentile: 90, gte: 36}", &["0", "10", "20", "30", "40"], "0-4 5"),
        ("value_percentile", "{field: V, percentile: 0, lt: 0}", &["5", "-1"], "0-1 2"),
    ] {
        let rule = rule(kind, &format!("  rules: [a]\n  timespan: 1m\n  condition: {condition}"));
        let shown = shown(&rule, &with(values));
        let firing = shown.lines().next().unwrap_or_default();
        assert_eq!(firing.trim_start_matches("sigma_x [] "), expected, "{kind} {condition} {values:?}");
    }
}

#[test]
fn rules_come_together() {
    let stream = |letters: &[(i64, &str)]| -> Vec<_> {
        letters.iter().map(|(time, rules)| sample(*time, rules, &[])).collect()
    };
    for (kind, condition, letters, expected) in [
        ("temporal", "", &[(0, "c"), (1, "a"), (2, "b")][..], "0-2 3"),
        ("temporal", "", &[(0, "c"), (1, "a"), (11, "b")], ""),
        ("temporal", "{gte: 2}", &[(0, "c"), (1, "a")], "0-1 2"),
        ("temporal", "a and (b or not c)", &[(0, "a")], "0-0 1"),
        ("temporal", "a and (b or not c)", &[(0, "c"), (1, "a")], ""),
        ("temporal", "1 of them and not a and not b", &[(0, "c"), (1, "a")], "0-0 1"),
        ("temporal_ordered", "", &[(0, "a"), (1, "b"), (2, "c")], "0-2 3"),
        ("temporal_ordered", "", &[(0, "b"), (1, "a"), (2, "c")], ""),
        ("temporal_ordered", "a and b and c", &[(0, "c"), (1, "a"), (2, "b"), (3, "c")], "0-3 4"),
        // The order of records of the same time is not known.
        ("temporal_ordered", "", &[(0, "c"), (0, "b"), (0, "a")], "0-0 3"),
        // The first of the rules has left the window.
        ("temporal_ordered", "", &[(0, "a"), (5, "b"), (11, "c")], ""),
        ("temporal_ordered", "", &[(0, "a"), (2, "a"), (5, "b"), (11, "c")], "2-11 3"),
        // One record may be one of several rules.
        ("temporal_ordered", "", &[(0, "abc")], "0-0 1"),
    ] {
        let condition =
            if condition.is_empty() { String::new() } else { format!("  condition: '{condition}'") };
        let condition = condition.replace("'{", "{").replace("}'", "}");
        let rule = rule(kind, &format!("  rules: [a, b, c]\n  timespan: 10s\n{condition}"));
        let shown = shown(&rule, &stream(letters));
        let firing = shown.lines().next().unwrap_or_default();
        assert_eq!(firing.trim_start_matches("sigma_rules [] "), expected, "{kind} {condition} {letters:?}");
    }
}

#[test]
fn correlations_stand_upon_correlations() {
    let rules = "title: Many\nname: many\ncorrelation: {type: event_count, rules: [a], group-by: [User, Host], timespan: \
                 10s, condition: {gte: 3}}\n---\ntitle: X\ncorrelation:\n  type: temporal_ordered\n  rules: [many, b]\n  \
                 group-by: [Who]\n  timespan: 1m\n  aliases: {Who: {many: User, b: Target}}\n---\n";
    let failed = |time, user| sample(time, "a", &[("User", user), ("Host", "h")]);
    let samples = [
        failed(0, "u"),
        failed(1, "u"),
        failed(2, "v"),
        failed(3, "u"),
        sample(30, "b", &[("Target", "v"), ("User", "u")]),
        sample(40, "b", &[("Target", "u")]),
        failed(100, "v"),
    ];
    // Only the correlation that none refers to gives a label.
    assert_eq!(shown(rules, &samples), "sigma_many [u,h] 0-3 3\nsigma_x [u] 3-40 2\nsigma_x: 0 1 3 40");
    let both = rules.replace("title: X\n", "title: X\ngenerate: true\n");
    assert!(shown(&both, &samples).contains("sigma_many: 0 1 3\n"), "{}", shown(&both, &samples));
}

/// Both events of a record and its recovered copies are one record. Each copy that the rule matches
/// gets the label.
#[test]
fn copies_count_once() {
    let rule = rule("event_count", "  rules: [a]\n  timespan: 10s\n  condition: {gte: 2}");
    let mut samples = at(&[0, 1]);
    samples.iter_mut().for_each(|sample| sample.rules = vec![0, 1]);
    samples[0].copies = vec![vec![1]];
    let found = |samples: &[Sample]| {
        let collection = collection(&rule);
        let keys = keys(&collection, samples);
        let (labels, _) = evaluated(&collection, keys);
        labels.get("sigma_x").map_or(0, std::collections::BTreeSet::len)
    };
    assert_eq!(found(&samples[..1]), 0);
    assert_eq!(found(&samples), 3);
}

/// The fields of a recovered copy may be shifted, so its values count only for a rule that matches
/// no other copy.
#[test]
fn values_of_recovered_copies_come_last() {
    let copy = |rules: &[usize], host: &str, is_recovered| MatchedRecord {
        time: Some(Timestamp(0)),
        identity: "record".into(),
        is_recovered,
        rules: rules.iter().map(|rule| (*rule, vec![Some(host.into())])).collect(),
    };
    for (copies, expected) in [
        (&[copy(&[0], "x", false), copy(&[0], "a", true)][..], &[(0, "x")][..]),
        (&[copy(&[0], "x", true), copy(&[0], "a", true), copy(&[0], "y", false)], &[(0, "y")]),
        (&[copy(&[0], "x", false), copy(&[0], "a", false)], &[(0, "a")]),
        (&[copy(&[0], "x", true), copy(&[0], "a", true)], &[(0, "a")]),
        (&[copy(&[1], "x", false), copy(&[0, 1], "a", true)], &[(0, "a"), (1, "x")]),
    ] {
        for reversed in [false, true] {
            let mut keys: Vec<_> = copies.iter().map(|copy| events::Key::Text(copy.key().into())).collect();
            if reversed {
                keys.reverse();
            }
            let record = MatchedRecords::default().next(&mut testing::ReduceMemory::of_keys(keys)).unwrap();
            let rules = record.unwrap().rules;
            let found: Vec<_> =
                rules.iter().map(|(rule, (values, _))| (*rule, values[0].as_deref().unwrap())).collect();
            assert_eq!(found, expected, "{copies:?}");
            assert_eq!(rules[&0].1.len(), copies.iter().filter(|copy| copy.rules[0].0 == 0).count());
        }
    }
}

#[test]
fn records_without_a_time_are_in_no_window() {
    let collection = collection(&rule("event_count", "  rules: [a]\n  timespan: 10s\n  condition: {gte: 1}"));
    let mut correlations = Correlations::new(&collection.correlations);
    for rule in ["0", "1"] {
        let key = events::Key::Text(format!("-\tevent 1\t0\t{rule}").into());
        let record = MatchedRecords::default().next(&mut testing::ReduceMemory::of_keys([key])).unwrap();
        assert!(correlations.add(&record.unwrap()).is_empty());
    }
    let (firings, without_time) = correlations.finish();
    assert_eq!((firings[0].count, without_time), (0, 1));
}

#[test]
fn memory_is_bounded() {
    let collection = collection(&rule(
        "event_count",
        "  rules: [a]\n  group-by: [Host]\n  timespan: 1d\n  condition: {gte: 1000000}",
    ));
    let samples: Vec<_> = (0..1_000).map(|time| sample(time, "a", &[("Host", "x")])).collect();
    let mut input = testing::ReduceMemory::of_keys(keys(&collection, &samples));
    let mut correlations = Correlations::with_memory(&collection.correlations, 64 << 10);
    let mut records = MatchedRecords::default();
    while let Some(record) = records.next(&mut input).unwrap() {
        assert!(correlations.add(&record).is_empty());
    }
    let (firings, _) = correlations.finish();
    assert!((500..990).contains(&firings[0].left_early), "{}", firings[0].left_early);
}

#[test]
fn firings_are_bounded() {
    let collection = collection(&rule("event_count", "  rules: [a]\n  timespan: 1s\n  condition: {gte: 1}"));
    let samples = at(&(0..999).map(|number| 2 * number).collect::<Vec<_>>());
    let (_, firings) = evaluated(&collection, keys(&collection, &samples));
    assert_eq!(firings["sigma_x"].len(), 999);
    let mut firings = super::firings::Firings::default();
    for number in 0..1_500 {
        firings.add(super::Firing { first: number, last: number, records: 1, group: Vec::new() });
    }
    assert_eq!((firings.kept.len(), firings.count, firings.times), (1_000, 1_500, Some((0, 1_499))));
}
