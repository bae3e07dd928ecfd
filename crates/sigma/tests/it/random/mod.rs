//! Random rules on random records: the rules find what a naive evaluator finds.

mod found;
mod generate;
mod naive;
mod rule;

use std::cell::Cell;

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
