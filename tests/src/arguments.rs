//! What the programs for developers check of their arguments, so that a slip is no panic later.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};

use crate::bench::rule_file;

/// Reads the path of a file that exists.
///
/// # Errors
///
/// If it does not.
pub fn file(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    if path.is_file() { Ok(path) } else { Err("there is no such file".into()) }
}

/// Reads the path of a storage file.
///
/// # Errors
///
/// If there is none, or the file has no events of Plaso.
pub fn store(text: &str) -> Result<PathBuf, String> {
    let path = file(text)?;
    let read_only = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let count = |path: &Path| {
        let store = Connection::open_with_flags(path, read_only)?;
        store.query_row("SELECT count(_event_data_identifier) FROM event", [], |row| row.get(0))
    };
    match count(&path) {
        Ok(0) => Err("it has no events".into()),
        Ok::<u64, _>(_) => Ok(path),
        Err(error) => Err(format!("it is not a Plaso storage file: {error}")),
    }
}

/// Reads the path of a program.
///
/// # Errors
///
/// If there is none, or it may not be executed.
pub fn program(text: &str) -> Result<PathBuf, String> {
    let path = file(text)?;
    let mode = path.metadata().map_or(0, |metadata| metadata.permissions().mode());
    if mode & 0o111 == 0 { Err("it may not be executed".into()) } else { Ok(path) }
}

/// Reads the path of a file or a folder that exists.
///
/// # Errors
///
/// If it does not.
pub fn file_or_folder(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    if path.exists() { Ok(path) } else { Err("there is no such file or folder".into()) }
}

/// Reads the path of lists of indicators, or `generated`.
///
/// # Errors
///
/// If they do not exist.
pub fn lists(text: &str) -> Result<PathBuf, String> {
    if text == "generated" { Ok(text.into()) } else { file_or_folder(text) }
}

/// Reads the path of a tagging file, or the name of built-in rules.
///
/// # Errors
///
/// If there are no such rules.
pub fn rules(text: &str) -> Result<String, String> {
    let exists = rule_file(text).is_file();
    if exists {
        Ok(text.into())
    } else {
        Err("there is no such file, and there are no such built-in rules".into())
    }
}

/// Reads a number of seconds.
///
/// # Errors
///
/// If it is none from 0 to a million.
pub fn seconds(text: &str) -> Result<f64, String> {
    let seconds = text.parse().ok().filter(|seconds| (0.0..=1e6).contains(seconds));
    seconds.ok_or_else(|| "expected a number of seconds from 0 to 1000000".into())
}
