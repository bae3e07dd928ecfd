//! Counts how many events of a store each rule or a filter matches, and says why if there are none.
//!
//! The matcher that gives labels also counts; for this, each rule is a label of its own. In
//! addition, each rule that has not matched yet is traced: how many of its conditions hold for the
//! event that comes farthest, and which value the next condition saw there ([`trace`]).
//!
//! Threads can share the work: each shows a part of the events to a clone of the [`Coverage`], and
//! the clones are merged. The result does not depend on how the events were divided.

mod alternative;
mod seen;
mod trace;
mod why;

use std::sync::Arc;

use events::{AttributeNames, EventId, EventView, Label, Note, Reads, Timestamp};

use crate::ast::Expression;
use crate::compile::Compiler;
use crate::diagnostics::Diagnostics;
use crate::error::FilterError;
use crate::fields::FieldNames;
use crate::matcher::Matcher;
use crate::matcher::planner::Planner;
use crate::matcher::presearch::PresearchBuilder;
use crate::matcher::witness;
use crate::pattern::begin_task;
use crate::rules::Rules;
use crate::rules::meaning::LabelSeverity;

pub use seen::{SeenEvents, Suggestions};
use trace::Traces;
pub use why::{Example, Nearest, Why};

/// Counts the events that rules match.
#[derive(Debug, Clone)]
pub struct Coverage {
    rules: Vec<Counted>,
    /// Empty for a filter.
    labels: Vec<CountedLabel>,
    matcher: Matcher,
    traces: Traces,
    reads: Reads,
    matched: Vec<usize>,
    /// The first events that a filter matches.
    first: Vec<EventId>,
}

/// The maximum number of events in [`Covered::first`].
const MAXIMUM_FIRST: usize = 10;

/// A rule and the events that it has matched.
#[derive(Debug, Clone)]
struct Counted {
    label: usize,
    line: usize,
    expression: Arc<str>,
    tally: Tally,
    cost: Cost,
    /// The last event on which it was tried.
    last_tried: Option<EventId>,
}

/// How many events matched, and the times of the first and the last.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// The number of events.
    pub events: u64,
    /// The times of the first and the last of them. Times that say nothing do not count:
    /// [`Timestamp::is_usable`].
    pub times: Option<(Timestamp, Timestamp)>,
}

/// A label whose events are being counted.
#[derive(Debug, Clone)]
struct CountedLabel {
    label: Label,
    severity: Option<LabelSeverity>,
    tally: Tally,
}

/// What a rule costs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cost {
    /// The number of events on which the rule was tried by itself.
    pub tried: u64,
    /// Whether events that may match are found by a search for a text or a value that the rule
    /// requires. Otherwise the rule is tried on every event, or on every event that has an
    /// attribute.
    pub is_searched_for: bool,
}

/// The result of a [`Coverage`].
#[derive(Debug, Clone)]
pub struct Covered {
    /// Returns the labels in the order of their source. A filter has one entry, without a label.
    pub labels: Vec<CoveredLabel>,
    /// The first events that a filter matches, at most ten, in the order of the store. Empty for
    /// rules.
    pub first: Vec<EventId>,
    /// Notes from matching, such as values that could not be compared.
    pub notes: Vec<Note>,
}

/// The events that the rules of one label have matched.
#[derive(Debug, Clone)]
pub struct CoveredLabel {
    /// The label, or `None` for a filter.
    pub label: Option<Label>,
    /// How serious the events of the label are, if the rules say so.
    pub severity: Option<LabelSeverity>,
    /// The events that get the label.
    pub tally: Tally,
    /// The rules of the label in the order of their source.
    pub rules: Vec<CoveredRule>,
}

/// The events that one rule has matched.
#[derive(Debug, Clone)]
pub struct CoveredRule {
    /// The line of the rule, from 1.
    pub line: usize,
    /// The text of the rule.
    pub expression: Arc<str>,
    /// The events that the rule matches. Other rules of the same label may match them too.
    pub tally: Tally,
    /// What the rule costs.
    pub cost: Cost,
    /// Why the rule matches no event, or `None` if it matches some.
    pub why: Option<Why>,
    /// An event that came close, if the rule matches none.
    pub nearest: Option<Nearest>,
}

impl Coverage {
    /// Prepares to count what rules match. Registers in `names` the attributes of event data that
    /// they read.
    ///
    /// # Errors
    ///
    /// Those of [`RuleSet::compile`](crate::RuleSet::compile).
    pub fn of_rules(rules: &Rules, names: &mut AttributeNames) -> Result<Self, Diagnostics> {
        let mut compiler = Compiler::new(names, false);
        let mut parts = Parts::default();
        rules.compile_each(|rule, condition| {
            parts.add(condition, rule.label(), rule.place().line, &mut compiler)
        })?;
        let fields = compiler.take_fields();
        let labels = rules.meanings().map(|(label, meaning)| CountedLabel {
            label: label.clone(),
            severity: meaning.severity,
            tally: Tally::default(),
        });
        Ok(parts.finish(labels.collect(), compiler.reads, fields))
    }

    /// Prepares to count what a filter matches. Registers in `names` the attributes of event data
    /// that it reads.
    ///
    /// # Errors
    ///
    /// Those of [`Filter::compile`](crate::Filter::compile).
    pub fn of_filter(expression: &Expression, names: &mut AttributeNames) -> Result<Self, FilterError> {
        let mut compiler = Compiler::new(names, true);
        let mut parts = Parts::default();
        parts.add(expression, 0, 1, &mut compiler)?;
        let fields = compiler.take_fields();
        Ok(parts.finish(Vec::new(), compiler.reads, fields))
    }

    /// Returns the parts of an event that must be read, in addition to its data type.
    #[must_use]
    pub fn reads(&self) -> &Reads {
        &self.reads
    }

    /// Starts a new range of events. Only the first events of a range are examined closely. So the
    /// ranges must be the same in every run, or the results would differ.
    pub fn begin_range(&mut self) {
        self.traces.begin_range();
        self.matcher.forget_event();
        // Notes count the texts that were not decided.
        let _ = begin_task();
    }

    /// Finds the rules that match an event. Call [`count`](Self::count) next if the event could be
    /// read. Do not call it otherwise: an unreadable event is not counted.
    pub fn find(&mut self, event: &EventView<'_>) {
        self.matcher.find(event, &mut self.matched);
    }

    /// Counts the event for the rules that the last call of [`find`](Self::find) found.
    pub fn count(&mut self, event: &EventView<'_>) {
        let time = event.event.timestamp;
        let mut last_label = None;
        for &rule in &self.matched {
            let Counted { label, tally, .. } = &mut self.rules[rule];
            tally.count(time);
            // The rules of a label follow one another.
            if last_label.replace(*label) != Some(*label)
                && let Some(CountedLabel { tally, .. }) = self.labels.get_mut(*label)
            {
                tally.count(time);
            }
        }
        if self.labels.is_empty() && !self.matched.is_empty() {
            self.add_first(event.event.id);
        }
        let id = event.event.id;
        let rules = &mut self.rules;
        self.matcher.see_tried(|rule| {
            let Counted { cost, last_tried, .. } = &mut rules[rule as usize];
            cost.tried += u64::from(last_tried.replace(id) != Some(id));
        });
        let rules = &self.rules;
        self.traces.follow(event, |rule| rules[rule].tally.events == 0);
    }

    /// Keeps a matching event if it is among the first.
    fn add_first(&mut self, event: EventId) {
        let at = self.first.partition_point(|earlier| *earlier < event);
        if at < MAXIMUM_FIRST {
            self.first.insert(at, event);
            self.first.truncate(MAXIMUM_FIRST);
        }
    }

    /// Adds the counts of a clone.
    pub fn merge(&mut self, other: Self) {
        let tallies = self.rules.iter_mut().map(|rule| &mut rule.tally);
        for (tally, more) in tallies.zip(other.rules.iter().map(|rule| rule.tally)) {
            tally.merge(more);
        }
        for (rule, more) in self.rules.iter_mut().zip(&other.rules) {
            rule.cost.tried += more.cost.tried;
        }
        for (CountedLabel { tally, .. }, CountedLabel { tally: more, .. }) in
            self.labels.iter_mut().zip(&other.labels)
        {
            tally.merge(*more);
        }
        other.first.into_iter().for_each(|event| self.add_first(event));
        self.traces.merge(other.traces);
        self.matcher.merge_notes(&other.matcher);
    }

    /// Returns the counts. `seen` helps to say why a rule matches no event. Without `suggestions`,
    /// no other name is suggested, for rules whose names are right.
    #[must_use]
    pub fn finish(self, seen: &SeenEvents, suggestions: Option<&Suggestions>) -> Covered {
        let mut notes = self.matcher.take_notes();
        notes.extend(self.traces.note());
        let rules = self.rules.into_iter().enumerate().map(|(number, counted)| {
            let Counted { label, line, expression, tally, cost, last_tried: _ } = counted;
            let why = (tally.events == 0).then(|| self.traces.why(number, seen, suggestions));
            let nearest = why.as_ref().and_then(|_| self.traces.nearest(number));
            (label, CoveredRule { line, expression, tally, cost, why, nearest })
        });
        let rules = rules.collect::<Vec<_>>();
        let mut labels: Vec<_> = match self.labels.is_empty() {
            true => {
                let tally = rules.first().map(|(_, rule)| rule.tally).unwrap_or_default();
                vec![CoveredLabel { label: None, severity: None, tally, rules: Vec::new() }]
            }
            false => {
                let labels = self.labels.into_iter();
                labels
                    .map(|CountedLabel { label, severity, tally }| CoveredLabel {
                        label: Some(label),
                        severity,
                        tally,
                        rules: Vec::new(),
                    })
                    .collect()
            }
        };
        for (label, rule) in rules {
            labels[label].rules.push(rule);
        }
        Covered { labels, first: self.first, notes }
    }
}

impl Tally {
    fn count(&mut self, time: Option<Timestamp>) {
        let usable = time.filter(|time| time.is_usable());
        self.merge(Self { events: 1, times: usable.map(|time| (time, time)) });
    }

    fn merge(&mut self, other: Self) {
        self.events += other.events;
        self.times = match (self.times, other.times) {
            (Some((first, last)), Some((other_first, other_last))) => {
                Some((first.min(other_first), last.max(other_last)))
            }
            (times, None) | (None, times) => times,
        };
    }
}

/// The parts of a [`Coverage`] that is being built.
#[derive(Default)]
struct Parts {
    rules: Vec<Counted>,
    planner: Planner,
    traces: Traces,
    presearch: PresearchBuilder,
}

impl Parts {
    fn add(
        &mut self,
        expression: &Expression,
        label: usize,
        line: usize,
        compiler: &mut Compiler<'_>,
    ) -> Result<(), FilterError> {
        let node = compiler.compile(expression)?;
        let number = self.rules.len();
        self.traces.add(number, &expression.root, &node, &mut self.presearch);
        let cost = Cost { tried: 0, is_searched_for: witness::is_searched_for(&node) };
        self.planner.add(node, number);
        self.rules.push(Counted {
            label,
            line,
            expression: expression.to_string().into(),
            tally: Tally::default(),
            cost,
            last_tried: None,
        });
        Ok(())
    }

    fn finish(self, labels: Vec<CountedLabel>, reads: Reads, fields: Arc<FieldNames>) -> Coverage {
        let traces = self.traces.finish(self.presearch, Arc::clone(&fields));
        Coverage {
            labels,
            matcher: Matcher::new(self.planner, self.rules.len(), fields),
            rules: self.rules,
            traces,
            reads: Reads { event_data: true, ..reads },
            matched: Vec::new(),
            first: Vec::new(),
        }
    }
}
