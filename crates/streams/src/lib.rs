//! Standard output and standard error of both programs.
//!
//! Standard error may be closed, or be on a full disk, a pipe that nobody reads, or a terminal
//! stopped with Ctrl-S. So a message ([`message`], [`complain`]) never waits, fails or panics: it
//! goes to a queue, and a thread writes it. A result ([`print`](print())) must be complete, so it
//! waits for its reader, and returns an error if it cannot be written, also because the stream was
//! closed when the program was started. No other code of the programs writes to these streams.

mod closed;
mod color;
mod log;
mod messages;
mod output;
mod queue;
mod write_all;

use nix::sys::signal::{SigSet, Signal};

pub use closed::{require_stderr, require_stdout};
pub use color::{Color, color_on_stderr, color_on_stdout, colored, highlighted, set_color};
pub use log::{log_fields, log_filter};
pub use messages::{complain, flush, flush_within, is_behind, message, stderr, stdout};
pub use output::{complain_beside, print, print_unless, refuse_databases, results, results_on_stderr};

/// The use of the streams. Dropping it gives waiting messages a moment to be written.
#[must_use]
#[derive(Debug)]
pub struct Streams(());

/// Starts the use of the streams by the program of this name. Call it before the program starts a
/// thread.
pub fn start(program: &'static str) -> Streams {
    messages::set_program(program);
    std::panic::set_hook(Box::new(|panic| complain(&events::panic_text(panic))));
    // When a file exceeds the limit for its size (`ulimit -f`), the kernel sends SIGXFSZ, which
    // ends the program. With the signal blocked, the write fails instead, and is reported like any
    // other failure. To ignore the signal would need unsafe code. The signal is a constant, so
    // blocking it cannot fail.
    let _ = SigSet::from(Signal::SIGXFSZ).thread_block();
    Streams(())
}

impl Drop for Streams {
    fn drop(&mut self) {
        flush();
    }
}
