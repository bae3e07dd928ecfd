//! Finds the rules that an event meets, fast however many there are.
//!
//! Trying a hundred thousand rules one after the other on each of ten million events would take
//! days. So the rules are sorted once ([`planner`]):
//!
//! 1. Rules that ask for one of a few values of an attribute (a data type, a source, an event
//!    identifier) are divided by these values ([`equality`]). An event is shown only to the rules
//!    that are about its like ([`bucket`]).
//! 2. Of each other rule, something is known that must occur in an event for the rule to hold
//!    ([`witness`]): a text, a part of a text, or just the attribute. All these are looked for
//!    together ([`literals`]), and only rules whose witness was found are tried.
//! 3. What depends on the event data alone is found out once for all events that share it. Values
//!    are decoded, and texts put into lower case, once ([`context`]), and no rule is tried for a
//!    label that the event already has ([`matched`]).
//!
//! Nothing here knows which language a rule was written in.

mod any_value;
mod automaton;
mod bucket;
pub(crate) mod check;
pub(crate) mod condition;
pub(crate) mod context;
mod equality;
mod find;
mod frequency;
mod gram_search;
mod grams;
mod in_text;
mod known_value;
mod literal_builder;
mod literals;
mod matched;
pub(crate) mod node;
mod other_values;
mod outcome;
mod planned_rule;
pub(crate) mod planner;
pub(crate) mod presearch;
pub(crate) mod scratch;
mod suffixes;
pub(crate) mod text_form;
mod text_outcomes;
pub(crate) mod text_search;
mod values;
pub(crate) mod witness;
mod written_search;

use std::cell::RefCell;
use std::sync::Arc;

use events::{EventView, Note};

use crate::fields::FieldNames;
use crate::notes;

use bucket::{Plan, Search, Tried};
use context::MatchContext;
use matched::MatchedLabels;
use planner::Planner;
use scratch::Scratch;

/// Rules, each of which leads to a label: a number.
#[derive(Debug, Clone)]
pub(crate) struct Matcher {
    /// Clones share it.
    plan: Arc<Plan>,
    scratch: Scratch,
    found: RefCell<DataMatches>,
}

/// What was found out about the event data at hand.
#[derive(Debug, Clone)]
struct DataMatches {
    /// The event data; nothing if there was none.
    data: Option<u64>,
    /// The labels that follow from the event data alone.
    labels: Vec<usize>,
    /// For each label whether it is among them.
    has: Vec<bool>,
    /// The rules that depend on the event as well, and whose part about the event data holds.
    pending: Vec<u32>,
    notes: Vec<notes::Key>,
    tried: Tried,
}

impl Matcher {
    /// A matcher for rules with labels below this number.
    pub(crate) fn new(rules: Planner, labels: usize, fields: Arc<FieldNames>) -> Self {
        let plan = rules.finish();
        let found = DataMatches {
            data: None,
            labels: Vec::new(),
            has: vec![false; labels],
            pending: Vec::new(),
            notes: Vec::new(),
            tried: Tried::new(&plan),
        };
        Self { plan: Arc::new(plan), scratch: Scratch::new(fields), found: RefCell::new(found) }
    }

    /// Replaces what is in `matched` by the labels that the event gets, ascending.
    pub(crate) fn find(&self, event: &EventView<'_>, matched: &mut Vec<usize>) {
        let context = MatchContext::new(event, &self.scratch);
        let mut found = self.found.borrow_mut();
        let number = event.data.map(|data| data.number());
        if number.is_some() && number == found.data {
            self.scratch.notes.add_again(&found.notes);
        } else {
            found.look_at_data(&self.plan, &context);
            found.data = number;
        }
        found.look_at_event(&self.plan, &context, matched);
    }

    /// How many rules were tried one by one so far: what matching costs, but for searching for
    /// witnesses.
    pub(crate) fn tried(&self) -> u64 {
        self.found.borrow().tried.count
    }

    /// Calls `see` with the label of each rule that was tried on the last event's data; several
    /// times, if several of its rules were.
    pub(crate) fn see_tried(&self, see: impl FnMut(u32)) {
        self.found.borrow().tried.labels.iter().copied().for_each(see);
    }

    /// Begins a new task: the next event is looked at, even if it shares the data of the last one.
    /// So what a task finds does not depend on the task before it.
    pub(crate) fn forget_event(&self) {
        self.found.borrow_mut().data = None;
    }

    /// What was met while matching since the last call, which ends a task.
    pub(crate) fn take_notes(&self) -> Vec<Note> {
        self.forget_event();
        self.scratch.notes.take()
    }

    /// Adds what another has met.
    pub(crate) fn merge_notes(&self, other: &Self) {
        self.scratch.notes.merge(&other.scratch.notes);
    }
}

impl DataMatches {
    fn look_at_data(&mut self, plan: &Plan, context: &MatchContext<'_, '_>) {
        for label in self.labels.drain(..) {
            self.has[label] = false;
        }
        self.pending.clear();
        let notes = &context.scratch.notes;
        notes.remember();
        let labels = MatchedLabels::new(&mut self.has, &mut self.labels);
        Search::run(plan, context, labels, &mut self.tried, &mut self.pending);
        self.notes = notes.take_remembered();
    }

    fn look_at_event(&mut self, plan: &Plan, context: &MatchContext<'_, '_>, matched: &mut Vec<usize>) {
        matched.clear();
        let mut labels = MatchedLabels::new(&mut self.has, matched);
        for rule in &self.pending {
            let rule = &plan.rules[*rule as usize];
            if !labels.has(rule.label) && rule.of_event.iter().all(|node| node.matches(context)) {
                labels.add(rule.label);
            }
        }
        for label in matched.iter() {
            self.has[*label] = false;
        }
        matched.extend_from_slice(&self.labels);
        matched.sort_unstable();
    }
}
