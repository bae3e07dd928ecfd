//! What rules, or a filter, match in a store: how many events, and if none, why.
//!
//! Counting is done by the same matcher that gives labels, only that every rule counts as a label
//! of its own. Beside it, each rule that has not matched yet is followed: how many of its
//! conditions hold for the event that comes farthest, and what the next one saw there ([`trace`]).
//!
//! A [`Coverage`] can be cloned, each clone shown another part of the events, and the clones
//! merged; what comes out does not depend on how the events were parted.

mod seen;
mod trace;

use std::sync::Arc;

use events::{AttributeNames, EventView, Label, Note, Reads, Timestamp};

use crate::ast::Expression;
use crate::compile::Compiler;
use crate::diagnostics::Diagnostics;
use crate::error::FilterError;
use crate::fields::FieldNames;
use crate::matcher::Matcher;
use crate::matcher::planner::Planner;
use crate::rules::Rules;

pub use seen::SeenEvents;
use trace::Traces;
pub use trace::{Example, Why};

/// Counts what rules match.
#[derive(Debug, Clone)]
pub struct Coverage {
    rules: Vec<Counted>,
    /// Nothing for a filter.
    labels: Vec<(Label, Tally)>,
    matcher: Matcher,
    traces: Traces,
    reads: Reads,
    matched: Vec<usize>,
}

/// A rule and what it has matched.
#[derive(Debug, Clone)]
struct Counted {
    label: usize,
    line: usize,
    expression: String,
    tally: Tally,
}

/// How many events were matched, and when these happened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// The number of events.
    pub events: u64,
    /// The times of the first and the last of them.
    pub times: Option<(Timestamp, Timestamp)>,
}

/// What rules have matched.
#[derive(Debug, Clone)]
pub struct Covered {
    /// The labels in the order of their source; for a filter one without a label.
    pub labels: Vec<CoveredLabel>,
    /// What was met while matching.
    pub notes: Vec<Note>,
}

/// What the rules of one label have matched.
#[derive(Debug, Clone)]
pub struct CoveredLabel {
    /// The label; nothing for a filter.
    pub label: Option<Label>,
    /// The events that have it.
    pub tally: Tally,
    /// Its rules in the order of their source.
    pub rules: Vec<CoveredRule>,
}

/// What one rule has matched.
#[derive(Debug, Clone)]
pub struct CoveredRule {
    /// The line it stands in, from 1.
    pub line: usize,
    /// The rule.
    pub expression: String,
    /// The events it matches, whether or not others of its label match them, too.
    pub tally: Tally,
    /// Why it matches none.
    pub why: Option<Why>,
}

impl Coverage {
    /// Counts what rules match; `names` learns the attributes of event data that they read.
    ///
    /// # Errors
    ///
    /// Those of [`RuleSet::compile`](crate::RuleSet::compile).
    pub fn of_rules(rules: &Rules, names: &mut AttributeNames) -> Result<Self, Diagnostics> {
        let mut compiler = Compiler::new(names, false);
        let mut parts = Parts::default();
        rules.compile_each(|rule| parts.add(&rule.condition, rule.label, rule.place.line, &mut compiler))?;
        let fields = compiler.take_fields();
        Ok(parts.finish(rules.labels().cloned().collect(), compiler.reads, fields))
    }

    /// Counts what a filter matches; `names` learns the attributes of event data that it reads.
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

    /// What has to be known of an event, beside its data type.
    #[must_use]
    pub fn reads(&self) -> &Reads {
        &self.reads
    }

    /// Says that a range of events begins. Some events of every range are looked at more closely,
    /// so ranges must not depend on who looks at them.
    pub fn begin_range(&mut self) {
        self.traces.begin_range();
    }

    /// Finds the rules that match an event with its data. If the event can be read,
    /// [`count`](Self::count) must follow; an event that cannot be read counts for nothing.
    pub fn find(&mut self, event: &EventView<'_>) {
        self.matcher.find(event, &mut self.matched);
    }

    /// Counts the event for the rules that were found last.
    pub fn count(&mut self, event: &EventView<'_>) {
        let time = event.event.timestamp;
        let mut last_label = None;
        for &rule in &self.matched {
            let Counted { label, tally, .. } = &mut self.rules[rule];
            tally.count(time);
            // The rules of a label stand together.
            if last_label.replace(*label) != Some(*label)
                && let Some((_, tally)) = self.labels.get_mut(*label)
            {
                tally.count(time);
            }
        }
        let rules = &self.rules;
        self.traces.follow(event, |rule| rules[rule].tally.events == 0);
    }

    /// Adds what a clone has counted.
    pub fn merge(&mut self, other: Self) {
        let tallies = self.rules.iter_mut().map(|rule| &mut rule.tally);
        for (tally, more) in tallies.zip(other.rules.iter().map(|rule| rule.tally)) {
            tally.merge(more);
        }
        for ((_, tally), (_, more)) in self.labels.iter_mut().zip(&other.labels) {
            tally.merge(*more);
        }
        self.traces.merge(other.traces);
        self.matcher.merge_notes(&other.matcher);
    }

    /// What was counted, and why rules match nothing among these events.
    #[must_use]
    pub fn finish(self, seen: &SeenEvents) -> Covered {
        let notes = self.matcher.take_notes();
        let rules = self.rules.into_iter().enumerate().map(|(number, counted)| {
            let Counted { label, line, expression, tally } = counted;
            let why = (tally.events == 0).then(|| self.traces.why(number, seen));
            (label, CoveredRule { line, expression, tally, why })
        });
        let rules = rules.collect::<Vec<_>>();
        let mut labels: Vec<_> = match self.labels.is_empty() {
            true => {
                let tally = rules.first().map(|(_, rule)| rule.tally).unwrap_or_default();
                vec![CoveredLabel { label: None, tally, rules: Vec::new() }]
            }
            false => {
                let labels = self.labels.into_iter();
                labels
                    .map(|(label, tally)| CoveredLabel { label: Some(label), tally, rules: Vec::new() })
                    .collect()
            }
        };
        for (label, rule) in rules {
            labels[label].rules.push(rule);
        }
        Covered { labels, notes }
    }
}

impl Tally {
    fn count(&mut self, time: Option<Timestamp>) {
        self.merge(Self { events: 1, times: time.map(|time| (time, time)) });
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

/// A coverage in the making.
#[derive(Default)]
struct Parts {
    rules: Vec<Counted>,
    planner: Planner,
    traces: Traces,
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
        self.traces.add(number, &expression.root, &node);
        self.planner.add(node, number);
        self.rules.push(Counted { label, line, expression: expression.to_string(), tally: Tally::default() });
        Ok(())
    }

    fn finish(mut self, labels: Vec<Label>, reads: Reads, fields: Arc<FieldNames>) -> Coverage {
        self.traces.fields = Arc::clone(&fields);
        Coverage {
            labels: labels.into_iter().map(|label| (label, Tally::default())).collect(),
            matcher: Matcher::new(self.planner, self.rules.len(), fields),
            rules: self.rules,
            traces: self.traces,
            reads: Reads { event_data: true, ..reads },
            matched: Vec::new(),
        }
    }
}
