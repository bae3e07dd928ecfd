//! The rules that match an event, and the ATT&CK techniques that it may show.

use std::collections::{BTreeMap, BTreeSet};

use crate::findings::{Report, SigmaRule};
use crate::label_rules::MatchedRule;
use crate::labelled_event::LabelledEvent;
use crate::labels::RECOVERED;
use crate::meaning::{Meaning, named_technique};

/// What the report knows of the rules of labels.
pub(super) struct EventRules<'r> {
    /// The Sigma rules by label. They are not asked again.
    sigma: BTreeMap<&'r str, Vec<&'r SigmaRule>>,
    /// The labels of indicators, which have no rules.
    indicators: BTreeSet<&'r str>,
    meanings: BTreeMap<&'r str, &'r Meaning>,
}

impl<'r> EventRules<'r> {
    pub(super) fn new(report: &'r Report) -> Self {
        let mut sigma: BTreeMap<&str, Vec<&SigmaRule>> = BTreeMap::new();
        for rule in &report.sigma_rules.rows {
            sigma.entry(&rule.label).or_default().push(rule);
        }
        let indicators = report.indicators.rows.iter().map(|found| found.label.as_str()).collect();
        let meanings = report.labels.rows.iter().map(|facts| (facts.label.as_str(), &facts.meaning));
        Self { sigma, indicators, meanings: meanings.collect() }
    }

    /// Returns the rules of all labels of an event, in words. Those of the label under which it
    /// stands come first.
    pub(super) fn of(&self, event: &LabelledEvent, under: &str) -> Vec<String> {
        let (first, others): (Vec<_>, Vec<_>) =
            event.matched_rules.iter().partition(|rule| rule.label == under);
        let mut rules: Vec<_> = first.into_iter().chain(others).map(in_words).collect();
        for label in &event.labels {
            let sigma = self.sigma.get(label.as_str()).into_iter().flatten();
            rules.extend(sigma.map(|rule| format!("{label} by the Sigma rule {}", rule.title)));
            if self.indicators.contains(label.as_str()) {
                rules.push(format!("{label} by an indicator of compromise"));
            }
            if label == RECOVERED {
                rules.push(format!("{label} is a label of Plaso, which no rule gives"));
            }
        }
        if rules.is_empty() && event.problem.is_none() {
            rules.push("no rule that is known here matches it now".into());
        }
        rules
    }

    /// Returns the techniques that an event may show, by label.
    pub(super) fn techniques(&self, event: &LabelledEvent) -> Vec<String> {
        // Several labels can have the same techniques.
        let mut of_labels: Vec<(Vec<String>, Vec<&str>)> = Vec::new();
        let mut words = Vec::new();
        let firm = event.matched_rules.iter().flat_map(|rule| &rule.techniques);
        let firm: BTreeSet<_> = firm.map(|technique| named_technique(technique)).collect();
        for label in &event.labels {
            let of_rules: BTreeSet<_> = event
                .matched_rules
                .iter()
                .filter(|rule| rule.label == *label)
                .flat_map(|rule| &rule.techniques)
                .map(|technique| named_technique(technique))
                .collect();
            let of_label = || {
                let techniques = self.meanings.get(label.as_str()).map(|meaning| &meaning.techniques);
                let all = techniques.into_iter().flatten().map(ToString::to_string);
                all.filter(|named| !firm.contains(named)).collect::<Vec<_>>()
            };
            if !of_rules.is_empty() {
                let named: Vec<_> = of_rules.into_iter().collect();
                words.push(format!("the rule for {label} points to {}", named.join(", ")));
                continue;
            }
            let named = of_label();
            match of_labels.iter_mut().find(|(known, _)| *known == named) {
                Some((_, labels)) => labels.push(label),
                None if named.is_empty() => {}
                None => of_labels.push((named, vec![label])),
            }
        }
        words.extend(of_labels.iter().map(|(named, labels)| of_label_in_words(named, labels)));
        words
    }
}

/// How many techniques of a label are said beside an event. More of them are for other events.
const NAMED: usize = 2;

/// Says which techniques labels have. A label is for several kinds of events, of which this is one.
fn of_label_in_words(named: &[String], labels: &[&str]) -> String {
    match labels {
        _ if named.len() > NAMED => {
            let (labels, points) = match labels {
                [one] => (format!("label {one}"), "points"),
                several => (format!("labels {}", several.join(" and ")), "point"),
            };
            format!(
                "the {labels} {points} to {} techniques, each for some kinds of events that can have the label; which of \
                 them fits this event, if any, is not said; they are listed with the label",
                named.len()
            )
        }
        [one] => format!("the label {one} points to {}", named.join(", ")),
        several => format!("the labels {} point to {}", several.join(" and "), named.join(", ")),
    }
}

/// Returns a rule with the label that it gives.
pub(super) fn in_words(rule: &MatchedRule) -> String {
    format!("{} by {}: {}", rule.label, rule.place(), rule.condition)
}
