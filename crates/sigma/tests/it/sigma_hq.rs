//! All rules of SigmaHQ are used, or refused by name.

use std::fmt::Write as _;

use events::AttributeNames;
use filter::RuleSet;
use sigma::{Collection, Selection, WhyNot};
use testing::places;

#[test]
fn every_rule_is_used_or_refused_by_name() {
    let Some(folder) = places::shared_sigma_rules() else { return };
    let folders: Vec<_> =
        ["rules", "rules-compliance", "rules-emerging-threats", "rules-placeholder", "rules-threat-hunting"]
            .map(|name| folder.join(name).display().to_string())
            .into();
    let files = sigma::read(folders.join(",").as_ref()).unwrap();
    let collection = Collection::read(&files, &Selection::default());
    assert_eq!(collection.count(), 3_780);
    let set = RuleSet::compile(&collection.rules("SigmaHQ"), &mut AttributeNames::default()).unwrap();
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
