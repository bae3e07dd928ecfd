//! The log of a run: what was started, what happened to each worker, how the run ended.
//!
//! On a terminal, these lines appear only with `--debug`, because the status and the summary say
//! the same.

/// The target of these lines, which distinguishes them from messages to the user.
pub(crate) const RUN_LOG: &str = "run_log";

/// Returns whether a file that begins so has lines of a log: a time such as
/// `2026-01-31T12:00:00.123456Z`, and the level in five columns.
pub(crate) fn is_log(start: &[u8]) -> bool {
    const TIME: &[u8] = b"0000-00-00T00:00:00.000000Z ";
    const LEVELS: [&[u8]; 5] = [b"ERROR ", b" WARN ", b" INFO ", b"DEBUG ", b"TRACE "];
    let Some((time, rest)) = start.split_at_checked(TIME.len()) else { return false };
    let fits = |(byte, form): (&u8, &u8)| byte == form || (*form == b'0' && byte.is_ascii_digit());
    time.iter().zip(TIME).all(fits) && LEVELS.iter().any(|level| rest.starts_with(level))
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
        for line in ["2026-01-31T12:00:00.123456Z  INFO foreman", "2026-01-31T12:00:00.123456Z ERROR x"] {
            assert!(is_log(line.as_bytes()), "{line}");
        }
        for other in ["", "2026-01-31 12:00 case opened", "2026-01-31T12:00:00.123456Z opened", "INFO"] {
            assert!(!is_log(other.as_bytes()), "{other}");
        }
    }
}
