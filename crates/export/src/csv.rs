//! Comma-separated values: the columns that people sort and search by, and all attributes.

use events::Event;

use crate::cells::write_cell;
use crate::date_time::write_date_time;
use crate::error::Unexportable;
use crate::json_lines::write_attributes;
use crate::row::Row;

/// The columns. Timesketch needs `message`, `datetime` and `timestamp_desc`.
const COLUMNS: &str =
    "datetime,timestamp,timestamp_desc,event,tag,host,user,message,data_type,parser,display_name,attributes";

/// Returns what a CSV file begins with: the mark by which spreadsheets recognise UTF-8, and the
/// names of the columns.
#[must_use]
pub fn header() -> String {
    format!("\u{feff}{COLUMNS}\r\n")
}

/// Appends the row of an event, without the line end. `shared` is what [`write_shared`] wrote.
pub(crate) fn write_line(event: &Event, labels: &[String], shared: &[u8], out: &mut Vec<u8>) {
    // A time needs no quotes.
    event.timestamp.map(|time| write_date_time(time, out));
    out.push(b',');
    write_cell(&event.timestamp.map(|time| time.0.to_string()).unwrap_or_default(), out);
    out.push(b',');
    write_cell(&event.timestamp_description, out);
    out.extend_from_slice(format!(",{},", event.id.rowid()).as_bytes());
    // A label has no space. psort joins labels in the same way.
    write_cell(&labels.join(" "), out);
    out.extend_from_slice(shared);
}

/// Appends the cells that all events of an event data share, each after a comma.
///
/// # Errors
///
/// If a value cannot be read.
pub(crate) fn write_shared(row: &Row<'_>, out: &mut Vec<u8>) -> Result<(), Unexportable> {
    for text in [
        row.parties.host.as_deref(),
        row.parties.user.as_deref(),
        Some(&*row.message),
        Some(&*row.data_type),
        row.parser().as_deref(),
        row.display_name.as_deref(),
    ] {
        out.push(b',');
        write_cell(text.unwrap_or_default(), out);
    }
    let mut json = Vec::new();
    write_attributes(row, &mut json)?;
    if let Some(first) = json.first_mut() {
        // It was the comma before the first attribute.
        *first = b'{';
        json.push(b'}');
    }
    out.push(b',');
    write_cell(&String::from_utf8_lossy(&json), out);
    Ok(())
}
