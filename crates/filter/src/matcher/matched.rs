//! The labels of an event while it is matched.

/// The labels of the rules that the event has met so far.
pub(crate) struct MatchedLabels<'f> {
    has: &'f mut [bool],
    labels: &'f mut Vec<usize>,
}

impl<'f> MatchedLabels<'f> {
    /// Collects labels in `labels`; `has` says for each label whether it is among them.
    pub(crate) fn new(has: &'f mut [bool], labels: &'f mut Vec<usize>) -> Self {
        Self { has, labels }
    }

    pub(crate) fn has(&self, label: u32) -> bool {
        self.has[label as usize]
    }

    /// Adds a label. Returns `true` if it is new.
    pub(crate) fn add(&mut self, label: u32) -> bool {
        let label = label as usize;
        let is_new = !std::mem::replace(&mut self.has[label], true);
        if is_new {
            self.labels.push(label);
        }
        is_new
    }
}
