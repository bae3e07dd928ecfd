//! What is looked at before a store is changed: that nothing would be lost, and that nobody else
//! has changed it.

use std::io;
use std::path::{Path, PathBuf};

use events::ResultTable;
use rusqlite::Row;

use crate::connection::has_table;
use crate::format::ANALYSIS_TABLES;
use crate::indexes::refuse_wrong_indexes;
use crate::journal::fit::check_readable;
use crate::journal::pages::Pages;
use crate::journal::shared_pages::check_shared_pages;
use crate::journal::{Baseline, companion, content_without_change, refuse_other_journal};
use crate::last_write::LastWrite;
use crate::{StorageError, Store, StoreWriter};

/// What is not supported of a file with bytes behind the last page of its database.
pub const BYTES_BEHIND: &str = "a number of bytes behind its last page";

impl Store {
    /// Refuses a store that can be read, but to which the results of an analysis could not be
    /// added. The store need not be locked. With the lock, more is looked at; see
    /// [`StoreWriter::lock`](crate::StoreWriter::lock).
    ///
    /// # Errors
    ///
    /// If the store is refused, or cannot be read.
    pub fn check_for_results(
        &self,
        result_tables: impl IntoIterator<Item = &'static ResultTable>,
    ) -> Result<(), StorageError> {
        self.refuse_to_write()?;
        self.refuse_unsafe_pages()?;
        self.refuse_to_add()?;
        self.check_result_tables_for_writing(result_tables)
    }

    /// Refuses a store to whose tables no results can be added. SQLite would say so only at the end
    /// of the work.
    pub(crate) fn refuse_to_add(&self) -> Result<(), StorageError> {
        self.check_analysis_tables()?;
        ANALYSIS_TABLES.iter().try_for_each(|table| self.check_numbers(table))?;
        ANALYSIS_TABLES.iter().try_for_each(|table| refuse_wrong_indexes(self, table))?;
        self.visit_reports(|_, _| {})
    }

    /// Refuses what [`Store::check_result_tables`] refuses, and a store in which one of these
    /// tables has given its last row numbers.
    pub(crate) fn check_result_tables_for_writing(
        &self,
        result_tables: impl IntoIterator<Item = &'static ResultTable>,
    ) -> Result<(), StorageError> {
        result_tables.into_iter().try_for_each(|table| {
            self.check_result_tables([table])?;
            refuse_wrong_indexes(self, table.name)?;
            self.check_numbers(table.name)
        })
    }

    /// Refuses a store that has given the last row numbers of a table, or whose last row number is
    /// not an integer. SQLite says only during the merge that no row can be added, and in the words
    /// for a full disk.
    fn check_numbers(&self, table: &'static str) -> Result<(), StorageError> {
        /// More rows than any run adds.
        const ROOM: i64 = 1 << 40;
        let has_sequence = has_table(&self.connection, "sqlite_sequence");
        if !has_sequence.map_err(|source| self.error("read", source))? {
            return Ok(());
        }
        // A table that is made later goes on from a number that was given under its name before.
        let last = if self.has_table(table)? {
            format!("(SELECT max(_identifier) FROM {table} NOT INDEXED)")
        } else {
            "0".into()
        };
        let sql = format!(
            "WITH given AS (SELECT seq FROM sqlite_sequence WHERE name = '{table}') \
             SELECT EXISTS (SELECT 1 FROM given WHERE typeof(seq) <> 'integer'), \
             max(ifnull((SELECT max(seq) FROM given WHERE typeof(seq) = 'integer'), 0), \
             ifnull({last}, 0))"
        );
        let read = |row: &Row<'_>| Ok((row.get::<_, bool>(0)?, row.get::<_, i64>(1)?));
        let found = self.connection.query_row(&sql, [], read);
        let (has_other, last) = found.map_err(|source| self.error("read", source))?;
        let path = self.path();
        if has_other {
            let problem = format!("the last row number of the table {table} in it is not an integer");
            return Err(StorageError::foreign(path, "sqlite_sequence", problem));
        }
        if last > i64::MAX - ROOM {
            return Err(StorageError::NoNumbers { path: path.to_owned(), table, last });
        }
        Ok(())
    }

    /// Refuses a store that can be read, but must not be written.
    pub(crate) fn refuse_to_write(&self) -> Result<(), StorageError> {
        let path = self.path().to_owned();
        // This program does not read it. Another may, and would then take what is in it for newer
        // than what is written now.
        if let Some(log) = log_of(&path)? {
            return Err(StorageError::StrangeLog { path, log });
        }
        match self.file.unusual_setting() {
            None => Ok(()),
            Some((what, found, supported)) => Err(StorageError::Unsupported { path, what, found, supported }),
        }
    }

    /// The store as it is now, for a look at what a change that failed has left.
    pub(crate) fn baseline(&self) -> Result<Baseline, StorageError> {
        let path = self.path().to_owned();
        Baseline::of(&path, self.file.as_file()).map_err(|source| StorageError::cannot_open(&path, source))
    }

    /// Whether the file has bytes behind the last page of its database. Plaso leaves none, and a
    /// change that was written in part may have.
    ///
    /// # Errors
    ///
    /// If the file cannot be read.
    pub fn has_bytes_behind(&self) -> Result<bool, StorageError> {
        let bytes = self.file.bytes_behind();
        Ok(bytes.map_err(|source| StorageError::cannot_open(self.path(), source))? > 0)
    }

    /// Refuses a file in which results would be written over bytes that are not the database's. The
    /// store must be locked: while another program makes it longer, it has such bytes, too.
    pub(crate) fn refuse_bytes_behind(&self) -> Result<(), StorageError> {
        let path = || self.path().to_owned();
        match self.file.bytes_behind() {
            Ok(0) => Ok(()),
            Ok(bytes) => Err(StorageError::Unsupported {
                path: path(),
                what: BYTES_BEHIND,
                found: bytes.to_string(),
                supported: "0, as Plaso makes it (on a copy: sqlite3 COPY VACUUM)",
            }),
            Err(source) => Err(StorageError::cannot_open(self.path(), source)),
        }
    }

    /// Refuses a store in which results would be written over other tables, or to which a change
    /// that is interrupted could not be undone.
    pub(crate) fn refuse_unsafe_pages(&self) -> Result<(), StorageError> {
        let pages = Pages::of_database(self.file.as_file())
            .map_err(|source| StorageError::cannot_open(self.path(), source))?;
        check_shared_pages(&pages)
            .and_then(|()| check_readable(&pages))
            .map_err(|detail| StorageError::damaged(self.path(), detail))
    }
}

impl StoreWriter {
    /// Refuses a store to which somebody has written since it was locked: the pages that SQLite has
    /// read would be written over what somebody has put in their place. The time of the last write
    /// tells it, wherever the write was, and the content, should that time have been set back.
    pub(crate) fn refuse_changed(&self) -> Result<(), StorageError> {
        let path = self.store.path();
        let now = LastWrite::of(self.store.file.as_file());
        let now = now.map_err(|source| StorageError::cannot_open(path, source))?;
        let before = self.baseline.state();
        let is_same = before.last_write().is_certainly(&now)
            || !before.is_before_write(&now) && self.store.fingerprint()? == before.fingerprint();
        if is_same { Ok(()) } else { Err(StorageError::Changed { path: path.to_owned() }) }
    }

    /// Refuses a store that somebody else has replaced, or written to without SQLite's lock. If the
    /// change has begun, its journal must be in its place, and without the change the store must be
    /// as it was.
    pub(crate) fn refuse_other_change(&self) -> Result<(), StorageError> {
        let (path, file) = (self.store.path().to_owned(), &self.store.file);
        if !self.baseline.is_in_place() {
            return Err(StorageError::Moved { path });
        }
        // SQLite counts a change only when it is committed, also if a part was written before.
        let mut is_same = file.change_counter() == Some(self.baseline.change_counter());
        if let Some(own) = self.journal.get().filter(|_| is_same) {
            refuse_other_journal(&path, own)?;
            is_same = self.is_as_locked()
                || content_without_change(&path, file.as_file(), own)? == self.baseline.state().fingerprint();
        }
        if is_same { Ok(()) } else { Err(StorageError::Changed { path }) }
    }

    /// Whether nobody has written to the file since the store was locked, SQLite included, as far
    /// as its times tell: then its content need not be read again.
    fn is_as_locked(&self) -> bool {
        LastWrite::of(self.store.file.as_file())
            .is_ok_and(|now| self.baseline.state().last_write().is_certainly(&now))
    }
}

/// Returns the write-ahead log beside the store, if one is there and not empty. One that cannot be
/// looked at may be one.
fn log_of(path: &Path) -> Result<Option<PathBuf>, StorageError> {
    let log = companion(path, "-wal");
    match std::fs::metadata(&log) {
        Ok(metadata) => Ok((metadata.len() > 0).then_some(log)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(StorageError::cannot_open(&log, source)),
    }
}
