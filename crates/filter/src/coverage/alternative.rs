//! One alternative of a traced rule, and the events that came farthest in it.

use std::collections::BTreeSet;
use std::sync::Arc;

use events::EventId;

use super::seen::{SeenEvents, Suggestions};
use super::why::{Example, Why};
use crate::explain::value_seen::value_seen;
use crate::matcher::context::MatchContext;
use crate::matcher::node::Node;
use crate::matcher::presearch::Presearch;
use crate::subject::Subject;

/// The maximum number of example values.
const EXAMPLES: usize = 3;

/// How many events of a range are examined for example values.
const TRIED: usize = 8;

/// Conditions that must all hold.
#[derive(Debug, Clone)]
pub(super) struct Alternative {
    pub(super) rule: usize,
    /// The conditions on the data type come first. Threads share them.
    pub(super) conditions: Arc<[Condition]>,
    /// How many conditions are on the data type.
    pub(super) typed: usize,
    pub(super) data_types: Option<BTreeSet<String>>,
    /// How many comparisons may have to be tried one by one.
    pub(super) tries: usize,
    pub(super) farthest: Farthest,
}

#[derive(Debug, Clone)]
pub(super) struct Condition {
    pub(super) text: String,
    pub(super) node: Node,
    /// Its number in the presearch.
    pub(super) number: usize,
}

/// The events that came farthest.
#[derive(Debug, Clone, Default)]
pub(super) struct Farthest {
    /// How many conditions hold for them.
    pub(super) depth: usize,
    /// The first of them.
    pub(super) first: Option<EventId>,
    pub(super) events: u64,
    absent: u64,
    /// How many events of this range came this far and have the attribute.
    pub(super) tried: usize,
    /// Each value with the first event that has it, in the order of these events.
    examples: Vec<(EventId, Example)>,
}

impl Alternative {
    pub(super) fn follow(&mut self, context: &MatchContext<'_, '_>, presearch: &mut Presearch) {
        let mut holds = |Condition { number, node, .. }: &Condition| presearch.holds(*number, node, context);
        let Some(depth) = self.conditions.iter().position(|condition| !holds(condition)) else { return };
        let farthest = &mut self.farthest;
        if depth < farthest.depth {
            return;
        }
        if depth > farthest.depth {
            *farthest = Farthest { depth, ..Farthest::default() };
        }
        farthest.events += 1;
        let event = context.event.event.id;
        farthest.first = Some(farthest.first.map_or(event, |first| first.min(event)));
        let Some((attribute, seen)) = first_present(&self.conditions[depth].node, context) else {
            farthest.absent += 1;
            return;
        };
        farthest.tried += 1;
        if farthest.tried <= TRIED
            && farthest.has_room_for(event)
            && let Some(value) = value_seen(seen, context)
        {
            farthest.show(event, Example { attribute: attribute.to_owned(), value });
        }
    }

    pub(super) fn why(&self, seen: &SeenEvents, suggestions: Option<&Suggestions>) -> Why {
        let Farthest { depth, events, absent, examples, .. } = &self.farthest;
        let Condition { text, node, .. } = &self.conditions[*depth];
        match node {
            Node::Condition(_) | Node::Check(_) if absent == events => {
                let attribute = attribute_of(node).unwrap_or_default();
                let types = self.data_types.as_ref().map(|types| types.iter().map(String::as_str));
                Why::NoAttribute {
                    condition: text.clone(),
                    attribute: attribute.to_owned(),
                    events: *events,
                    nearest: suggestions
                        .and_then(|suggestions| seen.nearest_attribute(attribute, types, suggestions)),
                }
            }
            _ => Why::NeverTrue {
                condition: text.clone(),
                events: *events,
                absent: *absent,
                examples: examples.iter().map(|(_, example)| example.clone()).collect(),
            },
        }
    }
}

impl Farthest {
    fn has_room_for(&self, event: EventId) -> bool {
        self.examples.len() < EXAMPLES || self.examples.last().is_some_and(|(last, _)| event < *last)
    }

    /// Keeps the example if its event is among the first.
    fn show(&mut self, event: EventId, example: Example) {
        match self.examples.iter_mut().find(|(_, held)| *held == example) {
            Some((held, _)) => *held = event.min(*held),
            None => self.examples.push((event, example)),
        }
        self.examples.sort_unstable();
        self.examples.truncate(EXAMPLES);
    }

    pub(super) fn merge(&mut self, other: Self) {
        if other.events == 0 || (self.events > 0 && other.depth < self.depth) {
            return;
        }
        if self.events == 0 || other.depth > self.depth {
            *self = other;
            return;
        }
        self.events += other.events;
        self.first = self.first.min(other.first);
        self.absent += other.absent;
        other.examples.into_iter().for_each(|(event, example)| self.show(event, example));
    }
}

/// Returns the first comparison whose attribute the event has, and this attribute.
fn first_present<'n>(node: &'n Node, context: &MatchContext<'_, '_>) -> Option<(&'n str, &'n Node)> {
    match node {
        Node::And(nodes) | Node::Or(nodes) => nodes.iter().find_map(|node| first_present(node, context)),
        Node::Not(node) | Node::Member(_, node) => first_present(node, context),
        Node::Constant(_) => None,
        Node::Time(_) => Some(("timestamp", node)),
        Node::Condition(condition) => {
            let is_there = match condition.subject {
                Subject::Field(field) => {
                    context.with_split(field, |split| split.values(field).next().is_some())
                }
                subject => context.with_value(subject, |value| value.is_some()),
            };
            is_there.then_some((&*condition.attribute, node))
        }
        Node::Check(check) => context.has(check.subject).then_some((&*check.attribute, node)),
    }
}

fn attribute_of(node: &Node) -> Option<&str> {
    match node {
        Node::Condition(condition) => Some(&condition.attribute),
        Node::Check(check) => Some(&check.attribute),
        _ => None,
    }
}
