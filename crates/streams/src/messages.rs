//! Messages on standard error.

use std::io::{self, Write};
use std::os::fd::AsFd as _;
use std::sync::OnceLock;
use std::thread;
use std::time::Duration;

use events::printable;
use nix::sys::signal::SigSet;
use nix::sys::stat::{FileStat, SFlag, fstat};

use crate::color::{color_on_stderr, colored_error};
use crate::queue::Queue;
use crate::write_all::write_all;

/// How long messages wait for a reader that reads nothing.
const PATIENCE: Duration = Duration::from_secs(2);

/// The program's name, with which its messages begin.
static PROGRAM: OnceLock<&str> = OnceLock::new();

/// The messages for standard error.
static STDERR: OnceLock<Messages> = OnceLock::new();

/// The messages for standard output. A status or a log is sent there only if the user asks for it.
static STDOUT: OnceLock<Messages> = OnceLock::new();

/// Writes a message to standard error, soon. It never waits for the reader. The message is lost if
/// nobody reads.
pub fn message(text: &[u8]) {
    Stream::Stderr.messages().add(text);
}

/// Returns a writer of messages to standard error.
#[must_use]
pub fn stderr() -> impl Write + Send {
    Writer(Stream::Stderr)
}

/// Returns a writer of messages to standard output, for a user who wants a status or a log there.
#[must_use]
pub fn stdout() -> impl Write + Send {
    Writer(Stream::Stdout)
}

/// Prints a message of the program itself that is not part of its log, such as the reason for its
/// end.
pub fn complain(text: &str) {
    let program = PROGRAM.get().unwrap_or(&"error");
    let text = printable(text);
    let text = match color_on_stderr() {
        true => colored_error(program, &text),
        false => format!("{program}: {text}"),
    };
    message(format!("{text}\n").as_bytes());
}

/// Returns whether messages wait because nobody reads them. A status would be of no use then.
#[must_use]
pub fn is_behind() -> bool {
    STDERR.get().and_then(|messages| messages.queue).is_some_and(Queue::is_behind)
}

/// Waits until all messages are written, if somebody reads them.
pub fn flush() {
    flush_within(PATIENCE);
}

/// Like [`flush`], but waits at most `patience` for a reader that reads nothing.
pub fn flush_within(patience: Duration) {
    // A stream that was not used has no thread, and needs none now.
    for messages in [&STDERR, &STDOUT].into_iter().filter_map(OnceLock::get) {
        messages.flush(patience);
    }
}

pub(crate) fn set_program(name: &'static str) {
    let _ = PROGRAM.set(name);
}

/// The messages of one stream.
struct Messages {
    /// The waiting messages, or `None` if messages are written at once.
    queue: Option<&'static Queue>,
    stream: Stream,
}

#[derive(Clone, Copy)]
enum Stream {
    Stdout,
    Stderr,
}

impl Stream {
    fn messages(self) -> &'static Messages {
        let messages = match self {
            Self::Stdout => &STDOUT,
            Self::Stderr => &STDERR,
        };
        messages.get_or_init(|| Messages::start(self))
    }

    fn status(self) -> nix::Result<FileStat> {
        match self {
            Self::Stdout => fstat(io::stdout().as_fd()),
            Self::Stderr => fstat(io::stderr().as_fd()),
        }
    }

    /// Returns whether everything was written.
    fn write(self, text: &[u8]) -> bool {
        match self {
            Self::Stdout => write_all(io::stdout(), text).is_ok(),
            Self::Stderr => write_all(io::stderr(), text).is_ok(),
        }
    }
}

impl Messages {
    /// Starts the thread that writes messages. Messages to a file are written at once: the last
    /// line in a worker's log must be there, whatever happens next.
    fn start(stream: Stream) -> Self {
        let is_file = stream
            .status()
            .is_ok_and(|status| SFlag::from_bits_truncate(status.st_mode) & SFlag::S_IFMT == SFlag::S_IFREG);
        if is_file {
            return Self { stream, queue: None };
        }
        let queue: &'static Queue = Box::leak(Box::default());
        let writer = thread::Builder::new().name("messages".into()).spawn(move || {
            // Signals must go to the threads that handle them.
            let _ = SigSet::all().thread_block();
            queue.write_with(|piece| stream.write(piece));
        });
        // Without the thread, messages are written at once.
        Self { stream, queue: writer.is_ok().then_some(queue) }
    }

    fn add(&self, text: &[u8]) {
        match self.queue {
            Some(queue) => queue.add(text),
            // A message that cannot be written is dropped, and the program continues.
            None => drop(self.stream.write(text)),
        }
    }

    fn flush(&self, patience: Duration) {
        if let Some(queue) = self.queue {
            queue.flush(patience);
        }
    }
}

/// A writer that adds its text to the messages of a stream.
struct Writer(Stream);

impl Write for Writer {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        self.0.messages().add(text);
        Ok(text.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
