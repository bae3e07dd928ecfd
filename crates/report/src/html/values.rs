//! The values of an event at which a rule looked.

use crate::html::legend::value_name;
use crate::html::marks::{marked, marked_parts};
use crate::html::writer::Html;
use crate::labelled_event::Attribute;

/// The number of characters of a value that need not stand twice.
const LONG: usize = 200;

/// Writes the value of an attribute, with a mark on each part that a rule matched. Of a long value
/// that the message has, too, only these parts are written.
pub(super) fn value(html: &mut Html, attribute: &Attribute, message: &str) {
    let shown = attribute.value.shown(true);
    html.element("div", &[], |html| {
        html.element("dt", &[], |html| value_name(html, &attribute.name));
        html.element("dd", &[], |html| match is_in(&shown, message) {
            true if attribute.matched.is_empty() => html.text("as in the message above"),
            true => marked_parts(html, "in the message above: ", &attribute.matched),
            false => marked(html, &shown, &attribute.matched),
        });
    });
}

/// Returns whether a message has a long value, at least up to where either was cut. A message is
/// one line.
fn is_in(value: &str, message: &str) -> bool {
    let in_one_line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let start: String = in_one_line(value).chars().take(LONG).collect();
    start.chars().count() == LONG && in_one_line(message).contains(&start)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_value_need_not_stand_twice() {
        let long = "a \n b".repeat(LONG);
        assert!(is_in(&long, &format!("x: {}", long.replace(" \n ", " "))));
        assert!(!is_in(&long, "x: a b"));
        assert!(!is_in("a b", "x: a b"));
    }
}
