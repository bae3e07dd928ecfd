//! Writes HTML so that text from a store is always shown as text.
//!
//! Names of elements and attributes, and everything else that is not escaped, are `&'static str`,
//! so they come from this program. Text from elsewhere can only become text or the value of an
//! attribute, and both are escaped.

use std::fmt::{Display, Write as _};

use crate::words::line;

/// The HTML written so far.
#[derive(Debug, Default)]
pub(crate) struct Html {
    out: String,
}

/// An attribute: its name, and a value that will be escaped.
pub(crate) type Attribute<'a> = (&'static str, &'a dyn Display);

impl Html {
    /// Writes an element. `content` writes its content.
    pub(crate) fn element(
        &mut self,
        name: &'static str,
        attributes: &[Attribute<'_>],
        content: impl FnOnce(&mut Self),
    ) {
        self.empty(name, attributes);
        content(self);
        self.out.push_str("</");
        self.out.push_str(name);
        self.out.push('>');
    }

    /// Writes an element without content and without an end tag.
    pub(crate) fn empty(&mut self, name: &'static str, attributes: &[Attribute<'_>]) {
        self.out.push('<');
        self.out.push_str(name);
        for (attribute, value) in attributes {
            self.out.push(' ');
            self.out.push_str(attribute);
            self.out.push_str("=\"");
            self.escaped(&value.to_string());
            self.out.push('"');
        }
        self.out.push('>');
    }

    /// Writes an element that contains only a text.
    pub(crate) fn text_element(&mut self, name: &'static str, attributes: &[Attribute<'_>], text: &str) {
        self.element(name, attributes, |html| html.text(text));
    }

    /// Writes a text.
    pub(crate) fn text(&mut self, text: &str) {
        self.escaped(text);
    }

    /// Writes a text of this program, in which the parts between backticks are code. If one
    /// backtick has no other, they are only characters.
    pub(crate) fn prose(&mut self, text: &str) {
        let parts: Vec<_> = text.split('`').collect();
        if parts.len() % 2 == 0 {
            return self.text(text);
        }
        for (at, part) in parts.into_iter().enumerate() {
            match at % 2 {
                0 => self.text(part),
                _ => self.text_element("code", &[], part),
            }
        }
    }

    /// Writes an element that contains only a text of this program.
    pub(crate) fn prose_element(&mut self, name: &'static str, attributes: &[Attribute<'_>], text: &str) {
        self.element(name, attributes, |html| html.prose(text));
    }

    /// Adds what was written apart.
    pub(crate) fn append(&mut self, other: &Self) {
        self.out.push_str(&other.out);
    }

    /// Returns what is written so far.
    pub(crate) fn written(&self) -> &str {
        &self.out
    }

    /// Writes fixed HTML from this program without escaping.
    pub(crate) fn fixed(&mut self, html: &'static str) {
        self.out.push_str(html);
    }

    /// Writes a newline, which makes the source of the page easier to read.
    pub(crate) fn newline(&mut self) {
        self.out.push('\n');
    }

    pub(crate) fn finish(self) -> String {
        self.out
    }

    /// Writes text. Control characters and direction marks are written as escapes, as on a
    /// terminal. Characters with a meaning in HTML are escaped.
    fn escaped(&mut self, text: &str) {
        for c in line(text).chars() {
            match c {
                '&' => self.out.push_str("&amp;"),
                '<' => self.out.push_str("&lt;"),
                '>' => self.out.push_str("&gt;"),
                '"' => self.out.push_str("&quot;"),
                '\'' => self.out.push_str("&#39;"),
                // UTF-8 allows these code points, but they are not characters, and HTML forbids
                // them.
                c if is_noncharacter(c) => {
                    // Writing to a string cannot fail.
                    let _ = write!(self.out, "{}", c.escape_unicode());
                }
                c => self.out.push(c),
            }
        }
    }
}

fn is_noncharacter(c: char) -> bool {
    matches!(c, '\u{fdd0}'..='\u{fdef}') || u32::from(c) & 0xfffe == 0xfffe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_stays_text() {
        let mut html = Html::default();
        html.element("p", &[("title", &"\"><img onerror='x'>"), ("width", &7)], |html| {
            html.text("</p><script>a && b\u{1b}\u{202e}\u{ffff}");
        });
        html.empty("br", &[]);
        assert_eq!(
            html.finish(),
            "<p title=\"&quot;&gt;&lt;img onerror=&#39;x&#39;&gt;\" width=\"7\">\
             &lt;/p&gt;&lt;script&gt;a &amp;&amp; b\\u{1b}\\u{202e}\\u{ffff}</p><br>"
        );
    }

    #[test]
    fn what_stands_between_backticks_is_code() {
        for (text, expected) in [
            ("run `a <b>` or `c`.", "run <code>a &lt;b&gt;</code> or <code>c</code>."),
            ("one ` alone", "one ` alone"),
            ("none", "none"),
        ] {
            let mut html = Html::default();
            html.prose(text);
            assert_eq!(html.finish(), expected);
        }
    }
}
