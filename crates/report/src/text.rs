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
    lines.extend(entry.facts.iter().map(|(name, value)| {
        let name = line(name);
        let name = if name.is_empty() { name } else { name + ": " };
        cut(&format!("      {name}{}", line(value)), width)
    }));
    lines
}
