//! What follows when something was found in an event.

use std::collections::BTreeSet;

/// What to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Outcome {
    /// The event gets this label.
    Label(u32),
    /// Try the rest of this rule.
    Rule(u32),
    /// Go on with these rules, which are about such events only.
    Bucket(u32),
}

/// Who follows what was found.
pub(crate) trait Follow {
    fn follow(&mut self, outcome: Outcome);

    /// Whether the event does not have the label yet.
    fn misses(&self, label: u32) -> bool;
}

/// More labels than these are not counted before a search: that would cost more than it saves.
const FEW: usize = 16;

/// The labels to which a search may lead, if they are few. Once an event has all of them, the
/// search can stop.
#[derive(Debug, Clone, Default)]
pub(crate) struct FewLabels(Option<Vec<u32>>);

impl FewLabels {
    pub(crate) fn new(labels: &BTreeSet<u32>) -> Self {
        Self((labels.len() <= FEW).then(|| labels.iter().copied().collect()))
    }

    /// How many of the labels the event does not have yet; more than there can be if they are not
    /// few.
    pub(crate) fn missing(&self, follow: &impl Follow) -> usize {
        match &self.0 {
            Some(labels) => labels.iter().filter(|label| follow.misses(**label)).count(),
            None => usize::MAX,
        }
    }
}

/// Lists of outcomes, one behind the other in one piece of memory: there may be a million.
#[derive(Debug, Clone, Default)]
pub(crate) struct OutcomeLists {
    /// Where each list ends.
    ends: Vec<u32>,
    outcomes: Vec<Outcome>,
}

impl OutcomeLists {
    /// Adds a list that begins with this outcome, and returns its number.
    pub(crate) fn push(&mut self, outcome: Outcome) -> u32 {
        self.outcomes.push(outcome);
        self.ends.push(number(self.outcomes.len()));
        number(self.ends.len() - 1)
    }

    /// Adds an outcome to the list that was added last.
    pub(crate) fn extend_last(&mut self, outcome: Outcome) {
        self.outcomes.push(outcome);
        if let Some(end) = self.ends.last_mut() {
            *end += 1;
        }
    }

    pub(crate) fn get(&self, list: u32) -> &[Outcome] {
        let list = list as usize;
        let start = if list == 0 { 0 } else { self.ends[list - 1] };
        &self.outcomes[start as usize..self.ends[list] as usize]
    }
}

/// A position as it is stored.
pub(crate) fn number(position: usize) -> u32 {
    u32::try_from(position).expect("rules of at most 64 MiB have fewer than 2^32 parts")
}
