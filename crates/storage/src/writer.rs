//! Writing the results of a run: one lock for the whole run, one transaction at its end.

use std::cell::OnceCell;
use std::path::{Path, PathBuf};

use events::ResultTable;
use rusqlite::{InterruptHandle, OpenFlags};

use crate::connection::{configure, connect, uri};
use crate::format::{ANALYSIS_TABLES, Table, column_names, result_columns, result_table_statement};
use crate::journal::{Baseline, begun, refuse_unfinished, remove_idle};
use crate::store_file::FileState;
use crate::{StorageError, Store};

/// How much of a change SQLite keeps in memory by default, before it writes to the file ahead of
/// the commit ([`StoreWriter::hold_in_memory`]): about four million tags. Until then a killed run
/// leaves the file byte for byte as it was.
const CACHE_KIBIBYTES: u32 = 256 << 10;

/// Ends what a [`StoreWriter`] is at; see [`StoreWriter::interrupter`].
pub struct Interrupter(InterruptHandle);

impl Interrupter {
    /// Ends it now. Once the writer is gone, nothing happens.
    pub fn interrupt(&self) {
        self.0.interrupt();
    }
}

/// A store whose write lock is held.
///
/// The lock is SQLite's *reserved* lock: others, our own workers among them, can still read, but a
/// second foreman, a psort or a log2timeline is told that the store is locked. Nothing is changed
/// before [`commit`](Self::commit); dropping the writer, or the death of the process, leaves the
/// store as it was.
#[derive(Debug)]
pub struct StoreWriter {
    pub(crate) store: Store,
    pub(crate) baseline: Baseline,
    /// What [`begin`](Self::begin) has returned.
    pub(crate) journal: OnceCell<String>,
    /// Whether the commit returns the fingerprint.
    pub(crate) returns_content: bool,
}

impl StoreWriter {
    /// Opens the storage file at `path` and takes its write lock. An interrupted change must have
    /// been undone before; see [`undo_interrupted`](crate::undo_interrupted).
    ///
    /// # Errors
    ///
    /// As [`Store::open`]; and if the file is locked by somebody else or cannot be written.
    pub fn lock(path: &Path) -> Result<Self, StorageError> {
        let (store, before) = Store::open_writable(path)?;
        refuse_too_large(path)?;
        Self::lock_opened(store, before.as_ref())
    }

    /// Locks an open store whose file was in the state `before` when SQLite had not opened it yet.
    pub(crate) fn lock_opened(store: Store, before: Option<&FileState>) -> Result<Self, StorageError> {
        let path = store.path().to_owned();
        let path = path.as_path();
        store
            .connection
            .execute_batch(&format!(
                // EXTRA: the commit ends with a sync of the folder, from which the journal is gone
                // then for good.
                "PRAGMA cache_size = -{CACHE_KIBIBYTES}; PRAGMA synchronous = EXTRA; BEGIN IMMEDIATE"
            ))
            .map_err(|source| StorageError::sqlite("lock", path, source))?;
        // SQLite opens a file for reading that it may not write to, and "locks" it without a word.
        if store
            .connection
            .is_readonly("main")
            .map_err(|source| StorageError::sqlite("lock", path, source))?
        {
            return Err(StorageError::ReadOnly {
                path: path.to_owned(),
                reason: "it or its folder is read-only",
            });
        }
        store.refuse_bytes_behind()?;
        store.refuse_unsafe_pages()?;
        let baseline = store.baseline()?;
        // SQLite plays back any journal that it finds when it opens the store. That may write to
        // any page, and the fingerprint covers only a part of a large store.
        let state = store.file.state_with(Some(baseline.state().fingerprint().to_owned()));
        let state = state.map_err(|source| StorageError::cannot_open(path, source))?;
        if before.is_none_or(|before| !before.is_still(&state)) {
            return Err(StorageError::ChangedWhileOpened { path: path.to_owned() });
        }
        let writer = Self { store, baseline, journal: OnceCell::new(), returns_content: false };
        writer.store.refuse_to_add()?;
        Ok(writer)
    }

    /// Refuses what [`Store::check_result_tables`] refuses, and a store in which a plugin's own
    /// table has given its last row numbers.
    ///
    /// # Errors
    ///
    /// If the store is refused, or cannot be read.
    pub fn check_result_tables(
        &self,
        result_tables: impl IntoIterator<Item = &'static ResultTable>,
    ) -> Result<(), StorageError> {
        self.store.check_result_tables_for_writing(result_tables)
    }

    /// A writer to a new store at `path` that has the format and the tags of `store`, and of the
    /// plugins' own tables these, so that what would be written to `store` can be seen without
    /// writing to it.
    ///
    /// # Errors
    ///
    /// If `store` cannot be read or the new one not be written.
    pub fn scratch(
        store: &Store,
        path: &Path,
        result_tables: impl IntoIterator<Item = &'static ResultTable>,
    ) -> Result<Self, StorageError> {
        let error = |source| StorageError::sqlite("create", path, source);
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_URI
            | OpenFlags::SQLITE_OPEN_NO_MUTEX
            | OpenFlags::SQLITE_OPEN_NOFOLLOW;
        let connection = connect(path, flags).map_err(error)?;
        configure(&connection).map_err(error)?;
        connection.pragma_update(None, "synchronous", "off").map_err(error)?;
        // SQLite attaches only databases of one encoding.
        let encoding: String = store
            .connection
            .pragma_query_value(None, "encoding", |row| row.get(0))
            .map_err(|source| store.error("read", source))?;
        connection.pragma_update(None, "encoding", encoding).map_err(error)?;
        connection.execute("ATTACH ?1 AS original", [uri(store.path(), "mode=ro")]).map_err(error)?;
        connection.execute_batch("CREATE TABLE metadata (key TEXT, value TEXT)").map_err(error)?;
        connection
            .execute_batch("INSERT INTO metadata SELECT key, value FROM original.metadata NOT INDEXED")
            .map_err(error)?;
        // Only the columns that a run knows: a store may have more, which it neither reads nor
        // writes.
        let of_format = ANALYSIS_TABLES.iter().filter_map(|name| Table::of(name));
        let of_format = of_format.map(|table| (table.name, column_names(table.columns), table.statement()));
        let result_tables: Vec<_> = result_tables.into_iter().collect();
        store.check_analysis_tables()?;
        store.check_result_tables(result_tables.iter().copied())?;
        let of_plugins = result_tables.iter().map(|table| {
            (table.name, column_names(&result_columns(table.columns)), result_table_statement(table))
        });
        for (name, columns, statement) in of_format.chain(of_plugins) {
            if store.has_table(name)? {
                let copy = format!(
                    "INSERT INTO {name} ({columns}) SELECT {columns} FROM original.{name} NOT INDEXED"
                );
                connection.execute_batch(&statement).map_err(error)?;
                connection.execute_batch(&copy).map_err(error)?;
            }
        }
        connection.execute_batch("DETACH original").map_err(error)?;
        drop(connection);
        Self::lock(path)
    }

    /// The store, for reading.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The store as it is before this changes it, to find out what a change that failed has left.
    #[must_use]
    pub fn baseline(&self) -> Baseline {
        self.baseline.clone()
    }

    /// Removes the journal that a program has left that was killed when it had just made it. It has
    /// nothing to undo, and SQLite passes it over. Returns its path if there was one. The change
    /// must not have begun.
    ///
    /// # Errors
    ///
    /// If what lies in its place may be something else or may still be needed, or cannot be
    /// removed.
    pub fn remove_idle_journal(&self) -> Result<Option<PathBuf>, StorageError> {
        remove_idle(self.store.path())
    }

    /// Begins the change, and returns what tells its journal from all others. Nothing is written to
    /// the store before the first results are: whoever keeps the text before that can later prove
    /// that the journal is this run's; see [`undo_interrupted`](crate::undo_interrupted).
    ///
    /// # Errors
    ///
    /// If somebody has put a file in the place of the journal since the store was locked: SQLite
    /// would write the journal into that file. If somebody has written to the store without
    /// SQLite's lock. Or if the journal cannot be made.
    pub fn begin(&self) -> Result<String, StorageError> {
        let path = self.store.path();
        refuse_unfinished(path)?;
        self.refuse_changed()?;
        // SQLite makes the journal before it changes a page in memory, also if the page stays as it
        // is.
        let set_as_it_is = || -> rusqlite::Result<()> {
            let connection = &self.store.connection;
            let version: i32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
            connection.pragma_update(None, "user_version", version)
        };
        set_as_it_is().map_err(|source| self.store.error("begin the change to", source))?;
        let journal = begun(path)?;
        Ok(self.journal.get_or_init(|| journal).clone())
    }

    /// Holds up to this many bytes of a change in memory, before pages are written to the file
    /// ahead of the commit. The result does not depend on it.
    ///
    /// # Errors
    ///
    /// Returns an error if SQLite refuses the number.
    pub fn hold_in_memory(&self, bytes: u64) -> Result<(), StorageError> {
        let kibibytes = i32::try_from(bytes >> 10).unwrap_or(i32::MAX);
        let set = self.store.connection.pragma_update(None, "cache_size", -kibibytes);
        set.map_err(|source| self.store.error("prepare to write to", source))
    }

    /// What ends, from another thread, what the writer is at: it fails, and must be dropped. A
    /// commit that has begun is completed.
    #[must_use]
    pub fn interrupter(&self) -> Interrupter {
        Interrupter(self.store.connection.get_interrupt_handle())
    }

    /// Makes one of the format's tables if the store does not have it yet.
    pub(crate) fn create_table(&self, table: &'static str) -> Result<(), StorageError> {
        if self.store.has_table(table)? {
            return Ok(());
        }
        let table = Table::of(table).expect("every table that is written is in the list of tables");
        self.execute(&table.statement(), [])
    }

    pub(crate) fn execute(&self, sql: &str, parameters: impl rusqlite::Params) -> Result<(), StorageError> {
        let execute = || self.store.connection.prepare_cached(sql)?.execute(parameters);
        execute().map(drop).map_err(|source| self.store.error("write to", source))
    }
}

/// Refuses a file that is larger than files may be: a change to it could neither be completed nor
/// undone.
fn refuse_too_large(path: &Path) -> Result<(), StorageError> {
    let size = path.metadata().map_or(0, |file| file.len());
    match files::file_size_limit() {
        Some(limit) if size > limit => {
            Err(StorageError::FileTooLarge { action: "change", path: path.to_owned(), limit })
        }
        _ => Ok(()),
    }
}
