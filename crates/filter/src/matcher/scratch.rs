//! What matching writes to while it runs.

use std::cell::RefCell;
use std::sync::Arc;

use crate::fields::{FieldNames, Split};
use crate::folded::folded;
use crate::notes::Notes;

/// A buffer that grew beyond this for one long text is not kept, in bytes.
const LARGEST_BUFFER: usize = 1 << 20;

/// Where matching notes what it meets, and memory that it reuses from one event to the next.
#[derive(Debug, Clone, Default)]
pub(crate) struct Scratch {
    pub(crate) notes: Notes,
    buffers: RefCell<Vec<String>>,
    splits: RefCell<Vec<Split>>,
    /// The fields inside attributes that may be asked for.
    pub(crate) fields: Arc<FieldNames>,
}

impl Scratch {
    /// For expressions that ask for these fields inside attributes.
    pub(crate) fn new(fields: Arc<FieldNames>) -> Self {
        Self { fields, ..Self::default() }
    }

    /// Memory for an attribute that is taken apart; the caller should give it back.
    pub(crate) fn split(&self) -> Split {
        self.splits.borrow_mut().pop().unwrap_or_default()
    }

    pub(crate) fn give_back_split(&self, split: Split) {
        if split.size() <= LARGEST_BUFFER {
            self.splits.borrow_mut().push(split);
        }
    }

    /// Calls `with` with the text in lower case.
    pub(crate) fn lowered<R>(&self, text: &str, with: impl FnOnce(&str) -> R) -> R {
        if is_lower_ascii(text) {
            return with(text);
        }
        let buffer = self.lowered_in_buffer(text);
        let result = with(&buffer);
        self.give_back(buffer);
        result
    }

    /// Calls `with` with the text as [`folded`] returns it.
    pub(crate) fn folded<R>(&self, text: &str, with: impl FnOnce(&str) -> R) -> R {
        if text.is_ascii() { self.lowered(text, with) } else { with(&folded(text)) }
    }

    /// The text in lower case, in a buffer that the caller should give back.
    pub(crate) fn lowered_in_buffer(&self, text: &str) -> String {
        let mut lowered = self.buffers.borrow_mut().pop().unwrap_or_default();
        lowered.clear();
        if text.is_ascii() {
            lowered.push_str(text);
            lowered.make_ascii_lowercase();
        } else {
            // Not character by character: a sigma at a word's end has a form of its own.
            lowered.push_str(&text.to_lowercase());
        }
        lowered
    }

    pub(crate) fn give_back(&self, buffer: String) {
        if buffer.capacity() <= LARGEST_BUFFER {
            self.buffers.borrow_mut().push(buffer);
        }
    }
}

/// Whether lower case changes nothing; soon known for most texts that have a capital.
pub(crate) fn is_lower_ascii(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase())
}
