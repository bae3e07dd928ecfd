//! What the program prints, made safe for a terminal, and the files it writes beside its results.

use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use events::printable;
use files::OutputFile;

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

/// A place for what a run writes beside its results: a file, or a stream that has a name.
#[derive(Debug)]
pub(crate) struct Destination {
    path: PathBuf,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Nowhere,
    Stdout,
    Stderr,
    File(OutputFile),
}

impl Destination {
    /// Checks that `path` can be written, as far as can be known. `store` is the storage file that is
    /// worked on. A slip on the command line must not cost evidence, so [`OutputFile`] says what is
    /// never replaced. The streams are our own: nothing is opened for them.
    pub(crate) fn new(path: &Path, store: Option<&Path>) -> anyhow::Result<Self> {
        let kind = match path.to_str() {
            Some("/dev/null") => Kind::Nowhere,
            Some("/dev/stdout") => Kind::Stdout,
            Some("/dev/stderr") => Kind::Stderr,
            _ => Kind::File(OutputFile::new(path, store)?),
        };
        Ok(Self { path: path.to_owned(), kind })
    }

    /// Returns what the user has called it.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Writes a text, in a file in place of what is there. Others see a file as it was or as it is to be.
    /// Standard output is waited for, so this is for what is written once, after a run.
    pub(crate) fn write(&self, text: &str) -> anyhow::Result<()> {
        match &self.kind {
            Kind::Nowhere => {}
            Kind::Stdout => streams::print(text)?,
            Kind::Stderr => streams::message(text.as_bytes()),
            Kind::File(file) => file.write(text.as_bytes())?,
        }
        Ok(())
    }

    /// Writes the status of a run in the same way, but waits for no reader of a stream.
    pub(crate) fn show(&self, text: &str) -> anyhow::Result<()> {
        match &self.kind {
            Kind::File(file) => Ok(file.write(text.as_bytes())?),
            _ => Ok(self.stream()?.write_all(text.as_bytes())?),
        }
    }

    /// Returns a new file, or the stream, to write to bit by bit while a run goes on. A stream that
    /// nobody reads loses what is written to it, instead of holding up the run.
    pub(crate) fn stream(&self) -> anyhow::Result<Box<dyn Write + Send>> {
        Ok(match &self.kind {
            Kind::Nowhere => Box::new(std::io::sink()),
            Kind::Stdout => Box::new(streams::stdout()),
            Kind::Stderr => Box::new(streams::stderr()),
            Kind::File(file) => Box::new(file.stream()?),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_and_streams() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let file = Destination::new(&path, None).unwrap();
        file.write("one").unwrap();
        file.stream().unwrap().write_all(b"two").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"two");
        assert!(Destination::new(&path, Some(&path)).is_err());
        let nowhere = Destination::new(Path::new("/dev/null"), None).unwrap();
        nowhere.write("text").unwrap();
        assert!(Destination::new(Path::new("/dev/zero"), None).is_err());
    }
}
