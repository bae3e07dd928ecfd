//! CDATA sections of XML: `<![CDATA[`, a text without entities, `]]>`.

use std::cell::OnceCell;

use memchr::memmem;

const BEGIN: &str = "<![CDATA[";
const END: &str = "]]>";

/// Finds the ends of the sections of a text. A text can begin many sections without an end; it is
/// searched for the last end only once.
#[derive(Default)]
pub(super) struct Sections {
    /// How many bytes the text has from the beginning of the last `]]>` on, or `None` if there is
    /// none behind the first section.
    from_last_end: OnceCell<Option<usize>>,
}

impl Sections {
    /// Returns what follows the section that `rest` begins with, or `None` if it begins with none,
    /// or if the section has no end. `rest` must reach to the end of the text, and must not begin
    /// before that of an earlier call.
    pub(super) fn after<'x>(&self, rest: &'x str) -> Option<&'x str> {
        let inside = rest.strip_prefix(BEGIN)?;
        let find_last = || memmem::rfind(inside.as_bytes(), END.as_bytes()).map(|at| inside.len() - at);
        let from_last_end = (*self.from_last_end.get_or_init(find_last))?;
        if from_last_end > inside.len() {
            return None;
        }
        memmem::find(inside.as_bytes(), END.as_bytes()).map(|end| &inside[end + END.len()..])
    }
}

/// Splits a value at its first section: what stands before it, in it and behind it.
pub(super) fn split(value: &str) -> Option<(&str, &str, &str)> {
    let start = memmem::find(value.as_bytes(), BEGIN.as_bytes())?;
    let inside = &value[start + BEGIN.len()..];
    let end = memmem::find(inside.as_bytes(), END.as_bytes())?;
    Some((&value[..start], &inside[..end], &inside[end + END.len()..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_are_found() {
        let text = "<![CDATA[a]]>b<![CDATA[]]><![CDATA[";
        let sections = Sections::default();
        assert_eq!(sections.after(text), Some(&text[13..]));
        assert_eq!(sections.after(&text[13..]), None);
        assert_eq!(sections.after(&text[14..]), Some(&text[26..]));
        assert_eq!(sections.after(&text[26..]), None);
        assert_eq!(Sections::default().after("<![CDATA[a]]"), None);
        assert_eq!(split("x<![CDATA[a&]]>y"), Some(("x", "a&", "y")));
        assert_eq!(split("x<![CDATA[a"), None);
    }
}
