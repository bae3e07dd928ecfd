//! Files with lines: plain lists, lists of Loki, and CSV.

mod columns;
mod csv;
mod lines;
mod loki;
mod plain;
mod record;
mod sample;

pub(crate) use lines::LineReader;
pub(crate) use sample::{Layout, layout};

use std::io::{self, BufRead};

use crate::model::{Format, Full, Indicators};

/// Why a file with lines cannot be read to its end.
pub(crate) enum Stopped {
    Io(io::Error),
    Full,
}

impl From<Full> for Stopped {
    fn from(_: Full) -> Self {
        Self::Full
    }
}

impl From<io::Error> for Stopped {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

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
