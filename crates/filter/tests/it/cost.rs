//! The cost of matching, measured without a clock: how many rules are tried on the events of the
//! samples.

use std::path::Path;

use events::AttributeNames;
use filter::{RuleSet, tagging_file};
use insta::assert_snapshot;
use storage::{ReadPlan, StorageError, Store};

/// To try each rule on each event of the first store would take more than 800,000 tries.
#[test]
fn few_rules_are_tried_on_an_event() {
    assert_snapshot!(tried("evtx-sample.plaso", "windows"), @"2744 events, 1986 labels, 1068 rules tried");
    assert_snapshot!(tried("sample.plaso", "linux"), @"4547 events, 1415 labels, 1051 rules tried");
}

fn tried(store: &str, rules: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data").join(store);
    let store = Store::open(&path).unwrap();
    let rules = tagging_file::built_in(rules).unwrap();
    let mut names = AttributeNames::default();
    let set = RuleSet::compile(&rules, &mut names).unwrap();
    let plan = ReadPlan::new(names, set.reads());
    let (mut matched, mut events, mut labels) = (Vec::new(), 0, 0);
    let range = store.event_range().unwrap().unwrap();
    let visited = store.event_reader(plan).unwrap().visit(range, |event| {
        event.examine(|event| set.matches(event, &mut matched)).unwrap();
        events += 1;
        labels += matched.len();
        Ok::<_, StorageError>(())
    });
    visited.unwrap();
    format!("{events} events, {labels} labels, {} rules tried", set.tried())
}
