//! Inserting event tags many at a time.
//!
//! SQLite looks up and notes the last identifier of such a table once for each statement, which
//! takes longer than the row itself.

use std::fmt::Write as _;

use events::EventId;
use rusqlite::{Connection, params_from_iter};

use crate::tags::write_labels;

/// Rows a statement; more gain nothing.
const ROWS: usize = 50;

/// Tags to be inserted, in their order.
#[derive(Debug, Default)]
pub(crate) struct TagBatch {
    /// References to events and lists of labels, by turns; only `filled` of them are waiting, the
    /// rest is memory to use again.
    texts: Vec<String>,
    filled: usize,
}

impl TagBatch {
    /// Adds a tag, and inserts all that wait if they are many.
    pub(crate) fn add<'l>(
        &mut self,
        connection: &Connection,
        event: EventId,
        labels: impl Iterator<Item = &'l str>,
    ) -> rusqlite::Result<()> {
        if self.texts.is_empty() {
            self.texts.resize_with(2 * ROWS, String::new);
        }
        let reference = &mut self.texts[self.filled];
        reference.clear();
        // Writing to a string cannot fail.
        let _ = write!(reference, "{event}");
        write_labels(&mut self.texts[self.filled + 1], labels);
        self.filled += 2;
        if self.filled == self.texts.len() { self.flush(connection) } else { Ok(()) }
    }

    /// Inserts all that wait.
    pub(crate) fn flush(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        let waiting = &self.texts[..self.filled];
        if waiting.is_empty() {
            return Ok(());
        }
        let rows = vec!["(?, ?)"; waiting.len() / 2].join(", ");
        let sql = format!("INSERT INTO event_tag (_event_identifier, labels) VALUES {rows}");
        connection.prepare_cached(&sql)?.execute(params_from_iter(waiting))?;
        self.filled = 0;
        Ok(())
    }
}
