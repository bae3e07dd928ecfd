//! `v inset 'text'`: whether a text contains the values of an event.

use crate::pattern::{GivenUp, LONG, may_read};

/// A text in which the values of one attribute of an event are looked for.
///
/// The values of an attribute may be millions, and each is a search of its own. What these searches
/// read counts towards the limit for long texts, as if they read one text as long as all of it.
pub(crate) struct InText<'t> {
    text: &'t str,
    /// How many bytes were searched and are not counted yet.
    uncounted: usize,
}

impl<'t> InText<'t> {
    pub(crate) fn new(text: &'t str) -> Self {
        Self { text, uncounted: 0 }
    }

    /// Returns whether the text contains a value.
    pub(crate) fn contains(&mut self, value: &str) -> Result<bool, GivenUp> {
        self.uncounted += self.text.len();
        // A value or two are no long text, as those of most events.
        if self.uncounted >= LONG {
            if !may_read(self.uncounted, 1) {
                return Err(GivenUp);
            }
            self.uncounted = 0;
        }
        Ok(self.text.contains(value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pattern::begin_task;

    #[test]
    fn values_have_a_limit_for_all_texts_of_a_task() {
        let found = |text: &str, value: &str, values: usize| {
            let mut text = InText::new(text);
            (0..values).take_while(|_| text.contains(value).is_ok()).count()
        };
        let _ = begin_task();
        let text = format!("b{}", "a".repeat((1 << 20) - 1));
        let most = (16 << 30) / text.len();
        assert_eq!([most - 10, 20, 20].map(|values| found(&text, "b", values)), [most - 10, 10, 0]);
        // Few values are looked for in a short text nevertheless, and many are not.
        assert_eq!([1_000, 1_000, 10_000].map(|values| found("abc", "d", values)), [1_000, 1_000, LONG / 3]);
        assert_eq!(begin_task().long, 3);
        assert_eq!((found(&text, "b", 20), found("abc", "d", 10_000)), (20, 10_000));
        let _ = begin_task();
    }

    #[test]
    fn values_that_a_text_contains() {
        let mut text = InText::new("abc");
        for (value, expected) in [("abc", true), ("b", true), ("", true), ("ac", false), ("abcd", false)] {
            assert_eq!(text.contains(value), Ok(expected), "{value}");
        }
    }
}
