//! How event tags are stored.

use events::json;
use rusqlite::{Connection, OptionalExtension as _, Row};

/// How to find the tags of an event without looking at all tags: a table with the name of its
/// index, which SQLite must use. By itself it would believe a store's statistics, which can say
/// that looking at all tags is faster. `None` if there is no index.
pub(crate) fn indexed_table(connection: &Connection) -> rusqlite::Result<Option<String>> {
    let sql = "SELECT list.name FROM pragma_index_list('event_tag') AS list JOIN pragma_index_xinfo(list.name) AS part \
               WHERE list.partial = 0 AND part.seqno = 0 AND part.name = '_event_identifier' AND part.coll = 'BINARY'";
    let index: Option<String> = connection.query_row(sql, [], |row| row.get(0)).optional()?;
    Ok(index.map(|index| format!("event_tag INDEXED BY \"{}\"", index.replace('"', "\"\""))))
}

/// How long the labels of an event may be as they are stored: many short ones take ten times as
/// much memory.
const MAXIMUM_STORED_LABELS: usize = 16 << 20;

/// The labels in a row's column, if they are what Plaso writes there: a list of texts, and no more
/// than fits in memory.
pub(crate) fn stored_labels(row: &Row<'_>, column: usize) -> Option<Vec<String>> {
    let stored = row.get_ref(column).ok()?.as_str().ok()?.as_bytes();
    (stored.len() <= MAXIMUM_STORED_LABELS).then(|| json::strings(stored).ok()).flatten()
}

/// Replaces what is in `out` by the labels as Python's `json.dumps` writes a list.
pub(crate) fn write_labels<'l>(out: &mut String, labels: impl Iterator<Item = &'l str>) {
    out.clear();
    out.push('[');
    for (position, label) in labels.enumerate() {
        if position > 0 {
            out.push_str(", ");
        }
        out.push_str(&json::quoted(label));
    }
    out.push(']');
}
