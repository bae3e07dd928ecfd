//! Task stores: what one task of a run found, as an SQLite file.
//!
//! A worker writes one, closes it, and reports it; the foreman merges it and removes it. It is
//! written to a file of another name first ([`NewFile`]), so that one with its own name is
//! complete. It can be looked at with the `sqlite3` shell: `SELECT event, labels FROM event_tag`,
//! `SELECT * FROM counter` and so on; the column `plugin` is a position in the table `plugin`.

use std::cell::RefCell;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use events::{EventId, Key, KeyLabel, Label, Reduced, ResultRow, TaskFindings, json};
use files::{NewFile, OutputFile};
use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Connection, OpenFlags, Params, Row, Statement};

use crate::StorageError;
use crate::connection::open;

/// Version of the task stores' tables; kept in SQLite's `user_version`. Foreman and worker are of
/// one version, so no other is ever read.
const FORMAT: i64 = 1;
/// SQLite's `application_id` of a task store ("fore"): a task store may replace another one, and no
/// other database.
const APPLICATION_ID: u32 = u32::from_be_bytes(*b"fore");

/// The tables. One is there from its first row on: most tasks need four of them, and a run has many
/// tasks.
const TABLES: [(&str, &str); 12] = [
    ("task", "(name TEXT PRIMARY KEY, value) WITHOUT ROWID"),
    ("plugin", "(position INTEGER PRIMARY KEY, name TEXT NOT NULL)"),
    ("event_tag", "(event INTEGER, plugin INTEGER, labels TEXT, PRIMARY KEY (event, plugin)) WITHOUT ROWID"),
    ("deferred", "(event INTEGER, plugin INTEGER, key, PRIMARY KEY (event, plugin)) WITHOUT ROWID"),
    ("reduce_key", "(plugin INTEGER, key, PRIMARY KEY (plugin, key)) WITHOUT ROWID"),
    ("key_label", "(first_key PRIMARY KEY, last_key, label TEXT) WITHOUT ROWID"),
    ("counter", "(plugin INTEGER, name TEXT, count INTEGER, PRIMARY KEY (plugin, name)) WITHOUT ROWID"),
    ("analysis_warning", "(position INTEGER PRIMARY KEY, plugin INTEGER, event INTEGER, message TEXT)"),
    ("analysis_result", "(position INTEGER PRIMARY KEY, plugin INTEGER, result TEXT)"),
    ("set_aside", "(position INTEGER PRIMARY KEY, event INTEGER, plugin TEXT, reason TEXT)"),
    ("note", "(message TEXT PRIMARY KEY, count INTEGER) WITHOUT ROWID"),
    ("profile", "(stage TEXT PRIMARY KEY, microseconds INTEGER) WITHOUT ROWID"),
];

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
    /// The tables made so far.
    made: RefCell<Vec<&'static str>>,
    file: NewFile,
    path: PathBuf,
}

/// Checks that a task of `store` can write its task store to `path`.
///
/// # Errors
///
/// If there is something else that must not be replaced, such as a storage file.
pub fn check_place(path: &Path, store: &Path) -> Result<(), StorageError> {
    let begun = OutputFile::database(path, APPLICATION_ID, Some(store)).and_then(OutputFile::begin);
    begun.map(drop).map_err(|source| StorageError::Output { path: path.to_owned(), source })
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
        let connection = Connection::open_with_flags(file.path(), flags).map_err(error)?;
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

    /// Adds a label for a range of keys. Ranges must not overlap.
    ///
    /// # Errors
    ///
    /// If the file cannot be written.
    pub fn add_label(&self, label: &KeyLabel) -> Result<(), StorageError> {
        let KeyLabel { first, last, label } = label;
        self.insert("key_label", "VALUES (?1, ?2, ?3)", [(Stored(first), Stored(last), label.as_str())])
            .map_err(|source| self.error(source))
    }

    /// Writes what a reduce step found beside labels.
    ///
    /// # Errors
    ///
    /// If the file cannot be written.
    pub fn write_reduced(&self, position: usize, reduced: &Reduced) -> Result<(), StorageError> {
        let Reduced { results, counter, warnings, set_aside } = reduced;
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
            self.insert("analysis_warning", "(plugin, message) VALUES (?1, ?2)", warnings)
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
        let published = self.file.publish();
        published.map(drop).map_err(|source| StorageError::Output { path: self.path.clone(), source })
    }

    fn begin(&self, header: &TaskHeader) -> rusqlite::Result<()> {
        // The file is of no use unless it is complete, so nothing is spent on keeping it whole.
        self.connection.pragma_update(None, "journal_mode", "off")?;
        self.connection.pragma_update(None, "synchronous", "off")?;
        self.connection.pragma_update(None, "locking_mode", "exclusive")?;
        self.connection.execute_batch("BEGIN")?;
        self.connection.pragma_update(None, "user_version", FORMAT)?;
        self.connection.pragma_update(None, "application_id", APPLICATION_ID)?;
        let program = concat!("foreman ", env!("CARGO_PKG_VERSION"));
        self.insert(
            "task",
            "VALUES (?1, ?2)",
            [("program", program), ("run", &header.run), ("step", &header.step)],
        )?;
        self.insert("task", "VALUES (?1, ?2)", [("task", header.task)])?;
        self.insert("plugin", "VALUES (?1, ?2)", header.plugins.iter().enumerate())
    }

    fn insert_findings(&self, findings: &TaskFindings) -> rusqlite::Result<()> {
        let TaskFindings { events, filtered, plugins, set_aside, notes } = findings;
        self.insert("task", "VALUES (?1, ?2)", [("events", events), ("filtered", filtered)])?;
        for (position, found) in plugins.iter().enumerate() {
            let tags =
                found.tags.iter().map(|(event, labels)| (event.rowid(), position, labels_json(labels)));
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
        let (_, columns) = TABLES.iter().find(|(name, _)| *name == table).expect("a table of the list");
        self.connection.execute_batch(&format!("CREATE TABLE {table} {columns}"))
    }

    fn prepare(&self, sql: &str) -> Result<Statement<'_>, StorageError> {
        self.connection.prepare(sql).map_err(|source| self.error(source))
    }

    fn error(&self, source: rusqlite::Error) -> StorageError {
        StorageError::sqlite("write", &self.path, source)
    }
}

/// A digest of a finished task store: its size and its CRC-32. It tells a file that was cut off or
/// damaged, not one that was forged.
///
/// # Errors
///
/// If the file cannot be read.
pub fn digest(mut file: File) -> std::io::Result<u64> {
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

/// Returns the path of a file without the links on it, but for the folder that the file is in: if
/// that is a link, somebody has put it in the place of the run's folder, and SQLite refuses it.
fn without_links(path: &Path) -> std::io::Result<PathBuf> {
    let Some(folder) = path.parent() else { return Ok(path.to_owned()) };
    let Some((parent, inner)) = folder.parent().zip(folder.file_name()) else { return Ok(path.to_owned()) };
    let parent = if parent.as_os_str().is_empty() { Path::new(".") } else { parent };
    Ok(parent.canonicalize()?.join(inner).join(path.file_name().unwrap_or_default()))
}

/// A finished task store, open for reading.
#[derive(Debug)]
pub struct TaskStore {
    connection: Connection,
    tables: Vec<String>,
    path: PathBuf,
}

impl TaskStore {
    /// Opens the task store at `path`, which must be of this run.
    ///
    /// # Errors
    ///
    /// If it cannot be read, or is no task store of this version and run.
    pub fn open(path: &Path, run: &str) -> Result<Self, StorageError> {
        let mut store = Self { connection: open(path, false)?, tables: Vec::new(), path: path.to_owned() };
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
        store.tables = store.read_tables().map_err(|source| store.error(source))?;
        Ok(store)
    }

    fn read_tables(&self) -> rusqlite::Result<Vec<String>> {
        let mut statement = self.connection.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")?;
        statement.query_map([], |row| row.get(0))?.collect()
    }

    /// Whether it has this table, which means that it has rows for it.
    pub(crate) fn has(&self, table: &str) -> bool {
        self.tables.iter().any(|known| known == table)
    }

    /// A number from the table `task`, such as `events`.
    pub(crate) fn number(&self, name: &str) -> Result<u64, StorageError> {
        self.connection
            .query_row("SELECT value FROM task WHERE name = ?1", [name], |row| row.get(0))
            .map_err(|source| self.error(source))
    }

    /// Shows `each` the rows of a query on a table.
    pub(crate) fn each(
        &self,
        table: &str,
        sql: &str,
        parameters: impl rusqlite::Params,
        mut each: impl FnMut(&Row<'_>) -> rusqlite::Result<()>,
    ) -> Result<(), StorageError> {
        if !self.has(table) {
            return Ok(());
        }
        self.try_each(sql, parameters, |row| each(row).map_err(|source| self.error(source)))
    }

    /// Shows `each` the rows of a query, until it fails.
    pub(crate) fn try_each(
        &self,
        sql: &str,
        parameters: impl rusqlite::Params,
        mut each: impl FnMut(&Row<'_>) -> Result<(), StorageError>,
    ) -> Result<(), StorageError> {
        let error = |source| self.error(source);
        let mut statement = self.connection.prepare_cached(sql).map_err(error)?;
        let mut rows = statement.query(parameters).map_err(error)?;
        while let Some(row) = rows.next().map_err(error)? {
            each(row)?;
        }
        Ok(())
    }

    /// The counts of the plugin at `position`.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    pub fn add_counts(&self, position: usize, counter: &mut events::Counter) -> Result<(), StorageError> {
        self.each("counter", "SELECT name, count FROM counter WHERE plugin = ?1", [position], |row| {
            *counter.entry(row.get(0)?).or_default() += row.get::<_, u64>(1)?;
            Ok(())
        })
    }

    /// The rows for the plugin's own table.
    pub(crate) fn results(&self) -> Result<Vec<ResultRow>, StorageError> {
        let mut results = Vec::new();
        self.each("analysis_result", "SELECT result FROM analysis_result ORDER BY position", [], |row| {
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
        self.each("key_label", sql, [Stored(wanted)], |row| {
            let label = label(row.get_ref(2)?.as_str()?)?;
            found = Some(KeyLabel { first: key(row, 0)?, last: key(row, 1)?, label });
            Ok(())
        })?;
        Ok(found.filter(|label| *wanted <= label.last))
    }

    pub(crate) fn content(&self, detail: String) -> StorageError {
        StorageError::Content { path: self.path.clone(), detail }
    }

    pub(crate) fn error(&self, source: rusqlite::Error) -> StorageError {
        StorageError::sqlite("read", &self.path, source)
    }
}

/// A label as a task store has it.
pub(crate) fn label(text: &str) -> rusqlite::Result<Label> {
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
