//! Gathers the texts that are looked for in one attribute.

use std::collections::BTreeSet;

use crate::condition::Case;
use crate::matcher::equality::Key;
use crate::matcher::literals::{Contains, LiteralMatcher};
use crate::matcher::outcome::{FewLabels, Outcome, OutcomeLists};
use crate::matcher::suffixes::SuffixIndex;
use crate::matcher::text_outcomes::TextOutcomes;
use crate::matcher::text_search::TextSearch;
use crate::matcher::witness::Sign;
use crate::matcher::written_search::WrittenSearch;
use crate::subject::Subject;

/// For more bytes of texts, values are always decoded: a second search would take much memory.
const LARGE: usize = 1 << 20;

/// Signs that are being gathered, each with what follows and the label to which that leads.
#[derive(Debug, Default)]
pub(crate) struct LiteralMatcherBuilder {
    texts: TextOutcomes,
    ones: TextOutcomes,
    folded_ones: TextOutcomes,
    numbers: Gathered<i128>,
    lower: Gathered<Box<str>>,
    exact: TextOutcomes,
    in_sets: Vec<(Box<str>, Outcome, u32)>,
    present: Vec<Outcome>,
    exists: Vec<Outcome>,
    unsearchable: Vec<Outcome>,
    labels: BTreeSet<u32>,
}

/// Signs of one kind, in the order in which they were added: a million take less memory than in a
/// map.
#[derive(Debug)]
struct Gathered<K>(Vec<(K, Outcome)>);

impl LiteralMatcherBuilder {
    pub(crate) fn add_key(&mut self, key: &Key, outcome: Outcome) {
        match key {
            Key::Text(text) => self.texts.insert(text, outcome),
            Key::One(Case::Exact, text) => self.ones.insert(text, outcome),
            Key::One(Case::Folded, text) => self.folded_ones.insert(text, outcome),
            Key::Number(number) => self.numbers.0.push((*number, outcome)),
        }
    }

    pub(crate) fn add(&mut self, sign: Sign, outcome: Outcome, label: u32) {
        match sign {
            Sign::Equals(key) => self.add_key(&key, outcome),
            Sign::Contains { lower, exact } => {
                self.labels.insert(label);
                self.lower.0.push((lower, outcome));
                self.exact.insert(&exact, outcome);
            }
            Sign::Fragment(lower) => {
                self.labels.insert(label);
                self.lower.0.push((lower, outcome));
                push_new(&mut self.unsearchable, outcome);
            }
            Sign::IsIn(text) => self.in_sets.push((text, outcome, label)),
            Sign::Present => push_new(&mut self.present, outcome),
            Sign::Exists => push_new(&mut self.exists, outcome),
        }
    }

    /// Whether it searches for contained texts.
    pub(crate) fn searches(&self) -> bool {
        !self.lower.0.is_empty()
    }

    /// Prepares the search. `fast` is how many bytes of texts may still be given the fast form of
    /// automaton.
    pub(crate) fn finish(self, subject: Subject, fast: &mut usize) -> LiteralMatcher {
        let mut literals = LiteralMatcher {
            texts: self.texts.finish(),
            ones: self.ones.finish(),
            folded_ones: self.folded_ones.finish(),
            present: self.present,
            exists: self.exists,
            unsearchable: self.unsearchable,
            all_in_sets: self.in_sets.iter().map(|(_, outcome, _)| *outcome).collect(),
            in_sets: (!self.in_sets.is_empty()).then(|| SuffixIndex::new(self.in_sets)),
            ..LiteralMatcher::default()
        };
        let lists = &mut literals.lists;
        literals.numbers = self.numbers.into_lists(lists).into_iter().collect();
        if !self.lower.0.is_empty() {
            // Sorted, an automaton is built a quarter faster.
            let (patterns, numbers): (Vec<_>, Vec<_>) = self.lower.into_lists(lists).into_iter().unzip();
            let written = match subject {
                Subject::AnyValue | Subject::Data(_) if size(&patterns) < LARGE => {
                    WrittenSearch::new(&patterns, fast)
                }
                _ => None,
            };
            let search = TextSearch::new(patterns, fast);
            let labels = FewLabels::new(&self.labels);
            literals.contains =
                Some(Contains { search, lists: numbers, exact: self.exact.finish(), labels, written });
        }
        literals
    }
}

impl<K> Default for Gathered<K> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<K: Ord> Gathered<K> {
    /// Each sign once, in order, with the number of the list of what follows.
    fn into_lists(mut self, lists: &mut OutcomeLists) -> Vec<(K, u32)> {
        self.0.sort_unstable();
        self.0.dedup();
        let mut all = Vec::<(K, u32)>::with_capacity(self.0.len());
        for (key, outcome) in self.0 {
            match all.last() {
                Some((last, _)) if *last == key => lists.extend_last(outcome),
                _ => all.push((key, lists.push(outcome))),
            }
        }
        all
    }
}

fn size(texts: &[Box<str>]) -> usize {
    texts.iter().map(|text| text.len()).sum()
}

fn push_new(outcomes: &mut Vec<Outcome>, outcome: Outcome) {
    if outcomes.last() != Some(&outcome) {
        outcomes.push(outcome);
    }
}
