//! Reading a task store.

use std::path::{Path, PathBuf};

use events::{EventId, EventRange, Key, KeyLabel, Note, Notes, ResultRow, SetAside, Timestamp};
use rusqlite::{Connection, Row};

use super::format::{FORMAT, Origin, PROGRAM, TABLES, TaskStep, statement};
use super::values::{Stored, conversion_error, key, label};
use crate::StorageError;
use crate::connection::open;

/// A finished task store, open for reading.
#[derive(Debug)]
pub struct TaskStore {
    connection: Connection,
    tables: Vec<String>,
    path: PathBuf,
}

impl TaskStore {
    /// Opens the task store at `path`, which must be of this origin.
    ///
    /// # Errors
    ///
    /// If it cannot be read, or is no task store of this program and origin.
    pub fn open(path: &Path, origin: &Origin) -> Result<Self, StorageError> {
        let mut store = Self { connection: open(path, false)?, tables: Vec::new(), path: path.to_owned() };
        let format: i64 = store
            .connection
            .pragma_query_value(None, "user_version", |row| row.get(0))
            .map_err(|source| store.error(source))?;
        if format != FORMAT {
            return Err(store.content(format!("expected a task store of format {FORMAT}, found {format}")));
        }
        store.tables = store.read_tables()?;
        let expected = [
            ("run", origin.run.as_str()),
            ("program", PROGRAM),
            ("store", &origin.store),
            ("settings", &origin.settings),
        ];
        for (name, expected) in expected {
            store.expect(name, expected)?;
        }
        // One lock for all reading, instead of one for each query.
        store.connection.execute_batch("BEGIN").map_err(|source| store.error(source))?;
        Ok(store)
    }

    /// Checks that the task store is the result of this step, and names no events of other tasks.
    ///
    /// # Errors
    ///
    /// If it is the result of another step, or cannot be read.
    pub fn check_step(&self, step: &TaskStep) -> Result<(), StorageError> {
        self.expect("step", &step.to_string())?;
        let TaskStep::Map(EventRange { first, last }) = step else { return Ok(()) };
        let mut outermost: Vec<i64> = Vec::new();
        for table in ["event_tag", "deferred"] {
            // Each of the two is one look at the table's index.
            let sql = format!("SELECT (SELECT min(event) FROM {table}), (SELECT max(event) FROM {table})");
            self.each(table, &sql, [], |row| {
                outermost.extend([row.get::<_, Option<i64>>(0)?, row.get(1)?].into_iter().flatten());
                Ok(())
            })?;
        }
        match outermost.into_iter().find(|event| !(first..=last).contains(&event)) {
            Some(event) => Err(self.content(format!("{} is not one of its events", EventId::new(event)))),
            None => Ok(()),
        }
    }

    fn expect(&self, name: &str, expected: &str) -> Result<(), StorageError> {
        let found: String = self
            .connection
            .query_row("SELECT value FROM task WHERE name = ?1", [name], |row| row.get(0))
            .map_err(|source| self.error(source))?;
        if found == expected {
            return Ok(());
        }
        Err(self.content(format!("its {name} is {found:?}, but {expected:?} is expected")))
    }

    /// Reads which tables there are, and refuses any that this program does not make: in a computed
    /// column, a small file could have values without end.
    fn read_tables(&self) -> Result<Vec<String>, StorageError> {
        let mut tables = Vec::new();
        self.try_each("SELECT name, sql FROM sqlite_schema", [], |row| {
            let table = row.get_ref(0).and_then(|name| Ok(name.as_str()?.to_owned()));
            let table = table.map_err(|source| self.error(source))?;
            let known = TABLES.iter().find(|(name, _)| *name == table).map(statement);
            let has_statement = |known: &String| {
                row.get_ref(1).is_ok_and(|sql| sql.as_str().is_ok_and(|found| found == known))
            };
            if !known.as_ref().is_some_and(has_statement) || tables.contains(&table) {
                return Err(self.content(format!("{table:?} in it is no table of a task store")));
            }
            tables.push(table);
            Ok(())
        })?;
        Ok(tables)
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

    /// The events and parts of a reduce step that were skipped.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    pub fn set_aside(&self) -> Result<Vec<SetAside>, StorageError> {
        let mut set_aside = Vec::new();
        self.each("set_aside", "SELECT event, plugin, reason FROM set_aside ORDER BY position", [], |row| {
            let event = row.get::<_, Option<i64>>(0)?.map(EventId::new);
            set_aside.push(SetAside { event, plugin: row.get(1)?, reason: row.get(2)? });
            Ok(())
        })?;
        Ok(set_aside)
    }

    /// Adds the notes of the task.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    pub fn add_notes(&self, notes: &mut Notes) -> Result<(), StorageError> {
        self.each("note", "SELECT message, count FROM note ORDER BY message", [], |row| {
            notes.add(Note { message: row.get(0)?, count: row.get(1)? });
            Ok(())
        })
    }

    /// Shows `each` the times that the reduce step of the plugin at `position` needs to see.
    ///
    /// # Errors
    ///
    /// If the store cannot be read, or there is a key that is not a time.
    pub fn each_time(&self, position: usize, mut each: impl FnMut(Timestamp)) -> Result<(), StorageError> {
        self.each("reduce_key", "SELECT key FROM reduce_key WHERE plugin = ?1", [position], |row| {
            each(Timestamp(row.get(0)?));
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

    /// The labels given to the key, each with the range of keys that has it.
    pub(crate) fn labels_of(&self, wanted: &Key) -> Result<Vec<KeyLabel>, StorageError> {
        let sql = "SELECT first_key, last_key, label FROM key_label \
                   WHERE first_key = (SELECT max(first_key) FROM key_label WHERE first_key <= ?1) ORDER BY label";
        let mut found = Vec::new();
        self.each("key_label", sql, [Stored(wanted)], |row| {
            let label = label(row.get_ref(2)?.as_str()?)?;
            found.push(KeyLabel { first: key(row, 0)?, last: key(row, 1)?, label });
            Ok(())
        })?;
        found.retain(|label| *wanted <= label.last);
        Ok(found)
    }

    pub(crate) fn content(&self, detail: String) -> StorageError {
        StorageError::Content { path: self.path.clone(), detail }
    }

    pub(crate) fn error(&self, source: rusqlite::Error) -> StorageError {
        StorageError::sqlite("read", &self.path, source)
    }
}
