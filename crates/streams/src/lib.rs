//! What both programs say to their user.
//!
//! Standard error may be closed, on a full disk, a pipe that nobody reads, or a terminal stopped with Ctrl-S. A message
//! ([`message`], [`complain`]) therefore never waits, fails or panics: it goes to a queue that a thread writes. A result
//! ([`print`](print())) is wanted whole, so it waits for its reader, and says if it could not be written. Nothing else in
//! the programs writes to these streams.

mod log;
mod messages;
mod output;
mod queue;
mod write_all;

use nix::sys::signal::{SigSet, Signal};

pub use log::{log_fields, log_filter};
pub use messages::{complain, flush, flush_within, is_behind, message, stderr, stdout};
pub use output::{print, print_unless};

/// Ends the use of the streams when it is dropped: what waits to be written gets a moment.
#[must_use]
#[derive(Debug)]
pub struct Streams(());

/// Begins the use of the streams by the program of this name, before it starts a thread.
pub fn start(program: &'static str) -> Streams {
    messages::set_program(program);
    std::panic::set_hook(Box::new(|panic| complain(&events::panic_text(panic))));
    // Beyond a limit for the size of files (`ulimit -f`), the kernel ends a program by a signal. Without the signal the
    // write fails, which is told like any other failure. Blocked and not ignored, which would need unsafe code.
    // It is a constant signal, so blocking it does not fail.
    let _ = SigSet::from(Signal::SIGXFSZ).thread_block();
    Streams(())
}

impl Drop for Streams {
    fn drop(&mut self) {
        flush();
    }
}
