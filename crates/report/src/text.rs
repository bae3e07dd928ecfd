//! Writes documents as text for a terminal.

use crate::document::{Block, Document, Entry};
use crate::text_table::lines;
use crate::time_zone::chosen;
use crate::words::{cut, line};

/// Writes the document in lines of at most `width` characters, if possible.
pub(crate) fn text(document: &Document, width: usize) -> String {
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
            Block::Entry(entry) => out.extend(entry_lines(entry, width)),
        }
    }
    out.join("\n") + "\n"
}

fn entry_lines(entry: &Entry, width: usize) -> Vec<String> {
    let head: Vec<_> = entry.head.iter().filter(|part| !part.is_empty()).map(|part| line(part)).collect();
    let mut lines = vec![cut(&format!("  {}", head.join("  ")), width)];
    for (name, value) in &entry.facts {
        let name = line(name);
        let name = if name.is_empty() { name } else { name + ": " };
        lines.extend(wrapped(&format!("{name}{}", line(value)), width));
    }
    lines
}

/// The spaces before the first line of a fact, and before the others.
const INDENTATIONS: [usize; 2] = [6, 8];
/// A line has at least so many characters beside its indentation.
const NARROWEST: usize = 20;

/// Divides a text into lines of at most `width` characters, between words if possible.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut rest = text;
    loop {
        let indentation = INDENTATIONS[lines.len().min(1)];
        let room = width.saturating_sub(indentation).max(NARROWEST);
        let Some((end, _)) = rest.char_indices().nth(room) else {
            lines.push(format!("{:indentation$}{rest}", ""));
            return lines;
        };
        // The space after a word that just fits counts, too.
        let after_room = rest[end..].chars().next().map_or(end, |next| end + next.len_utf8());
        let (line, after) = match rest[..after_room].rsplit_once(' ') {
            Some((line, _)) if line.len() > end / 2 => (line, &rest[line.len() + 1..]),
            _ => rest.split_at(end),
        };
        lines.push(format!("{:indentation$}{line}", ""));
        rest = after;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_facts_take_several_lines() {
        let text = "one two three four five six seven eight";
        assert_eq!(wrapped(text, usize::MAX), ["      one two three four five six seven eight"]);
        assert_eq!(wrapped(text, 30), ["      one two three four five", "        six seven eight"]);
        let hard = wrapped(&"é".repeat(70), 36);
        assert_eq!(hard.iter().map(|line| line.chars().count()).collect::<Vec<_>>(), [36, 36, 20]);
    }
}
