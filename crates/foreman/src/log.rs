//! The log of a run: what was started, what happened to each worker, how the run ended.
//!
//! On a terminal, these lines appear only with `--debug`, because the status and the summary say
//! the same.

/// The target of these lines, which distinguishes them from messages to the user.
pub(crate) const RUN_LOG: &str = "run_log";

/// Writes a line to the run's log.
macro_rules! log_run {
    ($($words:tt)+) => {
        tracing::info!(target: crate::log::RUN_LOG, $($words)+)
    };
}
pub(crate) use log_run;
