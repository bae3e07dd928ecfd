//! The files that an option names: a file, the files of a folder, or several of them.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::io::{self, Read as _};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use crate::contents::{PLAN, is_name_of_companion};
use crate::followed_links::check_links_to;
use crate::input_file::{is_database_at, open_input};

/// The maximum depth of folders.
const MAXIMUM_DEPTH: usize = 32;

/// The files by which foreman's own folders beside storage files are recognised, and how they
/// begin.
const RECORDS: [&str; 2] = ["run.json", "case.json"];
const BEGINNING: &[u8] = b"{\n  \"format\": \"foreman ";

/// The files of a folder.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct FilesIn {
    /// The files to read, sorted.
    pub files: Vec<PathBuf>,
    /// Databases, such as storage files, sorted. They are not to be read.
    pub databases: Vec<PathBuf>,
}

/// Returns the paths in a list, which commas separate, each once, or the whole if a file has this
/// name.
#[must_use]
pub fn separated_paths(list: &Path) -> Vec<PathBuf> {
    match list.to_str() {
        Some(text) if !list.exists() => {
            let mut seen = BTreeSet::new();
            let paths = text.split(',').map(str::trim).filter(|path| !path.is_empty());
            paths.filter(|path| seen.insert(*path)).map(PathBuf::from).collect()
        }
        _ => vec![list.to_owned()],
    }
}

/// Returns the wanted files of a folder and its subfolders, at most so many. Names that begin with
/// a dot are left out. So is what comes and goes beside a storage file: its journal, and the folder
/// of a run.
///
/// # Errors
///
/// If a folder cannot be read or is behind a link of another user who may not list it, the folders
/// are nested too deep, or there are more files.
pub fn files_in(folder: &Path, maximum: usize, is_wanted: impl Fn(&Path) -> bool) -> io::Result<FilesIn> {
    check_links_to(folder)?;
    let mut paths = Vec::new();
    find(folder, 0, maximum, &is_wanted, &mut paths)?;
    paths.sort();
    let (databases, files) = paths.into_iter().partition(|path| is_database_at(path));
    Ok(FilesIn { files, databases })
}

fn find(
    folder: &Path,
    depth: usize,
    maximum: usize,
    is_wanted: &dyn Fn(&Path) -> bool,
    found: &mut Vec<PathBuf>,
) -> io::Result<()> {
    if depth > MAXIMUM_DEPTH {
        return Err(io::Error::other(format!("folders are nested more than {MAXIMUM_DEPTH} deep")));
    }
    let entries = match folder.read_dir() {
        // A run has just ended, and removed its folder.
        Err(error) if depth > 0 && error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        if entry.file_name().as_encoded_bytes().starts_with(b".") {
            continue;
        }
        let path = entry.path();
        // A link to a folder could lead back to where it is.
        if entry.file_type()?.is_dir() {
            if !is_of_a_run(&path) {
                find(&path, depth + 1, maximum, is_wanted, found)?;
            }
        } else if is_wanted(&path) && !path.is_dir() && !is_companion(&path) {
            if found.len() >= maximum {
                return Err(io::Error::other(format!("there are more than {maximum} files")));
            }
            found.push(path);
        }
    }
    Ok(())
}

/// Returns whether a folder is one that foreman makes beside a storage file.
pub(crate) fn is_of_a_run(folder: &Path) -> bool {
    RECORDS.iter().any(|name| begins_with(&folder.join(name), BEGINNING))
}

/// Returns whether a folder is that of a plan.
pub(crate) fn is_of_a_plan(folder: &Path) -> bool {
    begins_with(&folder.join(OsStr::from_bytes(PLAN)), b"{\"kind\":\"plan\",")
}

/// Returns whether there is a file that begins with these bytes.
fn begins_with(path: &Path, beginning: &[u8]) -> bool {
    let mut start = Vec::new();
    let read = open_input(path).and_then(|file| file.take(beginning.len() as u64).read_to_end(&mut start));
    read.is_ok() && start == beginning
}

/// Returns whether a file is the journal or log of a database beside it.
fn is_companion(path: &Path) -> bool {
    let name = path.as_os_str().as_encoded_bytes();
    if !is_name_of_companion(name) {
        return false;
    }
    // Each of these endings begins with the last hyphen.
    let end = name.iter().rposition(|byte| *byte == b'-').unwrap_or(name.len());
    is_database_at(Path::new(OsStr::from_bytes(&name[..end])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_divided_unless_a_file_has_the_name() {
        let folder = tempfile::tempdir().unwrap();
        let [one, both] = ["a", "a,b"].map(|name| folder.path().join(name));
        assert_eq!(separated_paths(&both), [one.clone(), "b".into()]);
        assert_eq!(separated_paths(Path::new(",a,,b,a,")), ["a", "b"].map(PathBuf::from));
        std::fs::write(&both, "").unwrap();
        assert_eq!(separated_paths(&both), [both]);
        assert_eq!(separated_paths(&one), [one]);
    }

    #[test]
    fn files_are_found_in_order_up_to_a_limit() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for name in ["b.txt", "a/c.txt", "a/d.md", ".git/e.txt"] {
            std::fs::create_dir_all(at(name).parent().unwrap()).unwrap();
            std::fs::write(at(name), "").unwrap();
        }
        std::os::unix::fs::symlink(folder.path(), at("loop.txt")).unwrap();
        let is_text = |path: &Path| path.extension().is_some_and(|ending| ending == "txt");
        assert_eq!(files_in(folder.path(), 2, is_text).unwrap().files, [at("a/c.txt"), at("b.txt")]);
        assert_eq!(
            files_in(folder.path(), 2, |_| true).unwrap_err().to_string(),
            "there are more than 2 files"
        );

        let deep = at(&"x/".repeat(MAXIMUM_DEPTH + 1));
        std::fs::create_dir_all(deep).unwrap();
        let error = files_in(folder.path(), 9, |_| true).unwrap_err().to_string();
        assert_eq!(error, "folders are nested more than 32 deep");
    }

    #[test]
    fn storage_files_and_what_comes_and_goes_beside_them_are_no_lists() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let database = "SQLite format 3\0";
        for (name, text) in [
            ("a.plaso", database),
            ("a.plaso-journal", "\0"),
            ("b.txt", "x"),
            ("b.txt-journal", "x"),
            ("inner/c", database),
            ("a.plaso.foreman/run.json", "{\n  \"format\": \"foreman run 1\",\n"),
            ("a.plaso.foreman/ioc-lists", "x"),
            ("case.foreman/case.json", "{\n  \"format\": \"foreman case 1\",\n"),
            ("lists.foreman/run.json", "{}"),
        ] {
            std::fs::create_dir_all(at(name).parent().unwrap()).unwrap();
            std::fs::write(at(name), text).unwrap();
        }
        let found = files_in(folder.path(), 9, |_| true).unwrap();
        assert_eq!(found.files, ["b.txt", "b.txt-journal", "lists.foreman/run.json"].map(at));
        assert_eq!(found.databases, ["a.plaso", "inner/c"].map(at));
    }
}
