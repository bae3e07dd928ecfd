//! Texts that are looked for in one attribute, all of them together.
//!
//! A list of a hundred thousand hashes or domain names costs about as much as a list of one
//! hundred: equality is a look-up in a hash map, containment one pass over the text
//! ([`TextSearch`]), being contained one search in a sorted list of the literals' endings.

use std::cmp::Ordering;

use events::Value;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::matcher::context::MatchContext;
use crate::matcher::outcome::{FewLabels, Follow, Outcome, OutcomeLists};
use crate::matcher::suffixes::SuffixIndex;
use crate::matcher::text_outcomes::TextOutcomes;
use crate::matcher::text_search::TextSearch;
use crate::matcher::values::One;
use crate::matcher::written_search::WrittenSearch;
use crate::number;
use crate::number::Number;
use crate::pattern::OTHERS;
use crate::subject::Subject;

/// A list of outcomes that is not longer is followed anew at each place of its text: that costs
/// less than to remember the text.
const SHORT_LIST: usize = 8;

/// A field with more values than these is not looked for, value by value, in what it may be
/// contained in: the rules are tried at once, which have a limit.
const MANY_VALUES: usize = 64;

/// What is looked for in an attribute.
#[derive(Debug, Clone, Default)]
pub(crate) struct LiteralMatcher {
    pub(super) lists: OutcomeLists,
    pub(super) texts: TextOutcomes,
    pub(super) numbers: FxHashMap<i128, u32>,
    pub(super) contains: Option<Contains>,
    /// What one of the values must be, as it is and in lower case.
    pub(super) ones: TextOutcomes,
    pub(super) folded_ones: TextOutcomes,
    pub(super) in_sets: Option<SuffixIndex>,
    /// What follows if the event has the attribute, and it is not empty.
    pub(super) present: Vec<Outcome>,
    /// What follows if the event has the attribute.
    pub(super) exists: Vec<Outcome>,
    /// What follows if the attribute is no text that can be searched for fragments.
    pub(super) unsearchable: Vec<Outcome>,
    /// What follows if the attribute is no text, or has many values, and may be contained in a
    /// text.
    pub(super) all_in_sets: Vec<Outcome>,
}

/// The search for texts, and the literals for the members of lists, which are compared exactly.
#[derive(Debug, Clone)]
pub(super) struct Contains {
    pub(super) search: TextSearch,
    /// The list of outcomes of each text that is searched for.
    pub(super) lists: Vec<u32>,
    pub(super) exact: TextOutcomes,
    pub(super) labels: FewLabels,
    /// Searches values as they are written.
    pub(super) written: Option<WrittenSearch>,
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
                for (number, text) in values.enumerate() {
                    self.find_exact_in_field(number, text, follow);
                }
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
            if let (Some(written), Some(data)) = (&contains.written, context.event.data)
                && subject == Subject::AnyValue
                && written.shows_that_none_is_in_any(data.written())
            {
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
        let Some(written) = &contains.written else { return false };
        let Some(text) = context.undecoded(subject) else { return false };
        let is_searchable = self.unsearchable.is_empty() || text.starts_with(b"\"");
        is_searchable && written.shows_that_none_is_in(text)
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

    /// Looks for a value of a field, of which so many stand before it.
    fn find_exact_in_field(&self, before: usize, text: &str, follow: &mut impl Follow) {
        self.find_equal(text, follow);
        if !self.numbers.is_empty() {
            self.follow_list(number::integer(text).and_then(|number| self.numbers.get(&number)), follow);
        }
        match (&self.in_sets, before.cmp(&MANY_VALUES)) {
            (Some(in_sets), Ordering::Less) => in_sets.find(text, follow),
            (Some(_), Ordering::Equal) => follow_all(&self.all_in_sets, follow),
            _ => {}
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
        follow_all(&self.all_in_sets, follow);
    }

    fn find_equal(&self, text: &str, follow: &mut impl Follow) {
        self.texts.find(text, follow);
    }

    /// Searches a text, which is also given in lower case.
    fn search(&self, contains: &Contains, text: &str, lowered: &str, follow: &mut impl Follow) {
        if !self.unsearchable.is_empty() && !text.is_ascii() && text.contains(OTHERS) {
            follow_all(&self.unsearchable, follow);
        }
        let mut missing = contains.labels.missing(follow);
        if missing == 0 {
            return;
        }
        // Each place of a text leads to the same, which is followed again only if it is short.
        let mut followed = FxHashSet::default();
        contains.search.search(lowered, |text| {
            if self.lists.get(contains.lists[text]).len() > SHORT_LIST && !followed.insert(text) {
                return true;
            }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matcher::literal_builder::LiteralMatcherBuilder;
    use crate::matcher::witness::Sign;

    /// Counts what it is told to follow.
    struct Counted(usize);

    impl Follow for Counted {
        fn follow(&mut self, _: Outcome) {
            self.0 += 1;
        }

        fn misses(&self, _: u32) -> bool {
            true
        }
    }

    #[test]
    fn many_rules_with_one_text_are_followed_once() {
        const RULES: u32 = 1_000;
        let mut builder = LiteralMatcherBuilder::default();
        for rule in 0..RULES {
            builder.add(Sign::Fragment("bbb".into()), Outcome::Rule(rule), 0);
        }
        let literals = builder.finish(Subject::Description, &mut 0);
        let mut counted = Counted(0);
        let text = "b".repeat(10_000);
        literals.search(literals.contains.as_ref().unwrap(), &text, &text, &mut counted);
        assert_eq!(counted.0, RULES as usize);
    }
}
