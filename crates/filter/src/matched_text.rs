//! The part of a text that met a comparison, in its context.

use std::ops::Range;

/// The number of characters before the match and after it.
const AROUND: usize = 60;
/// The maximum number of characters of the match itself.
const LONGEST: usize = 200;
/// What stands for text that is left out.
const CUT: &str = "…";

/// The part of a text that met a comparison, and some text around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MatchedText {
    /// The text before the match. It begins with `…` if the whole text has more.
    pub before: String,
    /// The match. A long one ends with `…`.
    pub text: String,
    /// The text after the match. It ends with `…` if the whole text has more.
    pub after: String,
}

impl MatchedText {
    /// Returns whether the whole text has more than this.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        self.before.starts_with(CUT) || self.text.ends_with(CUT) || self.after.ends_with(CUT)
    }

    /// Cuts the match and its context out of a text. Returns `None` if the text has no such part.
    pub(crate) fn cut(whole: &str, matched: Range<usize>) -> Option<Self> {
        let (before, rest) = whole.split_at_checked(matched.start)?;
        let (text, after) = rest.split_at_checked(matched.len())?;
        let start = before.char_indices().rev().nth(AROUND - 1).map_or(0, |(start, _)| start);
        let more = if start > 0 { CUT } else { "" };
        Some(Self {
            before: format!("{more}{}", &before[start..]),
            text: shortened(text, LONGEST),
            after: shortened(after, AROUND),
        })
    }
}

fn shortened(text: &str, maximum: usize) -> String {
    match text.char_indices().nth(maximum) {
        Some((end, _)) => format!("{}{CUT}", &text[..end]),
        None => text.to_owned(),
    }
}

/// Returns where a text has `lower`, which is in lower case, whatever the case of the text.
pub(crate) fn find_in_any_case(text: &str, lower: &str) -> Option<Range<usize>> {
    if text.is_ascii() {
        let start = text.to_ascii_lowercase().find(lower)?;
        return Some(start..start + lower.len());
    }
    let lowered = text.to_lowercase();
    let start = lowered.find(lower)?;
    // A character may get longer or shorter in lower case, so places are counted by characters.
    let (mut at, mut found) = (0, None);
    for (place, character) in text.char_indices() {
        if found.is_none() && at >= start {
            found = Some(place);
        }
        if at >= start + lower.len() {
            return Some(found?..place);
        }
        at += character.to_lowercase().map(char::len_utf8).sum::<usize>();
    }
    Some(found?..text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_match_stands_in_its_context() {
        let whole = format!("{}needle{}", "a".repeat(500), "b".repeat(10));
        let cut = MatchedText::cut(&whole, 500..506).unwrap();
        assert_eq!((cut.before.chars().count(), &*cut.text, &*cut.after), (61, "needle", "bbbbbbbbbb"));
        assert!(cut.before.starts_with("…a"));
        let cut = MatchedText::cut(&whole, 0..500).unwrap();
        assert_eq!((&*cut.before, cut.text.chars().count(), &*cut.after), ("", 201, "needlebbbbbbbbbb"));
        assert!(cut.is_cut());
        let short = MatchedText::cut("a short text", 2..7).unwrap();
        assert_eq!((&*short.before, &*short.text, &*short.after), ("a ", "short", " text"));
        assert!(!short.is_cut());
    }

    #[test]
    fn case_does_not_matter() {
        for (text, lower, expected) in [
            ("C:\\Evil.EXE", "evil", Some("Evil")),
            ("ÄÖ İx EVIL é", "evil", Some("EVIL")),
            ("ÄÖ EVIL", "evil", Some("EVIL")),
            ("ΌΔΟΣ x", "όδος", Some("ΌΔΟΣ")),
            ("none", "evil", None),
        ] {
            assert_eq!(find_in_any_case(text, lower).map(|range| &text[range]), expected, "{text}");
        }
    }
}
