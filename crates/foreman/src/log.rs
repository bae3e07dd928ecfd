//! The log of a run: what was started, what happened to each worker, how the run ended.
//!
//! On a terminal, these lines appear only with `--debug`, because the status and the summary say
//! the same.

/// The target of these lines, which distinguishes them from messages to the user.
pub(crate) const RUN_LOG: &str = "run_log";

/// The first line of a log in a file. The lines below it look like those of many other programs.
pub(crate) const FIRST_LINE: &str = concat!("# log of foreman ", env!("CARGO_PKG_VERSION"), "\n");

/// Returns whether a file that begins so is a log that foreman has written.
pub(crate) fn is_log(start: &[u8]) -> bool {
    start.starts_with(b"# log of foreman ")
}

/// Writes a line to the run's log.
macro_rules! log_run {
    ($($words:tt)+) => {
        tracing::info!(target: crate::log::RUN_LOG, $($words)+)
    };
}
pub(crate) use log_run;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_begins_as_a_log() {
        assert!(is_log(FIRST_LINE.as_bytes()));
        // Many programs that are written in Rust have such logs.
        for other in ["", "2026-01-31T12:00:00.123456Z  INFO hyper::server: accepted", "# log of case 7"] {
            assert!(!is_log(other.as_bytes()), "{other}");
        }
    }
}
