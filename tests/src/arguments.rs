//! What the programs for developers check of their arguments, so that a slip is no panic later.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};

use crate::bench::rule_file;
use crate::program::foreman;

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
fn file_or_folder(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    if path.exists() { Ok(path) } else { Err("there is no such file or folder".into()) }
}

/// Reads the path of lists of indicators, or `generated`.
///
/// # Errors
///
/// If they do not exist, or foreman refuses them.
pub fn lists(text: &str) -> Result<PathBuf, String> {
    if text == "generated" { Ok(text.into()) } else { checked("--ioc", file_or_folder(text)?) }
}

/// Reads the path of Sigma rules.
///
/// # Errors
///
/// If they do not exist, or foreman refuses them.
pub fn sigma_rules(text: &str) -> Result<PathBuf, String> {
    checked("--sigma-rules", file_or_folder(text)?)
}

/// Returns a path if `foreman check` takes what is there.
fn checked(option: &str, path: PathBuf) -> Result<PathBuf, String> {
    let finished = foreman(["check", option]).arg(&path).run();
    match finished.status {
        // A file without Sigma rules is no error for `check`, and nothing to measure.
        Some(0) if !finished.stdout.contains(": 0 used") => Ok(path),
        // What is wrong stands on standard output, and another error on standard error.
        _ => Err(format!("{}{}", finished.stdout, finished.stderr)),
    }
}

/// Reads the path of a tagging file, or the name of built-in rules.
///
/// # Errors
///
/// If there are no such rules, or foreman refuses them.
pub fn rules(text: &str) -> Result<String, String> {
    let file = rule_file(text);
    if !file.is_file() {
        return Err("there is no such file, and there are no such built-in rules".into());
    }
    checked("--tagging-file", file)?;
    Ok(text.into())
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
