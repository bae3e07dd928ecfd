//! The rows of a table that wait to be written.

use std::sync::Arc;

use events::json::JsonError;
use events::{Event, StreamAttribute};
use parquet::basic::Compression;
use parquet::errors::Result;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::SerializedFileWriter;

use super::column::{Column, strict};
use super::field::{FIRST, LAST, columns, description};
use super::schema::Table;
use super::survey::column_name;
use crate::error::Unexportable;
use crate::json_lines::{stream_name, write_attribute, write_name};
use crate::row::Row;

/// The rows of a table that wait to be written.
#[derive(Debug)]
pub(crate) struct Rows {
    columns: Vec<Column>,
    rows: usize,
}

/// The memory that a row takes in a column, beside its value.
const ROW_OF_COLUMN: usize = 4;

impl Rows {
    pub(crate) fn new(table: &Table) -> Self {
        Self { columns: columns(table).map(|(_, kind)| Column::new(kind)).collect(), rows: 0 }
    }

    /// Adds an event. Returns about how many bytes it takes.
    pub(crate) fn add(
        &mut self,
        table: &Table,
        event: &Event,
        labels: &[String],
        row: &Row<'_>,
    ) -> std::result::Result<usize, Unexportable> {
        // Values are prepared first, so that an event is added as a whole or not at all.
        let attributes = attributes(table, row)?;
        let pathspec = json_of_stream(row, StreamAttribute::PathSpec)?;
        let yara_match = json_of_stream(row, StreamAttribute::YaraMatch)?;

        let mut size = self.columns.len() * ROW_OF_COLUMN;
        self.columns[0].add_integer(Some(event.id.rowid()));
        self.columns[1].add_integer(event.timestamp.map(|time| time.0));
        size += self.columns[2].add_text(Some(&event.timestamp_description));
        size += self.columns[3].add_text(Some(&row.data_type));
        size += self.columns[4].add_texts(labels.iter().map(|label| Some(label.as_str())));
        for (column, text) in (5..).zip([
            row.parties.host.as_deref(),
            row.parties.user.as_deref(),
            Some(&*row.message),
            row.display_name.as_deref(),
        ]) {
            size += self.columns[column].add_text(text);
        }
        for (position, stored, strict) in &attributes.own {
            size += self.columns[FIRST.len() + position].add_stored(stored, strict)?;
        }
        let last = FIRST.len() + table.columns.len();
        for (position, (name, _)) in LAST.iter().enumerate() {
            let text = match *name {
                "pathspec" => pathspec.as_deref(),
                "yara_match" => yara_match.as_deref(),
                super::field::OTHERS => attributes.others.as_deref(),
                name => StreamAttribute::ALL
                    .into_iter()
                    .find(|attribute| stream_name(*attribute) == name)
                    .and_then(|attribute| row.stream?.attribute(attribute)),
            };
            size += self.columns[last + position].add_text(text);
        }
        self.rows += 1;
        for column in &mut self.columns {
            column.pad(self.rows);
        }
        Ok(size)
    }

    /// Returns the rows as a Parquet file.
    pub(crate) fn file(&self, table: &Table) -> Result<Vec<u8>> {
        let mut writer = SerializedFileWriter::new(Vec::new(), description(table)?, properties())?;
        let mut group = writer.next_row_group()?;
        for column in &self.columns {
            if let Some(to) = group.next_column()? {
                column.write(to)?;
            }
        }
        group.close()?;
        writer.into_inner()
    }
}

/// Returns an attribute of the stream that is JSON, as strict JSON.
fn json_of_stream(
    row: &Row<'_>,
    attribute: StreamAttribute,
) -> std::result::Result<Option<String>, Unexportable> {
    let Some(stream) = row.stream else { return Ok(None) };
    let json = stream.attribute(attribute).map(|json| strict(json.as_bytes())).transpose();
    json.map_err(|why| Unexportable::stream(stream, attribute, why))
}

/// Divides the attributes into those with a column, and others, which become an object.
fn attributes<'a>(table: &Table, row: &Row<'a>) -> std::result::Result<Attributes<'a>, JsonError> {
    let mut own = Vec::new();
    let mut others = Vec::new();
    for (name, has_prefix, stored) in row.attributes() {
        let mut written = Vec::new();
        write_attribute(row, name, stored, &mut written)?;
        let column = column_name(name, has_prefix)
            .and_then(|name| table.columns.binary_search_by(|(column, _)| column.as_str().cmp(&name)).ok());
        match column {
            Some(column) => own.push((column, stored, String::from_utf8_lossy(&written).into_owned())),
            None => {
                others.push(if others.is_empty() { b'{' } else { b',' });
                write_name(name, has_prefix, &mut others);
                others.push(b':');
                others.extend_from_slice(&written);
            }
        }
    }
    if !others.is_empty() {
        others.push(b'}');
    }
    let others = (!others.is_empty()).then(|| String::from_utf8_lossy(&others).into_owned());
    Ok(Attributes { own, others })
}

/// The attributes of an event.
struct Attributes<'a> {
    /// Those with a column: its position, the value as it is stored, and as strict JSON.
    own: Vec<(usize, &'a [u8], String)>,
    /// All others, as an object.
    others: Option<String>,
}

/// Returns how files are written. Indexes of pages would help only for row groups that are much
/// larger than ours.
pub(crate) fn properties() -> Arc<WriterProperties> {
    let properties = WriterProperties::builder()
        .set_created_by(concat!("foreman ", env!("CARGO_PKG_VERSION")).into())
        .set_compression(Compression::SNAPPY)
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_statistics_truncate_length(Some(64))
        .set_offset_index_disabled(true);
    Arc::new(properties.build())
}
