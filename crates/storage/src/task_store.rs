//! Task stores: what one task of a run found, as an SQLite file.
//!
//! A worker writes one, closes it, and reports it; the foreman merges it and removes it. It is written to a
//! file of another name first, so that one with its own name is complete. It can be looked at with the `sqlite3`
//! shell: `SELECT event, labels FROM event_tag`, `SELECT * FROM counter` and so on; the column `plugin` is a position in
//! the table `plugin`.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use events::{AnalysisResult, EventId, Key, KeyLabel, Label, Note, Reduced, SetAside, TaskFindings, json};
use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Connection, OpenFlags, Row, Statement};

use crate::StorageError;
use crate::connection::open;

/// Version of the task stores' tables; kept in SQLite's `user_version`. Foreman and worker are of one version, so no other is
/// ever read.
const FORMAT: i64 = 1;

const TABLES: &str = "
    CREATE TABLE task (name TEXT PRIMARY KEY, value) WITHOUT ROWID;
    CREATE TABLE plugin (position INTEGER PRIMARY KEY, name TEXT NOT NULL);
    CREATE TABLE event_tag (event INTEGER, plugin INTEGER, labels TEXT, PRIMARY KEY (event, plugin)) WITHOUT ROWID;
    CREATE TABLE deferred (event INTEGER, plugin INTEGER, key, PRIMARY KEY (event, plugin)) WITHOUT ROWID;
    CREATE TABLE reduce_key (plugin INTEGER, key, PRIMARY KEY (plugin, key)) WITHOUT ROWID;
    CREATE TABLE key_label (first_key PRIMARY KEY, last_key, label TEXT) WITHOUT ROWID;
    CREATE TABLE counter (plugin INTEGER, name TEXT, count INTEGER, PRIMARY KEY (plugin, name)) WITHOUT ROWID;
    CREATE TABLE analysis_warning (position INTEGER PRIMARY KEY, plugin INTEGER, event INTEGER, message TEXT);
    CREATE TABLE analysis_result (position INTEGER PRIMARY KEY, plugin INTEGER, result TEXT);
    CREATE TABLE set_aside (position INTEGER PRIMARY KEY, event INTEGER, plugin TEXT, reason TEXT);
    CREATE TABLE note (message TEXT PRIMARY KEY, count INTEGER) WITHOUT ROWID;
";

/// What a task store says about its task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskHeader {
    /// Identifier of the run.
    pub run: String,
    /// Number of the task within the run.
    pub task: u32,
    /// Names of the run's plugins, in their order.
    pub plugins: Vec<String>,
    /// What was done, for people: `events 1 to 4096`, `reduce sessionize`.
    pub step: String,
}

/// A task store that is being written.
#[derive(Debug)]
pub struct TaskStoreWriter {
    connection: Connection,
    unfinished: PathBuf,
    path: PathBuf,
}

impl TaskStoreWriter {
    /// Begins the task store `path`, in place of one that may be there.
    ///
    /// # Errors
    ///
    /// If it cannot be written.
    pub fn create(path: &Path, header: &TaskHeader) -> Result<Self, StorageError> {
        let mut unfinished = OsString::from(path);
        unfinished.push(".unfinished");
        let unfinished = PathBuf::from(unfinished);
        match std::fs::remove_file(&unfinished) {
            Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                return Err(StorageError::Open { path: unfinished, source });
            }
            _ => {}
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let error = |source| StorageError::sqlite("create", path, source);
        let connection = Connection::open_with_flags(&unfinished, flags).map_err(error)?;
        let writer = Self { connection, unfinished, path: path.to_owned() };
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

    /// Takes over from a finished task store the keys that the plugin at `position` needs to see.
    ///
    /// # Errors
    ///
    /// If the task store cannot be read or this one not be written.
    pub fn collect_keys(&self, task: &TaskStore, position: usize) -> Result<(), StorageError> {
        let mut insert = self.prepare("INSERT OR IGNORE INTO reduce_key VALUES (?1, ?2)")?;
        task.each("SELECT key FROM reduce_key WHERE plugin = ?1", [position], |row| {
            insert.execute((position, Stored(&key(row, 0)?))).map(drop)
        })
    }

    /// The next keys collected for the plugin at `position`, in their order: at most `limit` of those behind `after`.
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

    /// Adds a label for a range of keys. Ranges must not overlap.
    ///
    /// # Errors
    ///
    /// If the file cannot be written.
    pub fn add_label(&self, label: &KeyLabel) -> Result<(), StorageError> {
        self.connection
            .prepare_cached("INSERT INTO key_label VALUES (?1, ?2, ?3)")
            .and_then(|mut insert| {
                insert.execute((Stored(&label.first), Stored(&label.last), label.label.as_str()))
            })
            .map(drop)
            .map_err(|source| self.error(source))
    }

    /// Writes what a reduce step found beside labels.
    ///
    /// # Errors
    ///
    /// If the file cannot be written.
    pub fn write_reduced(&self, position: usize, reduced: &Reduced) -> Result<(), StorageError> {
        let Reduced { results, counter, warnings, set_aside } = reduced;
        let write = || {
            for result in results {
                let result = serde_json::to_string(result)
                    .map_err(|e| rusqlite::Error::ToSqlConversionFailure(e.into()))?;
                self.connection
                    .prepare_cached("INSERT INTO analysis_result (plugin, result) VALUES (?1, ?2)")?
                    .execute((position, result))?;
            }
            for (name, count) in counter {
                self.connection
                    .prepare_cached("INSERT INTO counter VALUES (?1, ?2, ?3)")?
                    .execute((position, name, count))?;
            }
            for reason in set_aside {
                self.connection
                    .prepare_cached("INSERT INTO set_aside (plugin, reason) SELECT name, ?2 FROM plugin WHERE position = ?1")?
                    .execute((position, reason))?;
            }
            for message in warnings {
                self.connection
                    .prepare_cached("INSERT INTO analysis_warning (plugin, message) VALUES (?1, ?2)")?
                    .execute((position, message))?;
            }
            Ok(())
        };
        write().map_err(|source| self.error(source))
    }

    /// Closes the task store and gives it its name.
    ///
    /// # Errors
    ///
    /// If the file cannot be written.
    pub fn finish(self) -> Result<(), StorageError> {
        let error = |source| StorageError::sqlite("write", &self.path, source);
        self.connection.execute_batch("COMMIT").map_err(error)?;
        self.connection.close().map_err(|(_, source)| error(source))?;
        std::fs::rename(&self.unfinished, &self.path)
            .map_err(|source| StorageError::Open { path: self.path.clone(), source })
    }

    fn begin(&self, header: &TaskHeader) -> rusqlite::Result<()> {
        // The file is of no use unless it is complete, so nothing is spent on keeping it whole.
        self.connection.pragma_update(None, "journal_mode", "off")?;
        self.connection.pragma_update(None, "synchronous", "off")?;
        self.connection.pragma_update(None, "locking_mode", "exclusive")?;
        self.connection.execute_batch("BEGIN")?;
        self.connection.execute_batch(TABLES)?;
        self.connection.pragma_update(None, "user_version", FORMAT)?;
        let mut set = self.connection.prepare("INSERT INTO task VALUES (?1, ?2)")?;
        set.execute(("program", concat!("foreman ", env!("CARGO_PKG_VERSION"))))?;
        set.execute(("run", &header.run))?;
        set.execute(("task", header.task))?;
        set.execute(("step", &header.step))?;
        let mut plugin = self.connection.prepare("INSERT INTO plugin VALUES (?1, ?2)")?;
        header.plugins.iter().enumerate().try_for_each(|row| plugin.execute(row).map(drop))
    }

    fn insert_findings(&self, findings: &TaskFindings) -> rusqlite::Result<()> {
        let TaskFindings { events, filtered, plugins, set_aside, notes } = findings;
        let mut set = self.connection.prepare("INSERT INTO task VALUES (?1, ?2)")?;
        set.execute(("events", events))?;
        set.execute(("filtered", filtered))?;
        let mut tag = self.connection.prepare("INSERT INTO event_tag VALUES (?1, ?2, ?3)")?;
        let mut deferred = self.connection.prepare("INSERT INTO deferred VALUES (?1, ?2, ?3)")?;
        let mut insert_key = self.connection.prepare("INSERT INTO reduce_key VALUES (?1, ?2)")?;
        let mut counter = self.connection.prepare("INSERT INTO counter VALUES (?1, ?2, ?3)")?;
        let mut warning = self
            .connection
            .prepare("INSERT INTO analysis_warning (plugin, event, message) VALUES (?1, ?2, ?3)")?;
        for (position, found) in plugins.iter().enumerate() {
            for (event, labels) in &found.tags {
                tag.execute((event.rowid(), position, labels_json(labels)))?;
            }
            for (event, key) in &found.deferred {
                deferred.execute((event.rowid(), position, Stored(key)))?;
            }
            for key in &found.reduce_keys {
                insert_key.execute((position, Stored(key)))?;
            }
            for (name, count) in &found.counter {
                counter.execute((position, name, count))?;
            }
            for (event, message) in &found.warnings {
                warning.execute((position, event.rowid(), message))?;
            }
        }
        let mut insert =
            self.connection.prepare("INSERT INTO set_aside (event, plugin, reason) VALUES (?1, ?2, ?3)")?;
        for SetAside { event, plugin, reason } in set_aside {
            insert.execute((event.map(EventId::rowid), plugin, reason))?;
        }
        let mut insert = self.connection.prepare("INSERT INTO note VALUES (?1, ?2)")?;
        notes.iter().try_for_each(|Note { message, count }| insert.execute((message, count)).map(drop))
    }

    fn prepare(&self, sql: &str) -> Result<Statement<'_>, StorageError> {
        self.connection.prepare(sql).map_err(|source| self.error(source))
    }

    fn error(&self, source: rusqlite::Error) -> StorageError {
        StorageError::sqlite("write", &self.path, source)
    }
}

/// A digest of a finished task store: its size and its CRC-32. It tells a file that was cut off or damaged, not one that was
/// forged.
///
/// # Errors
///
/// If the file cannot be read.
pub fn digest(path: &Path) -> std::io::Result<u64> {
    use std::io::Read as _;
    let mut file = std::fs::File::open(path)?;
    let mut crc = libdeflater::Crc::new();
    let mut buffer = vec![0; 64 << 10];
    let mut bytes = 0_u64;
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(bytes << 32 | u64::from(crc.sum())),
            read => {
                crc.update(&buffer[..read]);
                bytes += read as u64;
            }
        }
    }
}

/// A finished task store, open for reading.
#[derive(Debug)]
pub struct TaskStore {
    connection: Connection,
    path: PathBuf,
}

impl TaskStore {
    /// Opens the task store at `path`, which must be of this run.
    ///
    /// # Errors
    ///
    /// If it cannot be read, or is no task store of this version and run.
    pub fn open(path: &Path, run: &str) -> Result<Self, StorageError> {
        let store = Self { connection: open(path, false)?, path: path.to_owned() };
        let format: i64 = store
            .connection
            .pragma_query_value(None, "user_version", |row| row.get(0))
            .map_err(|source| store.error(source))?;
        if format != FORMAT {
            return Err(store.content(format!("expected a task store of format {FORMAT}, found {format}")));
        }
        let found: String = store
            .connection
            .query_row("SELECT value FROM task WHERE name = 'run'", [], |row| row.get(0))
            .map_err(|source| store.error(source))?;
        if found != run {
            return Err(store.content(format!("it is of run {found:?}, not of {run:?}")));
        }
        // One lock for all reading, instead of one for each query.
        store.connection.execute_batch("BEGIN").map_err(|source| store.error(source))?;
        Ok(store)
    }

    /// A number from the table `task`, such as `events`.
    pub(crate) fn number(&self, name: &str) -> Result<u64, StorageError> {
        self.connection
            .query_row("SELECT value FROM task WHERE name = ?1", [name], |row| row.get(0))
            .map_err(|source| self.error(source))
    }

    /// Shows `each` the rows of a query.
    pub(crate) fn each(
        &self,
        sql: &str,
        parameters: impl rusqlite::Params,
        mut each: impl FnMut(&Row<'_>) -> rusqlite::Result<()>,
    ) -> Result<(), StorageError> {
        let run = || {
            let mut statement = self.connection.prepare_cached(sql)?;
            let mut rows = statement.query(parameters)?;
            while let Some(row) = rows.next()? {
                each(row)?;
            }
            Ok(())
        };
        run().map_err(|source| self.error(source))
    }

    /// The counts of the plugin at `position`.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    pub fn add_counts(&self, position: usize, counter: &mut events::Counter) -> Result<(), StorageError> {
        self.each("SELECT name, count FROM counter WHERE plugin = ?1", [position], |row| {
            *counter.entry(row.get(0)?).or_default() += row.get::<_, u64>(1)?;
            Ok(())
        })
    }

    /// The rows for results tables.
    pub(crate) fn results(&self) -> Result<Vec<AnalysisResult>, StorageError> {
        let mut results = Vec::new();
        self.each("SELECT result FROM analysis_result ORDER BY position", [], |row| {
            let result =
                serde_json::from_str(row.get_ref(0)?.as_str()?).map_err(|e| conversion_error(e.into()))?;
            results.push(result);
            Ok(())
        })?;
        Ok(results)
    }

    /// The label given to the key, with the range of keys that has it.
    pub(crate) fn label_of(&self, wanted: &Key) -> Result<Option<KeyLabel>, StorageError> {
        let sql = "SELECT first_key, last_key, label FROM key_label WHERE first_key <= ?1 ORDER BY first_key DESC LIMIT 1";
        let mut found = None;
        self.each(sql, [Stored(wanted)], |row| {
            let label = label(row.get_ref(2)?.as_str()?)?;
            found = Some(KeyLabel { first: key(row, 0)?, last: key(row, 1)?, label });
            Ok(())
        })?;
        Ok(found.filter(|label| *wanted <= label.last))
    }

    fn content(&self, detail: String) -> StorageError {
        StorageError::Content { path: self.path.clone(), detail }
    }

    fn error(&self, source: rusqlite::Error) -> StorageError {
        StorageError::sqlite("read", &self.path, source)
    }
}

/// Reads the labels of a task store's tag.
pub(crate) fn labels(json: &str) -> rusqlite::Result<Vec<Label>> {
    let texts = json::strings(json.as_bytes()).map_err(|error| conversion_error(error.into()))?;
    texts.iter().map(|text| label(text)).collect()
}

fn label(text: &str) -> rusqlite::Result<Label> {
    Label::new(text).map_err(|error| conversion_error(error.into()))
}

fn conversion_error(error: Box<dyn std::error::Error + Send + Sync>) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, error)
}

fn labels_json(labels: &[Label]) -> String {
    let quoted: Vec<String> = labels.iter().map(|label| json::quoted(label.as_str())).collect();
    format!("[{}]", quoted.join(", "))
}

/// A key as SQLite stores it: an integer or a text, which it orders as this program does.
struct Stored<'k>(&'k Key);

impl ToSql for Stored<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self.0 {
            Key::Time(time) => (*time).into(),
            Key::Text(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
        })
    }
}

/// The key in a row's column.
pub(crate) fn key(row: &Row<'_>, column: usize) -> rusqlite::Result<Key> {
    match row.get_ref(column)? {
        ValueRef::Integer(time) => Ok(Key::Time(time)),
        ValueRef::Text(text) => Ok(Key::Text(String::from_utf8_lossy(text).into())),
        other => Err(rusqlite::Error::InvalidColumnType(column, "key".into(), other.data_type())),
    }
}
