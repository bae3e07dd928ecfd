//! Files with lines: plain lists, lists of Loki, and CSV.

mod columns;
mod csv;
mod further;
mod lines;
mod loki;
mod plain;
mod record;
mod sample;
mod stopped;
mod types;

pub(crate) use columns::Header;
pub(crate) use lines::LineReader;
pub(crate) use sample::{Layout, layout};
pub(crate) use stopped::Stopped;

use std::io::BufRead;

use crate::model::{Format, Indicators};

/// Reads a file of this layout.
pub(crate) fn read_lines(
    file: &str,
    layout: &Layout,
    source: &mut dyn BufRead,
    to: &mut Indicators,
) -> Result<(), Stopped> {
    let format = match layout {
        Layout::Csv(_) => Format::Csv,
        Layout::FileNames | Layout::Keywords | Layout::Values { is_loki: true } => Format::Loki,
        Layout::Values { is_loki: false } => Format::Text,
    };
    to.begin_list(file, None, format)?;
    let lines = LineReader::new(source);
    match layout {
        Layout::Csv(header) => csv::read(header, lines, to),
        Layout::FileNames => loki::read_file_names(lines, to),
        Layout::Keywords => loki::read_keywords(lines, to),
        Layout::Values { .. } => plain::read(lines, to),
    }
}

#[cfg(test)]
mod tests;
