//! What the rules under test find.

use std::sync::Arc;

use events::AttributeNames;
use filter::RuleSet;
use sigma::{Collection, RuleFile, Selection};

use super::rule::{Record, Rule};
use crate::in_memory::matched;

/// Returns, for each record, the numbers of the rules that match it.
pub(crate) fn found(rules: &[Rule], records: &[Record]) -> Vec<Vec<usize>> {
    let file = |(number, rule): (usize, &Rule)| RuleFile {
        name: format!("rule_{number:02}.yml"),
        text: Ok(rule.yaml()),
    };
    let files: Vec<_> = rules.iter().enumerate().map(file).collect();
    let mut collection = Collection::read(&files, &Selection::default());
    assert!(collection.others.is_empty(), "{:#?}", collection.others);
    let mut names = AttributeNames::default();
    let set = RuleSet::compile(&collection.take_rules("rules"), &mut names).unwrap();
    let names = Arc::new(names);
    records.iter().map(|record| matched(&set, &names, &record.data())).collect()
}
