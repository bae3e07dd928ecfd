//! What text and Markdown have in common: headings, facts, tables and entries, without how they are
//! set.

use crate::words::{counted, number};
use crate::{Rest, Table};

/// A document as it is made up. Texts in it are as the store has them: who sets it makes them fit
/// to be shown.
#[derive(Debug, Default)]
pub(crate) struct Document {
    pub(crate) title: String,
    pub(crate) blocks: Vec<Block>,
    /// How many rows a table has at most.
    rows: usize,
}

/// A part of a document.
#[derive(Debug)]
pub(crate) enum Block {
    Heading(String),
    Paragraph(String),
    /// Names and values; what has no name belongs to the name before.
    Facts(Vec<(String, String)>),
    Grid(Grid),
    Entry(Entry),
}

/// A table.
#[derive(Debug)]
pub(crate) struct Grid {
    pub(crate) columns: Vec<(Align, &'static str)>,
    pub(crate) rows: Vec<Vec<String>>,
    /// What is left out, in words.
    pub(crate) more: Option<String>,
}

/// Something that is described in several lines.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) head: Vec<String>,
    pub(crate) facts: Vec<(String, String)>,
}

/// How a column is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Align {
    /// Text, which may be cut if there is no room for it.
    Left,
    /// Points in time, whose fraction may be cut off.
    Time,
    /// Numbers.
    Right,
}

impl Document {
    pub(crate) fn new(title: &str, rows: usize) -> Self {
        Self { title: title.into(), blocks: Vec::new(), rows }
    }

    /// How many rows a table has at most.
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

    /// A table of these columns: as many rows as the document shows, and in words how many more
    /// there are.
    pub(crate) fn table<T>(
        &mut self,
        columns: &[(Align, &'static str)],
        table: &Table<T>,
        thing: &str,
        row: impl Fn(&T) -> Vec<String>,
    ) {
        let shown = table.rows.len().min(self.rows);
        let more = Rest { rows: table.total_rows() - shown as u64, number: 0 };
        let rows = table.rows[..shown].iter().map(row).collect();
        self.blocks.push(Block::Grid(Grid { columns: columns.into(), rows, more: more_words(more, thing) }));
    }
}

/// `and 3 more labels`, unless nothing is left out.
pub(crate) fn more_words(more: Rest, thing: &str) -> Option<String> {
    let sum = if more.number > 0 { format!(" ({})", number(more.number)) } else { String::new() };
    (more.rows > 0).then(|| format!("and {}{sum}", counted(more.rows, &format!("more {thing}"))))
}
