//! The values of a field, with which the values of another one are compared.
//!
//! A record may have thousands of values of each. So the values of one field are gathered once, and
//! what is compared for one event has a limit.

use std::cell::Cell;

use crate::condition::{Case, Part};
use crate::matcher::context::MatchContext;
use crate::matcher::scratch::Scratch;
use crate::matcher::values::One;
use crate::subject::Subject;

/// How many bytes one test may compare for an event. Real records compare some hundred.
const MAXIMUM_COMPARED: usize = 16 << 20;

/// The values, ready to be found in others.
pub(crate) struct OtherValues {
    part: Part,
    case: Case,
    /// In order, each once.
    texts: Vec<Box<str>>,
    /// How many bytes may still be compared, or `None` once that was too little.
    left: Cell<Option<usize>>,
}

impl OtherValues {
    /// Gathers the values of a subject. A part of other values will be compared with them.
    pub(crate) fn of(part: Part, subject: Subject, case: Case, context: &MatchContext<'_, '_>) -> Self {
        let mut texts: Vec<Box<str>> = Vec::new();
        context.has_value(subject, &mut |value| {
            texts.extend(value.with_text_in(case, context.scratch, |text| text.into()));
            false
        });
        texts.sort_unstable();
        texts.dedup();
        Self { part, case, texts, left: Cell::new(Some(MAXIMUM_COMPARED)) }
    }

    /// Returns whether a part of the value is one of these.
    pub(crate) fn are_part_of(&self, value: One<'_>, scratch: &Scratch) -> bool {
        value.with_text_in(self.case, scratch, |text| self.are_in(text)).unwrap_or(false)
    }

    /// Returns whether there was too much to compare.
    pub(crate) fn are_too_many(&self) -> bool {
        self.left.get().is_none()
    }

    fn are_in(&self, text: &str) -> bool {
        let is_part = |other: &str| match self.part {
            Part::Whole => text == other,
            Part::Start => text.starts_with(other),
            Part::End => text.ends_with(other),
            Part::Any => text.contains(other),
        };
        if self.part == Part::Whole {
            return self.texts.binary_search_by(|other| (**other).cmp(text)).is_ok();
        }
        self.texts.iter().any(|other| self.take(other, text) && is_part(other))
    }

    /// Counts a comparison. Returns `false` if it is one too many.
    fn take(&self, other: &str, text: &str) -> bool {
        let cost = 1 + if self.part == Part::Any { text.len() } else { other.len().min(text.len()) };
        self.left.set(self.left.get().and_then(|left| left.checked_sub(cost)));
        self.left.get().is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn others(part: Part, texts: &[&str]) -> OtherValues {
        let mut texts: Vec<Box<str>> = texts.iter().map(|text| (*text).into()).collect();
        texts.sort_unstable();
        OtherValues { part, case: Case::Folded, texts, left: Cell::new(Some(MAXIMUM_COMPARED)) }
    }

    #[test]
    fn parts_of_values() {
        for (part, value, expected) in [
            (Part::Whole, "AB", true),
            (Part::Whole, "abc", false),
            (Part::Start, "Abc", true),
            (Part::Start, "cab", false),
            (Part::End, "cab", true),
            (Part::Any, "cabc", true),
            (Part::Any, "acb", false),
        ] {
            let others = others(part, &["x", "ab"]);
            assert_eq!(
                others.are_part_of(One::Text(value), &Scratch::default()),
                expected,
                "{part:?} {value}"
            );
            assert!(!others.are_too_many());
        }
        assert!(others(Part::Any, &[""]).are_part_of(One::Text(""), &Scratch::default()));
    }

    #[test]
    fn what_is_compared_is_bounded() {
        let names: Vec<_> = (0..1_000).map(|number| format!("n{number}")).collect();
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        let value = "a".repeat(MAXIMUM_COMPARED / 100);
        let others = others(Part::Any, &names);
        assert!(!others.are_part_of(One::Text(&value), &Scratch::default()) && others.are_too_many());
    }
}
