//! Whether a store, without regard to a journal, is whole.

use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use crate::connection::{connect, uri};

/// Whether all pages of the store belong together. A store that a change was written to in part is
/// not whole. This reads all of the store.
pub(super) fn is_whole(path: &Path) -> bool {
    open(path).and_then(|store| check(&store)).unwrap_or(false)
}

/// Whether the store is whole and has the session of this run.
pub(super) fn holds_all(path: &Path, run: &str) -> bool {
    let look = || -> rusqlite::Result<bool> {
        let store = open(path)?;
        let sql = "SELECT count(*) FROM session WHERE identifier = ?1";
        let sessions: i64 = store.query_row(sql, [run], |row| row.get(0))?;
        Ok(sessions > 0 && check(&store)?)
    };
    look().unwrap_or(false)
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
