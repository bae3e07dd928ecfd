//! Compares labels and rules with each other: finds labels that look alike, and rules that add
//! nothing to another rule.

use std::collections::{BTreeMap, BTreeSet};

use crate::ast::Node;
use crate::diagnostic::Severity;
use crate::diagnostics::Diagnostics;
use crate::rules::{Rule, RuleLabel, Rules};

/// A rule is compared with at most this many rules that share a condition with it.
const MAXIMUM_COMPARED: usize = 64;

pub(super) fn compare(rules: &Rules, found: &mut Diagnostics) {
    labels(rules, found);
    for of_label in rules.rules.chunk_by(|a, b| a.label() == b.label()) {
        of_one_label(rules, of_label, found);
    }
}

fn labels(rules: &Rules, found: &mut Diagnostics) {
    let mut seen = BTreeMap::new();
    for RuleLabel { label, place, .. } in &rules.labels {
        let bare: String = label.as_str().chars().filter(|c| *c != '_').collect();
        let Some((first, number)) = seen.insert(bare.to_lowercase(), (label, place.line)) else { continue };
        let how =
            if first.as_str().eq_ignore_ascii_case(label.as_str()) { "case" } else { "underscores or case" };
        let message = format!(
            "the label `{label}` differs from `{first}` in line {number} only in {how}; they are two different labels"
        );
        let columns = 1..1 + label.as_str().len();
        found.push_with(|| rules.source.diagnostic(Severity::Warning, *place, columns, message));
    }
}

/// A rule and the conditions that must all hold for it to match.
struct Conditions<'f> {
    rule: &'f Rule,
    all: BTreeSet<String>,
}

fn of_one_label(all: &Rules, of_label: &[Rule], found: &mut Diagnostics) {
    let rules: Vec<_> = of_label.iter().map(|rule| Conditions::of(rule, all)).collect();
    // Each rule is listed under one of its conditions. A rule that has all conditions of another
    // also has the one under which the other is listed.
    let mut by_condition: BTreeMap<&str, Vec<&Conditions<'_>>> = BTreeMap::new();
    for rule in &rules {
        if let Some(last) = rule.all.last() {
            by_condition.entry(last).or_default().push(rule);
        }
    }
    for rule in &rules {
        let mut others = rule
            .all
            .iter()
            .filter_map(|condition| by_condition.get(condition.as_str()))
            .flat_map(|others| others.iter().take(MAXIMUM_COMPARED));
        let wider = others.find(|other| {
            let same = other.all.len() == rule.all.len();
            let (line, own) = (other.rule.place().line, rule.rule.place().line);
            line != own && (!same || line < own) && other.all.is_subset(&rule.all)
        });
        if let Some(wider) = wider {
            let line = wider.rule.place().line;
            let message = if wider.all.len() == rule.all.len() {
                format!("this rule is the same as the one in line {line}")
            } else {
                format!("the rule in line {line} matches every event that this rule matches")
            };
            let columns = all.condition(rule.rule).root.columns();
            found.push_with(|| all.source.diagnostic(Severity::Warning, rule.rule.place(), columns, message));
        }
    }
}

impl<'f> Conditions<'f> {
    fn of(rule: &'f Rule, rules: &Rules) -> Self {
        fn gather(node: &Node, all: &mut BTreeSet<String>) {
            match node {
                Node::And(operands) => operands.iter().for_each(|operand| gather(operand, all)),
                other => drop(all.insert(other.to_string())),
            }
        }
        let mut all = BTreeSet::new();
        gather(&rules.condition(rule).root, &mut all);
        Self { rule, all }
    }
}
