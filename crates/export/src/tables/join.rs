//! Puts the small Parquet files of all tasks together, one file for each table.

use std::io::{Read as _, Seek as _, SeekFrom, Write};
use std::path::Path;

use bytes::Bytes;
use files::Input;
use parquet::column::writer::ColumnCloseResult;
use parquet::errors::ParquetError;
use parquet::file::metadata::ParquetMetaDataReader;
use parquet::file::writer::SerializedFileWriter;

use super::field::description;
use super::schema::{Schema, Table};
use super::table::properties;
use super::writer::{Blob, blobs};
use crate::error::ExportError;
use crate::join::{OpenPart, Parts};

/// Writes one file for each table that has events. `create` makes a file of this name. Returns the
/// number of files.
///
/// # Errors
///
/// If a part cannot be read, a file cannot be written, or the work is stopped.
pub fn join_tables<W: Write + Send>(
    schema: &Schema,
    parts: Parts<'_>,
    mut create: impl FnMut(&str) -> std::io::Result<W>,
) -> Result<u64, ExportError> {
    // For each table, the part and the place of its files, in the order of the tasks.
    let mut places: Vec<Vec<(&Path, Blob)>> = vec![Vec::new(); schema.tables.len()];
    for path in &parts.parts {
        let part = (parts.open)(path).map_err(|error| ExportError::read(path, error))?;
        for blob in blobs(path, part)? {
            let table = places.get_mut(blob.table);
            table
                .ok_or_else(|| ExportError::damaged(path, "it names a table that does not exist"))?
                .push((path, blob));
        }
    }
    let mut files = 0;
    for (done, (table, places)) in schema.tables.iter().zip(places).enumerate() {
        if places.is_empty() {
            continue;
        }
        let file = create(&format!("{}.parquet", table.file))?;
        let done = done * parts.parts.len() / schema.tables.len();
        join(table, &places, parts.open, file, &mut || (parts.goes_on)(done))?;
        files += 1;
    }
    parts.parts.iter().for_each(|part| (parts.remove)(part));
    Ok(files)
}

fn join<W: Write + Send>(
    table: &Table,
    places: &[(&Path, Blob)],
    open: &OpenPart<'_>,
    file: W,
    goes_on: &mut dyn FnMut() -> bool,
) -> Result<(), ExportError> {
    let mut writer =
        SerializedFileWriter::new(file, description(table).map_err(output)?, properties()).map_err(output)?;
    for (path, blob) in places {
        if !goes_on() {
            return Err(ExportError::Stopped);
        }
        let bytes =
            open(path).and_then(|part| read(part, *blob)).map_err(|error| ExportError::read(path, error))?;
        let damaged = |error: ParquetError| ExportError::damaged(path, error.to_string());
        let metadata = ParquetMetaDataReader::new().parse_and_finish(&bytes).map_err(damaged)?;
        for group in metadata.row_groups() {
            let mut to = writer.next_row_group().map_err(output)?;
            for column in group.columns() {
                let chunk = ColumnCloseResult {
                    bytes_written: u64::try_from(column.compressed_size()).unwrap_or_default(),
                    rows_written: u64::try_from(group.num_rows()).unwrap_or_default(),
                    metadata: column.clone(),
                    bloom_filter: None,
                    column_index: None,
                    offset_index: None,
                };
                to.append_column(&bytes, chunk).map_err(output)?;
            }
            to.close().map_err(output)?;
        }
    }
    writer.close().map_err(output)?;
    Ok(())
}

fn read(part: Input, blob: Blob) -> std::io::Result<Bytes> {
    (&*part).seek(SeekFrom::Start(blob.offset))?;
    let mut bytes = Vec::new();
    (&*part).take(blob.length).read_to_end(&mut bytes)?;
    Ok(bytes.into())
}

/// Returns the error with which the output could not be written.
fn output(error: ParquetError) -> ExportError {
    match error {
        ParquetError::External(error) => match error.downcast::<std::io::Error>() {
            Ok(error) => ExportError::Output(*error),
            Err(error) => ExportError::Output(std::io::Error::other(error)),
        },
        error => ExportError::Output(std::io::Error::other(error)),
    }
}
