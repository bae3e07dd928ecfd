//! What the program prints, made safe for a terminal, and the files it writes beside its results.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use events::printable;

/// Prints what was done.
pub(crate) fn say(text: &str) {
    // Whoever closes the pipe has seen enough, and a full disk behind it changes nothing of what was done.
    let _ = streams::print(&format!("{}\n", printable(text)));
}

/// Prints what a run has done, where signals that ask to stop do not end the program. Returns `false` if it was stopped
/// before all was read.
pub(crate) fn say_unless(text: &str, stopped: impl Fn() -> bool) -> bool {
    let printed = streams::print_unless(&format!("{}\n", printable(text)), stopped);
    !printed.is_err_and(|error| error.kind() == ErrorKind::Interrupted)
}

/// Prints a result that is all that was asked for, and is fit for a terminal as it is.
pub(crate) fn deliver(text: &str) -> anyhow::Result<()> {
    match streams::print(text) {
        // Whoever closes the pipe has seen enough.
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(error).context("the result cannot be written to standard output")
        }
        _ => Ok(()),
    }
}

/// How wide what is printed as a result may be: the terminal's width, or no limit where none is.
pub(crate) fn width() -> usize {
    let terminal = console::Term::stdout();
    let size = terminal.is_term().then(|| terminal.size_checked()).flatten();
    size.map_or(usize::MAX, |(_, columns)| usize::from(columns).max(20))
}

/// Makes a file that a run writes beside its results. What looks like a storage file is not overwritten: a slip on the command
/// line must not cost evidence.
pub(crate) fn new_file(path: &Path) -> anyhow::Result<File> {
    refuse_databases(path)?;
    Ok(File::create(path)?)
}

/// Whether a file can be written later with [`replace_file`], as far as can be known.
pub(crate) fn check_replaceable(path: &Path) -> anyhow::Result<()> {
    refuse_databases(path)?;
    if path.metadata().is_ok_and(|metadata| !metadata.is_file()) {
        return Ok(());
    }
    let unfinished = unfinished(path);
    File::create(&unfinished)?;
    Ok(std::fs::remove_file(&unfinished)?)
}

/// Writes a file that others see whole or as it was.
pub(crate) fn replace_file(path: &Path, text: &str) -> anyhow::Result<()> {
    refuse_databases(path)?;
    if path.metadata().is_ok_and(|metadata| !metadata.is_file()) {
        // A pipe or a terminal is nothing to put a file in the place of.
        return Ok(OpenOptions::new().write(true).open(path)?.write_all(text.as_bytes())?);
    }
    let unfinished = unfinished(path);
    std::fs::write(&unfinished, text)?;
    Ok(std::fs::rename(&unfinished, path)?)
}

fn unfinished(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".unfinished");
    name.into()
}

fn refuse_databases(path: &Path) -> anyhow::Result<()> {
    let mut start = [0; 16];
    let is_file = path.metadata().is_ok_and(|metadata| metadata.is_file());
    if is_file && File::open(path)?.read(&mut start)? == start.len() && start == *b"SQLite format 3\0" {
        bail!("it is a database, which is not overwritten; name another file");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn databases_are_not_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        replace_file(&path, "one").unwrap();
        new_file(&path).unwrap().write_all(b"SQLite format 3\0 and so on").unwrap();
        assert!(replace_file(&path, "two").unwrap_err().to_string().contains("database"));
        assert!(new_file(&path).is_err() && check_replaceable(&path).is_err());
        assert!(check_replaceable(&folder.path().join("no/folder")).is_err());
        check_replaceable(&folder.path().join("other")).unwrap();
        assert!(std::fs::read(&path).unwrap().ends_with(b"so on"));
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1);
    }
}
