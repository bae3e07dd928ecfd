//! All rules of SigmaHQ are used, or refused by name.

use std::fmt::Write as _;

use std::collections::{BTreeMap, BTreeSet};

use events::AttributeNames;
use filter::RuleSet;
use sigma::{Selection, StateEvents, UsedRule, WhyNot};
use testing::places;

use crate::found::{live_rules, live_rules_with};

#[test]
fn every_rule_is_used_or_refused_by_name() {
    let Some(mut collection) = live_rules() else { return };
    assert_eq!(collection.count(), 3_780);
    let set = RuleSet::compile(&collection.take_rules("SigmaHQ"), &mut AttributeNames::default()).unwrap();
    assert_eq!(set.labels().len(), collection.used.len());

    let mut text = collection.summary();
    for rule in &collection.others {
        let why = match &rule.why {
            WhyNot::LeftOut { reason } => format!("left out: {reason}"),
            WhyNot::NoSource { reason } => format!("no source: {reason}"),
            WhyNot::Refused(problem) => format!("refused: {problem}"),
        };
        let _ = write!(text, "\n{}: {why}", rule.metadata.file);
    }
    insta::assert_snapshot!(text);
}

/// Most rules for the registry ask only for what a hive has.
#[test]
fn rules_for_the_registry_as_state() {
    let selection = Selection { state: StateEvents::Used, ..Selection::default() };
    let Some(collection) = live_rules_with(&selection) else { return };
    let is_of_state = |rule: &&UsedRule| rule.data_types.contains("windows:registry:key_value");
    assert_eq!(collection.used.iter().filter(is_of_state).count(), 207);
}

/// The authors of the rules have a table of the fields in each log source. What it has, we know.
#[test]
fn unknown_fields_are_not_those_of_the_authors() {
    let (Some(collection), Some(folder)) = (live_rules(), places::shared_sigma_rules()) else { return };
    let text = std::fs::read_to_string(folder.join("tests/logsource.json")).unwrap();
    let table: serde_json::Value = serde_json::from_str(&text).unwrap();
    let windows = &table["legit"]["windows"];
    let names = |fields: &serde_json::Value| -> BTreeSet<String> {
        fields.as_array().into_iter().flatten().filter_map(|name| Some(name.as_str()?.to_owned())).collect()
    };
    let mut rules = String::new();
    for (category, fields) in windows["category"].as_object().unwrap() {
        for field in names(fields).union(&names(&windows["common"])) {
            let _ = write!(
                rules,
                "title: {category} {field}\nlogsource: {{product: windows, category: {category}}}\ndetection: {{s: {{{field}: a}}, \
                 condition: s}}\n---\n"
            );
        }
    }
    let file = sigma::RuleFile { name: "all.yml".into(), text: Ok(rules) };
    let of_table = sigma::Collection::read(&[file], &sigma::Selection::default());
    assert!(of_table.used.len() > 300, "{}", of_table.used.len());
    assert!(of_table.used.iter().all(|rule| rule.unknown_fields.is_empty()));

    let mut unknown = BTreeMap::<_, usize>::new();
    for field in collection.used.iter().flat_map(|rule| &rule.unknown_fields) {
        *unknown.entry((&field.name, field.similar)).or_default() += 1;
    }
    insta::assert_debug_snapshot!(unknown);
}
