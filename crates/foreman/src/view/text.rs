//! The words of status and summary.

use std::time::Duration;

use crate::dispatcher::{Phase, Snapshot};

/// `1234567` as `1,234,567`.
pub(crate) fn number(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A size in the largest unit that leaves a number above 1.
pub(crate) fn bytes(bytes: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "shown with one digit behind the point")]
    let size = bytes as f64;
    match bytes {
        0..0x400 => format!("{bytes} B"),
        0x400..0x10_0000 => format!("{:.1} KiB", size / 1024.0),
        0x10_0000..0x4000_0000 => format!("{:.1} MiB", size / 1024.0 / 1024.0),
        _ => format!("{:.1} GiB", size / 1024.0 / 1024.0 / 1024.0),
    }
}

/// A duration as a person would say it.
pub(crate) fn duration(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0..10 => format!("{:.2} s", duration.as_secs_f64()),
        10..60 => format!("{seconds} s"),
        60..3600 => format!("{}:{:02} min", seconds / 60, seconds % 60),
        _ => format!("{}:{:02}:{:02} h", seconds / 3600, seconds / 60 % 60, seconds % 60),
    }
}

/// How far the run is, in one line.
pub(super) fn progress(snapshot: &Snapshot, elapsed: Duration) -> String {
    let Snapshot { phase, total, events, filtered: _, tasks_done, tasks, workers: _ } = snapshot;
    let word = phase.word();
    if matches!(phase, Phase::Merging | Phase::Finalizing) {
        return format!("{word}: {tasks_done} of {tasks} tasks");
    }
    let mut line = format!("{word}: {} of {} events", number(*events), number(*total));
    let rate = rate(*events, elapsed);
    if rate > 0 {
        line.push_str(&format!(", {}/s", number(rate)));
        if events < total {
            line.push_str(&format!(
                ", ETA {}",
                duration(Duration::from_secs(total.saturating_sub(*events).div_ceil(rate)))
            ));
        }
    }
    line.push_str(&format!(", {tasks_done} of {tasks} tasks"));
    line
}

/// Events a second.
pub(crate) fn rate(events: u64, elapsed: Duration) -> u64 {
    let milliseconds = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
    events.saturating_mul(1000).checked_div(milliseconds).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        for (given, text) in [(0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(number(given), text);
        }
        for (given, text) in [(0, "0 B"), (1536, "1.5 KiB"), (2 << 20, "2.0 MiB"), (3 << 30, "3.0 GiB")] {
            assert_eq!(bytes(given), text);
        }
        for (given, text) in [(0.5, "0.50 s"), (59.9, "59 s"), (61.0, "1:01 min"), (3723.0, "1:02:03 h")] {
            assert_eq!(duration(Duration::from_secs_f64(given)), text);
        }
    }

    #[test]
    fn the_line() {
        let mut snapshot = Snapshot {
            phase: Phase::Analyzing,
            total: 90_000,
            events: 30_000,
            filtered: 0,
            tasks_done: 3,
            tasks: 9,
            workers: Vec::new(),
        };
        let line = |snapshot: &Snapshot| progress(snapshot, Duration::from_secs(2));
        assert_eq!(line(&snapshot), "analyzing: 30,000 of 90,000 events, 15,000/s, ETA 4.00 s, 3 of 9 tasks");
        snapshot.phase = Phase::Merging;
        assert_eq!(line(&snapshot), "merging: 3 of 9 tasks");
    }
}
