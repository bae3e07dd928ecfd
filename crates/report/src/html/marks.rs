//! A value with marks on the parts that rules matched.

use std::ops::Range;

use filter::MatchedText;

use crate::html::writer::Html;

/// What stands where something was cut off.
const CUT: char = '…';

/// Writes a value with a mark on each part that a rule matched. Parts behind the end of a value
/// that was cut follow with the text around them.
pub(super) fn marked(html: &mut Html, value: &str, matched: &[MatchedText]) {
    let mut marks: Vec<Range<usize>> = Vec::new();
    let mut elsewhere = Vec::new();
    for part in matched {
        match place(value, part) {
            Some(mark) => marks.push(mark),
            None => elsewhere.push(part),
        }
    }
    marks.sort_by_key(|mark| (mark.start, mark.end));
    let mut at = 0;
    for mark in marks {
        let start = mark.start.max(at);
        if start < mark.end {
            html.text(&value[at..start]);
            html.text_element("mark", &[], &value[start..mark.end]);
            at = mark.end;
        }
    }
    html.text(&value[at..]);
    for part in elsewhere {
        html.element("p", &[], |html| in_context(html, part));
    }
}

/// Writes only the parts that rules matched, each with the text around it. `words` stand first.
pub(super) fn marked_parts(html: &mut Html, words: &'static str, matched: &[MatchedText]) {
    html.text(words);
    for (at, part) in matched.iter().enumerate() {
        html.text(if at > 0 { " · " } else { "" });
        in_context(html, part);
    }
}

fn in_context(html: &mut Html, MatchedText { before, text, after }: &MatchedText) {
    html.text(before);
    html.text_element("mark", &[], text);
    html.text(after);
}

/// Returns where a matched part is in a value.
fn place(value: &str, MatchedText { before, text, after }: &MatchedText) -> Option<Range<usize>> {
    let before = before.strip_prefix(CUT).unwrap_or(before);
    let whole = text.strip_suffix(CUT).unwrap_or(text);
    // If the match itself was cut, what follows it is elsewhere.
    let after = if whole.len() < text.len() { "" } else { after.strip_suffix(CUT).unwrap_or(after) };
    let start = value.find(&format!("{before}{whole}{after}"))? + before.len();
    Some(start..start + whole.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(before: &str, text: &str, after: &str) -> MatchedText {
        MatchedText { before: before.into(), text: text.into(), after: after.into() }
    }

    fn html(value: &str, matched: &[MatchedText]) -> String {
        let mut html = Html::default();
        marked(&mut html, value, matched);
        html.finish()
    }

    #[test]
    fn each_part_has_a_mark() {
        let value = "cmd /c x & cmd /c y";
        let second = part("…& ", "cmd /c", " y");
        assert_eq!(html(value, std::slice::from_ref(&second)), "cmd /c x &amp; <mark>cmd /c</mark> y");
        assert_eq!(
            html(value, &[second, part("", "cmd", " /c x & …"), part("…& cmd ", "/c y", "")]),
            "<mark>cmd</mark> /c x &amp; <mark>cmd /c</mark><mark> y</mark>"
        );
        assert_eq!(html("é", &[part("", "é", "")]), "<mark>é</mark>");
        let mut parts = Html::default();
        marked_parts(&mut parts, "in: ", &[part("…a ", "b", ""), part("", "c", " d")]);
        assert_eq!(parts.finish(), "in: …a <mark>b</mark> · <mark>c</mark> d");
        // Behind the end of a value that was cut.
        assert_eq!(html("cmd…", &[part("…a ", "<b>", "")]), "cmd…<p>…a <mark>&lt;b&gt;</mark></p>");
    }
}
