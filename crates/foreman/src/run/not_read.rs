//! Notices that not as many events were read as a store is said to have.
//!
//! In a damaged table, a search for the rows of a task can pass over some of them, and SQLite does
//! not notice. Or another program removes rows while they are read.

use std::path::Path;

use events::{Note, SetAside, with_causes};
use storage::{Store, StoreState, counts_as_write};

use crate::paths::is_gone;
use crate::words::number;

/// What is said if not as many events were read as was expected.
pub(super) struct NotRead {
    pub(super) note: Note,
    /// Whether events that the store has, or had when the run began, were not read.
    pub(super) is_short: bool,
}

/// How many events a store has.
#[derive(Debug, Clone, Copy)]
pub(crate) struct EventCount {
    /// As many as are in it.
    pub(crate) total: u64,
    /// As many as Plaso counted when it made the store, if it did.
    pub(crate) counted: Option<u64>,
}

/// Compares the number of events that were `read` with the number of the store's. `given_up` are
/// the events whose workers ended. If fewer or more were read than are there, `rows` counts the
/// rows of the table; it returns `None` if that is of no use.
pub(super) fn events_not_read(
    EventCount { total, counted }: EventCount,
    read: u64,
    given_up: &[SetAside],
    rows: impl FnOnce() -> Option<u64>,
) -> Option<NotRead> {
    let read = read + given_up.iter().filter(|aside| aside.event.is_some()).count() as u64;
    if read == total && read == counted.unwrap_or(total) {
        return None;
    }
    // All rows that are there were read: then some were removed or added before the run.
    let is_short = read != total && rows() != Some(read);
    let expected = counted.filter(|_| !is_short).unwrap_or(total);
    let difference = expected.abs_diff(read);
    let (expected, found) = (number(expected), number(read));
    let message = if is_short {
        format!(
            "the storage file has {expected} events, but {found} were read: its table of events may be damaged; check a copy \
             with PRAGMA integrity_check, and compare it with its source"
        )
    } else if counted.is_none() {
        format!(
            "the storage file had {expected} events when the run began, but {found} are in it now, which were all read: compare \
             it with its source"
        )
    } else {
        format!(
            "Plaso counted {expected} events when it made the storage file, but {found} are in it now, which were all read: \
             compare it with its source"
        )
    };
    tracing::warn!("{message}");
    Some(NotRead { note: Note { message, count: difference }, is_short })
}

/// Counts the rows of a store that is not locked. Returns `None` if it is not as it was when the
/// run began, or cannot be read.
pub(super) fn rows_of_unlocked(path: &Path, before: &StoreState) -> Option<u64> {
    before.is_still_at(path).ok()?.then(|| Store::open(path).ok()?.rows_of_events().ok())?
}

/// Returns what has happened to the store at this path, if it is not as it was before the run, as
/// the beginning of a sentence. Nothing keeps another program from changing it during an export or
/// a dry run, and each worker reads what is there then.
pub(super) fn what_happened(path: &Path, before: &StoreState) -> Option<String> {
    match before.is_still_at(path) {
        Ok(true) => None,
        Ok(false) => {
            Some(format!("another program has changed the storage file meanwhile {}", counts_as_write(path)))
        }
        Err(_) if is_gone(path) => Some("the storage file was moved or removed meanwhile".into()),
        Err(error) => Some(format!("the storage file can no longer be read ({})", with_causes(&error))),
    }
}

#[cfg(test)]
mod tests {
    use events::EventId;

    use super::*;

    #[test]
    fn only_rows_that_are_there_and_were_not_read_are_missing() {
        let nine = EventCount { total: 9, counted: Some(9) };
        let is_short =
            |read, rows| events_not_read(nine, read, &[], || rows).map(|not_read| not_read.is_short);
        assert_eq!(is_short(9, None), None);
        assert_eq!(is_short(8, Some(9)), Some(true));
        assert_eq!(is_short(8, Some(8)), Some(false));
        assert_eq!(is_short(8, None), Some(true));
        let given_up = [SetAside { event: Some(EventId::new(7)), plugin: None, reason: "why".into() }];
        assert!(events_not_read(nine, 8, &given_up, || None).is_none());
        let uncounted = events_not_read(EventCount { total: 9, counted: None }, 8, &[], || Some(8)).unwrap();
        assert!(uncounted.note.message.starts_with("the storage file had 9 events when the run began"));
        // Rows at the beginning or the end are gone, which their numbers do not show.
        let of_plaso = |counted| EventCount { total: 8, counted };
        let note = |counted| events_not_read(of_plaso(counted), 8, &[], || None);
        assert!(note(None).is_none() && note(Some(8)).is_none());
        let gone = note(Some(9)).unwrap();
        assert!(gone.note.message.starts_with("Plaso counted 9 events") && !gone.is_short);
        assert_eq!(gone.note.count, 1);
    }
}
