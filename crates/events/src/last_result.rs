//! The last result of a function of a text.

use std::cell::RefCell;

/// The longest text that is remembered, in bytes. Real path specifications have some hundred.
const LONGEST: usize = 64 << 10;

/// Remembers the last result of a function of a text. Many event data, one after the other, come
/// from the same file, and what its path specification says need not be found anew for each.
#[derive(Debug)]
pub struct LastResult<T>(RefCell<Option<(Box<str>, T)>>);

impl<T: Clone> LastResult<T> {
    /// Has no result yet.
    #[must_use]
    pub const fn new() -> Self {
        Self(RefCell::new(None))
    }

    /// Returns what `make` returns for a text. It must depend on the text alone.
    pub fn of(&self, text: &str, make: impl FnOnce(&str) -> T) -> T {
        if let Some((last, result)) = &*self.0.borrow()
            && **last == *text
        {
            return result.clone();
        }
        let result = make(text);
        if text.len() > LONGEST {
            return result;
        }
        self.0.replace(Some((text.into(), result.clone())));
        result
    }
}

impl<T: Clone> Default for LastResult<T> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_text_has_the_last_result() {
        let last = LastResult::new();
        let (mut made, mut found) = (0, Vec::new());
        let long = "c".repeat(LONGEST + 1);
        for text in ["a", "a", "b", "a", &long, &long] {
            found.push(last.of(text, |text| {
                made += 1;
                text.to_owned()
            }));
        }
        assert_eq!((found.concat(), made), (format!("aaba{long}{long}"), 5));
    }
}
