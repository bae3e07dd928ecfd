//! Messages on standard error.

use std::io;
use std::os::fd::AsFd as _;
use std::sync::{LazyLock, OnceLock};
use std::thread;
use std::time::Duration;

use events::printable;
use nix::sys::signal::SigSet;
use nix::sys::stat::{SFlag, fstat};

use crate::output::write_all;
use crate::queue::Queue;

/// How long a reader may read nothing before it is no longer waited for.
const PATIENCE: Duration = Duration::from_secs(2);

/// The program's name, which its last words begin with.
static PROGRAM: OnceLock<&str> = OnceLock::new();

/// The messages that wait; `None` if they are written at once.
static QUEUE: LazyLock<Option<&'static Queue>> = LazyLock::new(start);

/// Writes this to standard error, soon: it never waits for who reads there, and is lost if nobody does.
pub fn message(text: &[u8]) {
    match *QUEUE {
        Some(queue) => queue.add(text),
        // A message that cannot be written is no reason to end anything.
        None => drop(write_all(io::stderr(), text)),
    }
}

/// Says why the program ends, or another thing that it says as itself and not in its log.
pub fn complain(text: &str) {
    let program = PROGRAM.get().unwrap_or(&"error");
    message(format!("{program}: {}\n", printable(text)).as_bytes());
}

/// Whether messages wait because nobody reads them, so that showing a status would be no use.
#[must_use]
pub fn is_behind() -> bool {
    QUEUE.is_some_and(Queue::is_behind)
}

/// Waits until all messages are written, if somebody reads them.
pub fn flush() {
    flush_within(PATIENCE);
}

/// The same, with so much patience for a reader that reads nothing.
pub fn flush_within(patience: Duration) {
    if let Some(queue) = *QUEUE {
        queue.flush(patience);
    }
}

pub(crate) fn set_program(name: &'static str) {
    let _ = PROGRAM.set(name);
}

/// Starts the thread that writes. A file takes messages at once: a worker's log must hold its last words, whatever comes
/// next.
fn start() -> Option<&'static Queue> {
    let is_file = fstat(io::stderr().as_fd())
        .is_ok_and(|status| SFlag::from_bits_truncate(status.st_mode) & SFlag::S_IFMT == SFlag::S_IFREG);
    if is_file {
        return None;
    }
    let queue: &'static Queue = Box::leak(Box::default());
    let writer = thread::Builder::new().name("messages".into()).spawn(move || {
        // Signals are for the threads that know what to do about them.
        let _ = SigSet::all().thread_block();
        queue.write_with(|piece| write_all(io::stderr(), piece).is_ok());
    });
    // Without the thread, messages are written at once.
    writer.is_ok().then_some(queue)
}
