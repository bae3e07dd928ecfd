//! Writing HTML such that text from a store cannot be anything but text.
//!
//! Names of elements and of attributes, and everything that is not escaped, are `&'static str`:
//! they stand in this program. What comes from elsewhere can only be given as text or as the value
//! of an attribute, where it is escaped. There is no other way in.

use std::fmt::{Display, Write as _};

use crate::words::line;

/// HTML as it is written.
#[derive(Debug, Default)]
pub(crate) struct Html {
    out: String,
}

/// An attribute: its name, and a value that will be escaped.
pub(crate) type Attribute<'a> = (&'static str, &'a dyn Display);

impl Html {
    /// Writes an element with what `content` writes in it.
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

    /// Writes an element that has no content and no end.
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

    /// Writes an element with only a text in it.
    pub(crate) fn text_element(&mut self, name: &'static str, attributes: &[Attribute<'_>], text: &str) {
        self.element(name, attributes, |html| html.text(text));
    }

    /// Writes a text.
    pub(crate) fn text(&mut self, text: &str) {
        self.escaped(text);
    }

    /// Writes what stands in this program as it is.
    pub(crate) fn fixed(&mut self, html: &'static str) {
        self.out.push_str(html);
    }

    /// A new line, for whoever looks at the source.
    pub(crate) fn newline(&mut self) {
        self.out.push('\n');
    }

    pub(crate) fn finish(self) -> String {
        self.out
    }

    /// Control characters and direction marks are written out, as on a terminal; what means
    /// something in HTML is escaped.
    fn escaped(&mut self, text: &str) {
        for c in line(text).chars() {
            match c {
                '&' => self.out.push_str("&amp;"),
                '<' => self.out.push_str("&lt;"),
                '>' => self.out.push_str("&gt;"),
                '"' => self.out.push_str("&quot;"),
                '\'' => self.out.push_str("&#39;"),
                // In the encoding of the file, but no characters, and errors in HTML.
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
}
