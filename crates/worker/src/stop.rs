//! Requests to stop a task that the user has started. They leave no unfinished file.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result};
use files::{discard_begun_files, discard_unless_complete, hold_stop_signals, stop_signals};

/// The exit status of a worker that was asked to stop.
pub(crate) const ABORTED: u8 = 130;

/// The request that ends the process at once.
const LAST_REQUEST: usize = 3;

/// How long the last words may take, and the last removal.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// Lets requests to stop (Ctrl-C, SIGTERM, SIGHUP) end the process from now on. The first removes
/// what is not complete, unless the results are complete: then the process ends by itself. The
/// third ends the process at once, because a disk may not answer. Call this before any thread is
/// started.
///
/// # Errors
///
/// If the operating system refuses to hold signals, or no thread can be started.
pub(crate) fn end_when_asked() -> Result<()> {
    hold_stop_signals().context("cannot hold signals")?;
    let signals = stop_signals();
    let (ask, asked) = mpsc::channel();
    let discard = move || {
        if asked.recv().is_ok() && discard_unless_complete() {
            end("aborted; nothing was written");
        }
    };
    let count = move || {
        for number in 1_usize.. {
            if signals.wait().is_err() {
                return;
            }
            // Only the first one is received.
            let _ = ask.send(());
            if number >= LAST_REQUEST {
                end_at_once();
            }
        }
    };
    let cannot_start = "cannot start a thread to wait for signals";
    thread::Builder::new().spawn(discard).context(cannot_start)?;
    thread::Builder::new().spawn(count).map(drop).context(cannot_start)
}

/// Removes what is not complete, unless the disk does not answer, and ends the process.
fn end_at_once() -> ! {
    let (sender, results) = mpsc::channel();
    let discard = move || {
        let is_incomplete = discard_unless_complete();
        discard_begun_files();
        sender.send(is_incomplete)
    };
    let is_started = thread::Builder::new().spawn(discard).is_ok();
    let are_complete = is_started && results.recv_timeout(LAST_WORDS) == Ok(false);
    end(match are_complete {
        true => "ended at once, as asked for the third time",
        false => "ended at once, as asked for the third time; what was begun is not complete",
    })
}

fn end(words: &str) -> ! {
    streams::complain(words);
    streams::flush_within(LAST_WORDS);
    std::process::exit(ABORTED.into())
}
