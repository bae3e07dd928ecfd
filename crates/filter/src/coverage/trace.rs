//! Traces how far events come in rules that match no event.
//!
//! A rule is a set of alternatives. Each alternative is a sequence of conditions that must all
//! hold. An event comes as far as the first condition that does not hold for it. Only the events
//! that came farthest are counted.
//!
//! The conditions of all alternatives are searched for together ([`Presearch`]). A condition for
//! which there is nothing to search is tried by itself, but not on very large events if there are
//! many such conditions.

use std::collections::BTreeSet;
use std::sync::Arc;

use events::{EventView, Note};
use rustc_hash::FxHashMap;

use super::alternative::{Alternative, Condition, Farthest};
use super::seen::{SeenEvents, Suggestions};
use super::why::{Nearest, Why};
use crate::ast;
use crate::data_types::DataTypes;
use crate::error::visible;
use crate::fields::FieldNames;
use crate::matcher::context::MatchContext;
use crate::matcher::node::Node;
use crate::matcher::presearch::{Presearch, PresearchBuilder};
use crate::matcher::scratch::Scratch;
use crate::subject::data_type;

/// The maximum number of traced alternatives that require a data type, and of those that require
/// none. The latter are tried on every event. The matches of a list of a hundred thousand hashes
/// are counted, but not all its rules are traced.
const MAXIMUM_TYPED: usize = 4_096;
const MAXIMUM_UNTYPED: usize = 256;

/// The maximum number of conditions in all of them. A filter of Sigma adds its conditions to every
/// rule, so a few thousand lines can make a million.
const MAXIMUM_CONDITIONS: usize = 1 << 17;

/// Event data of at most this size, in bytes, is traced in all alternatives. Most has less than one
/// KiB; the largest seen in real stores has 170 KB.
const LARGE: usize = 64 << 10;

/// How many bytes of larger event data are looked at, at most, to try conditions one by one. A
/// condition counts with the size of the event data.
const MAXIMUM_TRIED: usize = 16 << 20;

/// The alternatives that are traced.
#[derive(Debug, Clone, Default)]
pub(super) struct Traces {
    followed: Vec<Alternative>,
    by_data_type: FxHashMap<Box<str>, Vec<usize>>,
    of_any: Vec<usize>,
    typed: usize,
    conditions: usize,
    presearch: Presearch,
    scratch: Scratch,
    /// How many events were too large for some of the alternatives.
    too_large: u64,
}

impl Traces {
    /// Traces a rule, unless there are too many.
    pub(super) fn add(
        &mut self,
        rule: usize,
        root: &ast::Node,
        compiled: &Node,
        presearch: &mut PresearchBuilder,
    ) {
        match (root, compiled) {
            (ast::Node::Or(roots), Node::Or(nodes)) => {
                for (root, node) in roots.iter().zip(nodes) {
                    self.add(rule, root, node, presearch);
                }
            }
            _ => self.add_alternative(rule, root, compiled, presearch),
        }
    }

    fn add_alternative(
        &mut self,
        rule: usize,
        root: &ast::Node,
        compiled: &Node,
        presearch: &mut PresearchBuilder,
    ) {
        let mut conditions = Vec::new();
        conjuncts(root, compiled, &mut conditions);
        if self.conditions + conditions.len() > MAXIMUM_CONDITIONS {
            return;
        }
        let data_types = DataTypes::of(root).map(|types| types.names);
        let number = self.followed.len();
        match &data_types {
            Some(types) => {
                if self.typed >= MAXIMUM_TYPED {
                    return;
                }
                self.typed += 1;
                for data_type in types {
                    self.by_data_type.entry((*data_type).into()).or_default().push(number);
                }
            }
            None if self.of_any.len() >= MAXIMUM_UNTYPED => return,
            None => self.of_any.push(number),
        }
        self.conditions += conditions.len();
        // The conditions on the data type come first: events of other data types are not traced.
        conditions.sort_by_key(|(root, _)| DataTypes::of(root).is_none());
        let typed = conditions.iter().filter(|(root, _)| DataTypes::of(root).is_some()).count();
        let conditions = conditions.into_iter().map(|(root, node)| Condition {
            text: visible(&root.to_string()),
            node: node.clone(),
            number: presearch.add(node),
        });
        let conditions: Arc<[_]> = conditions.collect();
        let tried = conditions.iter().filter(|condition| !presearch.decides(condition.number));
        self.followed.push(Alternative {
            rule,
            tries: tried.map(|condition| condition.node.size()).sum(),
            conditions,
            typed,
            data_types: data_types.map(|types| types.into_iter().map(str::to_owned).collect()),
            farthest: Farthest::default(),
        });
    }

    /// Prepares for tracing. `fields` are those inside attributes that the rules compare.
    pub(super) fn finish(self, presearch: PresearchBuilder, fields: Arc<FieldNames>) -> Self {
        Self { presearch: presearch.finish(), scratch: Scratch::new(fields), ..self }
    }

    pub(super) fn begin_range(&mut self) {
        self.followed.iter_mut().for_each(|alternative| alternative.farthest.tried = 0);
    }

    /// Traces the event in the rules that are still of interest.
    pub(super) fn follow(&mut self, event: &EventView<'_>, is_of_interest: impl Fn(usize) -> bool) {
        let Some(data) = event.data else { return };
        let typed = self.by_data_type.get(&*data_type(data));
        let context = MatchContext::new(event, &self.scratch);
        self.presearch.begin_event();
        let (size, mut tries, mut is_too_large) = (data.size(), 0_usize, false);
        for number in self.of_any.iter().chain(typed.into_iter().flatten()) {
            let alternative = &mut self.followed[*number];
            // Counted for all rules, of interest or not: which are depends on the threads.
            tries += alternative.tries;
            if size > LARGE && alternative.tries > 0 && size.saturating_mul(tries) > MAXIMUM_TRIED {
                is_too_large = true;
            } else if is_of_interest(alternative.rule) {
                alternative.follow(&context, &mut self.presearch);
            }
        }
        self.too_large += u64::from(is_too_large);
    }

    /// Returns a note if events were too large.
    pub(super) fn note(&self) -> Option<Note> {
        let message = "an event is so large that some of the rules that match nothing were not tried on it, to \
                       say where they fail";
        (self.too_large > 0).then(|| Note { message: message.into(), count: self.too_large })
    }

    pub(super) fn merge(&mut self, other: Self) {
        for (alternative, more) in self.followed.iter_mut().zip(other.followed) {
            alternative.farthest.merge(more.farthest);
        }
        self.too_large += other.too_large;
    }

    fn of_rule(&self, rule: usize) -> impl Iterator<Item = &Alternative> {
        let start = self.followed.partition_point(|alternative| alternative.rule < rule);
        self.followed[start..].iter().take_while(move |alternative| alternative.rule == rule)
    }

    /// Returns the alternative in which events came farthest.
    fn best(&self, rule: usize) -> Option<&Alternative> {
        self.of_rule(rule).max_by_key(|alternative| {
            let Farthest { depth, events, .. } = alternative.farthest;
            // If events came equally far in two alternatives, the one with fewer conditions wins.
            (events > 0, depth, std::cmp::Reverse(alternative.conditions.len()))
        })
    }

    /// Returns an event that came close to matching a rule that matches none.
    pub(super) fn nearest(&self, rule: usize) -> Option<Nearest> {
        let best = self.best(rule)?;
        let Farthest { depth, first, .. } = best.farthest;
        Some(Nearest { event: first?, met: depth.saturating_sub(best.typed) })
    }

    /// Returns why a rule matches no event, from the alternative in which events came farthest.
    pub(super) fn why(&self, rule: usize, seen: &SeenEvents, suggestions: Option<&Suggestions>) -> Why {
        let Some(best) = self.best(rule) else { return Why::NotFollowed };
        if best.farthest.events > 0 {
            return best.why(seen, suggestions);
        }
        if seen.events() == seen.unreadable() {
            return Why::NoEvents;
        }
        if self.too_large > 0 {
            return Why::NotFollowed;
        }
        let types = self.of_rule(rule).filter_map(|alternative| alternative.data_types.as_ref()).flatten();
        let types: BTreeSet<&String> = types.collect();
        Why::NoDataType {
            nearest: suggestions.and_then(|suggestions| {
                types.iter().find_map(|name| seen.nearest_data_type(name, suggestions))
            }),
            data_types: types.into_iter().map(|name| visible(name)).collect(),
        }
    }
}

/// Adds the conditions that must all hold to `out`, in the order of the source.
fn conjuncts<'e>(root: &'e ast::Node, compiled: &'e Node, out: &mut Vec<(&'e ast::Node, &'e Node)>) {
    match (root, compiled) {
        (ast::Node::And(roots), Node::And(nodes)) => {
            roots.iter().zip(nodes).for_each(|(root, node)| conjuncts(root, node, out));
        }
        _ => out.push((root, compiled)),
    }
}

#[cfg(test)]
mod tests {
    use events::AttributeNames;
    use testing::Sample;

    use crate::coverage::{Coverage, SeenEvents, Suggestions};
    use crate::rules::tagging_file;

    use super::Why;

    /// Shows the event to as many rules as that; returns the coverage.
    fn shown(sample: &Sample, rules: usize, rule: impl Fn(usize) -> String) -> (Coverage, SeenEvents) {
        let rules: String = (0..rules).map(|number| format!("  {}\n", rule(number))).collect();
        let file = tagging_file::parse("rules.txt", &format!("label\n{rules}")).unwrap();
        let mut names = AttributeNames::default();
        let mut coverage = Coverage::of_rules(&file, &mut names).unwrap();
        let mut seen = SeenEvents::default();
        sample.look(&names, |event| {
            coverage.find(event);
            coverage.count(event);
            seen.see(event);
        });
        (coverage, seen)
    }

    #[test]
    fn conditions_are_searched_for_together() {
        let sample = Sample::new(r#""v": "some text", "n": 5"#);
        let tried = |rules, rule: fn(usize) -> String| shown(&sample, rules, rule).0.traces.presearch.tried();
        let searched =
            |number| format!("data_type is 'test:one' and v contains 'other {number}' and not n is {number}");
        assert_eq!((tried(100, searched), tried(1_000, searched)), (0, 0));
        let unsearchable = |number| format!("data_type is 'test:one' and not n is 5 and n > {number}");
        assert_eq!((tried(100, unsearchable), tried(1_000, unsearchable)), (100, 1_000));
    }

    /// Filters of Sigma make such rules.
    #[test]
    fn conditions_are_traced_up_to_a_limit() {
        let conditions = |rule: usize| (0..999).map(move |n| format!(" and n is {}", rule * 1_000 + n));
        let rule = |rule| format!("data_type is 'test:one'{}", conditions(rule).collect::<String>());
        let (coverage, seen) = shown(&Sample::new(r#""n": 5"#), 140, rule);
        assert_eq!(coverage.traces.conditions, 131_000);
        let rules = &coverage.finish(&seen, Some(&Suggestions::default())).labels[0].rules;
        assert_eq!(rules.iter().filter(|rule| rule.why == Some(Why::NotFollowed)).count(), 9);
    }

    #[test]
    fn many_conditions_are_not_tried_on_a_large_event() {
        let sample = Sample::new(format!(r#""v": "{}""#, "x".repeat(1 << 20)));
        let rule = |number| format!("data_type is 'test:one' and v regexp '^[a-z]{{{}}}$'", number + 1);
        let tried = |rules| {
            let (coverage, seen) = shown(&sample, rules, rule);
            let tried = coverage.traces.presearch.tried();
            let covered = coverage.finish(&seen, Some(&Suggestions::default()));
            let notes: Vec<_> = covered.notes.iter().map(|note| note.count).collect();
            let followed = covered.labels[0].rules.iter().filter(|rule| rule.why != Some(Why::NotFollowed));
            (tried, followed.count(), notes)
        };
        assert_eq!(tried(10), (10, 10, vec![]));
        assert_eq!((tried(100), tried(200)), ((15, 15, vec![1]), (15, 15, vec![1])));
    }
}
