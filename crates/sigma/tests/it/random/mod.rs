//! Random rules on random records: the rules find what a naive evaluator finds, and this finds what
//! another engine finds.

mod found;
mod generate;
mod naive;
mod rsigma;
mod rule;

use std::cell::Cell;
use std::slice;

use found::found;
use proptest::test_runner::{Config, TestRunner};

#[test]
fn random_rules_find_what_a_naive_evaluator_finds() {
    let (compared, matching) = (Cell::new(0), Cell::new(0));
    let mut runner = TestRunner::new(Config { cases: 512, failure_persistence: None, ..Config::default() });
    let tried = runner.run(&generate::rules_and_records(), |(rules, records)| {
        let found = found(&rules, &records);
        for (record, found) in records.iter().zip(found) {
            let numbered = rules.iter().enumerate();
            let expected: Vec<_> =
                numbered.filter(|(_, rule)| rule.matches(record)).map(|(number, _)| number).collect();
            let yaml = |number: &usize| rules[*number].yaml();
            let differing = || {
                let both = (found.iter().filter(|n| !expected.contains(n)))
                    .chain(expected.iter().filter(|n| !found.contains(n)));
                both.map(yaml).collect::<Vec<_>>().join("\n")
            };
            assert_eq!(found, expected, "{}\n{}", differing(), record.data());
            compared.set(compared.get() + rules.len());
            matching.set(matching.get() + found.len());
        }
        Ok(())
    });
    tried.unwrap_or_else(|error| panic!("{error}"));
    // Otherwise the rules would be too strict, or too loose, to be a test.
    let (compared, matching) = (compared.get(), matching.get());
    assert!(matching * 10 > compared && matching * 10 < compared * 9, "{matching} of {compared}");
}

/// The naive evaluator may share our mistakes. Another engine makes others, which are known.
#[test]
fn random_rules_find_what_rsigma_finds() {
    let (compared, matching) = (Cell::new(0), Cell::new(0));
    let mut runner = TestRunner::new(Config { cases: 2_048, failure_persistence: None, ..Config::default() });
    let tried = runner.run(&generate::rules_and_records(), |(rules, records)| {
        let found = found(&rules, &records);
        for (number, rule) in rules.iter().enumerate() {
            let Some(compiled) = rsigma::compiled(rule) else { continue };
            for (record, found) in records.iter().zip(&found) {
                if rsigma::known_difference(rule, record).is_some() {
                    continue;
                }
                let (ours, theirs) = (found.contains(&number), rsigma::matches(rule, &compiled, record));
                assert_eq!(ours, theirs, "{}\n{}", rule.yaml(), record.data());
                compared.set(compared.get() + 1);
                matching.set(matching.get() + usize::from(ours));
            }
        }
        Ok(())
    });
    tried.unwrap_or_else(|error| panic!("{error}"));
    let (compared, matching) = (compared.get(), matching.get());
    assert!(compared > 5_000, "{compared}");
    assert!(matching * 10 > compared && matching * 10 < compared * 9, "{matching} of {compared}");
}

/// What is left out above does differ, and we are right.
#[test]
fn rsigma_differs_where_it_is_said_to() {
    for (difference, rule, record, expected) in rsigma::examples() {
        assert_eq!(rsigma::known_difference(&rule, &record), Some(difference), "{}", rule.yaml());
        assert_eq!(
            found(slice::from_ref(&rule), slice::from_ref(&record)),
            [vec![0; usize::from(expected)]],
            "{difference:?}"
        );
        let compiled = rsigma::compiled(&rule).unwrap();
        assert_eq!(rsigma::matches(&rule, &compiled, &record), !expected, "{difference:?}");
    }
}
