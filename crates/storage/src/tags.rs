//! How event tags are stored.

use events::{EventId, json};
use rusqlite::{CachedStatement, OptionalExtension as _, Row};

use crate::budget::{Budget, check_size};
use crate::connection::text;
use crate::indexes::{index_of_tags, is_right};
use crate::{StorageError, Store};

/// Returns a table in which the tags of an event are found quickly and in their order: the stored
/// one, or a copy with an index if the store has none, or a wrong one. Plaso makes the index with
/// the table.
pub(crate) fn searchable_table(store: &Store) -> Result<String, StorageError> {
    let indexed = || -> rusqlite::Result<_> {
        if let Some(index) = index_of_tags(&store.connection)?
            && is_right(&store.connection, &index)?
        {
            return Ok(format!("event_tag {index}"));
        }
        check_size(&store.connection, "event_tag", "_event_identifier TEXT, labels TEXT")?;
        store.connection.execute_batch(
            "CREATE TEMP TABLE IF NOT EXISTS tag_copy AS \
                 SELECT _identifier, _event_identifier, labels FROM event_tag NOT INDEXED ORDER BY _identifier; \
             CREATE INDEX IF NOT EXISTS tag_copy_per_event ON tag_copy (_event_identifier, _identifier)",
        )?;
        Ok("tag_copy".into())
    };
    indexed().map_err(|source| store.error("read event tags of", source))
}

/// How many tags are read at once to find events with several.
const PIECE: i64 = 1 << 16;

/// The tags of a store in which an event has several. Plaso gives each event one, but a reader that
/// took each tag for an event would count such an event more than once.
pub(crate) struct SharedTags<'s> {
    /// Finds the first tag of an event.
    first: CachedStatement<'s>,
    /// Finds all tags of an event.
    all: CachedStatement<'s>,
    budget: Budget,
}

impl<'s> SharedTags<'s> {
    /// Returns `None` if no event has several tags.
    pub(crate) fn find(store: &'s Store) -> Result<Option<Self>, StorageError> {
        let table = searchable_table(store)?;
        let budget = store.search_budget("event_tag")?;
        let prepare = |sql: &str| store.connection.prepare_cached(sql);
        let find = || -> rusqlite::Result<_> {
            if !any_event_repeats(store, &table, &budget)? {
                return Ok(None);
            }
            budget.renew();
            let of_event = format!("FROM {table} WHERE _event_identifier = ?1 ORDER BY _identifier");
            let first = prepare(&format!("SELECT _identifier {of_event} LIMIT 1"))?;
            let all = prepare(&format!("SELECT labels {of_event}"))?;
            Ok(Some(Self { first, all, budget }))
        };
        find().map_err(|source| store.error("read event tags of", source))
    }

    /// Returns the labels of an event in all its tags if `row` is the first of them, and otherwise
    /// nothing. A tag whose labels cannot be read comes as `None` after the others.
    pub(crate) fn labels(&mut self, row: i64, event: &str) -> rusqlite::Result<Vec<Option<Vec<String>>>> {
        if self.first.query_row([event], |first| first.get::<_, i64>(0)).optional()? != Some(row) {
            return Ok(Vec::new());
        }
        let (mut readable, mut size, mut unreadable) = (Vec::new(), 0, 0);
        let mut rows = self.all.query([event])?;
        while let Some(row) = rows.next()? {
            self.budget.take(row)?;
            size += text(row, 0).map_or(0, |labels| labels.len());
            match stored_labels(row, 0).filter(|_| size <= MAXIMUM_STORED_LABELS) {
                Some(labels) => readable.extend(labels),
                None => unreadable += 1,
            }
        }
        let mut tags = vec![None; unreadable];
        if !readable.is_empty() || unreadable == 0 {
            tags.insert(0, Some(readable));
        }
        Ok(tags)
    }
}

/// Returns whether an event has several tags. Reads the tags in the order of their events, in
/// pieces that begin with the last event of the piece before.
fn any_event_repeats(store: &Store, table: &str, budget: &Budget) -> rusqlite::Result<bool> {
    let sql = format!(
        "SELECT _event_identifier FROM {table} WHERE _event_identifier >= ?1 ORDER BY _event_identifier LIMIT {PIECE}"
    );
    let mut statement = store.connection.prepare_cached(&sql)?;
    let mut start = String::new();
    loop {
        let (mut last, mut number): (Option<String>, i64) = (None, 0);
        let mut rows = statement.query([&start])?;
        while let Some(row) = rows.next()? {
            budget.take(row)?;
            let event = text(row, 0);
            if event.is_some() && event == last {
                return Ok(true);
            }
            last = event;
            number += 1;
        }
        match last {
            Some(last) if number == PIECE && last > start => start = last,
            _ => return Ok(false),
        }
    }
}

/// Returns the event that a tag names, or `None` if the text is not the one that is searched for as
/// the tags of an event are: like psort, analyses and exports compare texts, so that `event.08`
/// names no event.
pub(crate) fn tagged_event(reference: &str) -> Option<EventId> {
    let begins = |start| reference.starts_with(start);
    let is_odd = reference != "event.0" && (begins("event.0") || begins("event.-0"));
    EventId::parse(reference).ok().filter(|_| !is_odd)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_has_one_name() {
        for row in [i64::MIN, -10, -1, 0, 1, 8, 80, i64::MAX] {
            let event = EventId::new(row);
            assert_eq!(tagged_event(&event.to_string()), Some(event));
        }
        for odd in [
            "event.08",
            "event.00",
            "event.-0",
            "event.-08",
            "event.+8",
            "event. 8",
            "event.8_0",
            "event.8.",
            "Event.8",
        ] {
            assert_eq!(tagged_event(odd), None, "{odd}");
        }
    }
}
