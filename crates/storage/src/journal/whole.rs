//! Whether a store, without regard to a journal, is whole.

use std::io;
use std::path::Path;

use rusqlite::{Connection, ErrorCode, OpenFlags};

use crate::connection::{connect, uri};

/// Whether all pages of the store belong together. A store that a change was written to in part is
/// mostly not whole. This reads all of the store, and fails if that is not possible.
pub(super) fn is_whole(path: &Path) -> io::Result<bool> {
    is_whole_with(path, |_| Ok(true))
}

/// Whether the store is whole, and passes this test.
pub(super) fn is_whole_with(
    path: &Path,
    passes: impl FnOnce(&Connection) -> rusqlite::Result<bool>,
) -> io::Result<bool> {
    known(open(path).and_then(|store| Ok(check(&store)? && passes(&store)?)))
}

/// Takes an error about the content of the store as a sign that it is not whole. If the content
/// could not be read, nothing is known.
fn known(found: rusqlite::Result<bool>) -> io::Result<bool> {
    let could_not_look =
        |code| matches!(code, ErrorCode::SystemIoFailure | ErrorCode::CannotOpen | ErrorCode::OutOfMemory);
    match found {
        Err(error) if error.sqlite_error_code().is_some_and(could_not_look) => Err(io::Error::other(error)),
        found => Ok(found.unwrap_or(false)),
    }
}

/// Opens the store such that SQLite does not look for a journal.
fn open(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_URI
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_NOFOLLOW;
    connect(uri(path, "immutable=1"), flags)
}

fn check(store: &Connection) -> rusqlite::Result<bool> {
    let found: String = store.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    Ok(found == "ok")
}

#[cfg(test)]
mod tests {
    use rusqlite::{Error, ffi};

    use super::*;

    #[test]
    fn a_store_that_cannot_be_read_may_be_whole() {
        let failed = |code| known(Err(Error::SqliteFailure(ffi::Error::new(code), None))).ok();
        assert_eq!(
            [ffi::SQLITE_CORRUPT, ffi::SQLITE_NOTADB, ffi::SQLITE_ERROR].map(failed),
            [Some(false); 3]
        );
        assert_eq!([ffi::SQLITE_IOERR_READ, ffi::SQLITE_CANTOPEN, ffi::SQLITE_NOMEM].map(failed), [None; 3]);
        assert_eq!(known(Ok(true)).ok(), Some(true));
    }
}
