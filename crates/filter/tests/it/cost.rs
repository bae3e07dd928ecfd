//! The cost of matching, measured without a clock: how many rules are tried on the events of the
//! samples.

use std::path::Path;

use events::AttributeNames;
use filter::{RuleSet, tagging_file};
use insta::assert_snapshot;
use storage::{ReadPlan, StorageError, Store};

use crate::support::Sample;

/// To try each rule on each event of the first store would take more than 800,000 tries.
#[test]
fn few_rules_are_tried_on_an_event() {
    assert_snapshot!(tried("evtx-sample.plaso", "windows"), @"2744 events, 1986 labels, 959 rules tried");
    assert_snapshot!(tried("sample.plaso", "linux"), @"4547 events, 1415 labels, 871 rules tried");
}

/// The longest text of a rule is not its rarest if many rules have it. So it is for a regular
/// expression.
#[test]
fn rules_are_not_tried_for_a_text_that_many_of_them_have() {
    for condition in
        ["v contains 'powershell.exe' and v contains '-optionN'", "v regexp 'powershell[.]exe .*-optionN'"]
    {
        let rule =
            |number: usize| format!("rule_{number}\n  {}\n", condition.replace('N', &number.to_string()));
        let rules: String = (10..50).map(rule).collect();
        let rules = tagging_file::parse("rules.txt", &rules).unwrap();
        let mut names = AttributeNames::default();
        let set = RuleSet::compile(&rules, &mut names).unwrap();
        let mut matched = Vec::new();
        let event = Sample::new(r#""v": "powershell.exe -option17""#);
        event.look(&names, |event| set.matches(event, &mut matched));
        assert_eq!((matched.len(), set.tried()), (1, 1), "{condition}");
    }
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
