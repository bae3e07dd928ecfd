//! How common the texts are that rules look for.
//!
//! A rule is tried wherever its witness is found, so the witness should be the rarest of its texts.
//! How rare a text is in events is not known when rules are compiled. But what many rules look for
//! is mostly the name of a common program, such as `\cmd.exe`, and each of these rules looks for
//! something rarer besides.

use std::hash::BuildHasher;

use rustc_hash::{FxBuildHasher, FxHashMap};

use crate::matcher::check::Kind;
use crate::matcher::condition::Test;
use crate::matcher::node::Node;
use crate::subject::Subject;

/// How often rules have each text, by its hash. If two texts have the same hash, rules are found as
/// well, only slower.
#[derive(Debug, Clone, Default)]
pub(crate) struct Frequency(FxHashMap<u64, u32>);

impl Frequency {
    /// Counts the texts of a condition of a rule.
    pub(crate) fn count(&mut self, node: &Node) {
        match node {
            Node::And(operands) | Node::Or(operands) => {
                operands.iter().for_each(|operand| self.count(operand));
            }
            Node::Member(_, operand) => self.count(operand),
            Node::Condition(condition) if !condition.negated => match &condition.test {
                Test::Contains(needle) => self.add(condition.subject, &needle.lower),
                Test::Regexp(pattern) => self.add_all(condition.subject, pattern.all_required()),
                _ => {}
            },
            Node::Check(check) => match &check.kind {
                Kind::Text(form) => self.add(check.subject, form.longest_text()),
                Kind::Regex(pattern) => self.add_all(check.subject, pattern.all_required()),
                _ => {}
            },
            Node::Condition(_) | Node::Not(_) | Node::Constant(_) | Node::Time(_) => {}
        }
    }

    /// How rare a text is, roughly, of which so many bytes are searched for; 0 only for no bytes.
    /// Twice as many rules count like two bytes less.
    pub(crate) fn rarity(&self, subject: Subject, text: &str, searched: usize) -> usize {
        let count = self.0.get(&hash(subject, text)).copied().unwrap_or_default().max(1);
        searched.saturating_sub(2 * count.ilog2() as usize).max(searched.min(1))
    }

    fn add_all(&mut self, subject: Subject, texts: &[Vec<String>]) {
        texts.iter().flatten().for_each(|text| self.add(subject, text));
    }

    fn add(&mut self, subject: Subject, text: &str) {
        let count = self.0.entry(hash(subject, text)).or_default();
        *count = count.saturating_add(1);
    }
}

fn hash(subject: Subject, text: &str) -> u64 {
    FxBuildHasher.hash_one((subject, text))
}
