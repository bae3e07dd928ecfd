//! The part of an export that one task writes: its lines, in the order of the export.
//!
//! A worker visits events in the order of their event data, which is mostly the order of their
//! rows. So the lines are written as they come, with a note of where each one is. Only if their
//! order is wrong, they are copied in the right order. So a part needs little memory, however long
//! its lines are.

use std::io::{Read, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use events::{EventId, ExportOrder, Timestamp};
use files::{NewFile, OutputFile};

use crate::error::ExportError;

/// The number of bytes that are collected before they are written.
const BUFFER: usize = 256 << 10;
/// The same of lines whose order is wrong nearly always. Those of most tasks are fewer bytes, and
/// are written only once.
const COLLECTED: usize = 8 << 20;

/// A part that is being written.
pub(crate) struct PartWriter {
    path: PathBuf,
    order: ExportOrder,
    file: NewFile,
    buffer: Vec<u8>,
    entries: Vec<Entry>,
    /// The number of bytes in the file and the buffer.
    length: u64,
}

/// Where a line is in the file.
#[derive(Debug, Clone, Copy)]
struct Entry {
    key: Key,
    offset: u64,
    length: u64,
}

/// The place of a line in an export by time: the time and the row. An event without a time comes
/// first.
pub(crate) type Key = (i64, i64);

impl PartWriter {
    pub(crate) fn create(path: &Path, order: ExportOrder) -> Result<Self, ExportError> {
        let file = begin(path)?;
        let buffer = Vec::with_capacity(BUFFER);
        Ok(Self { path: path.to_owned(), order, file, buffer, entries: Vec::new(), length: 0 })
    }

    /// Adds a line, which has its line end.
    pub(crate) fn add(
        &mut self,
        event: EventId,
        time: Option<Timestamp>,
        line: &[u8],
    ) -> Result<(), ExportError> {
        let time = time.map_or(i64::MIN, |time| time.0);
        let key = (if self.order == ExportOrder::Time { time } else { 0 }, event.rowid());
        self.entries.push(Entry { key, offset: self.length, length: line.len() as u64 });
        self.length += line.len() as u64;
        self.buffer.extend_from_slice(line);
        let limit = if self.order == ExportOrder::Time { COLLECTED } else { BUFFER };
        if self.buffer.len() >= limit { self.flush() } else { Ok(()) }
    }

    /// Puts the lines into their order and gives the file its name. Returns the number of lines.
    pub(crate) fn finish(mut self) -> Result<u64, ExportError> {
        let lines = self.entries.len() as u64;
        if self.order == ExportOrder::Rows && self.entries.is_sorted_by_key(|entry| entry.key) {
            self.flush()?;
            self.file.publish().map_err(|error| ExportError::part(&self.path, error))?;
            return Ok(lines);
        }
        // Nothing was written yet if all lines are still in the buffer.
        let collected = self.buffer.len() as u64 == self.length;
        if !collected {
            self.flush()?;
        }
        self.entries.sort_unstable_by_key(|entry| entry.key);
        let mut ordered = begin(&self.path)?;
        let error = |error| ExportError::part(&self.path, error);
        let (mut line, mut out) = (Vec::new(), Vec::with_capacity(BUFFER));
        for entry in &self.entries {
            let length = usize::try_from(entry.length).unwrap_or(usize::MAX);
            let line = if collected {
                let start = usize::try_from(entry.offset).unwrap_or(usize::MAX);
                &self.buffer[start..start + length]
            } else {
                line.resize(length, 0);
                self.file.file().as_file().read_exact_at(&mut line, entry.offset).map_err(error)?;
                &line
            };
            match self.order {
                ExportOrder::Time => write_frame(entry.key, line, &mut out),
                ExportOrder::Rows => out.extend_from_slice(line),
            }
            if out.len() >= BUFFER {
                ordered.file().write_all(&out).map_err(error)?;
                out.clear();
            }
        }
        ordered.file().write_all(&out).map_err(error)?;
        ordered.publish().map_err(|error| ExportError::part(&self.path, error))?;
        Ok(lines)
    }

    fn flush(&mut self) -> Result<(), ExportError> {
        let written = self.file.file().write_all(&self.buffer);
        self.buffer.clear();
        written.map_err(|error| ExportError::part(&self.path, error))
    }
}

/// Begins a file that only its owner may read.
pub(crate) fn begin(path: &Path) -> Result<NewFile, ExportError> {
    let begun = OutputFile::private(path).and_then(OutputFile::begin);
    begun.map_err(|error| ExportError::part(path, error))
}

/// The number of bytes before the line in a part of an export by time: the key and the length.
const FRAME: usize = 24;

/// Appends a line as a part of an export by time has it: with its key and its length.
pub(crate) fn write_frame(key: Key, line: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(&key.0.to_le_bytes());
    out.extend_from_slice(&key.1.to_le_bytes());
    out.extend_from_slice(&(line.len() as u64).to_le_bytes());
    out.extend_from_slice(line);
}

/// Reads the next line of a part of an export by time into `line`. Returns its key, or `None` at
/// the end.
pub(crate) fn read_frame(file: &mut impl Read, line: &mut Vec<u8>) -> std::io::Result<Option<Key>> {
    let mut frame = [0; FRAME];
    // The first byte alone: the end of the file is no error only here.
    if file.read(&mut frame[..1])? == 0 {
        return Ok(None);
    }
    file.read_exact(&mut frame[1..])?;
    let number = |at: usize| {
        let bytes: [u8; 8] = frame[at..at + 8].try_into().expect("eight bytes of the array");
        i64::from_le_bytes(bytes)
    };
    let length = u64::try_from(number(16)).unwrap_or_default();
    line.clear();
    if file.take(length).read_to_end(line)? as u64 != length {
        return Err(std::io::ErrorKind::UnexpectedEof.into());
    }
    Ok(Some((number(0), number(8))))
}
