//! Signals that ask a program to stop. They must not end it while it has unfinished files.

use std::io;

use nix::sys::signal::{SigSet, Signal};

/// Blocks the signals that ask to stop, so that they do not end this process, and a thread can wait
/// for them. Call this before any thread is started, because threads inherit it.
///
/// # Errors
///
/// If the operating system refuses.
pub fn hold_stop_signals() -> io::Result<()> {
    // If the reader of a status view goes away, this must not end the run.
    stop_signals().thread_block()?;
    Ok(SigSet::from(Signal::SIGPIPE).thread_block()?)
}

/// Returns the signals that ask to stop. Those that the program was started to ignore stay ignored:
/// `nohup` ignores SIGHUP, and a shell ignores SIGINT for programs in the background of a script.
#[must_use]
pub fn stop_signals() -> SigSet {
    let asking = [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP];
    let is_ignored = ignored_signals();
    asking.into_iter().filter(|signal| !is_ignored(*signal)).collect()
}

/// Returns what tells whether this process ignores a signal. Linux keeps a signal for a thread that
/// waits for it, even if the process ignores it.
pub fn ignored_signals() -> impl Fn(Signal) -> bool {
    let ignored = ignored(&std::fs::read_to_string("/proc/self/status").unwrap_or_default());
    move |signal| ignored & (1 << (signal as u32 - 1)) != 0
}

/// Returns the ignored signals that `/proc/self/status` tells, one bit each, from the lowest for
/// signal 1.
fn ignored(status: &str) -> u64 {
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mask_of_ignored_signals() {
        let status = "Name:\tforeman\nSigBlk:\t0000000000000001\nSigIgn:\t0000000000011001\nSigCgt:\t0\n";
        assert_eq!(ignored(status), 1 << 16 | 1 << 12 | 1);
        assert_eq!(ignored("Name:\tforeman\n"), 0);
    }
}
