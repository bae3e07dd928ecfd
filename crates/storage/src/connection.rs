//! Opening SQLite files the way this project needs it.

use std::borrow::Cow;
use std::path::Path;
use std::time::Duration;

use files::Input;
use rusqlite::config::DbConfig;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags, OptionalExtension as _, Row};

use crate::StorageError;

/// How long to wait for a lock that another process holds only for a moment (a reader in the middle
/// of a page, a commit).
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

pub(crate) fn open(path: &Path, writable: bool) -> Result<Connection, StorageError> {
    require_regular(path)?;
    let access = if writable { OpenFlags::SQLITE_OPEN_READ_WRITE } else { OpenFlags::SQLITE_OPEN_READ_ONLY };
    let flags = access | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_NOFOLLOW;
    let connection = connect(path, flags).map_err(|source| StorageError::sqlite("open", path, source))?;
    configure(&connection).map_err(|source| StorageError::sqlite("open", path, source))?;
    Ok(connection)
}

/// Opens a database. SQLite follows no link, and waits for no pipe, that somebody puts there later.
pub(crate) fn connect<P: AsRef<Path>>(path: P, flags: OpenFlags) -> rusqlite::Result<Connection> {
    #[cfg(target_os = "linux")]
    crate::no_links::follow_no_links();
    Connection::open_with_flags(path, flags)
}

/// Refuses what is not there and what is no file. SQLite's own message would be "unable to open
/// database file". The file is not opened to find out: closing it would let go of every lock that
/// this process holds on it, and opening a pipe would wait for ever.
pub(crate) fn require_regular(path: &Path) -> Result<(), StorageError> {
    std::fs::metadata(path)
        .and_then(|metadata| match (metadata.is_file(), metadata.is_dir()) {
            (true, _) => Ok(()),
            (false, true) => Err(std::io::ErrorKind::IsADirectory.into()),
            (false, false) => Err(std::io::Error::other("it is no regular file")),
        })
        .map_err(|source| StorageError::cannot_open(path, source))
}

/// Opens a file beside SQLite, for reading. It must be a regular file: opening a pipe would wait
/// for ever, also one that somebody puts there at this moment.
pub(crate) fn open_file(path: &Path) -> Result<Input, StorageError> {
    require_regular(path)?;
    files::open_real_path(path).map_err(|source| StorageError::cannot_open(path, source))
}

pub(crate) fn configure(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(64);
    // The bundled SQLite checks foreign keys by default; the format has none.
    connection.pragma_update(None, "foreign_keys", false)?;
    // A hostile schema must not be able to do anything: no trigger of its own runs, and it cannot
    // be changed but by what is written here.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "ignore_check_constraints", true)?;
    connection.pragma_update(None, "cell_size_check", true)
}

/// The file's name as a URI, by which SQLite takes parameters.
pub(crate) fn uri(path: &Path, parameters: &str) -> String {
    let path = path.to_string_lossy().replace('%', "%25").replace('?', "%3f").replace('#', "%23");
    format!("file:{path}?{parameters}")
}

pub(crate) fn has_table(connection: &Connection, table: &str) -> rusqlite::Result<bool> {
    connection
        .prepare_cached("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?1")?
        .query_row([table], |_| Ok(()))
        .optional()
        .map(|found| found.is_some())
}

/// A text in a row's column: nothing if it is none, and with what is no UTF-8 replaced, since what
/// a hostile store holds there must not end a run.
pub(crate) fn text(row: &Row<'_>, column: usize) -> Option<String> {
    match row.get_ref(column) {
        Ok(ValueRef::Text(text)) => Some(lossy(text).into_owned()),
        _ => None,
    }
}

/// Returns a text in which what is no UTF-8 is replaced. Nearly all texts are UTF-8, which is found
/// out much faster as a whole.
pub(crate) fn lossy(text: &[u8]) -> Cow<'_, str> {
    std::str::from_utf8(text).map_or_else(|_| String::from_utf8_lossy(text), Cow::Borrowed)
}
