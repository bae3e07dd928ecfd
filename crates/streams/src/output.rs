//! Results on standard output.

use std::io::{self, Write};
use std::os::fd::AsFd;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use crate::closed::{require_stderr, require_stdout};
use crate::messages::{complain, flush};
use crate::write_all::write_all;

/// The interval at which a waiting result asks whether it is still wanted.
const TICK: Duration = Duration::from_millis(20);

/// Prints a whole result, however slowly it is read. Earlier messages on standard error are written
/// first.
///
/// # Errors
///
/// If standard output cannot be written.
pub fn print(text: &str) -> io::Result<()> {
    flush();
    require_stdout()?;
    Ok(write_all(io::stdout(), text.as_bytes())?)
}

/// Says that standard output (`into_stdout`) or standard error goes to a database, on the other of
/// the two. If both do, nothing can be said.
pub fn refuse_databases(into_stdout: bool, into_stderr: bool) {
    const WORDS: &str = "goes to an SQLite database or its journal, and would damage it; send it to another file (what cannot be read \
         counts as a database if it has the size of one)";
    let stream = if into_stdout { "standard output" } else { "standard error" };
    complain_beside(&format!("{stream} {WORDS}"), into_stdout, into_stderr);
}

/// Says what is wrong, on standard output if standard error must not be written to. If neither must
/// be, nothing is said.
pub fn complain_beside(what: &str, not_on_stdout: bool, not_on_stderr: bool) {
    match (not_on_stdout, not_on_stderr) {
        (_, false) => complain(what),
        (false, true) => drop(print(&format!("{what}\n"))),
        (true, true) => {}
    }
}

/// Like [`print`](print()), for a program that handles signals itself: gives up when `stopped`
/// returns `true`.
///
/// # Errors
///
/// If standard output cannot be written, or with [`io::ErrorKind::Interrupted`] if it gave up.
pub fn print_unless(text: &str, stopped: impl Fn() -> bool) -> io::Result<()> {
    flush();
    require_stdout()?;
    write_unless(io::stdout, text.as_bytes(), stopped)
}

/// Returns a writer for a result that is printed in parts, each as with [`print_unless`]. The parts
/// should be large.
pub fn results(stopped: impl Fn() -> bool) -> impl Write {
    flush();
    Results { stream: io::stdout, require: require_stdout, stopped }
}

/// Like [`results`], for a user who wants the result on standard error. Unlike a message, a result
/// waits for its reader.
pub fn results_on_stderr(stopped: impl Fn() -> bool) -> impl Write {
    flush();
    Results { stream: io::stderr, require: require_stderr, stopped }
}

/// The writer of [`results`].
struct Results<T, S> {
    stream: fn() -> T,
    /// Returns an error if the stream is closed.
    require: fn() -> io::Result<()>,
    /// Whether the result is no longer wanted.
    stopped: S,
}

impl<T: AsFd + 'static, S: Fn() -> bool> Write for Results<T, S> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        (self.require)()?;
        match write_unless(self.stream, bytes, &self.stopped) {
            Ok(()) => Ok(bytes.len()),
            // `write_all` would try again after this kind of error.
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Err(io::Error::other(error)),
            Err(error) => Err(error),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn write_unless<T: AsFd + 'static>(
    stream: fn() -> T,
    bytes: &[u8],
    stopped: impl Fn() -> bool,
) -> io::Result<()> {
    let (sender, receiver) = mpsc::sync_channel(1);
    let text = bytes;
    let bytes: Box<[u8]> = text.into();
    // If the reader is too slow, this thread ends with the process.
    let writer = thread::Builder::new().spawn(move || sender.send(write_all(stream(), &bytes)));
    if writer.is_err() {
        return Ok(write_all(stream(), text)?);
    }
    loop {
        match receiver.recv_timeout(TICK) {
            Ok(written) => return Ok(written?),
            Err(RecvTimeoutError::Timeout) if stopped() => return Err(io::ErrorKind::Interrupted.into()),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return Err(io::ErrorKind::Other.into()),
        }
    }
}
