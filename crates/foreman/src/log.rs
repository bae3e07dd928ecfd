//! The story of a run, for the log file: what was begun, what became of each worker, how it ended.
//!
//! On a terminal the status and the summary tell it; there these lines appear with `--debug` only.

/// The target of the lines, by which they are told from messages that everybody should see.
pub(crate) const STORY: &str = "story";

/// Writes a line of the story.
macro_rules! tell {
    ($($words:tt)+) => {
        tracing::info!(target: crate::log::STORY, $($words)+)
    };
}
pub(crate) use tell;
