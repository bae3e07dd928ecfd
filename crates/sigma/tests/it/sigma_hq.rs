//! All rules of SigmaHQ are used, or refused by name.

use std::fmt::Write as _;

use events::AttributeNames;
use filter::RuleSet;
use sigma::WhyNot;

use crate::found::live_rules;

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
