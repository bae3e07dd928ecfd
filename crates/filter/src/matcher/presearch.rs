//! Searches an event for the witnesses of many conditions together, so that few of them are tried.
//!
//! The matcher finds the rules that match an event. To say how far the event comes in the other
//! rules, it must be known which of their conditions hold. If each condition were tried, the texts
//! of the event would be read once for each condition.

use std::collections::BTreeMap;

use crate::matcher::context::MatchContext;
use crate::matcher::frequency::Frequency;
use crate::matcher::literal_builder::LiteralMatcherBuilder;
use crate::matcher::literals::LiteralMatcher;
use crate::matcher::node::Node;
use crate::matcher::outcome::{Follow, Outcome, number};
use crate::matcher::planner::FAST;
use crate::matcher::witness::{Witnesses, witnesses};
use crate::subject::Subject;

/// Takes conditions, and makes a [`Presearch`] of them.
#[derive(Debug, Default)]
pub(crate) struct PresearchBuilder {
    searched_for: Vec<SearchedFor>,
    searches: BTreeMap<Subject, LiteralMatcherBuilder>,
}

/// Searches events for the witnesses of conditions.
#[derive(Debug, Clone, Default)]
pub(crate) struct Presearch {
    /// For each condition.
    searched_for: Vec<SearchedFor>,
    searches: Vec<Search>,
    /// For each condition, the last event that shows one of its witnesses.
    found: Vec<u64>,
    event: u64,
    tried: u64,
}

/// How a condition is searched for.
#[derive(Debug, Clone, Default)]
struct SearchedFor {
    /// Where a witness of the condition may be found. Empty if it has none.
    subjects: Vec<Subject>,
    /// Whether each event that shows one of them meets the condition.
    suffices: bool,
}

#[derive(Debug, Clone)]
struct Search {
    subject: Subject,
    literals: LiteralMatcher,
    /// The last event in which it searched.
    event: u64,
}

impl PresearchBuilder {
    /// Adds a condition and returns its number. Conditions are numbered from 0.
    pub(crate) fn add(&mut self, condition: &Node) -> usize {
        let added = self.searched_for.len();
        let outcome = Outcome::Label(number(added));
        let mut searched_for = SearchedFor::default();
        if let Some(Witnesses { signs, suffice, .. }) = witnesses(condition, &Frequency::default()) {
            searched_for.suffices = suffice;
            for (subject, sign) in signs {
                if !searched_for.subjects.contains(&subject) {
                    searched_for.subjects.push(subject);
                }
                self.searches.entry(subject).or_default().add(sign, outcome, number(added));
            }
        }
        self.searched_for.push(searched_for);
        added
    }

    /// Returns whether a search tells the outcome of a condition that was added.
    pub(crate) fn decides(&self, condition: usize) -> bool {
        let SearchedFor { subjects, suffices } = &self.searched_for[condition];
        *suffices && !subjects.contains(&Subject::AnyValue)
    }

    pub(crate) fn finish(self) -> Presearch {
        let mut fast = FAST;
        let searches = self.searches.into_iter().map(|(subject, literals)| Search {
            subject,
            literals: literals.finish(subject, &mut fast),
            event: 0,
        });
        Presearch {
            searches: searches.collect(),
            found: vec![0; self.searched_for.len()],
            searched_for: self.searched_for,
            event: 0,
            tried: 0,
        }
    }
}

impl Presearch {
    /// Forgets what was found in the last event.
    pub(crate) fn begin_event(&mut self) {
        self.event += 1;
    }

    /// Returns whether the event meets a condition, of which the number is given too.
    pub(crate) fn holds(&mut self, number: usize, condition: &Node, context: &MatchContext<'_, '_>) -> bool {
        let SearchedFor { subjects, suffices } = &self.searched_for[number];
        for subject in subjects {
            let at = self.searches.binary_search_by_key(subject, |search| search.subject);
            let Some(search) = at.ok().map(|at| &mut self.searches[at]) else { continue };
            if std::mem::replace(&mut search.event, self.event) != self.event {
                let mut marks = Marks { found: &mut self.found, event: self.event };
                search.literals.find_exact(*subject, context, &mut marks);
                search.literals.find_contained(*subject, context, &mut marks);
            }
        }
        let is_found = self.found[number] == self.event;
        let holds = if *suffices || !is_found && !subjects.is_empty() {
            is_found
        } else {
            self.tried += 1;
            return condition.matches(context);
        };
        debug_assert_eq!(holds, condition.matches(context), "{condition:?}");
        holds
    }

    /// Returns how often a condition was tried so far.
    #[cfg(test)]
    pub(crate) fn tried(&self) -> u64 {
        self.tried
    }
}

/// Notes for each condition whether a witness was found.
struct Marks<'f> {
    found: &'f mut [u64],
    event: u64,
}

impl Follow for Marks<'_> {
    fn follow(&mut self, outcome: Outcome) {
        if let Outcome::Label(condition) = outcome {
            self.found[condition as usize] = self.event;
        }
    }

    fn misses(&self, condition: u32) -> bool {
        self.found[condition as usize] != self.event
    }
}
