//! Texts that are looked for in one attribute, all of them together.
//!
//! A list of a hundred thousand hashes or domain names costs about as much as a list of one
//! hundred: equality is a look-up in a hash map, containment one pass of an Aho-Corasick automaton,
//! being contained one search in a sorted list of the literals' endings.

use std::collections::BTreeSet;

use events::Value;
use rustc_hash::FxHashMap;

use crate::condition::Case;
use crate::matcher::automaton::Automaton;
use crate::matcher::context::MatchContext;
use crate::matcher::equality::Key;
use crate::matcher::outcome::{FewLabels, Follow, Outcome, OutcomeLists};
use crate::matcher::suffixes::SuffixIndex;
use crate::matcher::text_outcomes::TextOutcomes;
use crate::matcher::values::One;
use crate::matcher::witness::Sign;
use crate::matcher::written_search::WrittenSearch;
use crate::number;
use crate::number::Number;
use crate::subject::Subject;

/// What is looked for in an attribute.
#[derive(Debug, Clone, Default)]
pub(crate) struct LiteralMatcher {
    lists: OutcomeLists,
    texts: TextOutcomes,
    numbers: FxHashMap<i128, u32>,
    contains: Option<Contains>,
    /// What one of the values must be, as it is and in lower case.
    ones: TextOutcomes,
    folded_ones: TextOutcomes,
    in_sets: Option<SuffixIndex>,
    /// What follows if the event has the attribute, and it is not empty.
    present: Vec<Outcome>,
    /// What follows if the event has the attribute.
    exists: Vec<Outcome>,
    /// What follows if the attribute is no text that can be searched for fragments.
    unsearchable: Vec<Outcome>,
    /// What follows if the attribute is no text, and may be contained in one.
    lists_in_sets: Vec<Outcome>,
}

/// The automaton for texts, and the literals for the members of lists, which are compared exactly.
#[derive(Debug, Clone)]
struct Contains {
    automaton: Automaton,
    /// The list of outcomes of each of the automaton's patterns.
    lists: Vec<u32>,
    exact: TextOutcomes,
    labels: FewLabels,
    /// Whether JSON writes all texts as they are.
    are_verbatim: bool,
    /// Searches the event data as it is written, if any value may contain the texts.
    written: Option<WrittenSearch>,
}

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
            lists_in_sets: self.in_sets.iter().map(|(_, outcome, _)| *outcome).collect(),
            in_sets: (!self.in_sets.is_empty()).then(|| SuffixIndex::new(self.in_sets)),
            ..LiteralMatcher::default()
        };
        let lists = &mut literals.lists;
        literals.numbers = self.numbers.into_lists(lists).into_iter().collect();
        if !self.lower.0.is_empty() {
            // Sorted, the automaton is built a quarter faster.
            let (patterns, numbers): (Vec<_>, Vec<_>) = self.lower.into_lists(lists).into_iter().unzip();
            let are_verbatim = patterns.iter().all(|pattern| pattern.bytes().all(is_verbatim));
            let written = match subject {
                Subject::AnyValue => WrittenSearch::new(&patterns),
                _ => None,
            };
            let automaton = Automaton::new(patterns, fast);
            let labels = FewLabels::new(&self.labels);
            literals.contains = Some(Contains {
                automaton,
                lists: numbers,
                exact: self.exact.finish(),
                labels,
                are_verbatim,
                written,
            });
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

/// Whether JSON writes the character as it is, unless it writes it with its number.
fn is_verbatim(byte: u8) -> bool {
    matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'/' | b'\\')
}

fn push_new(outcomes: &mut Vec<Outcome>, outcome: Outcome) {
    if outcomes.last() != Some(&outcome) {
        outcomes.push(outcome);
    }
}

impl LiteralMatcher {
    /// Looks for all but contained texts in the event's attribute, and lets `follow` follow what is
    /// found.
    pub(crate) fn find_exact(
        &self,
        subject: Subject,
        context: &MatchContext<'_, '_>,
        follow: &mut impl Follow,
    ) {
        self.find_ones(subject, context, follow);
        if !self.looks_for_exact() {
            return;
        }
        if let Subject::Field(field) = subject {
            return context.with_split(field, |split| {
                let mut values = split.values(field).peekable();
                if values.peek().is_some() {
                    follow_all(&self.present, follow);
                }
                values.for_each(|text| self.find_exact_in_field(text, follow));
            });
        }
        if self.in_sets.is_none()
            && self.present.is_empty()
            && let Some(text) = subject.plain_text(context.event)
        {
            // Looked up as it is written. What is not UTF-8 equals no literal.
            return self.find_equal(std::str::from_utf8(text).unwrap_or_default(), follow);
        }
        context.with_value(subject, |value| match value {
            Some(value) if value.is_truthy() => self.find_exact_in(value, follow),
            _ => {}
        });
    }

    /// Looks for contained texts in the event's attribute, and lets `follow` follow what is found.
    pub(crate) fn find_contained(
        &self,
        subject: Subject,
        context: &MatchContext<'_, '_>,
        follow: &mut impl Follow,
    ) {
        let Some(contains) = &self.contains else { return };
        if matches!(subject, Subject::Field(_) | Subject::AnyValue) {
            if contains.written.as_ref().is_some_and(|written| written.shows_that_none_is_in(context)) {
                return;
            }
            context.has_value(subject, &mut |value| {
                match value {
                    One::Lowered(text, lower) => self.search(contains, text, lower, follow),
                    other => {
                        other.with_text(|text| {
                            let search = |lower: &str| self.search(contains, text, lower, follow);
                            context.scratch.lowered(text, search);
                        });
                    }
                }
                false
            });
            return;
        }
        if self.lacks_all(contains, subject, context) {
            return;
        }
        context.with_value(subject, |value| match value {
            Some(Value::String(text)) if !text.is_empty() => {
                self.search(contains, text, &context.lowered(subject, text), follow);
            }
            Some(Value::String(_)) | None => {}
            Some(value) => {
                if let Value::List { members, .. } = value {
                    for text in members.iter().filter_map(Value::as_str) {
                        contains.exact.find(text, follow);
                    }
                }
                follow_all(&self.unsearchable, follow);
            }
        });
    }

    /// Whether the value, as it is written, shows that nothing is found in it. Most values have
    /// nothing, and to decode a list or a long text takes longer than to search it.
    fn lacks_all(&self, contains: &Contains, subject: Subject, context: &MatchContext<'_, '_>) -> bool {
        if !contains.are_verbatim || !self.unsearchable.is_empty() {
            return false;
        }
        let written = context.undecoded(subject);
        written.is_some_and(|text| {
            context.scratch.lowered(text, |lowered| !contains.automaton.is_match(lowered))
        })
    }

    /// Looks for what one of the values must be.
    fn find_ones(&self, subject: Subject, context: &MatchContext<'_, '_>, follow: &mut impl Follow) {
        if !self.exists.is_empty() && context.has(subject) {
            follow_all(&self.exists, follow);
        }
        if self.ones.is_empty() && self.folded_ones.is_empty() {
            return;
        }
        context.has_value(subject, &mut |value| {
            if !self.ones.is_empty() {
                value.with_text(|text| self.ones.find(text, follow));
            }
            if !self.folded_ones.is_empty() {
                value.with_folded(context.scratch, |folded| self.folded_ones.find(folded, follow));
            }
            false
        });
    }

    fn looks_for_exact(&self) -> bool {
        let looks_for_literals = !self.texts.is_empty() || !self.numbers.is_empty();
        looks_for_literals || !self.present.is_empty() || self.in_sets.is_some()
    }

    fn find_exact_in_field(&self, text: &str, follow: &mut impl Follow) {
        self.find_equal(text, follow);
        if !self.numbers.is_empty() {
            self.follow_list(number::integer(text).and_then(|number| self.numbers.get(&number)), follow);
        }
        if let Some(in_sets) = &self.in_sets {
            in_sets.find(text, follow);
        }
    }

    fn find_exact_in(&self, value: &Value<'_>, follow: &mut impl Follow) {
        follow_all(&self.present, follow);
        if let Value::String(text) = value {
            self.find_equal(text, follow);
            if let Some(in_sets) = &self.in_sets {
                in_sets.find(text, follow);
            }
            return;
        }
        let number = Number::of(value).and_then(Number::as_integer);
        self.follow_list(number.and_then(|number| self.numbers.get(&number)), follow);
        follow_all(&self.lists_in_sets, follow);
    }

    fn find_equal(&self, text: &str, follow: &mut impl Follow) {
        self.texts.find(text, follow);
    }

    /// Searches a text, which is also given in lower case.
    fn search(&self, contains: &Contains, text: &str, lowered: &str, follow: &mut impl Follow) {
        // A long s is an `s` for patterns that ignore case, but not for lower case.
        if !self.unsearchable.is_empty() && !text.is_ascii() && text.contains('ſ') {
            follow_all(&self.unsearchable, follow);
        }
        let mut missing = contains.labels.missing(follow);
        if missing == 0 {
            return;
        }
        contains.automaton.search(lowered, |text| {
            for outcome in self.lists.get(contains.lists[text]) {
                if let Outcome::Label(label) = *outcome {
                    missing -= usize::from(follow.misses(label));
                }
                follow.follow(*outcome);
            }
            missing > 0
        });
    }

    fn follow_list(&self, list: Option<&u32>, follow: &mut impl Follow) {
        follow_all(list.map_or(&[], |list| self.lists.get(*list)), follow);
    }
}

fn follow_all(outcomes: &[Outcome], follow: &mut impl Follow) {
    for outcome in outcomes {
        follow.follow(*outcome);
    }
}
