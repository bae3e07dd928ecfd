//! Waiting for something that others do.

use std::thread;
use std::time::{Duration, Instant};

use nix::unistd::Pid;

/// How long anything may take. Far more than it needs, for a machine that has a lot else to do.
pub(crate) const DEADLINE: Duration = Duration::from_secs(180);
/// How often it is looked whether it has happened.
pub(crate) const POLL: Duration = Duration::from_millis(3);

/// Waits until this is so.
///
/// # Panics
///
/// If it is not so by the deadline.
#[track_caller]
pub fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + DEADLINE;
    while !is_so() {
        assert!(Instant::now() < deadline, "not so in time: {what}");
        thread::sleep(POLL);
    }
}

/// Whether a process has ended, be it that nobody has noticed yet.
#[must_use]
pub fn is_gone(process: Pid) -> bool {
    // The state stands behind the name, which is in brackets and may contain anything.
    let state = std::fs::read_to_string(format!("/proc/{process}/stat"))
        .ok()
        .and_then(|stat| stat.rsplit_once(") ").and_then(|(_, rest)| rest.chars().next()));
    matches!(state, None | Some('Z' | 'X'))
}
