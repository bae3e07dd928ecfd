//! Compares correlations with those of another engine: rsigma 0.23.0.
//!
//! rsigma says at which records of which groups a correlation holds. The firings and labels that
//! follow are those of the plain evaluation.
//!
//! These are known differences, and what shows them is left out:
//!
//! - rsigma counts a record once for each rule that matches it, and a copy as another record.
//! - It reads negative thresholds as large positive ones, and compares no percentile with the
//!   threshold.
//! - Without a condition, `temporal` holds if one of the rules has a record. Sigma says: all.
//! - A record without one of the fields of `group-by` is in a group of its own.

use std::collections::BTreeSet;

use proptest::prelude::*;
use rsigma_eval::event::JsonEvent;
use rsigma_eval::{CorrelationConfig, CorrelationEngine, ResultBody};
use serde_json::{Map, Value, json};

use super::naive::{Sample, collection, correlation, evaluated, found_if, keys, samples};

/// Where correlations hold: its name, the values of its group, and the number of the record.
type Held = BTreeSet<(String, Vec<String>, usize)>;

/// Returns where rsigma finds that correlations hold. The samples are in the order of time.
fn held(correlations: &str, samples: &[Sample]) -> Held {
    let rule = |name: &str| {
        format!(
            "title: {name}\nid: {name}\nname: {name}\nlogsource: {{product: windows}}\ndetection: {{s: {{Is_{name}: yes it is}}, \
             condition: s}}\n---\n"
        )
    };
    let text = ["a", "b", "c"].map(rule).concat() + correlations.trim_end().trim_end_matches("---");
    let parsed = rsigma_parser::parse_sigma_yaml(&text).unwrap();
    assert!(parsed.errors.is_empty(), "{:?}\n{text}", parsed.errors);
    let mut engine = CorrelationEngine::new(CorrelationConfig::default());
    engine.add_collection(&parsed).unwrap();
    let mut held = Held::new();
    for (number, sample) in samples.iter().enumerate() {
        let mut event: Map<String, Value> =
            sample.fields.iter().map(|(name, value)| ((*name).into(), json!(value))).collect();
        for rule in &sample.rules {
            event.insert(format!("Is_{}", ["a", "b", "c"][*rule]), json!("yes it is"));
        }
        for result in engine.process_event_at(&JsonEvent::owned(Value::Object(event)), sample.time) {
            if let ResultBody::Correlation(body) = result.body {
                let group = body.group_key.into_iter().map(|(_, value)| value).collect();
                held.insert((result.header.rule_title, group, number));
            }
        }
    }
    held
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 512,
        failure_persistence: None,
        max_global_rejects: 4_096,
        ..ProptestConfig::default()
    })]

    #[test]
    fn correlations_hold_where_rsigma_finds_them(
        first in correlation("first", &["a", "b"]),
        second in correlation("second", &["c", "a", "b"]),
        mut samples in samples(),
    ) {
        let text = explicit(&first, 2) + &explicit(&second, 3);
        prop_assume!(!text.contains(": -") && !text.contains("value_percentile"));
        for sample in &mut samples {
            sample.rules.truncate(1);
        }
        // Ours come as they may, and with copies.
        let collection = collection(&text);
        let keys = keys(&collection, &samples);
        samples.sort_by_key(|sample| sample.time);
        let held = held(&text, &samples);
        let expected = found_if(&collection, keys.clone(), &|correlation, group, record, _| {
            let group = group.iter().map(ToString::to_string).collect();
            held.contains(&(correlation.metadata.title.clone(), group, record))
        });
        prop_assert_eq!(evaluated(&collection, keys), expected);
    }
}

/// Adds the condition that stands for none.
fn explicit(correlation: &str, rules: usize) -> String {
    if correlation.contains("type: temporal\n") && !correlation.contains("condition:") {
        return correlation.replace("timespan:", &format!("condition: {{gte: {rules}}}\n  timespan:"));
    }
    correlation.to_owned()
}
