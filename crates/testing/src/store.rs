//! Storage files that tests may change.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};
use tempfile::TempDir;

use crate::{Dump, digest_of_evidence, places};

/// A storage file in its own folder. Dropping it removes the folder, and files that were written
/// beside the folder.
#[derive(Debug)]
pub struct Store {
    /// The parent of the folder. [`Store::files`] does not list what else is in it.
    _surroundings: TempDir,
    folder: PathBuf,
    path: PathBuf,
}

impl Store {
    /// Returns a copy of a storage file of the test data: `sample`, `sample-20230327` or `chrome`.
    ///
    /// # Panics
    ///
    /// If there is no such file.
    #[must_use]
    pub fn of(name: &str) -> Self {
        Self::copy_of(&places::data(&format!("{name}.plaso")))
    }

    /// Returns a copy of a storage file of the shared data. If the file does not exist, reports
    /// that the test is skipped.
    #[must_use]
    pub fn shared(name: &str) -> Option<Self> {
        places::shared_store(name).map(|path| Self::copy_of(&path))
    }

    /// Returns a copy of this file.
    ///
    /// # Panics
    ///
    /// If the file cannot be copied.
    #[must_use]
    pub fn copy_of(original: &Path) -> Self {
        let store = Self::at(original.file_name().and_then(|name| name.to_str()).expect("a plain name"));
        let bytes = std::fs::read(original).unwrap_or_else(|e| panic!("{}: {e}", original.display()));
        // The bytes are written, not the file copied: a copy of a read-only file would be
        // read-only, too.
        std::fs::write(&store.path, bytes).unwrap();
        store
    }

    /// Returns a file with this content.
    ///
    /// # Panics
    ///
    /// If the file cannot be written.
    #[must_use]
    pub fn with_bytes(bytes: &[u8]) -> Self {
        let store = Self::empty();
        std::fs::write(&store.path, bytes).unwrap();
        store
    }

    /// Returns a place for a file that does not exist yet.
    #[must_use]
    pub fn empty() -> Self {
        Self::at("case.plaso")
    }

    fn at(name: &str) -> Self {
        let surroundings = tempfile::Builder::new().prefix("foreman-test-").tempdir().unwrap();
        let folder = surroundings.path().join("case");
        std::fs::create_dir(&folder).unwrap();
        let path = folder.join(name);
        Self { _surroundings: surroundings, folder, path }
    }

    /// Returns the path of the file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the folder of the file.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Returns the names of all files in the folder.
    ///
    /// # Panics
    ///
    /// If the folder cannot be read.
    #[must_use]
    pub fn files(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.folder()).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    /// Writes a file beside the store.
    ///
    /// # Panics
    ///
    /// If it cannot be written.
    #[must_use]
    pub fn beside(&self, name: &str, content: &str) -> PathBuf {
        let path = self.folder().join(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    /// Returns the content of the file.
    ///
    /// # Panics
    ///
    /// If the file cannot be read.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        std::fs::read(&self.path).unwrap()
    }

    /// Opens the database for reading.
    ///
    /// # Panics
    ///
    /// If the database cannot be opened.
    #[must_use]
    pub fn connection(&self) -> Connection {
        Connection::open_with_flags(&self.path, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap()
    }

    /// Runs these statements on the database.
    ///
    /// # Panics
    ///
    /// If one of them fails.
    pub fn change(&self, sql: &str) {
        Connection::open(&self.path).unwrap().execute_batch(sql).unwrap();
    }

    /// Returns the results of analyses in the store.
    #[must_use]
    pub fn dump(&self) -> Dump {
        Dump::of(&self.connection())
    }

    /// Returns a digest of everything in the store that an analysis must not change.
    #[must_use]
    pub fn digest_of_evidence(&self) -> String {
        digest_of_evidence(&self.connection())
    }

    /// Returns the one number that a query returns.
    ///
    /// # Panics
    ///
    /// If the query does not return a number.
    #[must_use]
    pub fn number(&self, sql: &str) -> i64 {
        self.connection().query_row(sql, [], |row| row.get(0)).unwrap()
    }

    /// Returns the first column of a query's rows, as texts.
    ///
    /// # Panics
    ///
    /// If the query fails.
    #[must_use]
    pub fn texts(&self, sql: &str) -> Vec<String> {
        let connection = self.connection();
        let mut statement = connection.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| row.get::<_, rusqlite::types::Value>(0)).unwrap();
        rows.map(|value| text(value.unwrap())).collect()
    }
}

fn text(value: rusqlite::types::Value) -> String {
    use rusqlite::types::Value;
    match value {
        Value::Null => "NULL".into(),
        Value::Integer(number) => number.to_string(),
        Value::Real(number) => number.to_string(),
        Value::Text(text) => text,
        Value::Blob(bytes) => format!("{} bytes", bytes.len()),
    }
}
