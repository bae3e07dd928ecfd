//! Finds the rules that an event meets, fast however many there are.
//!
//! Trying a hundred thousand rules one after the other on each of ten million events would take days.
//! So rules that ask for a data type are tried on events of that type only ([`dispatch`]), rules that
//! compare one attribute with a text are matched together ([`literals`]), values are decoded once an
//! event ([`context`]), and no rule is tried for a label that the event already has ([`matched`]).
//!
//! Nothing here knows which language a rule was written in.

pub(crate) mod condition;
pub(crate) mod context;
pub(crate) mod dispatch;
pub(crate) mod literals;
pub(crate) mod matched;
pub(crate) mod node;
pub(crate) mod scratch;
pub(crate) mod suffixes;

use std::cell::RefCell;

use events::{EventView, Note};

use crate::subject::data_type;

use context::MatchContext;
use dispatch::{Bucket, Buckets, Dispatch};
use matched::MatchedLabels;
use node::Node;
use scratch::Scratch;

/// Rules, each of which leads to a label: a number.
#[derive(Debug, Clone)]
pub(crate) struct Matcher {
    /// The rules that are tried one by one, with their labels.
    rules: Vec<(Node, u32)>,
    of_any_data_type: Bucket,
    by_data_type: Buckets,
    scratch: Scratch,
    /// For each label whether the event at hand has it; all false between events.
    has: RefCell<Vec<bool>>,
}

impl Matcher {
    /// A matcher for rules with labels below this number.
    pub(crate) fn new(rules: Dispatch, labels: usize) -> Self {
        let (rules, of_any_data_type, by_data_type) = rules.finish();
        let has = RefCell::new(vec![false; labels]);
        Self { rules, of_any_data_type, by_data_type, scratch: Scratch::default(), has }
    }

    /// Replaces what is in `matched` by the labels that the event gets, ascending.
    pub(crate) fn find(&self, event: &EventView<'_>, matched: &mut Vec<usize>) {
        matched.clear();
        let mut has = self.has.borrow_mut();
        let mut labels = MatchedLabels::new(&mut has, matched);
        let context = MatchContext::new(event, &self.scratch);
        self.of_any_data_type.find(&self.rules, &context, &mut labels);
        if let Some(data) = event.data
            && let Some(bucket) = self.by_data_type.get(&*data_type(data))
        {
            bucket.find(&self.rules, &context, &mut labels);
        }
        for label in matched.iter() {
            has[*label] = false;
        }
        matched.sort_unstable();
    }

    /// What was met while matching since the last call.
    pub(crate) fn take_notes(&self) -> Vec<Note> {
        self.scratch.notes.take()
    }

    /// Adds what another has met.
    pub(crate) fn merge_notes(&self, other: &Self) {
        self.scratch.notes.merge(&other.scratch.notes);
    }
}
