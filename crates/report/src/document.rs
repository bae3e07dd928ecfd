//! Documents with headings, facts, tables and entries, which are then written as text or as
//! Markdown.

use crate::words::{counted, number};
use crate::{Rest, Table};

/// A document. Its texts are as they are in the store. The code that writes the document must make
/// them safe to show.
#[derive(Debug, Default)]
pub(crate) struct Document {
    pub(crate) title: String,
    pub(crate) blocks: Vec<Block>,
    /// The maximum number of rows of a table.
    rows: usize,
}

/// A part of a document.
#[derive(Debug)]
pub(crate) enum Block {
    Heading(String),
    Paragraph(String),
    /// Names and values. A value with an empty name belongs to the name before.
    Facts(Vec<(String, String)>),
    Grid(Grid),
    Entry(Entry),
}

/// A table.
#[derive(Debug)]
pub(crate) struct Grid {
    pub(crate) columns: Vec<(Align, &'static str)>,
    pub(crate) rows: Vec<Vec<String>>,
    /// The heading of the remarks, and a remark on each row: in a text below the row, in Markdown
    /// in the last column.
    pub(crate) remarks: Option<(&'static str, Vec<String>)>,
    /// What the table leaves out, in words.
    pub(crate) more: Option<String>,
}

/// An item that is described in several lines.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) head: Vec<String>,
    /// Names and values.
    pub(crate) facts: Vec<(String, Passage)>,
}

/// A text with the part of it that a rule matched.
#[derive(Debug, Default)]
pub(crate) struct Passage {
    pub(crate) before: String,
    pub(crate) matched: String,
    pub(crate) after: String,
}

/// The alignment of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Align {
    /// Text, which is cut if there is not enough room.
    Left,
    /// Times, whose fractions of a second are cut off if there is not enough room.
    Time,
    /// Numbers.
    Right,
}

impl Passage {
    pub(crate) fn is_empty(&self) -> bool {
        self.before.is_empty() && self.matched.is_empty() && self.after.is_empty()
    }
}

impl From<String> for Passage {
    fn from(text: String) -> Self {
        Self { before: text, ..Self::default() }
    }
}

impl Document {
    pub(crate) fn new(title: &str, rows: usize) -> Self {
        Self { title: title.into(), blocks: Vec::new(), rows }
    }

    /// Returns the maximum number of rows of a table.
    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    pub(crate) fn heading(&mut self, text: impl Into<String>) {
        self.blocks.push(Block::Heading(text.into()));
    }

    pub(crate) fn paragraph(&mut self, text: impl Into<String>) {
        self.blocks.push(Block::Paragraph(text.into()));
    }

    pub(crate) fn entry(&mut self, entry: Entry) {
        self.blocks.push(Block::Entry(entry));
    }

    pub(crate) fn fact(&mut self, name: impl Into<String>, value: impl Into<String>) {
        let fact = (name.into(), value.into());
        match self.blocks.last_mut() {
            Some(Block::Facts(facts)) => facts.push(fact),
            _ => self.blocks.push(Block::Facts(vec![fact])),
        }
    }

    /// Adds a table with these columns. It has as many rows as the document may show, and says how
    /// many more there are.
    pub(crate) fn table<T>(
        &mut self,
        columns: &[(Align, &'static str)],
        table: &Table<T>,
        thing: &str,
        row: impl Fn(&T) -> Vec<String>,
    ) {
        let grid = self.grid(columns, table, thing, row);
        self.blocks.push(Block::Grid(grid));
    }

    /// Adds a table with these columns, and a remark on each row.
    pub(crate) fn table_with_remarks<T>(
        &mut self,
        columns: &[(Align, &'static str)],
        table: &Table<T>,
        thing: &str,
        row: impl Fn(&T) -> Vec<String>,
        (heading, remark): (&'static str, impl Fn(&T) -> String),
    ) {
        let mut grid = self.grid(columns, table, thing, row);
        let remarks = table.rows.iter().take(grid.rows.len()).map(remark);
        grid.remarks = Some((heading, remarks.collect()));
        self.blocks.push(Block::Grid(grid));
    }

    fn grid<T>(
        &self,
        columns: &[(Align, &'static str)],
        table: &Table<T>,
        thing: &str,
        row: impl Fn(&T) -> Vec<String>,
    ) -> Grid {
        let shown = table.rows.len().min(self.rows);
        let more = Rest { rows: table.total_rows() - shown as u64, number: 0 };
        let rows = table.rows[..shown].iter().map(row).collect();
        Grid { columns: columns.into(), rows, remarks: None, more: more_words(more, thing) }
    }
}

/// Returns a text such as `and 3 more labels`, or `None` if nothing is left out.
pub(crate) fn more_words(more: Rest, thing: &str) -> Option<String> {
    let sum = if more.number > 0 { format!(" ({})", number(more.number)) } else { String::new() };
    (more.rows > 0).then(|| format!("and {}{sum}", counted(more.rows, &format!("more {thing}"))))
}
