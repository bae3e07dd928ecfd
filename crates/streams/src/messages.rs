//! Messages on standard error.

use std::io::{self, Write};
use std::os::fd::AsFd as _;
use std::sync::OnceLock;
use std::thread;
use std::time::Duration;

use events::printable;
use nix::sys::signal::SigSet;
use nix::sys::stat::{FileStat, SFlag, fstat};

use crate::queue::Queue;
use crate::write_all::write_all;

/// How long a reader may read nothing before it is no longer waited for.
const PATIENCE: Duration = Duration::from_secs(2);

/// The program's name, which its last words begin with.
static PROGRAM: OnceLock<&str> = OnceLock::new();

/// The messages that wait for standard error.
static STDERR: OnceLock<Messages> = OnceLock::new();

/// The messages that wait for standard output. Only a status or a log that was sent there is one.
static STDOUT: OnceLock<Messages> = OnceLock::new();

/// Writes this to standard error, soon: it never waits for who reads there, and is lost if nobody does.
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

/// Says why the program ends, or another thing that it says as itself and not in its log.
pub fn complain(text: &str) {
    let program = PROGRAM.get().unwrap_or(&"error");
    message(format!("{program}: {}\n", printable(text)).as_bytes());
}

/// Whether messages wait because nobody reads them, so that showing a status would be no use.
#[must_use]
pub fn is_behind() -> bool {
    STDERR.get().and_then(|messages| messages.queue).is_some_and(Queue::is_behind)
}

/// Waits until all messages are written, if somebody reads them.
pub fn flush() {
    flush_within(PATIENCE);
}

/// The same, with so much patience for a reader that reads nothing.
pub fn flush_within(patience: Duration) {
    // A stream that was not used has no thread, and gets none for this.
    for messages in [&STDERR, &STDOUT].into_iter().filter_map(OnceLock::get) {
        messages.flush(patience);
    }
}

pub(crate) fn set_program(name: &'static str) {
    let _ = PROGRAM.set(name);
}

/// The messages of one stream.
struct Messages {
    /// Those that wait; `None` if they are written at once.
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

    /// Returns whether all was written.
    fn write(self, text: &[u8]) -> bool {
        match self {
            Self::Stdout => write_all(io::stdout(), text).is_ok(),
            Self::Stderr => write_all(io::stderr(), text).is_ok(),
        }
    }
}

impl Messages {
    /// Starts the thread that writes. A file takes messages at once: a worker's log must hold its last words, whatever
    /// comes next.
    fn start(stream: Stream) -> Self {
        let is_file = stream
            .status()
            .is_ok_and(|status| SFlag::from_bits_truncate(status.st_mode) & SFlag::S_IFMT == SFlag::S_IFREG);
        if is_file {
            return Self { stream, queue: None };
        }
        let queue: &'static Queue = Box::leak(Box::default());
        let writer = thread::Builder::new().name("messages".into()).spawn(move || {
            // Signals are for the threads that know what to do about them.
            let _ = SigSet::all().thread_block();
            queue.write_with(|piece| stream.write(piece));
        });
        // Without the thread, messages are written at once.
        Self { stream, queue: writer.is_ok().then_some(queue) }
    }

    fn add(&self, text: &[u8]) {
        match self.queue {
            Some(queue) => queue.add(text),
            // A message that cannot be written is no reason to end anything.
            None => drop(self.stream.write(text)),
        }
    }

    fn flush(&self, patience: Duration) {
        if let Some(queue) = self.queue {
            queue.flush(patience);
        }
    }
}

/// Adds what is written to the messages of a stream.
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
