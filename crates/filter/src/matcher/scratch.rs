//! What matching writes to while it runs.

use std::cell::RefCell;

use crate::notes::Notes;

/// Where matching notes what it meets, and memory that it reuses from one event to the next.
#[derive(Debug, Clone, Default)]
pub(crate) struct Scratch {
    pub(crate) notes: Notes,
    lowered: RefCell<String>,
}

impl Scratch {
    /// Calls `with` with the text in lower case.
    pub(crate) fn lowered<R>(&self, text: &str, with: impl FnOnce(&str) -> R) -> R {
        if text.bytes().all(|b| b.is_ascii() && !b.is_ascii_uppercase()) {
            return with(text);
        }
        let mut lowered = self.lowered.borrow_mut();
        lowered.clear();
        if text.is_ascii() {
            lowered.push_str(text);
            lowered.make_ascii_lowercase();
        } else {
            // Not character by character: a sigma at a word's end has a form of its own.
            lowered.push_str(&text.to_lowercase());
        }
        with(&lowered)
    }
}
