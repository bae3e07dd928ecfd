//! Writing the results of a run: one lock for the whole run, one transaction at its end.

use std::collections::BTreeSet;
use std::path::Path;

use events::{
    AnalysisReport, AnalysisWarning, ResultRow, ResultTable, ResultValue, Session, Timestamp, json,
};
use rusqlite::types::{ToSql, ToSqlOutput};
use rusqlite::{Connection, InterruptHandle, OpenFlags, Row, ffi, params, params_from_iter};

use crate::blob::{BlobError, Inflater, stored_form};
use crate::connection::{configure, has_table, text, uri};
use crate::format::{ANALYSIS_TABLES, Table, column_names, result_columns, result_table_statement};
use crate::journal::{Baseline, begun, refuse_unfinished};
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
    store: Store,
    baseline: Baseline,
}

/// How safe a completed change is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Committed {
    /// A power cut does not undo it.
    Durably,
    /// The folder could not be synced: until the system does so by itself, a power cut may bring
    /// the journal back, which undoes the change.
    Unsynced,
}

impl StoreWriter {
    /// Opens the storage file at `path` and takes its write lock. An interrupted change must have
    /// been undone before; see [`undo_interrupted`](crate::undo_interrupted).
    ///
    /// # Errors
    ///
    /// As [`Store::open`]; and if the file is locked by somebody else or cannot be written.
    pub fn lock(path: &Path) -> Result<Self, StorageError> {
        let store = Store::open_writable(path)?;
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
        store.refuse_shared_pages()?;
        let baseline = store.baseline()?;
        let writer = Self { store, baseline };
        // What cannot be changed in the end is refused before the work.
        writer.store.check_analysis_tables()?;
        ANALYSIS_TABLES.iter().try_for_each(|table| writer.check_numbers(table))?;
        writer.visit_reports(|_, _| {})?;
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
        result_tables.into_iter().try_for_each(|table| {
            self.store.check_result_tables([table])?;
            self.check_numbers(table.name)
        })
    }

    /// Refuses a store that has given the last row numbers of a table, or whose last row number is
    /// not an integer. SQLite says only during the merge that no row can be added, and in the words
    /// for a full disk.
    fn check_numbers(&self, table: &'static str) -> Result<(), StorageError> {
        /// More rows than any run adds.
        const ROOM: i64 = 1 << 40;
        let has_sequence = has_table(&self.store.connection, "sqlite_sequence");
        if !has_sequence.map_err(|source| self.store.error("read", source))?
            || !self.store.has_table(table)?
        {
            return Ok(());
        }
        let sql = format!(
            "WITH given AS (SELECT seq FROM sqlite_sequence WHERE name = '{table}') \
             SELECT EXISTS (SELECT 1 FROM given WHERE typeof(seq) <> 'integer'), \
             max(ifnull((SELECT max(seq) FROM given WHERE typeof(seq) = 'integer'), 0), \
             ifnull((SELECT max(_identifier) FROM {table}), 0))"
        );
        let read = |row: &Row<'_>| Ok((row.get::<_, bool>(0)?, row.get::<_, i64>(1)?));
        let (has_other, last) = self
            .store
            .connection
            .query_row(&sql, [], read)
            .map_err(|source| self.store.error("read", source))?;
        let path = self.store.path();
        if has_other {
            let problem = format!("the last row number of the table {table} in it is not an integer");
            return Err(StorageError::foreign(path, "sqlite_sequence", problem));
        }
        if last > i64::MAX - ROOM {
            return Err(StorageError::NoNumbers { path: path.to_owned(), table, last });
        }
        Ok(())
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
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags).map_err(error)?;
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
            .execute_batch("INSERT INTO metadata SELECT key, value FROM original.metadata")
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
                let copy = format!("INSERT INTO {name} ({columns}) SELECT {columns} FROM original.{name}");
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

    /// Begins the change, and returns what tells its journal from all others. Nothing is written to
    /// the store before the first results are: whoever keeps the text before that can later prove
    /// that the journal is this run's; see [`undo_interrupted`](crate::undo_interrupted).
    ///
    /// # Errors
    ///
    /// If somebody has put a file in the place of the journal since the store was locked: SQLite
    /// would write the journal into that file. Or if the journal cannot be made.
    pub fn begin(&self) -> Result<String, StorageError> {
        let path = self.store.path();
        refuse_unfinished(path)?;
        // SQLite makes the journal before it changes a page in memory, also if the page stays as it
        // is.
        let set_as_it_is = || -> rusqlite::Result<()> {
            let connection = &self.store.connection;
            let version: i32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
            connection.pragma_update(None, "user_version", version)
        };
        set_as_it_is().map_err(|source| self.store.error("begin the change to", source))?;
        begun(path)
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

    /// Adds the run's session.
    ///
    /// # Errors
    ///
    /// If the store cannot be written.
    pub fn add_session(&self, session: &Session) -> Result<(), StorageError> {
        self.create_table("session")?;
        // What log2timeline's sessions have beyond this is about extraction; psort leaves it out,
        // too.
        let sql = "INSERT INTO session (aborted, command_line_arguments, completion_time, debug_mode, identifier, \
                   preferred_encoding, preferred_time_zone, product_name, product_version, start_time) \
                   VALUES (?1, ?2, ?3, ?4, ?5, 'utf-8', 'UTC', ?6, ?7, ?8)";
        self.execute(
            sql,
            params![
                session.aborted,
                session.command_line_arguments,
                session.completion_time.0,
                session.debug_mode,
                session.identifier,
                session.product_name,
                session.product_version,
                session.start_time.0,
            ],
        )
    }

    /// Adds a report.
    ///
    /// # Errors
    ///
    /// If the store cannot be written.
    pub fn add_report(&self, report: &AnalysisReport) -> Result<(), StorageError> {
        self.create_table("analysis_report")?;
        let stored = stored_form(&report_json(report), self.store.format().compression);
        self.execute("INSERT INTO analysis_report (_data) VALUES (?1)", [stored])
    }

    /// Adds a warning.
    ///
    /// # Errors
    ///
    /// If the store cannot be written.
    pub fn add_warning(&self, warning: &AnalysisWarning) -> Result<(), StorageError> {
        self.create_table("analysis_warning")?;
        self.execute(
            "INSERT INTO analysis_warning (message, plugin_name) VALUES (?1, ?2)",
            [&warning.message, &warning.plugin_name],
        )
    }

    /// Removes warnings of these very words, so that they can be given again without being there
    /// twice. All in one pass: there may be one for each event of a damaged store.
    ///
    /// # Errors
    ///
    /// If the store cannot be read or written.
    pub(crate) fn remove_warnings(&self, warnings: &[AnalysisWarning]) -> Result<(), StorageError> {
        if warnings.is_empty() || !self.store.has_table("analysis_warning")? {
            return Ok(());
        }
        let wanted: BTreeSet<_> =
            warnings.iter().map(|warning| (&*warning.plugin_name, &*warning.message)).collect();
        let matching = || -> rusqlite::Result<Vec<i64>> {
            let sql = "SELECT _identifier, plugin_name, message FROM analysis_warning";
            let mut statement = self.store.connection.prepare(sql)?;
            let mut rows = statement.query([])?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                if let (Some(plugin), Some(message)) = (text(row, 1), text(row, 2))
                    && wanted.contains(&(&*plugin, &*message))
                {
                    found.push(row.get(0)?);
                }
            }
            Ok(found)
        };
        let matching = matching().map_err(|source| self.store.error("read the warnings of", source))?;
        let sql = "DELETE FROM analysis_warning WHERE _identifier = ?1";
        matching.into_iter().try_for_each(|rowid| self.execute(sql, [rowid]))
    }

    /// Adds a row to a plugin's own table, which is made if the store does not have it yet.
    ///
    /// # Errors
    ///
    /// If the store cannot be written.
    pub fn add_result(&self, table: &'static ResultTable, row: &ResultRow) -> Result<(), StorageError> {
        if !self.store.has_result_table(table.name, table.columns)? {
            self.execute(&result_table_statement(table), [])?;
        }
        let columns: Vec<_> = table.columns.iter().map(|column| column.name()).collect();
        let places: Vec<_> = (1..=columns.len()).map(|place| format!("?{place}")).collect();
        let sql =
            format!("INSERT INTO {} ({}) VALUES ({})", table.name, columns.join(", "), places.join(", "));
        self.execute(&sql, params_from_iter(row.0.iter().map(Stored)))
    }

    /// Removes what earlier runs of a plugin left beside tags: its reports, its warnings, and the
    /// results in its own table, if it has one.
    ///
    /// # Errors
    ///
    /// If the store cannot be read or written.
    pub fn remove_earlier(
        &self,
        plugin: &str,
        result_table: Option<&'static ResultTable>,
    ) -> Result<(), StorageError> {
        for rowid in self.reports_of(plugin)? {
            self.execute("DELETE FROM analysis_report WHERE _identifier = ?1", [rowid])?;
        }
        if self.store.has_table("analysis_warning")? {
            self.execute("DELETE FROM analysis_warning WHERE plugin_name = ?1", [plugin])?;
        }
        match result_table {
            Some(ResultTable { name, columns }) if self.store.has_result_table(name, columns)? => {
                self.execute(&format!("DELETE FROM {name}"), [])
            }
            _ => Ok(()),
        }
    }

    /// What ends, from another thread, what the writer is at: it fails, and must be dropped. A
    /// commit that has begun is completed.
    #[must_use]
    pub fn interrupter(&self) -> Interrupter {
        Interrupter(self.store.connection.get_interrupt_handle())
    }

    /// Makes everything written so far permanent, and lets go of the store.
    ///
    /// # Errors
    ///
    /// If the transaction cannot be completed. [`Baseline::compare`] tells what that has left of
    /// the store.
    pub fn commit(self) -> Result<Committed, StorageError> {
        match self.store.connection.execute_batch("COMMIT") {
            Ok(()) => Ok(Committed::Durably),
            // The last step: the journal is gone by then, which completes the change.
            Err(rusqlite::Error::SqliteFailure(error, _))
                if error.extended_code == ffi::SQLITE_IOERR_DIR_FSYNC =>
            {
                Ok(Committed::Unsynced)
            }
            Err(source) => Err(self.store.error("complete the changes to", source)),
        }
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

    fn reports_of(&self, plugin: &str) -> Result<Vec<i64>, StorageError> {
        let mut found = Vec::new();
        self.visit_reports(|row, json| {
            if plugin_of(json).as_deref() == Some(plugin) {
                found.push(row);
            }
        })?;
        Ok(found)
    }

    /// Shows `visit` the row and the JSON of each report that can be read. A report that cannot be
    /// read belongs to somebody else.
    ///
    /// # Errors
    ///
    /// If all reports together are too large.
    fn visit_reports(&self, mut visit: impl FnMut(i64, &[u8])) -> Result<(), StorageError> {
        const TABLE: &str = "analysis_report";
        if !self.store.has_table(TABLE)? {
            return Ok(());
        }
        let error = |source| self.store.error("read the reports of", source);
        let mut statement =
            self.store.connection.prepare("SELECT _identifier, _data FROM analysis_report").map_err(error)?;
        let mut rows = statement.query([]).map_err(error)?;
        let mut inflater = Inflater::for_reports();
        while let Some(row) = rows.next().map_err(error)? {
            match inflater.json(row.get_ref(1).map_err(error)?) {
                Ok(json) => visit(row.get(0).map_err(error)?, json),
                Err(BlobError::Exhausted) => {
                    let problem = "its reports inflate to more than 1 GiB together".to_owned();
                    return Err(StorageError::foreign(self.store.path(), TABLE, problem));
                }
                Err(_) => {}
            }
        }
        Ok(())
    }
}

/// A value of a result as SQLite stores it.
struct Stored<'v>(&'v ResultValue);

impl ToSql for Stored<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        match self.0 {
            ResultValue::Integer(number) => number.to_sql(),
            ResultValue::Text(text) => text.to_sql(),
        }
    }
}

/// The plugin that the report stored as `json` is of.
fn plugin_of(json: &[u8]) -> Option<String> {
    let mut members = json::Members::of(json).ok()?;
    while let Some((key, span)) = members.next_member().ok()? {
        if key == b"plugin_name" {
            return json::value(&json[span]).ok()?.as_str().map(str::to_owned);
        }
    }
    None
}

/// The report as Plaso would write it, and as its reader takes it: it knows `event_filter`, though
/// Plaso never sets it.
fn report_json(report: &AnalysisReport) -> String {
    let AnalysisReport { plugin_name, counter, event_filter, time_compiled: Timestamp(time_compiled) } =
        report;
    let counts: Vec<String> =
        counter.iter().map(|(name, count)| format!("{}: {count}", json::quoted(name))).collect();
    let filter = event_filter
        .as_ref()
        .map(|filter| format!("\"event_filter\": {}, ", json::quoted(filter)))
        .unwrap_or_default();
    format!(
        "{{\"__type__\": \"AttributeContainer\", \"__container_type__\": \"analysis_report\", \
         \"analysis_counter\": {{{}}}, {filter}\"plugin_name\": {}, \"time_compiled\": {time_compiled}}}",
        counts.join(", "),
        json::quoted(plugin_name),
    )
}
