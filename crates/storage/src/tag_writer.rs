//! Writing event tags and counting labels.

use events::{EventId, Label, json};
use rusqlite::{CachedStatement, Connection, OptionalExtension as _, Row};
use rustc_hash::FxHashMap;

use crate::connection::{has_table, text};
use crate::format::TAG_INDEX;
use crate::{StorageError, StoreWriter};

/// Writes event tags within the transaction of a [`StoreWriter`].
///
/// An event has one tag row. Labels it already has are kept, in their places, and none is stored twice; so the
/// same analysis again changes nothing. (Plaso compares the sets the wrong way round and loses labels there.)
pub struct TagWriter<'w> {
    writer: &'w StoreWriter,
    /// Whether the store had tags before the run; if not, none needs to be looked for.
    had_tags: bool,
    statements: Statements<'w>,
    counts: FxHashMap<Box<str>, u64>,
    added: u64,
    unreadable: u64,
    buffer: String,
}

struct Statements<'w> {
    find: CachedStatement<'w>,
    insert: CachedStatement<'w>,
    update: CachedStatement<'w>,
}

/// What writing the tags of a run came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TagTotals {
    /// Labels that events did not have before.
    pub labels_added: u64,
    /// Stored tags whose labels are not a list of texts. They are left alone, and not counted.
    pub unreadable: u64,
}

impl<'w> TagWriter<'w> {
    pub(crate) fn new(writer: &'w StoreWriter) -> Result<Self, StorageError> {
        let connection = &writer.store().connection;
        let error = |source| writer.store().error("write event tags to", source);
        writer.create_table("event_tag")?;
        if !has_index(connection).map_err(error)? {
            writer.execute(TAG_INDEX, [])?;
        }
        let prepare = |sql| connection.prepare_cached(sql).map_err(error);
        let mut tags = Self {
            writer,
            had_tags: false,
            statements: Statements {
                find: prepare(
                    "SELECT _identifier, labels FROM event_tag WHERE _event_identifier = ?1 ORDER BY _identifier",
                )?,
                insert: prepare("INSERT INTO event_tag (_event_identifier, labels) VALUES (?1, ?2)")?,
                update: prepare("UPDATE event_tag SET labels = ?2 WHERE _identifier = ?1")?,
            },
            counts: FxHashMap::default(),
            added: 0,
            unreadable: 0,
            buffer: String::new(),
        };
        tags.count_stored().map_err(error)?;
        Ok(tags)
    }

    /// Gives an event these labels, beside those it has.
    ///
    /// # Errors
    ///
    /// If the store cannot be read or written.
    pub fn add(&mut self, event: EventId, labels: &[Label]) -> Result<(), StorageError> {
        let store = self.writer.store();
        self.add_to_store(event, labels).map_err(|source| store.error("write event tags to", source))
    }

    /// Brings the stored label counts into line with the tags.
    ///
    /// # Errors
    ///
    /// If the store cannot be read or written.
    pub fn finish(mut self) -> Result<TagTotals, StorageError> {
        let store = self.writer.store();
        if !self.counts.is_empty() || store.has_table("event_label_count")? {
            self.writer.create_table("event_label_count")?;
            self.write_counts().map_err(|source| store.error("write label counts to", source))?;
        }
        Ok(TagTotals { labels_added: self.added, unreadable: self.unreadable })
    }

    fn add_to_store(&mut self, event: EventId, labels: &[Label]) -> rusqlite::Result<()> {
        let event = event.to_string();
        let stored = if self.had_tags { self.stored(&event)? } else { Vec::new() };
        let has = |label: &str| stored.iter().any(|(_, labels)| labels.iter().any(|known| known == label));
        let mut new: Vec<&str> = Vec::new();
        for label in labels.iter().map(Label::as_str) {
            if !has(label) && !new.contains(&label) {
                new.push(label);
            }
        }
        if new.is_empty() {
            return Ok(());
        }
        for label in &new {
            count(&mut self.counts, label);
            self.added += 1;
        }
        let (row, before) =
            stored.first().map_or((None, &[][..]), |(rowid, labels)| (Some(rowid), labels.as_slice()));
        write_labels(&mut self.buffer, before.iter().map(String::as_str).chain(new));
        match row {
            Some(rowid) => self.statements.update.execute((rowid, &self.buffer)).map(drop),
            None => self.statements.insert.execute((&event, &self.buffer)).map(drop),
        }
    }

    /// The rows that an event has already, as far as their labels can be read. Plaso writes one; that there are more is no
    /// reason to lose what stands in them.
    fn stored(&mut self, event: &str) -> rusqlite::Result<Vec<(i64, Vec<String>)>> {
        let mut rows = self.statements.find.query([event])?;
        let mut stored = Vec::new();
        while let Some(row) = rows.next()? {
            if let Some(labels) = stored_labels(row, 1) {
                stored.push((row.get(0)?, labels));
            }
        }
        Ok(stored)
    }

    fn count_stored(&mut self) -> rusqlite::Result<()> {
        let connection = &self.writer.store().connection;
        // By event, so that a label that stands in two rows of one counts once.
        let mut statement =
            connection.prepare("SELECT _event_identifier, labels FROM event_tag ORDER BY 1")?;
        let mut rows = statement.query([])?;
        let mut current: (String, Vec<String>) = Default::default();
        while let Some(row) = rows.next()? {
            self.had_tags = true;
            let event = text(row, 0).unwrap_or_default();
            if event != current.0 {
                current = (event, Vec::new());
            }
            let Some(labels) = stored_labels(row, 1) else {
                self.unreadable += 1;
                continue;
            };
            for label in labels {
                if !current.1.contains(&label) {
                    count(&mut self.counts, &label);
                    current.1.push(label);
                }
            }
        }
        Ok(())
    }

    fn write_counts(&mut self) -> rusqlite::Result<()> {
        let connection = &self.writer.store().connection;
        let total: u64 = self.counts.values().sum();
        if total > 0 {
            self.counts.insert("total".into(), total);
        }
        // Rows that stay keep their identifiers, as when Plaso updates them. There is no index to find a label by.
        let mut statement =
            connection.prepare("SELECT _identifier, label FROM event_label_count ORDER BY _identifier")?;
        let stored: Vec<(i64, Option<String>)> =
            statement.query_map([], |row| Ok((row.get(0)?, text(row, 1))))?.collect::<Result<_, _>>()?;
        let mut update = connection
            .prepare("UPDATE event_label_count SET number_of_events = ?2 WHERE _identifier = ?1")?;
        let mut delete = connection.prepare("DELETE FROM event_label_count WHERE _identifier = ?1")?;
        for (rowid, label) in stored {
            match label.and_then(|label| self.counts.remove(label.as_str())) {
                Some(number) => update.execute((rowid, number))?,
                None => delete.execute([rowid])?,
            };
        }
        let mut new: Vec<(Box<str>, u64)> = self.counts.drain().collect();
        new.sort();
        let mut insert =
            connection.prepare("INSERT INTO event_label_count (label, number_of_events) VALUES (?1, ?2)")?;
        new.iter().try_for_each(|(label, number)| insert.execute((label, number)).map(drop))
    }
}

fn has_index(connection: &Connection) -> rusqlite::Result<bool> {
    let sql = "SELECT 1 FROM sqlite_schema WHERE type = 'index' AND name = 'event_tag_per_event'";
    Ok(has_table(connection, "event_tag")? && connection.query_row(sql, [], |_| Ok(())).optional()?.is_some())
}

fn count(counts: &mut FxHashMap<Box<str>, u64>, label: &str) {
    match counts.get_mut(label) {
        Some(count) => *count += 1,
        None => drop(counts.insert(label.into(), 1)),
    }
}

/// The labels in a row's column, if they are what Plaso writes there: a list of texts.
pub(crate) fn stored_labels(row: &Row<'_>, column: usize) -> Option<Vec<String>> {
    json::strings(row.get_ref(column).ok()?.as_str().ok()?.as_bytes()).ok()
}

/// The labels as Python's `json.dumps` writes a list.
fn write_labels<'l>(out: &mut String, labels: impl Iterator<Item = &'l str>) {
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
