//! Rules that are about the same events, and how to find those that an event meets.

use crate::matcher::context::MatchContext;
use crate::matcher::literals::LiteralMatcher;
use crate::matcher::matched::MatchedLabels;
use crate::matcher::node::Node;
use crate::matcher::outcome::{Follow, Outcome};
use crate::subject::Subject;

/// Rules that are about the same events.
#[derive(Debug, Clone, Default)]
pub(crate) struct Bucket {
    /// What follows for each of these events.
    pub(crate) always: Vec<Outcome>,
    pub(crate) literals: Vec<(Subject, LiteralMatcher)>,
}

/// What is left to try of a rule once its witness was found.
#[derive(Debug, Clone)]
pub(crate) struct Rest {
    pub(crate) label: u32,
    /// The bucket that must have been reached, if a bucket above it looks for the rule's witnesses.
    pub(crate) bucket: Option<u32>,
    /// What depends on the event data alone; all must hold.
    pub(crate) of_data: Vec<Node>,
    /// What depends on the event itself.
    pub(crate) of_event: Vec<Node>,
}

/// Buckets and rules, which refer to each other by their numbers. The first bucket is about all
/// events.
#[derive(Debug, Clone, Default)]
pub(crate) struct Plan {
    pub(crate) buckets: Vec<Bucket>,
    pub(crate) rules: Vec<Rest>,
}

/// Finds what the event data of one event meets.
pub(crate) struct Search<'s, 'e, 'v> {
    plan: &'s Plan,
    context: &'s MatchContext<'e, 'v>,
    labels: MatchedLabels<'s>,
    tried: &'s mut Tried,
    /// The rules whose part about the event itself is still to be tried.
    pending: &'s mut Vec<u32>,
}

/// Which rules were tried for an event data, so that none is tried twice.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tried {
    /// For each rule the last search that tried it.
    rules: Vec<u64>,
    /// For each bucket the last search that reached it.
    buckets: Vec<u64>,
    search: u64,
    /// How many rules were tried so far.
    pub(crate) count: u64,
    /// The labels of the rules that this search tried. A label may be there several times.
    pub(crate) labels: Vec<u32>,
}

impl Tried {
    pub(crate) fn new(plan: &Plan) -> Self {
        let (rules, buckets) = (vec![0; plan.rules.len()], vec![0; plan.buckets.len()]);
        Self { rules, buckets, ..Self::default() }
    }

    /// Notes that the rule is tried now; returns whether it is for the first time.
    fn is_first(&mut self, rule: u32) -> bool {
        let is_first = std::mem::replace(&mut self.rules[rule as usize], self.search) != self.search;
        self.count += u64::from(is_first);
        is_first
    }

    fn begin_search(&mut self) {
        self.search += 1;
        self.labels.clear();
    }
}

impl<'s, 'e, 'v> Search<'s, 'e, 'v> {
    /// Adds to `labels` what follows from the event data alone, and to `pending` the rules that
    /// depend on the event as well.
    pub(crate) fn run(
        plan: &'s Plan,
        context: &'s MatchContext<'e, 'v>,
        labels: MatchedLabels<'s>,
        tried: &'s mut Tried,
        pending: &'s mut Vec<u32>,
    ) {
        tried.begin_search();
        Self { plan, context, labels, tried, pending }.bucket(0);
    }

    fn bucket(&mut self, bucket: u32) {
        let plan = self.plan;
        let reached = &mut self.tried.buckets[bucket as usize];
        // Several values of a field may lead here.
        if std::mem::replace(reached, self.tried.search) == self.tried.search {
            return;
        }
        let bucket = &plan.buckets[bucket as usize];
        for outcome in &bucket.always {
            self.follow(*outcome);
        }
        for (subject, literals) in &bucket.literals {
            literals.find_exact(*subject, self.context, self);
        }
        // After all buckets below were reached: what is searched for here may be theirs.
        for (subject, literals) in &bucket.literals {
            literals.find_contained(*subject, self.context, self);
        }
    }

    fn rule(&mut self, number: u32) {
        let plan = self.plan;
        let rule = &plan.rules[number as usize];
        let is_reached = |bucket: u32| self.tried.buckets[bucket as usize] == self.tried.search;
        if !rule.bucket.is_none_or(is_reached) || self.labels.has(rule.label) || !self.tried.is_first(number)
        {
            return;
        }
        self.tried.labels.push(rule.label);
        if rule.of_data.iter().all(|node| node.matches(self.context)) {
            if rule.of_event.is_empty() {
                self.labels.add(rule.label);
            } else {
                self.pending.push(number);
            }
        }
    }
}

impl Follow for Search<'_, '_, '_> {
    fn follow(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Label(label) => {
                self.labels.add(label);
            }
            Outcome::Rule(rule) => self.rule(rule),
            Outcome::Bucket(bucket) => self.bucket(bucket),
        }
    }

    fn misses(&self, label: u32) -> bool {
        !self.labels.has(label)
    }
}
