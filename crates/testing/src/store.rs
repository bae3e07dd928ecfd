//! Storage files for tests to work on.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};
use tempfile::TempDir;

use crate::{Dump, digest_of_evidence, places};

/// A storage file in a folder of its own, which goes when this is dropped, with what has been written next to the folder.
#[derive(Debug)]
pub struct Store {
    /// What lies in it, but not in the folder, is not looked at.
    _surroundings: TempDir,
    folder: PathBuf,
    path: PathBuf,
}

impl Store {
    /// A copy of a storage file of the test data: `sample`, `sample-20230327` or `chrome`.
    ///
    /// # Panics
    ///
    /// If there is no such file.
    #[must_use]
    pub fn of(name: &str) -> Self {
        Self::copy_of(&places::data(&format!("{name}.plaso")))
    }

    /// A copy of a storage file of the data that may lie beside the checkout; if it is not there, says that the
    /// test is skipped.
    #[must_use]
    pub fn shared(name: &str) -> Option<Self> {
        places::shared_store(name).map(|path| Self::copy_of(&path))
    }

    /// A copy of this file.
    ///
    /// # Panics
    ///
    /// If it cannot be copied.
    #[must_use]
    pub fn copy_of(original: &Path) -> Self {
        let store = Self::at(original.file_name().and_then(|name| name.to_str()).expect("a plain name"));
        let bytes = std::fs::read(original).unwrap_or_else(|e| panic!("{}: {e}", original.display()));
        // Written, not copied: the original may be read-only, which a copy would be, too.
        std::fs::write(&store.path, bytes).unwrap();
        store
    }

    /// A file with this content.
    ///
    /// # Panics
    ///
    /// If it cannot be written.
    #[must_use]
    pub fn with_bytes(bytes: &[u8]) -> Self {
        let store = Self::empty();
        std::fs::write(&store.path, bytes).unwrap();
        store
    }

    /// A place for a file that is not there yet.
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

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The folder that it lies in.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The names of everything that lies in the folder.
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

    /// The content of the file.
    ///
    /// # Panics
    ///
    /// If it cannot be read.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        std::fs::read(&self.path).unwrap()
    }

    /// The database, for reading.
    ///
    /// # Panics
    ///
    /// If it cannot be opened.
    #[must_use]
    pub fn connection(&self) -> Connection {
        Connection::open_with_flags(&self.path, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap()
    }

    /// Changes the database by these statements.
    ///
    /// # Panics
    ///
    /// If one of them fails.
    pub fn change(&self, sql: &str) {
        Connection::open(&self.path).unwrap().execute_batch(sql).unwrap();
    }

    /// What analysis runs have left in it.
    #[must_use]
    pub fn dump(&self) -> Dump {
        Dump::of(&self.connection())
    }

    /// A digest over everything in it but what an analysis may write.
    #[must_use]
    pub fn digest_of_evidence(&self) -> String {
        digest_of_evidence(&self.connection())
    }

    /// The answer to a query for one number.
    ///
    /// # Panics
    ///
    /// If there is none.
    #[must_use]
    pub fn number(&self, sql: &str) -> i64 {
        self.connection().query_row(sql, [], |row| row.get(0)).unwrap()
    }

    /// The first column of a query's rows, as texts.
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
