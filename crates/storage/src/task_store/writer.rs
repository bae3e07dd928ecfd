//! Writing a task store.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::time::Duration;

use events::{EventId, Key, KeyLabel, Label, Reduced, TaskFindings, Timestamp};
use files::{NewFile, OutputFile};
use rusqlite::{Connection, OpenFlags, Params, Statement};

use super::file::{digest, without_links};
use super::format::{APPLICATION_ID, FORMAT, PROGRAM, TABLES, TaskHeader, statement};
use super::reader::TaskStore;
use super::values::{Stored, key};
use crate::StorageError;
use crate::connection::connect;
use crate::tags::write_labels;

/// A task store that is being written.
#[derive(Debug)]
pub struct TaskStoreWriter {
    connection: Connection,
    /// The tables made so far.
    made: RefCell<Vec<&'static str>>,
    file: NewFile,
    path: PathBuf,
}

impl TaskStoreWriter {
    /// Begins the task store `path`, in place of one that may be there.
    ///
    /// # Errors
    ///
    /// If it cannot be written, or something else is there.
    pub fn create(path: &Path, header: &TaskHeader) -> Result<Self, StorageError> {
        let output = |source| StorageError::Output { path: path.to_owned(), source };
        let real = without_links(path).map_err(|source| output(source.into()))?;
        let file = OutputFile::database(&real, APPLICATION_ID, None).and_then(OutputFile::begin);
        let file = file.map_err(output)?;
        // The file is there, with its permissions: SQLite must not make it, nor follow a link.
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_NOFOLLOW
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let error = |source| StorageError::sqlite("create", path, source);
        let connection = connect(file.path(), flags).map_err(error)?;
        let writer = Self { connection, made: RefCell::default(), file, path: path.to_owned() };
        writer.begin(header).map_err(error)?;
        Ok(writer)
    }

    /// Writes what the plugins found over the task's events.
    ///
    /// # Errors
    ///
    /// If the file cannot be written.
    pub fn write_findings(&self, findings: &TaskFindings) -> Result<(), StorageError> {
        self.insert_findings(findings).map_err(|source| self.error(source))
    }

    /// Writes how long the task was at which stage.
    ///
    /// # Errors
    ///
    /// If the file cannot be written.
    pub fn write_profile(&self, stages: &[(String, Duration)]) -> Result<(), StorageError> {
        let rows =
            stages.iter().map(|(stage, time)| (stage, u64::try_from(time.as_micros()).unwrap_or(u64::MAX)));
        self.insert("profile", "VALUES (?1, ?2)", rows).map_err(|source| self.error(source))
    }

    /// Takes over from a finished task store the keys that the plugin at `position` needs to see.
    ///
    /// # Errors
    ///
    /// If the task store cannot be read or this one not be written.
    pub fn collect_keys(&self, task: &TaskStore, position: usize) -> Result<(), StorageError> {
        self.make("reduce_key").map_err(|source| self.error(source))?;
        let mut insert = self.prepare("INSERT OR IGNORE INTO reduce_key VALUES (?1, ?2)")?;
        task.each("reduce_key", "SELECT key FROM reduce_key WHERE plugin = ?1", [position], |row| {
            insert.execute((position, Stored(&key(row, 0)?))).map(drop)
        })
    }

    /// Adds times, in ascending order, to the keys collected for the plugin at `position`.
    ///
    /// # Errors
    ///
    /// If the file cannot be written.
    pub fn add_times(&self, position: usize, times: &[Timestamp]) -> Result<(), StorageError> {
        self.make("reduce_key").map_err(|source| self.error(source))?;
        let mut insert = self.prepare("INSERT OR IGNORE INTO reduce_key VALUES (?1, ?2)")?;
        times.iter().try_for_each(|Timestamp(time)| {
            insert.execute((position, time)).map(drop).map_err(|source| self.error(source))
        })
    }

    /// The next keys collected for the plugin at `position`, in their order: at most `limit` of
    /// those behind `after`.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    pub fn keys_after(
        &self,
        position: usize,
        after: Option<&Key>,
        limit: usize,
    ) -> Result<Vec<Key>, StorageError> {
        let read = || -> rusqlite::Result<_> {
            self.make("reduce_key")?;
            // NULL comes before everything, but compares with nothing.
            let sql = match after {
                Some(_) => "SELECT key FROM reduce_key WHERE plugin = ?1 AND key > ?2 ORDER BY key LIMIT ?3",
                None => "SELECT key FROM reduce_key WHERE plugin = ?1 AND ?2 IS NULL ORDER BY key LIMIT ?3",
            };
            let mut statement = self.connection.prepare_cached(sql)?;
            statement.query_map((position, after.map(Stored), limit), |row| key(row, 0))?.collect()
        };
        read().map_err(|source| self.error(source))
    }

    /// Adds a label for a range of keys, unless it is there already. Ranges are the same or do not
    /// overlap.
    ///
    /// # Errors
    ///
    /// If the file cannot be written.
    pub fn add_label(&self, label: &KeyLabel) -> Result<(), StorageError> {
        let KeyLabel { first, last, label } = label;
        let row = (Stored(first), Stored(last), label.as_str());
        self.insert("key_label", "VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING", [row])
            .map_err(|source| self.error(source))
    }

    /// Writes what a reduce step found beside labels.
    ///
    /// # Errors
    ///
    /// If the file cannot be written.
    pub fn write_reduced(&self, position: usize, reduced: &Reduced) -> Result<(), StorageError> {
        let Reduced { results, counter, warnings, notes, set_aside } = reduced;
        let results: Vec<String> = results
            .iter()
            .map(|result| serde_json::to_string(result).expect("a result is texts and numbers"))
            .collect();
        let write = || {
            let results = results.iter().map(|result| (position, result));
            self.insert("analysis_result", "(plugin, result) VALUES (?1, ?2)", results)?;
            let counts = counter.iter().map(|(name, count)| (position, name, count));
            self.insert("counter", "VALUES (?1, ?2, ?3)", counts)?;
            let reasons = set_aside.iter().map(|reason| (position, reason));
            let columns = "(plugin, reason) SELECT name, ?2 FROM plugin WHERE position = ?1";
            self.insert("set_aside", columns, reasons)?;
            let warnings = warnings.iter().map(|message| (position, message));
            self.insert("analysis_warning", "(plugin, message) VALUES (?1, ?2)", warnings)?;
            self.insert("note", "VALUES (?1, ?2)", notes.iter().map(|note| (&note.message, note.count)))
        };
        write().map_err(|source| self.error(source))
    }

    /// Closes the task store and gives it its name. Returns its [`digest`].
    ///
    /// The digest is of the file that this value has written, even if another attempt at the same
    /// task puts its own file in its place at the same moment.
    ///
    /// # Errors
    ///
    /// If the file cannot be written.
    pub fn finish(self) -> Result<u64, StorageError> {
        let error = |source| StorageError::sqlite("write", &self.path, source);
        self.connection.execute_batch("COMMIT").map_err(error)?;
        self.connection.close().map_err(|(_, source)| error(source))?;
        let output = |source| StorageError::Output { path: self.path.clone(), source };
        let digest = files::open_database(&self.file.path()).and_then(digest);
        let digest = digest.map_err(|source| output(source.into()))?;
        self.file.publish().map(|_| digest).map_err(output)
    }

    fn begin(&self, header: &TaskHeader) -> rusqlite::Result<()> {
        // The file is of no use unless it is complete, so nothing is spent on keeping it whole.
        self.connection.pragma_update(None, "journal_mode", "off")?;
        self.connection.pragma_update(None, "synchronous", "off")?;
        self.connection.pragma_update(None, "locking_mode", "exclusive")?;
        self.connection.execute_batch("BEGIN")?;
        self.connection.pragma_update(None, "user_version", FORMAT)?;
        self.connection.pragma_update(None, "application_id", APPLICATION_ID)?;
        let (origin, step) = (&header.origin, header.step.to_string());
        let texts = [
            ("program", PROGRAM),
            ("run", &origin.run),
            ("store", &origin.store),
            ("settings", &origin.settings),
            ("step", &step),
        ];
        self.insert("task", "VALUES (?1, ?2)", texts)?;
        self.insert("task", "VALUES (?1, ?2)", [("task", header.task)])?;
        self.insert("plugin", "VALUES (?1, ?2)", header.plugins.iter().enumerate())
    }

    fn insert_findings(&self, findings: &TaskFindings) -> rusqlite::Result<()> {
        let TaskFindings { events, filtered, plugins, set_aside, notes } = findings;
        self.insert("task", "VALUES (?1, ?2)", [("events", events), ("filtered", filtered)])?;
        for (position, found) in plugins.iter().enumerate() {
            let tags = found.tags.iter().map(|(event, labels)| {
                let mut list = String::new();
                write_labels(&mut list, labels.iter().map(Label::as_str));
                (event.rowid(), position, list)
            });
            self.insert("event_tag", "VALUES (?1, ?2, ?3)", tags)?;
            let deferred = found.deferred.iter().map(|(event, key)| (event.rowid(), position, Stored(key)));
            self.insert("deferred", "VALUES (?1, ?2, ?3)", deferred)?;
            let keys = found.reduce_keys.iter().map(|key| (position, Stored(key)));
            self.insert("reduce_key", "VALUES (?1, ?2)", keys)?;
            let counts = found.counter.iter().map(|(name, count)| (position, name, count));
            self.insert("counter", "VALUES (?1, ?2, ?3)", counts)?;
            let warnings = found.warnings.iter().map(|(event, message)| (position, event.rowid(), message));
            self.insert("analysis_warning", "(plugin, event, message) VALUES (?1, ?2, ?3)", warnings)?;
        }
        let aside =
            set_aside.iter().map(|aside| (aside.event.map(EventId::rowid), &aside.plugin, &aside.reason));
        self.insert("set_aside", "(event, plugin, reason) VALUES (?1, ?2, ?3)", aside)?;
        self.insert("note", "VALUES (?1, ?2)", notes.iter().map(|note| (&note.message, note.count)))
    }

    /// Inserts rows into a table; `what` are the columns, if not all, and the values.
    fn insert<P: Params>(
        &self,
        table: &'static str,
        what: &str,
        rows: impl IntoIterator<Item = P>,
    ) -> rusqlite::Result<()> {
        let mut rows = rows.into_iter().peekable();
        if rows.peek().is_none() {
            return Ok(());
        }
        self.make(table)?;
        let mut insert = self.connection.prepare_cached(&format!("INSERT INTO {table} {what}"))?;
        rows.try_for_each(|row| insert.execute(row).map(drop))
    }

    /// Makes one of the tables, if it is not there yet.
    fn make(&self, table: &'static str) -> rusqlite::Result<()> {
        let mut made = self.made.borrow_mut();
        if made.contains(&table) {
            return Ok(());
        }
        made.push(table);
        let table = TABLES.iter().find(|(name, _)| *name == table).expect("a table of the list");
        self.connection.execute_batch(&statement(table))
    }

    fn prepare(&self, sql: &str) -> Result<Statement<'_>, StorageError> {
        self.connection.prepare(sql).map_err(|source| self.error(source))
    }

    fn error(&self, source: rusqlite::Error) -> StorageError {
        StorageError::sqlite("write", &self.path, source)
    }
}
