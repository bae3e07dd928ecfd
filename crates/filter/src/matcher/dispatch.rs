//! Sorts rules by how they can be matched fastest.

use std::collections::BTreeMap;

use events::AttributeId;
use rustc_hash::FxHashMap;

use crate::compare::Operand;
use crate::compile::Node;
use crate::matcher::condition::{Condition, Test};
use crate::matcher::context::Occurrence;
use crate::matcher::literals::{Literals, is_literal};
use crate::rule_set::Found;
use crate::subject::Subject;

/// Rules that are tried on the same events.
#[derive(Debug, Clone, Default)]
pub(crate) struct Bucket {
    /// The labels that all of these events get.
    always: Vec<u32>,
    literals: Vec<(Subject, Literals)>,
    /// Indices of the other rules.
    rules: Vec<u32>,
}

impl Bucket {
    /// Adds the labels of the rules that the event meets.
    pub(crate) fn find(&self, rules: &[(Node, u32)], occurrence: &Occurrence<'_, '_>, found: &mut Found<'_>) {
        found.extend(Some(&self.always));
        for (subject, literals) in &self.literals {
            literals.find(*subject, occurrence, found);
        }
        for rule in &self.rules {
            let (node, label) = &rules[*rule as usize];
            if !found.has(*label) && node.matches(occurrence) {
                found.add(*label);
            }
        }
    }
}

/// Buckets by data type.
pub(crate) type Buckets = FxHashMap<Box<str>, Bucket>;

/// Takes rules apart and sorts the parts.
#[derive(Debug, Default)]
pub(crate) struct Dispatch {
    rules: Vec<(Node, u32)>,
    of_any_data_type: Unfinished,
    by_data_type: BTreeMap<Box<str>, Unfinished>,
}

/// A bucket that is being filled.
#[derive(Debug, Default)]
struct Unfinished {
    always: Vec<u32>,
    literals: BTreeMap<Subject, Vec<(Box<Condition>, u32)>>,
    rules: Vec<u32>,
}

impl Dispatch {
    /// Adds a rule of a label.
    pub(crate) fn add(&mut self, rule: Node, label: usize) {
        let label = u32::try_from(label).expect("a tagging file of 64 MiB has fewer than 2^32 labels");
        self.add_for(None, rule, label);
    }

    /// Adds a rule that is tried on events of these data types, or on all. The rules of a label are or-ed, so
    /// what is or-ed in a rule is as good as several rules.
    fn add_for(&mut self, data_types: Option<&[Box<str>]>, rule: Node, label: u32) {
        if let Node::Or(alternatives) = rule {
            for alternative in alternatives {
                self.add_for(data_types, alternative, label);
            }
            return;
        }
        let mut conjuncts = Vec::new();
        flatten(rule, &mut conjuncts);
        if data_types.is_none() {
            let asked = conjuncts.iter().map(data_types_of).position(|types| types.is_some());
            if let Some(asked) = asked {
                let types = data_types_of(&conjuncts.remove(asked));
                return self.add_conjuncts(types.as_deref(), conjuncts, label);
            }
        }
        self.add_conjuncts(data_types, conjuncts, label);
    }

    fn add_conjuncts(&mut self, data_types: Option<&[Box<str>]>, mut conjuncts: Vec<Node>, label: u32) {
        let rule = match conjuncts.pop() {
            None => return self.each(data_types, |bucket| bucket.always.push(label)),
            Some(or @ Node::Or(_)) if conjuncts.is_empty() => return self.add_for(data_types, or, label),
            Some(Node::Condition(condition)) if conjuncts.is_empty() && is_literal(&condition) => {
                return self.each(data_types, |bucket| {
                    let literals = bucket.literals.entry(condition.subject).or_default();
                    literals.push((condition.clone(), label));
                });
            }
            Some(only) if conjuncts.is_empty() => only,
            Some(last) => {
                conjuncts.push(last);
                Node::And(conjuncts)
            }
        };
        let number =
            u32::try_from(self.rules.len()).expect("a tagging file of 64 MiB has fewer than 2^32 rules");
        self.rules.push((rule, label));
        self.each(data_types, |bucket| bucket.rules.push(number));
    }

    fn each(&mut self, data_types: Option<&[Box<str>]>, mut add: impl FnMut(&mut Unfinished)) {
        match data_types {
            None => add(&mut self.of_any_data_type),
            Some(types) => {
                for data_type in types {
                    add(self.by_data_type.entry(data_type.clone()).or_default());
                }
            }
        }
    }

    /// The rules to be tried one by one, the bucket of those that ask for no data type, and those that do.
    pub(crate) fn finish(self) -> (Vec<(Node, u32)>, Bucket, Buckets) {
        let by_data_type = self.by_data_type.into_iter();
        let by_data_type = by_data_type.map(|(data_type, bucket)| (data_type, bucket.finish()));
        (self.rules, self.of_any_data_type.finish(), by_data_type.collect())
    }
}

impl Unfinished {
    fn finish(self) -> Bucket {
        let literals = self.literals.into_iter();
        Bucket {
            always: self.always,
            literals: literals.map(|(subject, rules)| (subject, Literals::new(rules))).collect(),
            rules: self.rules,
        }
    }
}

fn flatten(node: Node, conjuncts: &mut Vec<Node>) {
    match node {
        Node::And(operands) => operands.into_iter().for_each(|operand| flatten(operand, conjuncts)),
        other => conjuncts.push(other),
    }
}

/// The data types one of which an event must have to match, each once; nothing if others may match too.
fn data_types_of(node: &Node) -> Option<Vec<Box<str>>> {
    match node {
        Node::Condition(condition) if condition.subject == Subject::Data(AttributeId::DATA_TYPE) => {
            match &condition.test {
                Test::Equals(Operand::Text(text)) if !condition.negated && !text.is_empty() => {
                    Some(vec![text.clone()])
                }
                _ => None,
            }
        }
        Node::Or(alternatives) => {
            let types: Option<Vec<_>> = alternatives.iter().map(data_types_of).collect();
            let mut types: Vec<_> = types?.into_iter().flatten().collect();
            types.sort_unstable();
            types.dedup();
            Some(types)
        }
        _ => None,
    }
}
