//! An event while it is matched: its values, decoded once however many rules read them.

use std::cell::OnceCell;

use events::{EventView, Value};

use crate::matcher::scratch::Scratch;
use crate::subject::Subject;

/// An event that is being matched.
pub(crate) struct MatchContext<'e, 'v> {
    pub(crate) event: &'e EventView<'v>,
    pub(crate) scratch: &'e Scratch,
    /// The values decoded so far, in the order they were asked for. They live on the stack because memory
    /// would have to be allocated for each event; what does not fit is decoded again.
    values: [OnceCell<(Subject, Option<Value<'v>>)>; 8],
}

impl<'e, 'v> MatchContext<'e, 'v> {
    pub(crate) fn new(event: &'e EventView<'v>, scratch: &'e Scratch) -> Self {
        Self { event, scratch, values: [const { OnceCell::new() }; 8] }
    }

    /// Calls `with` with the subject's value, or nothing if the event does not have it.
    pub(crate) fn with_value<R>(&self, subject: Subject, with: impl FnOnce(Option<&Value<'v>>) -> R) -> R {
        for slot in &self.values {
            let (held, value) = slot.get_or_init(|| (subject, subject.value(self.event)));
            if *held == subject {
                return with(value.as_ref());
            }
        }
        with(subject.value(self.event).as_ref())
    }
}
