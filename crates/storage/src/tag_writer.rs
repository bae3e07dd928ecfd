//! Writing event tags and counting labels.

use std::collections::{BTreeMap, BTreeSet};

use events::EventId;
use rusqlite::{CachedStatement, Connection, Row};

use crate::budget::Budget;
use crate::connection::text;
use crate::format::TAG_INDEX;
use crate::indexes::index_of_tags;
use crate::label_set::LabelNumber;
use crate::label_table::{LabelTable, count};
use crate::tag_batch::TagBatch;
use crate::tags::{stored_labels, write_labels};
use crate::{StorageError, StoreWriter};

/// Writes event tags within the transaction of a [`StoreWriter`].
///
/// An event has one tag row. Labels it already has are kept, in their places, and none is stored
/// twice; so the same analysis again changes nothing. (Plaso compares the sets the wrong way round
/// and loses labels there.)
///
/// Rows are inserted many at a time, and the index of a table that had no tags is made when all are
/// there: that takes a third of the time.
pub struct TagWriter<'w> {
    writer: &'w StoreWriter,
    labels: LabelTable,
    /// Events that got each label.
    counts: Vec<u64>,
    added: u64,
    /// What the store had before; nothing as long as nothing is written.
    stored: Option<Stored<'w>>,
    batch: TagBatch,
}

/// The tags that a store had before the run.
struct Stored<'w> {
    /// Ordered, since a hostile store may choose labels that a quick hash cannot tell apart.
    counts: BTreeMap<Box<str>, u64>,
    unreadable: u64,
    /// Whether there are any; if not, none needs to be looked for.
    any: bool,
    find: CachedStatement<'w>,
    update: CachedStatement<'w>,
    /// For the rows that `find` finds. A hostile index finds one row for many events.
    budget: Budget,
}

/// What writing the tags of a run came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TagTotals {
    /// Labels that events did not have before.
    pub labels_added: u64,
    /// Stored tags whose labels are not a list of texts. They are left alone, and not counted.
    pub unreadable: u64,
}

impl StoreWriter {
    /// Starts writing event tags.
    #[must_use]
    pub fn tags(&self) -> TagWriter<'_> {
        TagWriter::new(self)
    }
}

impl<'w> TagWriter<'w> {
    fn new(writer: &'w StoreWriter) -> Self {
        Self {
            writer,
            labels: LabelTable::default(),
            counts: Vec::new(),
            added: 0,
            stored: None,
            batch: TagBatch::default(),
        }
    }

    /// The labels, by the numbers that [`add`](Self::add) takes.
    pub fn labels(&mut self) -> &mut LabelTable {
        &mut self.labels
    }

    /// Gives an event these labels, beside those it has. An event must come once, and a label once
    /// for it.
    ///
    /// # Errors
    ///
    /// If the store cannot be read or written.
    pub fn add(&mut self, event: EventId, labels: &[LabelNumber]) -> Result<(), StorageError> {
        if self.stored.is_none() {
            self.stored = Some(Stored::read(self.writer)?);
        }
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
        // Counts that are wrong from before are put right even if this run gives no label.
        let stored = match self.stored.take() {
            Some(stored) => stored,
            None if store.has_table("event_tag")? => Stored::read(self.writer)?,
            None => return Ok(TagTotals::default()),
        };
        let error = |source| store.error("write event tags to", source);
        self.batch.flush(&store.connection).map_err(error)?;
        if index_of_tags(&store.connection).map_err(error)?.is_none() {
            self.writer.execute(TAG_INDEX, [])?;
        }
        let mut counts = stored.counts;
        for (label, count) in self.labels.iter().zip(&self.counts).filter(|(_, count)| **count > 0) {
            *counts.entry(label.into()).or_default() += count;
        }
        if !counts.is_empty() || store.has_table("event_label_count")? {
            self.writer.create_table("event_label_count")?;
            write_counts(&store.connection, counts)
                .map_err(|source| store.error("write label counts to", source))?;
        }
        Ok(TagTotals { labels_added: self.added, unreadable: stored.unreadable })
    }

    fn add_to_store(&mut self, event: EventId, labels: &[LabelNumber]) -> rusqlite::Result<()> {
        let Self { labels: table, counts, added, stored, batch, writer } = self;
        let mut count = |number| {
            count(counts, number);
            *added += 1;
        };
        let stored = stored.as_mut().filter(|stored| stored.any);
        let rows = stored.map(|stored| Ok::<_, rusqlite::Error>((stored.of(event)?, stored))).transpose()?;
        let Some((rows, stored)) = rows.filter(|(rows, _)| !rows.is_empty()) else {
            labels.iter().copied().for_each(&mut count);
            let labels = labels.iter().map(|&number| table.text(number));
            return batch.add(&writer.store().connection, event, labels);
        };
        let known: BTreeSet<&str> = rows.iter().flat_map(|(_, labels)| labels).map(String::as_str).collect();
        let new: Vec<_> =
            labels.iter().copied().filter(|&number| !known.contains(table.text(number))).collect();
        if new.is_empty() {
            return Ok(());
        }
        new.iter().copied().for_each(&mut count);
        let (row, before) = &rows[0];
        let all = before.iter().map(String::as_str).chain(new.iter().map(|&number| table.text(number)));
        let mut list = String::new();
        write_labels(&mut list, all);
        stored.update.execute((row, list)).map(drop)
    }
}

impl<'w> Stored<'w> {
    fn read(writer: &'w StoreWriter) -> Result<Self, StorageError> {
        let connection = &writer.store().connection;
        let error = |source| writer.store().error("write event tags to", source);
        writer.create_table("event_tag")?;
        let StoredLabels { counts, unreadable, any } = StoredLabels::count(connection).map_err(error)?;
        if any && index_of_tags(connection).map_err(error)?.is_none() {
            writer.execute(TAG_INDEX, [])?;
        }
        // Without any tags there may be no index, and nothing is searched for.
        let index = index_of_tags(connection).map_err(error)?.unwrap_or_default();
        let prepare = |sql: &str| connection.prepare_cached(sql).map_err(error);
        let find = prepare(&format!(
            "SELECT _identifier, labels FROM event_tag {index} WHERE _event_identifier = ?1 ORDER BY _identifier"
        ))?;
        let update = prepare("UPDATE event_tag SET labels = ?2 WHERE _identifier = ?1")?;
        let budget = writer.store().search_budget("event_tag")?;
        Ok(Self { counts, unreadable, any, find, update, budget })
    }

    /// The rows that an event has, as far as their labels can be read. Plaso writes one; that there
    /// are more is no reason to lose what stands in them.
    fn of(&mut self, event: EventId) -> rusqlite::Result<Vec<(i64, Vec<String>)>> {
        let mut rows = self.find.query([event.to_string()])?;
        let mut stored = Vec::new();
        while let Some(row) = rows.next()? {
            self.budget.take(row)?;
            if let Some(labels) = stored_labels(row, 1) {
                stored.push((row.get(0)?, labels));
            }
        }
        Ok(stored)
    }
}

/// What can be said of the stored labels after a look at all of them.
#[derive(Default)]
struct StoredLabels {
    counts: BTreeMap<Box<str>, u64>,
    unreadable: u64,
    any: bool,
}

impl StoredLabels {
    fn count(connection: &Connection) -> rusqlite::Result<Self> {
        let mut stored = Self::default();
        // By event, so that a label that stands in two rows of one counts once.
        let mut statement =
            connection.prepare("SELECT _event_identifier, labels FROM event_tag ORDER BY 1")?;
        let mut rows = statement.query([])?;
        let mut current: (String, BTreeSet<String>) = Default::default();
        while let Some(row) = rows.next()? {
            stored.any = true;
            let event = text(row, 0).unwrap_or_default();
            if event != current.0 {
                current = (event, BTreeSet::new());
            }
            let Some(labels) = stored_labels(row, 1) else {
                stored.unreadable += 1;
                continue;
            };
            for label in labels {
                if !current.1.contains(&label) {
                    match stored.counts.get_mut(label.as_str()) {
                        Some(count) => *count += 1,
                        None => drop(stored.counts.insert(label.as_str().into(), 1)),
                    }
                    current.1.insert(label);
                }
            }
        }
        Ok(stored)
    }
}

fn write_counts(connection: &Connection, mut counts: BTreeMap<Box<str>, u64>) -> rusqlite::Result<()> {
    let total: u64 = counts.values().sum();
    if total > 0 {
        counts.insert("total".into(), total);
    }
    // Rows that stay keep their identifiers, as when Plaso updates them. There is no index to find
    // a label by.
    let mut statement =
        connection.prepare("SELECT _identifier, label FROM event_label_count ORDER BY _identifier")?;
    // Of the labels that go, only the row is kept in memory.
    let label = |row: &Row<'_>| text(row, 1).filter(|label| counts.contains_key(label.as_str()));
    let stored: Vec<(i64, Option<String>)> =
        statement.query_map([], |row| Ok((row.get(0)?, label(row))))?.collect::<Result<_, _>>()?;
    let mut update =
        connection.prepare("UPDATE event_label_count SET number_of_events = ?2 WHERE _identifier = ?1")?;
    let mut delete = connection.prepare("DELETE FROM event_label_count WHERE _identifier = ?1")?;
    for (rowid, label) in stored {
        match label.and_then(|label| counts.remove(label.as_str())) {
            Some(number) => update.execute((rowid, number))?,
            None => delete.execute([rowid])?,
        };
    }
    let mut insert =
        connection.prepare("INSERT INTO event_label_count (label, number_of_events) VALUES (?1, ?2)")?;
    counts.iter().try_for_each(|(label, number)| insert.execute((label, number)).map(drop))
}
