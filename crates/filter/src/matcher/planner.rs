//! Sorts rules by how the events that meet them are found fastest.
//!
//! Rules that must have one of a few values of an attribute are divided by these values, again and
//! again, so that an event is shown only to rules that are about its like. What is left of them is
//! found by its witnesses.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use events::AttributeId;
use rustc_hash::FxHashMap;

use crate::matcher::bucket::{Bucket, Plan};
use crate::matcher::equality::{Equalities, Key};
use crate::matcher::frequency::Frequency;
use crate::matcher::known_value;
use crate::matcher::literal_builder::LiteralMatcherBuilder;
use crate::matcher::node::Node;
use crate::matcher::outcome::{self, Outcome};
use crate::matcher::planned_rule::{Identity, Part, Rule, flatten};
use crate::matcher::witness::{self, Sign, Witnesses};
use crate::subject::Subject;

/// How many conditions may be copied because rules ask for one of several values. Rules that people
/// write stay far below; a rule of a thousand values in each of three attributes must not fill the
/// memory.
const MAXIMUM_COPIES: usize = 1 << 22;

/// How often the same rules are divided. People's rules ask for a data type, a source, an event
/// identifier and perhaps one thing more.
const MAXIMUM_DIVISIONS: usize = 4;

/// How many bytes of texts are searched for by the fast form of automaton, which takes about 256
/// times as much memory: 32 MiB in each worker.
pub(crate) const FAST: usize = 1 << 17;

/// What is looked for in each attribute.
type Builders = BTreeMap<Subject, LiteralMatcherBuilder>;

/// Rules by the values of an attribute that they ask for.
type ByValue = BTreeMap<Key, Vec<Rule>>;

/// Takes rules, and makes a plan of them.
#[derive(Debug)]
pub(crate) struct Planner {
    plan: Plan,
    rules: Vec<Rule>,
    /// What the first bucket looks for: the rules that are one sign and nothing else. Lists of
    /// indicators have a million of them.
    signs: Builders,
    /// What the bucket that is being made looks for, and those above it, the first bucket first.
    open: Vec<Builders>,
    /// How many rules have each text.
    frequency: Frequency,
    copies: usize,
    /// How many bytes of texts may still be given the fast form of automaton.
    fast: usize,
    numbers: u32,
}

impl Default for Planner {
    fn default() -> Self {
        Self {
            plan: Plan::default(),
            rules: Vec::new(),
            signs: Builders::new(),
            open: Vec::new(),
            frequency: Frequency::default(),
            copies: 0,
            fast: FAST,
            numbers: 0,
        }
    }
}

impl Planner {
    /// Adds a rule of a label.
    pub(crate) fn add(&mut self, rule: Node, label: usize) {
        let (mut of_data, mut of_event) = (Vec::new(), Vec::new());
        if !flatten(rule, &mut |node| {
            if node.reads_event() { of_event.push(node) } else { of_data.push(node) }
        }) {
            return;
        }
        // The rules of a label are or-ed, so what is or-ed in a rule is as good as several rules.
        if of_data.is_empty()
            && let [Node::Or(_)] = &of_event[..]
            && let Some(Node::Or(alternatives)) = of_event.pop()
        {
            return alternatives.into_iter().for_each(|alternative| self.add(alternative, label));
        }
        let label = outcome::number(label);
        if of_event.is_empty()
            && let [only @ (Node::Condition(_) | Node::Check(_))] = &of_data[..]
            && let Some(Witnesses { signs, suffice: true, .. }) =
                witness::of_all([only].into_iter(), &self.frequency)
        {
            for (subject, sign) in signs {
                self.signs.entry(subject).or_default().add(sign, Outcome::Label(label), label);
            }
            return;
        }
        of_data.iter().for_each(|node| self.frequency.count(node));
        let of_data = of_data.into_iter().map(|node| self.part(node)).collect();
        let number = self.next_number();
        self.rules.push(Rule { label, of_data, of_event: Rc::new(of_event), number });
    }

    fn next_number(&mut self) -> u32 {
        self.numbers += 1;
        self.numbers
    }

    fn part(&mut self, node: Node) -> Part {
        Part { number: self.next_number(), node: Rc::new(node) }
    }

    /// The plan for all rules that were added.
    pub(crate) fn finish(mut self) -> Plan {
        let rules = std::mem::take(&mut self.rules);
        let signs = std::mem::take(&mut self.signs);
        self.bucket(rules, signs, 0);
        self.plan
    }

    /// Makes a bucket of rules, which were divided so often already, and of what it looks for
    /// besides; returns its number.
    fn bucket(&mut self, rules: Vec<Rule>, signs: Builders, divisions: usize) -> u32 {
        let bucket = outcome::number(self.plan.buckets.len());
        self.plan.buckets.push(Bucket::default());
        self.open.push(signs);
        let rules = rules.into_iter().flat_map(|rule| self.alternatives(rule)).collect();
        let (divided, rest) = self.divide(rules, divisions);
        // First, so that the buckets below know what this one searches in.
        let always = rest.into_iter().filter_map(|rule| self.place(rule, bucket)).collect();
        for (subject, by_value) in divided {
            for (key, outcome) in self.outcomes(by_value, divisions) {
                self.builder(self.open.len() - 1, subject).add_key(&key, outcome);
            }
        }
        let literals = self.open.pop().unwrap_or_default();
        let literals =
            literals.into_iter().map(|(subject, builder)| (subject, builder.finish(subject, &mut self.fast)));
        let literals = literals.collect();
        self.plan.buckets[bucket as usize] = Bucket { always, literals };
        bucket
    }

    /// What one of the open buckets looks for in a subject.
    fn builder(&mut self, bucket: usize, subject: Subject) -> &mut LiteralMatcherBuilder {
        self.open[bucket].entry(subject).or_default()
    }

    /// A rule of which only alternatives are left to meet, as one rule each.
    fn alternatives(&mut self, mut rule: Rule) -> Vec<Rule> {
        if let [only] = &rule.of_data[..]
            && matches!(*only.node, Node::Or(_))
            && let Some(only) = rule.of_data.pop()
            && let Node::Or(nodes) = Rc::unwrap_or_clone(only.node)
        {
            let mut rules = Vec::new();
            for node in nodes {
                let mut of_data = Vec::new();
                if flatten(node, &mut |node| of_data.push(self.part(node))) {
                    let number = self.next_number();
                    rules.extend(self.alternatives(Rule { of_data, number, ..rule.clone() }));
                }
            }
            return rules;
        }
        vec![rule]
    }

    /// Divides the rules by the values that they ask for, and returns with them those that ask for
    /// none.
    fn divide(&mut self, rules: Vec<Rule>, divisions: usize) -> (BTreeMap<Subject, ByValue>, Vec<Rule>) {
        let rules: Vec<_> = rules.into_iter().map(|rule| (rule.equalities(), rule)).collect();
        let weights = weights(&rules);
        let mut divided = BTreeMap::<Subject, ByValue>::new();
        let mut rest = Vec::new();
        for (mut equalities, rule) in rules {
            let best = equalities.keys().max_by_key(|subject| (weights.get(subject), Reverse(**subject)));
            let best = best.copied().filter(|_| divisions < MAXIMUM_DIVISIONS);
            let Some((subject, values)) = best.and_then(|subject| equalities.remove_entry(&subject)) else {
                rest.push(rule);
                continue;
            };
            let undecided = rule.clone().without_decided(subject, &values.keys);
            let copies = values.keys.len().saturating_mul(undecided.size());
            if self.copies.saturating_add(copies) > MAXIMUM_COPIES {
                rest.push(rule);
                continue;
            }
            self.copies += copies;
            let by_value = divided.entry(subject).or_default();
            for key in values.keys {
                if let Some(left) = self.left_of(&undecided, subject, &key) {
                    by_value.entry(key).or_default().push(left);
                }
            }
        }
        (divided, rest)
    }

    /// What is left of a rule for events of which the subject has this value, or nothing if they
    /// never meet it.
    fn left_of(&mut self, rule: &Rule, subject: Subject, value: &Key) -> Option<Rule> {
        let mut of_data = Vec::new();
        for part in &rule.of_data {
            match known_value::left_of(&part.node, subject, value) {
                None => of_data.push(part.clone()),
                Some(left) => {
                    if !flatten(left, &mut |node| of_data.push(self.part(node))) {
                        return None;
                    }
                }
            }
        }
        Some(Rule { of_data, ..rule.clone() })
    }

    /// What follows for the values of an attribute by which rules were divided.
    fn outcomes(&mut self, by_value: ByValue, divisions: usize) -> Vec<(Key, Outcome)> {
        let mut outcomes = Vec::new();
        // The same rules are often about several values. Their bucket may search in this one, so it
        // is no other's.
        let mut known = FxHashMap::<Vec<Identity>, u32>::default();
        for (key, rules) in by_value {
            let (met, left): (Vec<_>, Vec<_>) = rules.into_iter().partition(Rule::is_met);
            outcomes.extend(met.into_iter().map(|rule| (key.clone(), Outcome::Label(rule.label))));
            if left.is_empty() {
                continue;
            }
            let identity: Vec<_> = left.iter().map(Rule::identity).collect();
            let bucket = match known.get(&identity) {
                Some(bucket) => *bucket,
                None => {
                    let bucket = self.bucket(left, Builders::new(), divisions + 1);
                    known.insert(identity, bucket);
                    bucket
                }
            };
            outcomes.push((key, Outcome::Bucket(bucket)));
        }
        outcomes
    }

    /// Puts a rule of this bucket where its witnesses lead to it; returns what follows always if it
    /// has none.
    fn place(&mut self, rule: Rule, bucket: u32) -> Option<Outcome> {
        let label = rule.label;
        let witnesses = witness::of_all(rule.of_data.iter().map(|part| &*part.node), &self.frequency);
        let suffice = witnesses.as_ref().map_or(rule.of_data.is_empty(), |witnesses| witnesses.suffice);
        let signs = witnesses.map(|witnesses| witnesses.signs);
        let places: Vec<_> =
            signs.iter().flatten().map(|(subject, sign)| self.place_of(*subject, sign)).collect();
        let is_above = places.iter().any(|place| place + 1 < self.open.len());
        let outcome = if suffice && rule.of_event.is_empty() && !is_above {
            Outcome::Label(label)
        } else {
            // If a witness suffices, nothing is left to try.
            let of_data = if suffice { Vec::new() } else { rule.of_data };
            let rest = Rule { of_data, ..rule }.finish(is_above.then_some(bucket));
            self.plan.rules.push(rest);
            Outcome::Rule(outcome::number(self.plan.rules.len() - 1))
        };
        let Some(signs) = signs else { return Some(outcome) };
        for ((subject, sign), place) in signs.into_iter().zip(places) {
            self.builder(place, subject).add(sign, outcome, label);
        }
        None
    }

    /// The open bucket that looks for a sign of the innermost one: the first that searches in the
    /// attribute anyway, so that a text is searched once, not once for each bucket.
    ///
    /// All values of an event together are long, and most events reach no bucket that searches in
    /// them. So each bucket searches there for its own texts, which are few and often allow longer
    /// steps.
    fn place_of(&self, subject: Subject, sign: &Sign) -> usize {
        let innermost = self.open.len() - 1;
        if subject == Subject::AnyValue || !matches!(sign, Sign::Contains { .. } | Sign::Fragment(_)) {
            return innermost;
        }
        let searches =
            |builders: &Builders| builders.get(&subject).is_some_and(LiteralMatcherBuilder::searches);
        self.open.iter().position(searches).unwrap_or(innermost)
    }
}

/// How well each attribute divides the rules: by how many it divides, and into how many parts.
fn weights(rules: &[(Equalities, Rule)]) -> BTreeMap<Subject, (bool, usize, usize)> {
    let mut subjects = BTreeMap::<Subject, (usize, BTreeSet<&Key>)>::new();
    for (equalities, _) in rules {
        for (subject, values) in equalities {
            let (rules, keys) = subjects.entry(*subject).or_default();
            *rules += 1;
            keys.extend(&values.keys);
        }
    }
    let weight = |(subject, (rules, keys)): (Subject, (usize, BTreeSet<&Key>))| {
        // Every event data has a data type, and it stands near the beginning.
        (subject, (subject == Subject::Data(AttributeId::DATA_TYPE), rules, keys.len()))
    };
    subjects.into_iter().map(weight).collect()
}
