//! The part of a Parquet export that one task writes: small Parquet files, one after the other, and
//! at the end where each one is.

use std::collections::BTreeMap;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use events::Event;
use files::{Input, NewFile};
use serde::{Deserialize, Serialize};

use super::schema::Schema;
use super::table::Rows;
use crate::error::{ExportError, Unexportable};
use crate::part::begin;
use crate::row::Row;

/// The number of bytes of rows that are held in memory.
const MAXIMUM_HELD: usize = 24 << 20;

/// Writes the rows of a task.
pub(crate) struct TablesWriter {
    schema: Arc<Schema>,
    path: PathBuf,
    file: NewFile,
    held: usize,
    rows: BTreeMap<usize, Rows>,
    blobs: Vec<Blob>,
    written: u64,
    events: u64,
}

/// A small Parquet file in a part.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Blob {
    /// The position of the table.
    pub(crate) table: usize,
    pub(crate) offset: u64,
    pub(crate) length: u64,
}

impl TablesWriter {
    pub(crate) fn create(path: &Path, schema: Arc<Schema>) -> Result<Self, ExportError> {
        Ok(Self {
            schema,
            path: path.to_owned(),
            file: begin(path)?,
            held: 0,
            rows: BTreeMap::new(),
            blobs: Vec::new(),
            written: 0,
            events: 0,
        })
    }

    /// Adds an event to its table.
    pub(crate) fn add(
        &mut self,
        event: &Event,
        labels: &[String],
        row: &Row<'_>,
    ) -> Result<(), Unexportable> {
        let table = self.schema.table_for(&row.data_type);
        let rows = self.rows.entry(table).or_insert_with(|| Rows::new(&self.schema.tables[table]));
        self.held += rows.add(&self.schema.tables[table], event, labels, row)?;
        self.events += 1;
        Ok(())
    }

    /// Writes the rows that are held, if they take too much memory.
    pub(crate) fn relieve(&mut self) -> Result<(), ExportError> {
        if self.held > MAXIMUM_HELD { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), ExportError> {
        self.held = 0;
        for (table, rows) in std::mem::take(&mut self.rows) {
            let blob = rows
                .file(&self.schema.tables[table])
                .map_err(|error| ExportError::part(&self.path, std::io::Error::other(error)))?;
            self.blobs.push(Blob { table, offset: self.written, length: blob.len() as u64 });
            self.written += blob.len() as u64;
            self.file.file().write_all(&blob).map_err(|error| ExportError::part(&self.path, error))?;
        }
        Ok(())
    }

    /// Completes the part. Returns the number of its events.
    pub(crate) fn finish(mut self) -> Result<u64, ExportError> {
        self.flush()?;
        let error = |error| ExportError::part(&self.path, error);
        let list = serde_json::to_vec(&self.blobs).map_err(|e| error(e.into()))?;
        self.file.file().write_all(&list).map_err(error)?;
        self.file.file().write_all(&(list.len() as u64).to_le_bytes()).map_err(error)?;
        self.file.publish().map_err(|error| ExportError::part(&self.path, error))?;
        Ok(self.events)
    }
}

/// Returns where the files in a part are.
pub(crate) fn blobs(path: &Path, part: Input) -> Result<Vec<Blob>, ExportError> {
    let error = |error| ExportError::read(path, error);
    let mut file = &*part;
    let mut length = [0; 8];
    file.seek(SeekFrom::End(-8)).map_err(error)?;
    file.read_exact(&mut length).map_err(error)?;
    let length = i64::from_le_bytes(length);
    file.seek(SeekFrom::End(length.saturating_neg().saturating_sub(8))).map_err(error)?;
    let mut list = Vec::new();
    file.take(length.unsigned_abs()).read_to_end(&mut list).map_err(error)?;
    serde_json::from_slice(&list).map_err(|error| ExportError::damaged(path, error.to_string()))
}
