//! Opening a storage file and reading what stands once in it.

use std::path::{Path, PathBuf};

use events::{EventRange, ResultColumn, ResultTable, TimeRange, UserAccount};
use rusqlite::{Connection, FileControl, MAIN_DB, Name, OptionalExtension as _};

use crate::connection::{has_table, open, text};
use crate::error::NO_DATABASE;
use crate::format::{ANALYSIS_TABLES, Format, RESULT_SUFFIX, Table, result_columns};
use crate::journal::pages::Pages;
use crate::journal::refuse_interrupted;
use crate::journal::schema_size::check_schema_size;
use crate::metadata::read_format;
use crate::store_file::{FileState, StoreFile};
use crate::{StorageError, schema, what_it_is};

/// A Plaso storage file, open for reading.
#[derive(Debug)]
pub struct Store {
    pub(crate) connection: Connection,
    /// Dropped after the connection, which may hold locks.
    pub(crate) file: StoreFile,
    path: PathBuf,
    format: Format,
    /// See [`only_between`](Self::only_between).
    pub(crate) times: Option<TimeRange>,
}

impl Store {
    /// Opens the storage file at `path` for reading. It is not written to, nor locked against
    /// others. `path` must be its real path: no link is followed, since somebody could have put it
    /// there after the path was looked up.
    ///
    /// # Errors
    ///
    /// If it cannot be opened, is not a Plaso storage file, or one of an unsupported version.
    pub fn open(path: &Path) -> Result<Self, StorageError> {
        // If somebody is writing to it, the journal is theirs, and nothing was interrupted.
        let opened = refuse_interrupted(path).and_then(|()| Self::open_as(path, false));
        opened.map(|(store, _)| store).map_err(|error| match error {
            StorageError::Locked { path } => StorageError::BeingStored { path },
            error => error,
        })
    }

    /// Opens the storage file at `path` for writing, and also returns the state of its file from
    /// before SQLite has opened it.
    pub(crate) fn open_writable(path: &Path) -> Result<(Self, Option<FileState>), StorageError> {
        refuse_interrupted(path)?;
        Self::open_as(path, true)
    }

    fn open_as(path: &Path, writable: bool) -> Result<(Self, Option<FileState>), StorageError> {
        let file = StoreFile::open(path)?;
        let before = writable.then(|| file.state()).transpose();
        let before = before.map_err(|source| StorageError::cannot_open(path, source))?;
        if file.is_wal() {
            return Err(wal(path));
        }
        match Pages::of_database(file.as_file()) {
            Ok(pages) => {
                check_schema_size(&pages).map_err(|detail| StorageError::damaged(path, detail))?;
                // Not `damaged`: a hole of any size could be read for long.
                file.check_holes()
                    .map_err(|detail| StorageError::Damaged { path: path.to_owned(), detail })?;
            }
            Err(source) if source.raw_os_error().is_some() => {
                return Err(StorageError::cannot_open(path, source));
            }
            // SQLite would begin a new database, and remove the journal of the one that was here.
            Err(_) if writable => {
                let is_empty = file.as_file().metadata().is_ok_and(|metadata| metadata.len() == 0);
                let found = if is_empty { "it is empty".into() } else { what_it_is::file(file.as_file()) };
                return Err(StorageError::NotPlaso { path: path.to_owned(), found });
            }
            // What is no database is refused by SQLite.
            Err(_) => {}
        }
        let connection = open(path, writable)?;
        // Each statement by itself would take and release SQLite's lock.
        let reading = connection.unchecked_transaction();
        let reading = reading.map_err(|source| StorageError::sqlite("open", path, source))?;
        let format = read_format(&connection, path).map_err(|error| match error {
            StorageError::NotPlaso { path, found } if found == NO_DATABASE => {
                StorageError::NotPlaso { path, found: what_it_is::file(file.as_file()) }
            }
            error => error,
        })?;
        reading.commit().map_err(|source| StorageError::sqlite("open", path, source))?;
        let store = Self { connection, file, path: path.to_owned(), format, times: None };
        if writable {
            // What is written to is compared again when it is locked.
            store.refuse_to_write()?;
        } else {
            store.refuse_other_file(&store.connection, MAIN_DB)?;
        }
        Ok((store, before))
    }

    /// Refuses a database that SQLite has opened under the store's name, if it is another file than
    /// the one whose fingerprint is taken: what is read would be taken for the content of the
    /// other.
    pub(crate) fn refuse_other_file<N: Name>(
        &self,
        connection: &Connection,
        database: N,
    ) -> Result<(), StorageError> {
        let is_in_place = || self.file.is_at(&self.path).unwrap_or(false);
        let mut has_moved = 0;
        // SQLite compares its file with the one that has the name now. So the name must be that of
        // this file before and afterwards.
        let was_in_place = is_in_place();
        connection
            .file_control(Some(database), FileControl::HasMoved(&mut has_moved))
            .map_err(|source| self.error("open", source))?;
        if was_in_place && has_moved == 0 && is_in_place() {
            return Ok(());
        }
        Err(StorageError::ReplacedWhileOpened { path: self.path.clone() })
    }

    /// Says that from now on nothing is written that somebody may read who may not read this file.
    /// See [`files::limit_readers_to_those_of`].
    pub fn limit_readers(&self) {
        files::limit_readers_to_those_of_opened(self.file.as_file());
    }

    /// Restricts [`visit_times`](Self::visit_times) and [`visit_tags`](Self::visit_tags) to events
    /// in this interval. Events without a time are not in it.
    pub fn only_between(&mut self, times: TimeRange) {
        self.times = Some(times);
    }

    /// Returns the interval that [`only_between`](Self::only_between) has set.
    #[must_use]
    pub fn interval(&self) -> Option<TimeRange> {
        self.times
    }

    /// Where the store lies.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The store's format.
    #[must_use]
    pub fn format(&self) -> Format {
        self.format
    }

    /// The rows from the first event to the last; nothing if the store has no events.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    pub fn event_range(&self) -> Result<Option<EventRange>, StorageError> {
        if !self.has_table("event")? {
            return Ok(None);
        }
        // Two queries, since SQLite answers only min or max alone without looking at every row.
        let edge = |sql| self.connection.query_row(sql, [], |row| row.get::<_, Option<i64>>(0));
        let first =
            edge("SELECT min(_identifier) FROM event NOT INDEXED").map_err(|e| self.error("read", e))?;
        let last =
            edge("SELECT max(_identifier) FROM event NOT INDEXED").map_err(|e| self.error("read", e))?;
        Ok(first.zip(last).map(|(first, last)| EventRange { first, last }))
    }

    /// The first event row from `row` on, or `None` if there is none.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    pub fn event_from(&self, row: i64) -> Result<Option<i64>, StorageError> {
        self.event_after(row, 0)
    }

    /// The event row that follows `rows` event rows from `row` on, or `None` if there is none. This
    /// passes over the rows one by one.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    pub fn event_after(&self, row: i64, rows: i64) -> Result<Option<i64>, StorageError> {
        if !self.has_table("event")? {
            return Ok(None);
        }
        let sql = "SELECT _identifier FROM event NOT INDEXED WHERE _identifier >= ?1 ORDER BY _identifier LIMIT 1 OFFSET ?2";
        let found: Option<i64> = self
            .connection
            .prepare_cached(sql)
            .and_then(|mut statement| statement.query_row([row, rows], |found| found.get(0)).optional())
            .map_err(|source| self.error("read", source))?;
        match found {
            Some(found) if found < row => Err(self.out_of_order("event")),
            found => Ok(found),
        }
    }

    /// Rows come in another order than that of their numbers, which SQLite itself does not notice:
    /// whoever goes on from the last one would never come to an end.
    pub(crate) fn out_of_order(&self, table: &str) -> StorageError {
        StorageError::Damaged {
            path: self.path().to_owned(),
            detail: format!("the rows of the table {table} are not in the order of their numbers"),
        }
    }

    /// What tells a store that was changed from one that was not, without reading all of it. Every
    /// change through SQLite is seen, and one of the bytes of a file of up to 16 MiB; of a larger
    /// file a part is read.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    pub fn fingerprint(&self) -> Result<String, StorageError> {
        self.file.fingerprint().map_err(|source| StorageError::cannot_open(&self.path, source))
    }

    /// Whether the store has the session of this run: its results were stored.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    pub fn has_session(&self, run: &str) -> Result<bool, StorageError> {
        if !self.has_table("session")? {
            return Ok(false);
        }
        let sql = "SELECT EXISTS (SELECT 1 FROM session NOT INDEXED WHERE identifier = ?1)";
        self.connection.query_row(sql, [run], |row| row.get(0)).map_err(|source| self.error("read", source))
    }

    /// Returns the SHA-256 of the file in hexadecimal digits. Calls `progress` with the number of
    /// bytes read so far.
    ///
    /// # Errors
    ///
    /// If the file cannot be read.
    pub fn sha256(&self, progress: impl FnMut(u64)) -> Result<String, StorageError> {
        self.file.sha256(progress).map_err(|source| StorageError::cannot_open(&self.path, source))
    }

    /// The number of events: what Plaso counted while it extracted them if the rows' numbers say
    /// the same, since counting rows takes long; else the number of rows.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    pub fn number_of_events(&self) -> Result<u64, StorageError> {
        let Some(EventRange { first, last }) = self.event_range()? else { return Ok(0) };
        let fits = |counted: u64| last.abs_diff(first) == counted - 1;
        let counted = self.counted_events()?;
        if let Some(counted) = counted.filter(|&counted| fits(counted) && self.has_room_for(counted)) {
            return Ok(counted);
        }
        self.rows_of_events()
    }

    /// The number of rows of the table of events, all of which are visited for it.
    ///
    /// # Errors
    ///
    /// If the store cannot be read, or the table has more rows than the file has room for.
    pub fn rows_of_events(&self) -> Result<u64, StorageError> {
        self.count_rows("event")
    }

    /// Whether the file is large enough for so many events.
    fn has_room_for(&self, events: u64) -> bool {
        /// The bytes of the shortest row: its length, its number and a header.
        const SHORTEST_ROW: u64 = 4;
        let length = self.file.as_file().metadata().map_or(0, |metadata| metadata.len());
        events <= length / SHORTEST_ROW
    }

    /// The users of the system that the timeline was made from.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    pub fn user_accounts(&self) -> Result<Vec<UserAccount>, StorageError> {
        if !self.has_table("user_account")? {
            return Ok(Vec::new());
        }
        self.check_size("user_account", "user_directory TEXT, username TEXT")?;
        let sql = "SELECT substr(username, 1, 1024), substr(user_directory, 1, 1024) FROM user_account NOT INDEXED \
                   ORDER BY _identifier LIMIT 100000";
        self.rows(sql, |row| {
            Ok(UserAccount { username: text(row, 0).unwrap_or_default(), user_directory: text(row, 1) })
        })
    }

    pub(crate) fn has_table(&self, table: &str) -> Result<bool, StorageError> {
        let is_checked = Table::of(table).is_some() || table.ends_with(RESULT_SUFFIX);
        debug_assert!(is_checked, "{table} is not among the tables that are checked");
        has_table(&self.connection, table).map_err(|source| self.error("read", source))
    }

    /// Refuses a store in which a table that an analysis reads and changes is too large.
    pub(crate) fn check_analysis_tables(&self) -> Result<(), StorageError> {
        let mut tables = ANALYSIS_TABLES.iter().filter_map(|name| Table::of(name));
        tables.try_for_each(|table| self.check_size(table.name, table.columns))
    }

    /// Refuses a store in which a plugin's own table is another than the plugin declares, or too
    /// large.
    ///
    /// # Errors
    ///
    /// If the store is refused, or cannot be read.
    pub fn check_result_tables(
        &self,
        result_tables: impl IntoIterator<Item = &'static ResultTable>,
    ) -> Result<(), StorageError> {
        result_tables.into_iter().try_for_each(|ResultTable { name, columns }| {
            self.has_result_table(name, columns)?;
            self.check_size(name, &result_columns(columns))
        })
    }

    /// Returns whether the store has a plugin's own table of this name, and refuses one without
    /// these columns.
    pub(crate) fn has_result_table(
        &self,
        table: &str,
        columns: &[ResultColumn],
    ) -> Result<bool, StorageError> {
        schema::check_columns(&self.connection, &self.path, table, &result_columns(columns))?;
        self.has_table(table)
    }

    pub(crate) fn error(&self, action: &'static str, source: rusqlite::Error) -> StorageError {
        match StorageError::sqlite(action, &self.path, source) {
            StorageError::Locked { path } if self.is_only_read() => StorageError::BeingStored { path },
            error => error,
        }
    }

    fn is_only_read(&self) -> bool {
        self.connection.is_readonly(MAIN_DB).unwrap_or(false)
    }

    fn rows<T>(
        &self,
        sql: &str,
        read: impl Fn(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, StorageError> {
        let collect = || -> rusqlite::Result<_> {
            self.connection.prepare(sql)?.query_map([], |row| read(row))?.collect()
        };
        collect().map_err(|source| self.error("read", source))
    }
}

fn wal(path: &Path) -> StorageError {
    StorageError::Unsupported {
        path: path.to_owned(),
        what: "journal mode",
        found: "wal".into(),
        supported: "delete, as Plaso writes it; copy the file with its -wal file, if there is one, which has a part of the events, and change the copy with:\n  sqlite3 COPY 'PRAGMA journal_mode = delete'",
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// Another file has the name of the store only at the moment in which SQLite opens it.
    #[test]
    fn a_store_that_is_replaced_for_a_moment() {
        let sample = testing::Store::of("sample");
        let path = sample.path();
        let [first, second] = ["first", "second"].map(|name| path.with_file_name(name));
        fs::copy(path, &second).unwrap();
        let store = Store::open(path).unwrap();
        store.refuse_other_file(&open(path, false).unwrap(), MAIN_DB).unwrap();
        fs::rename(path, &first).unwrap();
        fs::rename(&second, path).unwrap();
        let of_second = open(path, false).unwrap();
        let refused = |connection: &Connection| {
            let refused = store.refuse_other_file(connection, MAIN_DB);
            assert!(matches!(refused, Err(StorageError::ReplacedWhileOpened { .. })), "{refused:?}");
        };
        refused(&of_second);
        fs::rename(path, &second).unwrap();
        refused(&of_second);
        fs::rename(&first, path).unwrap();
        refused(&of_second);
        store.refuse_other_file(&store.connection, MAIN_DB).unwrap();
    }
}
