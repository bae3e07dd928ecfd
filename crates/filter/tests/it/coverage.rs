//! How many events rules match, and why they match none.

use events::{AttributeNames, Timestamp};
use filter::{Coverage, Expression, Filter, SeenEvents, Tally, Why, tagging_file};
use proptest::prelude::*;

use crate::rule_sets::{rule, sample};
use crate::support::{Sample, stream};

/// Shows all events to a clone of the coverage, as one range.
fn shown(coverage: &Coverage, names: &AttributeNames, samples: &[Sample]) -> (Coverage, SeenEvents) {
    let (mut coverage, mut seen) = (coverage.clone(), SeenEvents::default());
    seen.begin_range();
    coverage.begin_range();
    for sample in samples {
        sample.look(names, |event| {
            coverage.find(event);
            coverage.count(event);
            seen.see(event);
        });
    }
    (coverage, seen)
}

fn events() -> Vec<Sample> {
    let ssh = |row, members: &str| Sample { row, data_type: "syslog:line".into(), ..Sample::new(members) };
    vec![
        ssh(1, r#""reporter": "sshd", "body": "Accepted", "pid": 5"#),
        ssh(2, r#""reporter": "sshd", "body": "Failed", "pid": 6"#),
        ssh(3, r#""reporter": "cron", "body": "run""#),
        Sample {
            row: 4,
            timestamp: Timestamp(5),
            data_type: "fs:stat".into(),
            stream: Some(stream()),
            ..Sample::new(r#""filename": "/a""#)
        },
    ]
}

/// Returns why a rule matches nothing.
fn why(rule: &str) -> Why {
    let mut names = AttributeNames::default();
    let expression = Expression::parse(rule).unwrap().unwrap();
    let coverage = Coverage::of_filter(&expression, &mut names).unwrap();
    let (coverage, seen) = shown(&coverage, &names, &events());
    let mut covered = coverage.finish(&seen, Some(&filter::Suggestions::default()));
    covered.labels.remove(0).rules.remove(0).why.unwrap_or_else(|| panic!("{rule} matches"))
}

#[test]
fn why_nothing_matches() {
    let rules = [
        "data_type is 'syslog:lin'",
        "reporter is 'sshd' and (data_type is 'a:b' or data_type is 'c:d')",
        "data_type is 'a' and data_type is 'b'",
        "reporter is 'sshd' and boddy contains 'x'",
        "data_type is 'fs:stat' and body contains 'x'",
        "reporter contains 'ssh' and data_type is 'syslog:line' and body is 'x' and pid is 5",
        "pid > 6",
        "pid is '5' and reporter is 'sshd'",
        "body is 'Failed' and (pid is 5 or reporter is 'cron')",
        "body is 'Failed' and not pid is 6",
        "filename is '/b' or body is 'Failed' and pid is 7 or body is 'x'",
        "timestamp > DATETIME('2013-01-01')",
        "sha256_hash is 'x'",
        "parser is 'x'",
    ];
    let told: Vec<_> = rules.iter().map(|rule| format!("{rule}\n  {:?}", why(rule))).collect();
    insta::assert_snapshot!(told.join("\n"));
}

/// A rule for which no text is searched is tried on every event that may meet it.
#[test]
fn the_cost_of_a_rule() {
    let cost = |rules: &str| {
        let file = tagging_file::parse("rules.txt", &format!("label\n{rules}")).unwrap();
        let mut names = AttributeNames::default();
        let coverage = Coverage::of_rules(&file, &mut names).unwrap();
        let events = events();
        let (first, seen) = shown(&coverage, &names, &events[..2]);
        let (mut coverage, _) = shown(&coverage, &names, &events[2..]);
        coverage.merge(first);
        let rules = coverage.finish(&seen, Some(&filter::Suggestions::default())).labels.remove(0).rules;
        rules.iter().map(|rule| (rule.cost.tried, rule.cost.is_searched_for)).collect::<Vec<_>>()
    };
    for (rule, expected) in [
        ("  body is not 'x'\n", (4, false)),
        ("  pid > 6\n", (2, false)),
        ("  body regexp '.*'\n", (3, false)),
        ("  body regexp 'Fail.*'\n", (1, true)),
        ("  body contains 'fail' and pid > 6\n", (1, true)),
        ("  data_type is 'syslog:line' and pid > 6\n", (2, true)),
        ("  reporter is 'sshd'\n", (0, true)),
        ("  pid > 6 or filename is not '/'\n", (4, false)),
    ] {
        assert_eq!(cost(rule), [expected], "{rule}");
    }
    assert_eq!(cost("  pid > 6\n  body is not 'x'\n  body is 'run'\n"), [(2, false), (4, false), (0, true)]);
}

/// A data type of another version of Plaso is named only if the events have it.
#[test]
fn renamed_data_types() {
    let nearest = |data_type: &str, asked: &str| {
        let mut names = AttributeNames::default();
        let expression = Expression::parse(&format!("data_type is '{asked}'")).unwrap().unwrap();
        let coverage = Coverage::of_filter(&expression, &mut names).unwrap();
        let sample = Sample { data_type: data_type.into(), ..Sample::new("") };
        let (coverage, seen) = shown(&coverage, &names, &[sample]);
        match coverage
            .finish(&seen, Some(&filter::Suggestions::default()))
            .labels
            .remove(0)
            .rules
            .remove(0)
            .why
        {
            Some(Why::NoDataType { nearest, .. }) => nearest,
            other => panic!("{other:?}"),
        }
    };
    let new = "linux:dpkg_log:entry";
    assert_eq!(nearest(new, "dpkg:line").as_deref(), Some(new));
    assert_eq!(nearest("dpkg:line", new).as_deref(), Some("dpkg:line"));
    assert_eq!(nearest("fs:stat", "dpkg:line"), None);
    assert_eq!(nearest("safari:history:visit_sqlite", "safari:history:visit"), None);
}

#[test]
fn no_events_and_too_many_rules() {
    let rules: String = (0..300).map(|n| format!("  v is 'x{n}'\n")).collect();
    let file = tagging_file::parse("rules.txt", &format!("l\n{rules}")).unwrap();
    let mut names = AttributeNames::default();
    let coverage = Coverage::of_rules(&file, &mut names).unwrap();
    let (coverage, seen) = shown(&coverage, &names, &[]);
    let rules = coverage.clone().finish(&seen, Some(&filter::Suggestions::default())).labels.remove(0).rules;
    assert_eq!((&rules[0].why, &rules[299].why), (&Some(Why::NoEvents), &Some(Why::NotFollowed)));
    let (coverage, seen) = shown(&coverage, &names, &[Sample::new(r#""v": "x299""#)]);
    let rules = coverage.finish(&seen, Some(&filter::Suggestions::default())).labels.remove(0).rules;
    assert_eq!((rules[298].tally.events, rules[299].tally.events, &rules[299].why), (0, 1, &None));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn parts_add_up(
        rules in prop::collection::vec(rule(), 1..8),
        mut samples in prop::collection::vec(sample(), 1..12),
        cut in any::<prop::sample::Index>(),
    ) {
        for (row, sample) in samples.iter_mut().enumerate() {
            sample.row = row as i64 + 1;
            sample.timestamp = Timestamp(row as i64 * 7 % 5);
        }
        let text: String = rules.iter().map(|rule| format!("  {}\n", rule.replace('\n', "\\n"))).collect();
        let file = tagging_file::parse("rules.txt", &format!("label\n{text}")).unwrap();
        let mut names = AttributeNames::default();
        let coverage = Coverage::of_rules(&file, &mut names).unwrap();
        let filters: Vec<_> = rules.iter().map(|rule| {
            Filter::compile(&Expression::parse(rule).unwrap().unwrap(), &mut names).unwrap()
        }).collect();

        let (first, second) = samples.split_at(cut.index(samples.len()));
        let merged = |parts: [&[Sample]; 2]| {
            let [(mut one, mut seen), (other, more)] = parts.map(|part| shown(&coverage, &names, part));
            one.merge(other);
            seen.merge(more);
            one.finish(&seen, Some(&filter::Suggestions::default()))
        };
        let covered = merged([first, second]);
        assert_eq!(format!("{covered:?}"), format!("{:?}", merged([second, first])));
        // Without parts, there may be other example values, so only the numbers are compared.
        let matching = |filter: &Filter| {
            let times = samples.iter().filter(|sample| sample.look(&names, |event| filter.matches(event)));
            let times: Vec<_> = times.map(|sample| sample.timestamp).collect();
            let usable = || times.iter().filter(|time| time.is_usable()).copied();
            Tally { events: times.len() as u64, times: usable().min().zip(usable().max()) }
        };
        for (rule, filter) in covered.labels[0].rules.iter().zip(&filters) {
            assert_eq!(rule.tally, matching(filter), "{text}\n{samples:?}");
            assert_eq!(rule.why.is_none(), rule.tally.events > 0);
        }
        let any = |sample: &&Sample| sample.look(&names, |event| filters.iter().any(|filter| filter.matches(event)));
        assert_eq!(covered.labels[0].tally.events, samples.iter().filter(any).count() as u64);
    }
}
