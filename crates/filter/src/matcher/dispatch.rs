//! Sorts rules by how they can be matched fastest.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;

use crate::ast::{self, Expression};
use crate::data_types::DataTypes;
use crate::matcher::condition::Condition;
use crate::matcher::context::MatchContext;
use crate::matcher::literals::{LiteralMatcher, is_literal};
use crate::matcher::matched::MatchedLabels;
use crate::matcher::node::Node;
use crate::subject::Subject;

/// Rules that are tried on the same events.
#[derive(Debug, Clone, Default)]
pub(crate) struct Bucket {
    /// The labels that all of these events get.
    always: Vec<u32>,
    literals: Vec<(Subject, LiteralMatcher)>,
    /// Indices of the other rules.
    rules: Vec<u32>,
}

impl Bucket {
    /// Adds the labels of the rules that the event meets.
    pub(crate) fn find(
        &self,
        rules: &[(Node, u32)],
        context: &MatchContext<'_, '_>,
        matched: &mut MatchedLabels<'_>,
    ) {
        matched.extend(Some(&self.always));
        for (subject, literals) in &self.literals {
            literals.find(*subject, context, matched);
        }
        for rule in &self.rules {
            let (node, label) = &rules[*rule as usize];
            if !matched.has(*label) && node.matches(context) {
                matched.add(*label);
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

/// A part of a rule, as it was written and compiled; both trees have the same shape.
type Part<'e> = (&'e ast::Node, Node);

impl Dispatch {
    /// Adds a rule of a label: a condition, and what it was compiled to.
    pub(crate) fn add(&mut self, condition: &Expression, compiled: Node, label: usize) {
        let label = u32::try_from(label).expect("a tagging file of 64 MiB has fewer than 2^32 labels");
        self.add_for(None, (&condition.root, compiled), label);
    }

    /// Adds a rule that is tried on events of these data types, or on all. The rules of a label are
    /// or-ed, so what is or-ed in a rule is as good as several rules.
    fn add_for(&mut self, data_types: Option<&BTreeSet<&str>>, rule: Part<'_>, label: u32) {
        let rule = match rule {
            (ast::Node::Or(written), Node::Or(compiled)) => {
                for alternative in written.iter().zip(compiled) {
                    self.add_for(data_types, alternative, label);
                }
                return;
            }
            other => other,
        };
        let mut conjuncts = Vec::new();
        flatten(rule, &mut conjuncts);
        if data_types.is_none() {
            // Events of the data types need not be asked again whether they have them.
            let suffices = |part: &Part<'_>| DataTypes::of(part.0).is_some_and(|types| types.suffice);
            if let Some(position) = conjuncts.iter().position(suffices) {
                let asked = DataTypes::of(conjuncts.remove(position).0).map(|types| types.names);
                return self.add_conjuncts(asked.as_ref(), conjuncts, label);
            }
        }
        self.add_conjuncts(data_types, conjuncts, label);
    }

    fn add_conjuncts(
        &mut self,
        data_types: Option<&BTreeSet<&str>>,
        mut conjuncts: Vec<Part<'_>>,
        label: u32,
    ) {
        let rule = match conjuncts.pop() {
            None => return self.each(data_types, |bucket| bucket.always.push(label)),
            Some(or @ (_, Node::Or(_))) if conjuncts.is_empty() => {
                return self.add_for(data_types, or, label);
            }
            Some((_, Node::Condition(condition))) if conjuncts.is_empty() && is_literal(&condition) => {
                return self.each(data_types, |bucket| {
                    let literals = bucket.literals.entry(condition.subject).or_default();
                    literals.push((condition.clone(), label));
                });
            }
            Some((_, only)) if conjuncts.is_empty() => only,
            Some(last) => {
                conjuncts.push(last);
                Node::And(conjuncts.into_iter().map(|(_, compiled)| compiled).collect())
            }
        };
        let number =
            u32::try_from(self.rules.len()).expect("a tagging file of 64 MiB has fewer than 2^32 rules");
        self.rules.push((rule, label));
        self.each(data_types, |bucket| bucket.rules.push(number));
    }

    fn each(&mut self, data_types: Option<&BTreeSet<&str>>, mut add: impl FnMut(&mut Unfinished)) {
        match data_types {
            None => add(&mut self.of_any_data_type),
            Some(types) => {
                for data_type in types {
                    add(self.by_data_type.entry((*data_type).into()).or_default());
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
            literals: literals.map(|(subject, rules)| (subject, LiteralMatcher::new(rules))).collect(),
            rules: self.rules,
        }
    }
}

/// Takes apart what must hold together.
fn flatten<'e>(rule: Part<'e>, conjuncts: &mut Vec<Part<'e>>) {
    match rule {
        (ast::Node::And(written), Node::And(compiled)) => {
            written.iter().zip(compiled).for_each(|part| flatten(part, conjuncts));
        }
        other => conjuncts.push(other),
    }
}
