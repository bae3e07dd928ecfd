//! Signals that the program which started foreman ignored. A program inherits them: `nohup` ignores
//! SIGHUP, some daemons and scripts ignore SIGCHLD.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use nix::sys::signal::{SigSet, Signal};

/// Lets this process learn how workers end, even if it was started to ignore SIGCHLD. While a
/// process ignores it, the system forgets its children as soon as they end, with their memory.
/// Call this before any thread is started, because threads inherit which signals are blocked.
///
/// If the operating system refuses, a run works, but cannot say why a worker ended.
pub(crate) fn keep_ends_of_workers() {
    if ignored_signals()(Signal::SIGCHLD) {
        // The handler never runs, because the signal is blocked: it would interrupt system calls.
        // But while there is one, the signal is not ignored. The flag is not needed.
        let _ = SigSet::from(Signal::SIGCHLD).thread_block();
        let flag = Arc::new(AtomicBool::new(false));
        let _ = signal_hook::flag::register(Signal::SIGCHLD as i32, flag);
    }
}

/// Returns what tells whether this process ignores a signal. Linux keeps a signal for a thread that
/// waits for it, even if the process ignores it.
pub(super) fn ignored_signals() -> impl Fn(Signal) -> bool {
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
