//! Waits for something that other processes do.

use std::thread;
use std::time::{Duration, Instant};

use nix::unistd::Pid;

/// The time limit for everything. It is far more than needed, for machines that are busy with other
/// work.
pub(crate) const DEADLINE: Duration = Duration::from_secs(180);
/// The interval between checks.
pub(crate) const POLL: Duration = Duration::from_millis(3);

/// Waits until the condition is met.
///
/// # Panics
///
/// If this takes too long.
#[track_caller]
pub fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + DEADLINE;
    while !is_so() {
        assert!(Instant::now() < deadline, "not in time: {what}");
        thread::sleep(POLL);
    }
}

/// Returns whether a process has ended, even if nobody has reaped it yet.
#[must_use]
pub fn is_gone(process: Pid) -> bool {
    // The state comes after the name, which is in brackets and may contain anything.
    let state = std::fs::read_to_string(format!("/proc/{process}/stat"))
        .ok()
        .and_then(|stat| stat.rsplit_once(") ").and_then(|(_, rest)| rest.chars().next()));
    matches!(state, None | Some('Z' | 'X'))
}
