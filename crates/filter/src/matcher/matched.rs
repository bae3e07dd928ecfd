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

    pub(crate) fn add(&mut self, label: u32) {
        let label = label as usize;
        if !std::mem::replace(&mut self.has[label], true) {
            self.labels.push(label);
        }
    }
}
