//! Which streams were closed when the program was started.
//!
//! Rust's runtime opens `/dev/null` in the place of a closed stream before `main`. What is written
//! there is lost without an error. Nothing tells this `/dev/null` from one that a caller has opened
//! because it does not want the output. So the system's loader calls [`look`] before the runtime
//! starts.
#![expect(
    unsafe_code,
    reason = "only the loader comes before Rust's runtime, and it calls what is in this section"
)]

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};

use nix::libc;

static STDOUT: AtomicBool = AtomicBool::new(false);
static STDERR: AtomicBool = AtomicBool::new(false);

#[used]
#[cfg_attr(target_vendor = "apple", unsafe(link_section = "__DATA,__mod_init_func"))]
#[cfg_attr(not(target_vendor = "apple"), unsafe(link_section = ".init_array"))]
static LOOK: extern "C" fn() = look;

/// Looks at both streams. It uses nothing of the runtime, and allocates nothing.
extern "C" fn look() {
    for (stream, is_closed) in [(libc::STDOUT_FILENO, &STDOUT), (libc::STDERR_FILENO, &STDERR)] {
        // SAFETY: this command only returns the flags of a descriptor, or an error if it is closed.
        let flags = unsafe { libc::fcntl(stream, libc::F_GETFD) };
        is_closed.store(flags == -1, Ordering::Relaxed);
    }
}

/// Returns an error if standard output was closed when the program was started.
///
/// # Errors
///
/// If it was.
pub fn require_stdout() -> io::Result<()> {
    require(&STDOUT, "standard output is closed")
}

/// Returns an error if standard error was closed when the program was started.
///
/// # Errors
///
/// If it was.
pub fn require_stderr() -> io::Result<()> {
    require(&STDERR, "standard error is closed")
}

fn require(is_closed: &AtomicBool, why: &str) -> io::Result<()> {
    if is_closed.load(Ordering::Relaxed) { Err(io::Error::other(why)) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio};

    use super::*;

    /// The name of this test, which starts itself with closed streams.
    const TEST: &str = "closed::tests::closed_streams_are_told_from_those_that_discard";

    #[test]
    fn closed_streams_are_told_from_those_that_discard() {
        if let Some(expected) = std::env::var_os("EXPECTED") {
            let found = format!("{} {}", require_stdout().is_err(), require_stderr().is_err());
            std::process::exit(i32::from(found.as_str() != expected));
        }
        let program = std::env::current_exe().unwrap();
        for (redirections, expected) in [
            (">/dev/null 2>/dev/null", "false false"),
            ("1<>/dev/null 2<>/dev/null", "false false"),
            (">&- 2>/dev/null", "true false"),
            (">/dev/null 2>&-", "false true"),
            ("<&- >&- 2>&-", "true true"),
        ] {
            let mut shell = Command::new("sh");
            shell.args(["-c", &format!("exec \"$0\" --nocapture --exact {TEST} {redirections}")]);
            let status = shell.arg(&program).env("EXPECTED", expected).stdin(Stdio::null()).status().unwrap();
            assert_eq!(status.code(), Some(0), "{redirections}");
        }
    }
}
