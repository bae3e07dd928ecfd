//! Signals that the program which started foreman ignored. A program inherits them: `nohup` ignores
//! SIGHUP, some daemons and scripts ignore SIGCHLD.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use files::ignored_signals;
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
