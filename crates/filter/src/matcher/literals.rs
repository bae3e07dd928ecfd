//! Rules that compare one attribute with a literal text, matched together.
//!
//! A list of a hundred thousand hashes or domain names costs about as much as a list of one hundred: equality is
//! a look-up in a hash map, containment one pass of an Aho-Corasick automaton, being contained one search in
//! a sorted list of the literals' endings.

use aho_corasick::AhoCorasick;
use events::Value;
use rustc_hash::FxHashMap;

use crate::compare::Operand;
use crate::matcher::condition::{Condition, Test};
use crate::matcher::context::MatchContext;
use crate::matcher::matched::MatchedLabels;
use crate::matcher::suffixes::SuffixIndex;
use crate::subject::Subject;

/// The rules of one attribute, each with its label.
#[derive(Debug, Clone, Default)]
pub(crate) struct LiteralMatcher {
    equals: LabelsByText,
    contains: Option<Contains>,
    in_sets: InSets,
    labels: Vec<u32>,
}

/// Labels by literal.
type LabelsByText = FxHashMap<Box<str>, Vec<u32>>;

/// The automaton for texts, and the literals for the members of lists, which are compared exactly.
#[derive(Debug, Clone)]
struct Contains {
    automaton: AhoCorasick,
    /// The labels of each of the automaton's patterns.
    labels: Vec<Vec<u32>>,
    exact: LabelsByText,
}

#[derive(Debug, Clone, Default)]
struct InSets {
    conditions: Vec<(Box<Condition>, u32)>,
    endings: SuffixIndex,
}

/// Whether rules of this condition alone can be matched together.
pub(crate) fn is_literal(condition: &Condition) -> bool {
    let is_text =
        matches!(condition.test, Test::Equals(Operand::Text(_)) | Test::Contains(_) | Test::InSet(Some(_)));
    is_text && !condition.negated
}

impl LiteralMatcher {
    /// Prepares the rules, which are conditions on one attribute that [`is_literal`] takes.
    pub(crate) fn new(rules: Vec<(Box<Condition>, u32)>) -> Self {
        let mut equals = LabelsByText::default();
        let mut exact = LabelsByText::default();
        let mut patterns = LabelsByText::default();
        let mut in_sets = Vec::new();
        let mut labels: Vec<u32> = rules.iter().map(|(_, label)| *label).collect();
        labels.sort_unstable();
        labels.dedup();
        for (condition, label) in rules {
            match &condition.test {
                Test::Equals(Operand::Text(text)) => add(&mut equals, text, label),
                Test::Contains(needle) => {
                    add(&mut exact, &needle.exact, label);
                    add(&mut patterns, &needle.lower, label);
                }
                _ => in_sets.push((condition, label)),
            }
        }
        Self {
            equals,
            contains: (!patterns.is_empty()).then(|| Contains::new(patterns, exact)),
            in_sets: InSets::new(in_sets),
            labels,
        }
    }

    /// Adds the labels of the rules that the event meets.
    pub(crate) fn find(
        &self,
        subject: Subject,
        context: &MatchContext<'_, '_>,
        matched: &mut MatchedLabels<'_>,
    ) {
        if let [only] = self.labels[..]
            && matched.has(only)
        {
            return;
        }
        if self.contains.is_none() && self.in_sets.conditions.is_empty() {
            // No need to decode what can be looked up as it is.
            if let Some(text) = subject.plain_text(context.event) {
                return self.find_equal(text, matched);
            }
        }
        context.with_value(subject, |value| match value {
            Some(value) if value.is_truthy() => self.find_in(value, context, matched),
            _ => {}
        });
    }

    fn find_in(&self, value: &Value<'_>, context: &MatchContext<'_, '_>, matched: &mut MatchedLabels<'_>) {
        if let Value::String(text) = value {
            self.find_equal(text.as_bytes(), matched);
        }
        if let Some(contains) = &self.contains {
            match value {
                Value::String(text) => {
                    context.scratch.lowered(text, |lowered| contains.find(lowered, &self.labels, matched));
                }
                Value::List { members, .. } => {
                    for text in members.iter().filter_map(Value::as_str) {
                        matched.extend(contains.exact.get(text));
                    }
                }
                _ => {}
            }
        }
        self.in_sets.find(value, context, matched);
    }

    fn find_equal(&self, text: &[u8], matched: &mut MatchedLabels<'_>) {
        if text.is_empty() || self.equals.is_empty() {
            return;
        }
        // What is not UTF-8 equals no literal.
        if let Ok(text) = std::str::from_utf8(text) {
            matched.extend(self.equals.get(text));
        }
    }
}

fn add(labels: &mut LabelsByText, text: &str, label: u32) {
    let labels = labels.entry(text.into()).or_default();
    if labels.last() != Some(&label) {
        labels.push(label);
    }
}

impl Contains {
    fn new(patterns: LabelsByText, exact: LabelsByText) -> Self {
        let mut patterns: Vec<_> = patterns.into_iter().collect();
        // Sorted, the automaton is built a quarter faster, and the same way each time.
        patterns.sort_unstable();
        let (patterns, labels): (Vec<_>, Vec<_>) = patterns.into_iter().unzip();
        let automaton = AhoCorasick::new(patterns.iter().map(|pattern| pattern.as_bytes()))
            .expect("the file size bounds the automaton far below its limit of 2^31 states");
        Self { automaton, labels, exact }
    }

    fn find(&self, lowered: &str, labels: &[u32], matched: &mut MatchedLabels<'_>) {
        if let [only] = labels {
            if self.automaton.is_match(lowered) {
                matched.add(*only);
            }
            return;
        }
        let mut missing = labels.iter().filter(|label| !matched.has(**label)).count();
        for hit in self.automaton.find_overlapping_iter(lowered) {
            for label in &self.labels[hit.pattern()] {
                missing -= usize::from(matched.add(*label));
            }
            if missing == 0 {
                return;
            }
        }
    }
}

impl InSets {
    fn new(conditions: Vec<(Box<Condition>, u32)>) -> Self {
        let texts = conditions.iter().map(|(condition, label)| match &condition.test {
            Test::InSet(Some(text)) => (&**text, *label),
            _ => ("", *label),
        });
        Self { endings: SuffixIndex::new(texts), conditions }
    }

    fn find(&self, value: &Value<'_>, context: &MatchContext<'_, '_>, matched: &mut MatchedLabels<'_>) {
        if let Value::String(text) = value {
            return self.endings.find(text, matched);
        }
        for (condition, label) in &self.conditions {
            if condition.holds_for(Some(value), context.scratch) {
                matched.add(*label);
            }
        }
    }
}
