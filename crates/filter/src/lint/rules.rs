//! Labels and rules beside each other: labels that look alike, rules that add nothing to others.

use std::collections::{BTreeMap, BTreeSet};

use crate::ast::Node;
use crate::rules::tagging_file::{Rule, TaggingFile};
use crate::{Diagnostic, Diagnostics, Severity};

/// With how many rules that share a condition a rule is compared.
const MAXIMUM_COMPARED: usize = 64;

pub(super) fn compare(file: &TaggingFile, found: &mut Diagnostics) {
    labels(file, found);
    for rules in file.rules.chunk_by(|a, b| a.label == b.label) {
        of_one_label(file, rules, found);
    }
}

fn labels(file: &TaggingFile, found: &mut Diagnostics) {
    let mut seen = BTreeMap::new();
    for (label, line) in file.labels.iter().zip(&file.label_lines) {
        let bare: String = label.as_str().chars().filter(|c| *c != '_').collect();
        let Some((first, number)) = seen.insert(bare.to_lowercase(), (label, line.number)) else { continue };
        let how =
            if first.as_str().eq_ignore_ascii_case(label.as_str()) { "case" } else { "underscores or case" };
        let message = format!(
            "the label `{label}` differs from `{first}` in line {number} only in {how}; they are two labels"
        );
        let columns = 1..1 + label.as_str().len();
        found.push(Diagnostic::new(Severity::Warning, line.number, file.source(*line), columns, message));
    }
}

/// A rule as the conditions that must all hold for it to match.
struct Conditions<'f> {
    rule: &'f Rule,
    all: BTreeSet<String>,
}

fn of_one_label(file: &TaggingFile, rules: &[Rule], found: &mut Diagnostics) {
    let rules: Vec<_> = rules.iter().map(Conditions::of).collect();
    // Each rule stands at one of its conditions; who has all of them has that one.
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
            let (line, own) = (other.rule.line.number, rule.rule.line.number);
            line != own && (!same || line < own) && other.all.is_subset(&rule.all)
        });
        if let Some(wider) = wider {
            let line = wider.rule.line.number;
            let message = if wider.all.len() == rule.all.len() {
                format!("the same rule stands in line {line}")
            } else {
                format!("the rule in line {line} matches whatever this one does")
            };
            let place = rule.rule.line;
            let columns = rule.rule.expression.root.columns();
            found.push(Diagnostic::new(
                Severity::Warning,
                place.number,
                file.source(place),
                columns,
                message,
            ));
        }
    }
}

impl<'f> Conditions<'f> {
    fn of(rule: &'f Rule) -> Self {
        fn gather(node: &Node, all: &mut BTreeSet<String>) {
            match node {
                Node::And(operands) => operands.iter().for_each(|operand| gather(operand, all)),
                other => drop(all.insert(other.to_string())),
            }
        }
        let mut all = BTreeSet::new();
        gather(&rule.expression.root, &mut all);
        Self { rule, all }
    }
}
