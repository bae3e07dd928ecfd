//! Writes documents as text for a terminal.

use std::ops::Range;

use crate::document::{Block, Document, Entry, Passage};
use crate::text_table::lines;
use crate::time_zone::chosen;
use crate::words::{cut, line};

/// How the part of a text that a rule matched is shown, for example in a colour.
pub(crate) type Mark<'m> = &'m dyn Fn(&str) -> String;

/// Writes the document in lines of at most `width` characters, if possible.
pub(crate) fn text(document: &Document, width: usize, mark: Mark<'_>) -> String {
    let mut out = vec![line(&document.title)];
    out.extend(chosen().map(|zone| format!("  times are in {zone}")));
    for block in &document.blocks {
        match block {
            Block::Heading(heading) => out.extend([String::new(), line(heading)]),
            Block::Paragraph(text) => out.push(format!("  {}", line(text))),
            Block::Facts(facts) => {
                out.extend(
                    facts.iter().map(|(name, value)| cut(&format!("  {name:<16} {}", line(value)), width)),
                );
            }
            Block::Grid(grid) => {
                out.extend(lines(grid, width));
                out.extend(grid.more.as_ref().map(|more| format!("  {}", line(more))));
            }
            Block::Entry(entry) => out.extend(entry_lines(entry, width, mark)),
        }
    }
    out.join("\n") + "\n"
}

fn entry_lines(entry: &Entry, width: usize, mark: Mark<'_>) -> Vec<String> {
    let head: Vec<_> = entry.head.iter().filter(|part| !part.is_empty()).map(|part| line(part)).collect();
    let mut lines = vec![cut(&format!("  {}", head.join("  ")), width)];
    for (name, Passage { before, matched, after }) in &entry.facts {
        let name = line(name);
        let name = if name.is_empty() { name } else { name + ": " };
        let before = format!("{name}{}", line(before));
        let matched_to = format!("{before}{}", line(matched));
        let marked = before.len()..matched_to.len();
        let text = matched_to + &line(after);
        let parts = wrapped(&text, width).into_iter().enumerate();
        lines.extend(parts.map(|(number, part)| {
            let indentation = INDENTATIONS[number.min(1)];
            format!("{:indentation$}{}", "", with_mark(&text, part, &marked, mark))
        }));
    }
    lines
}

/// Returns a part of the text. What it has of the marked part is shown by `mark`.
fn with_mark(text: &str, part: Range<usize>, marked: &Range<usize>, mark: Mark<'_>) -> String {
    let start = marked.start.clamp(part.start, part.end);
    let end = marked.end.clamp(start, part.end);
    if start == end {
        return text[part].to_owned();
    }
    format!("{}{}{}", &text[part.start..start], mark(&text[start..end]), &text[end..part.end])
}

/// The spaces before the first line of a fact, and before the others.
const INDENTATIONS: [usize; 2] = [6, 8];
/// A line has at least so many characters beside its indentation.
const NARROWEST: usize = 20;

/// Divides a text into lines of at most `width` characters, between words if possible. Returns
/// where each line is in the text.
fn wrapped(text: &str, width: usize) -> Vec<Range<usize>> {
    let mut lines = Vec::new();
    let mut start = 0;
    loop {
        let rest = &text[start..];
        let indentation = INDENTATIONS[lines.len().min(1)];
        let room = width.saturating_sub(indentation).max(NARROWEST);
        let Some((end, _)) = rest.char_indices().nth(room) else {
            lines.push(start..text.len());
            return lines;
        };
        // The space after a word that just fits counts, too.
        let after_room = rest[end..].chars().next().map_or(end, |next| end + next.len_utf8());
        let (end, next) = match rest[..after_room].rfind(' ') {
            Some(space) if space > end / 2 => (space, space + 1),
            _ => (end, end),
        };
        lines.push(start..start + end);
        start += next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(before: &str, matched: &str, after: &str) -> Entry {
        let value = Passage { before: before.into(), matched: matched.into(), after: after.into() };
        Entry { head: vec!["head".into()], facts: vec![(String::new(), value)] }
    }

    fn shown(entry: &Entry, width: usize) -> Vec<String> {
        entry_lines(entry, width, &|text| format!("<{text}>")).split_off(1)
    }

    #[test]
    fn long_facts_take_several_lines() {
        let text = entry("one two three four five six seven eight", "", "");
        assert_eq!(shown(&text, usize::MAX), ["      one two three four five six seven eight"]);
        assert_eq!(shown(&text, 30), ["      one two three four five", "        six seven eight"]);
        let hard = shown(&entry(&"é".repeat(70), "", ""), 36);
        assert_eq!(hard.iter().map(|line| line.chars().count()).collect::<Vec<_>>(), [36, 36, 20]);
    }

    #[test]
    fn what_matched_is_marked_on_every_line_that_it_takes() {
        let text = entry("one two ", "three four five six seven", " eight");
        assert_eq!(shown(&text, usize::MAX), ["      one two <three four five six seven> eight"]);
        assert_eq!(shown(&text, 30), ["      one two <three four five>", "        <six seven> eight"]);
        // A text from a store cannot end the mark, since it has no control characters any more.
        assert_eq!(shown(&entry("a", "\u{1b}[0m", "é"), 30), ["      a<\\u{1b}[0m>é"]);
    }
}
