//! What the program prints, made safe for a terminal, and the files it writes beside its results.

use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use events::{panic_text, printable};
use files::OutputFile;

/// Prints a result.
pub(crate) fn say(text: &str) {
    // Whoever closes the pipe has seen enough, and a full disk behind it changes nothing of what was done.
    let _ = writeln!(std::io::stdout(), "{}", printable(text));
}

/// Prints a result that is all that was asked for, and is fit for a terminal as it is.
pub(crate) fn deliver(text: &str) -> anyhow::Result<()> {
    let mut stdout = std::io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        // Whoever closes the pipe has seen enough.
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(error).context("the result cannot be written to standard output")
        }
        _ => Ok(()),
    }
}

/// Prints the last word of a program that failed.
pub(crate) fn complain(text: &str) {
    let _ = writeln!(std::io::stderr(), "foreman: {}", printable(text));
}

/// Has panics told like errors.
pub(crate) fn tell_panics() {
    std::panic::set_hook(Box::new(|panic| complain(&panic_text(panic))));
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
    pub(crate) fn write(&self, text: &str) -> anyhow::Result<()> {
        match &self.kind {
            Kind::File(file) => Ok(file.write(text.as_bytes())?),
            _ => Ok(self.stream()?.write_all(text.as_bytes())?),
        }
    }

    /// Returns a new file, or the stream, to write to bit by bit.
    pub(crate) fn stream(&self) -> anyhow::Result<Box<dyn Write + Send>> {
        Ok(match &self.kind {
            Kind::Nowhere => Box::new(std::io::sink()),
            Kind::Stdout => Box::new(std::io::stdout()),
            Kind::Stderr => Box::new(std::io::stderr()),
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
