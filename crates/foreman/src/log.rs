//! The log of a run: what was started, what became of each worker, how the run ended.
//!
//! On a terminal the status and the summary say as much, so these lines appear there with `--debug` only.

/// The target of the lines, which distinguishes them from messages for everybody.
pub(crate) const RUN_LOG: &str = "run_log";

/// Writes a line to the run's log.
macro_rules! log_run {
    ($($words:tt)+) => {
        tracing::info!(target: crate::log::RUN_LOG, $($words)+)
    };
}
pub(crate) use log_run;
