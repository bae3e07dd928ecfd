//! Random rules find the same records with us as with rsigma, except for its known errors.

#[path = "../../../crates/sigma/tests/it/random/found.rs"]
mod found;
#[path = "../../../crates/sigma/tests/it/random/generate.rs"]
mod generate;
#[path = "../../../crates/sigma/tests/it/random/rule.rs"]
mod rule;

use std::cell::Cell;

use proptest::test_runner::{Config, TestRunner};
use rsigma_eval::Engine;
use rsigma_eval::event::JsonEvent;
use rsigma_parser::parse_sigma_yaml;
use serde_json::{Map, Value as Json, json};

use rule::{Check, Item, Part, Record, Rule, Selection, Source, Value};

#[test]
fn random_rules_find_what_rsigma_finds() {
    let (compared, matching, left_out) = (Cell::new(0), Cell::new(0), Cell::new(0));
    let mut runner = TestRunner::new(Config { cases: 512, failure_persistence: None, ..Config::default() });
    let tried = runner.run(&generate::rules_and_records(), |(rules, records)| {
        let rules: Vec<_> = rules.into_iter().filter(|rule| known_error(rule).is_none()).collect();
        let found = found::found(&rules, &records);
        let engines: Vec<_> = rules.iter().map(engine).collect();
        for (record, found) in records.iter().zip(found) {
            for (number, (rule, engine)) in rules.iter().zip(&engines).enumerate() {
                if is_known_to_differ(rule, record) {
                    left_out.set(left_out.get() + 1);
                    continue;
                }
                let (ours, theirs) = (found.contains(&number), theirs(rule, engine, record));
                assert_eq!(ours, theirs, "{}\n{}", rule.yaml(), record.data());
                compared.set(compared.get() + 1);
                matching.set(matching.get() + usize::from(ours));
            }
        }
        Ok(())
    });
    tried.unwrap_or_else(|error| panic!("{error}"));
    let (compared, matching, left_out) = (compared.get(), matching.get(), left_out.get());
    assert!(matching * 10 > compared && left_out < compared, "{matching} of {compared}, {left_out} left out");
}

fn engine(rule: &Rule) -> Engine {
    let mut engine = Engine::new();
    let rules = parse_sigma_yaml(&rule.yaml()).unwrap();
    engine.add_collection(&rules).unwrap();
    engine
}

/// Returns whether rsigma finds a record. It knows nothing of log sources and their fields.
fn theirs(rule: &Rule, engine: &Engine, record: &Record) -> bool {
    let is_process = record.channel == "Security" && record.event_id == 4688;
    let is_meant = match rule.source {
        Source::Windows => true,
        Source::Security => record.channel == "Security",
        Source::ProcessCreation => is_process || record.channel.contains("Sysmon") && record.event_id == 1,
    };
    let mut map = Map::new();
    let mut add = |name: &str, value: &str| match map.get_mut(name) {
        None => drop(map.insert(name.to_owned(), json!(value))),
        Some(Json::Array(values)) => values.push(json!(value)),
        Some(one) => *one = json!([one.take(), value]),
    };
    add("Provider_Name", "P");
    add("EventID", &record.event_id.to_string());
    add("Channel", record.channel);
    for (name, value) in &record.fields {
        let value = value.replace("0x0000000", "0x");
        match (rule.source, is_process, *name) {
            (Source::ProcessCreation, true, "NewProcessName") => {
                add("Image", &value);
                add(name, &value);
            }
            (Source::ProcessCreation, true, "Image") => add("(no rule asks for it)", &value),
            (_, _, name) => add(name, &value),
        }
    }
    is_meant && !engine.evaluate(&JsonEvent::borrow(&Json::Object(map))).is_empty()
}

/// Returns which known error of rsigma 0.23.0 a rule meets.
fn known_error(rule: &Rule) -> Option<&'static str> {
    let _ = rule;
    None
}

/// Returns whether a known error of rsigma 0.23.0 concerns a record.
fn is_known_to_differ(rule: &Rule, record: &Record) -> bool {
    let _ = (rule, record);
    false
}
