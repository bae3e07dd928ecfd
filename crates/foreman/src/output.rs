//! Prints texts safely on a terminal, and writes the files that a run makes besides its results.

use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use events::{Shown as _, printable};
use files::{FullDisk, IsOurs, NamedStream, NewFolder, OutputFile};

use crate::exit::Status;
use crate::paths::replaceable;

/// Prints a message about something that was done.
pub(crate) fn say(text: &str) {
    // If the reader closes the pipe early, or a disk is full, this changes nothing of what was
    // done.
    let _ = streams::print(&format!("{}\n", printable(text)));
}

/// Prints what a run has done, while signals that ask to stop do not end the program.
///
/// # Errors
///
/// If standard output cannot be written, or with [`ErrorKind::Interrupted`] if the run was stopped
/// before everything was read. It is no error if the reader closes the pipe early.
pub(crate) fn say_unless(text: &str, stopped: impl Fn() -> bool) -> io::Result<()> {
    match streams::print_unless(&format!("{}\n", printable(text)), stopped) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        printed => printed.map_err(stdout_error),
    }
}

/// Like [`say_unless`], for the only text of a command that has made something. Returns how the
/// command ends. `made` says what is complete even if nobody reads the text.
pub(crate) fn say_made(text: &str, stopped: impl Fn() -> bool, made: &str) -> io::Result<Status> {
    match say_unless(text, stopped) {
        Err(error) if error.kind() == ErrorKind::Interrupted => {
            streams::complain(&format!("stopped while the result was printed; {made}"));
            Ok(Status::Aborted)
        }
        said => said.map(|()| Status::Done),
    }
}

/// Prints a result that is the only purpose of a command. It must be safe for a terminal.
pub(crate) fn deliver(text: &str) -> anyhow::Result<()> {
    match streams::print(text).map_err(stdout_error) {
        // If the reader closes the pipe early, this is not an error.
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(error).context("the result cannot be written to standard output")
        }
        _ => Ok(()),
    }
}

/// Returns the error of standard output. If it goes to a file whose disk is full, the error names
/// the disk.
pub(crate) fn stdout_error(error: io::Error) -> io::Error {
    match std::fs::read_link("/proc/self/fd/1") {
        Ok(file) => FullDisk::name(&file, error),
        Err(_) => error,
    }
}

/// Like [`deliver`], on standard error.
pub(crate) fn deliver_on_stderr(text: &str) -> anyhow::Result<()> {
    let written = streams::results_on_stderr(|| false).write_all(text.as_bytes());
    written.context("the result cannot be written to standard error")
}

/// Like [`deliver`], for a text for people, which has colours if the user wants them.
pub(crate) fn deliver_colored(text: &str) -> anyhow::Result<()> {
    if streams::color_on_stdout() { deliver(&streams::colored(text)) } else { deliver(text) }
}

/// Returns the part of a text that a rule matched, for [`deliver_colored`].
pub(crate) fn highlighted(text: &str) -> String {
    if streams::color_on_stdout() { streams::highlighted(text) } else { text.to_owned() }
}

/// Returns the width for printed results: the terminal's width, or no limit if there is no
/// terminal.
pub(crate) fn width() -> usize {
    let terminal = console::Term::stdout();
    let size = terminal.is_term().then(|| terminal.size_checked()).flatten();
    size.map_or(usize::MAX, |(_, columns)| usize::from(columns).max(20))
}

/// Warns in the log of what [`warnings`] returns.
pub(crate) fn begun(folder: NewFolder) -> NewFolder {
    warnings(&folder).iter().for_each(|warning| tracing::warn!("{warning}"));
    folder
}

/// Completes a folder that has its name already. If its marker stays, `complain` gets a warning:
/// its files are complete all the same.
pub(crate) fn complete(folder: NewFolder, complain: impl FnOnce(&str)) {
    if let Err(stays) = folder.complete() {
        complain(&stays.to_string());
    }
}

/// Says how many unfinished folders were removed when this one was begun, which stay, and whether
/// others could exchange it.
pub(crate) fn warnings(folder: &NewFolder) -> Vec<String> {
    let path = folder.unfinished_path();
    let place = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let removed = match folder.left().removed {
        0 => None,
        1 => Some(format!("removed the unfinished output of a killed command from {}", place.shown())),
        count => {
            Some(format!("removed {count} unfinished outputs of killed commands from {}", place.shown()))
        }
    };
    let replaceable = replaceable(place, "name an output in a folder of your own");
    let kept = folder.left().kept.iter().map(|kept| stays(kept));
    removed.into_iter().chain(kept).chain(replaceable).collect()
}

/// Says that a folder of a killed command stays.
pub(crate) fn stays(folder: &Path) -> String {
    format!(
        "{} stays: a killed command has left it, and it has files that foreman did not make; move these away, and the next \
         command removes it",
        folder.shown()
    )
}

/// A place for what a run writes besides its results: a file, or a stream that has a name.
#[derive(Debug)]
pub(crate) struct Destination {
    path: PathBuf,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Stream(NamedStream),
    File(OutputFile),
}

impl Destination {
    /// Checks that `path` can be written, as far as this can be known in advance. `store` is the
    /// storage file of the run. A typing error must not destroy evidence, so only an earlier output
    /// of the same kind is replaced, which `is_ours` recognises. For the program's own streams,
    /// nothing is opened.
    pub(crate) fn new(path: &Path, store: Option<&Path>, is_ours: IsOurs) -> anyhow::Result<Self> {
        let kind = match NamedStream::of(path) {
            Some(stream) => Kind::Stream(stream),
            None => Kind::File(OutputFile::new(path, store, is_ours)?),
        };
        Ok(Self { path: path.to_owned(), kind })
    }

    /// Returns the path as the user gave it.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Writes a text. A file is replaced, and readers see either the old or the new text. Writing
    /// to a stream waits for the reader until `stopped` returns `true`, so this is only for texts
    /// that are written once, after a run.
    pub(crate) fn write(&self, text: &str, stopped: impl Fn() -> bool) -> anyhow::Result<()> {
        match &self.kind {
            Kind::Stream(NamedStream::Nothing) => {}
            Kind::Stream(NamedStream::Stdout) => {
                streams::print_unless(text, stopped).map_err(stdout_error)?
            }
            // A message could be lost without an error.
            Kind::Stream(NamedStream::Stderr) => {
                streams::results_on_stderr(stopped).write_all(text.as_bytes())?
            }
            Kind::File(file) => file.write(text.as_bytes())?,
        }
        Ok(())
    }

    /// Writes the status of a run. This is like [`write`](Self::write), but never waits for the
    /// reader of a stream, and no other process writes the file meanwhile.
    pub(crate) fn show(&mut self, text: &str) -> anyhow::Result<()> {
        match &mut self.kind {
            Kind::File(file) => Ok(file.rewrite(text.as_bytes())?),
            _ => Ok(self.stream()?.write_all(text.as_bytes())?),
        }
    }

    /// Returns the new file, or the stream, to which a run appends text. No other process writes
    /// the file meanwhile. If nobody reads the stream, text is lost, and the run is not delayed.
    pub(crate) fn stream(&self) -> anyhow::Result<Box<dyn Write + Send>> {
        Ok(match &self.kind {
            Kind::Stream(NamedStream::Nothing) => Box::new(io::sink()),
            Kind::Stream(NamedStream::Stdout) => Box::new(streams::stdout()),
            Kind::Stream(NamedStream::Stderr) => Box::new(streams::stderr()),
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
        let is_ours = |start: &[u8]| start == b"one";
        let file = Destination::new(&path, None, is_ours).unwrap();
        file.write("one", || false).unwrap();
        file.stream().unwrap().write_all(b"two").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"two");
        assert!(Destination::new(&path, None, is_ours).is_err(), "it is another file by now");
        let nowhere = Destination::new(Path::new("/dev/null"), None, is_ours).unwrap();
        nowhere.write("text", || false).unwrap();
        assert!(Destination::new(Path::new("/dev/zero"), None, is_ours).is_err());
    }
}
