//! The words of status and summary.

use std::time::Duration;

pub(crate) use report::{bytes, number};

use crate::supervise::dispatcher::{Phase, Snapshot};

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

/// A duration that is a guess.
pub(super) fn about(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0..10 => format!("{} s", seconds.max(1)),
        10..60 => format!("{} s", seconds.next_multiple_of(5)),
        60..3570 => format!("{} min", (seconds + 30) / 60),
        _ => format!("{}:{:02} h", (seconds + 150) / 3600, (seconds + 150) / 300 * 5 % 60),
    }
}

/// How far the run is, in one line.
pub(super) fn progress(snapshot: &Snapshot, pace: Pace) -> String {
    let Snapshot { phase, total, events, tasks_done, tasks, .. } = snapshot;
    let word = phase.word();
    if matches!(phase, Phase::Merging | Phase::Finalizing) {
        return format!("{word}: {tasks_done} of {tasks} tasks");
    }
    let mut line = format!("{word}: {} of {} events", number(*events), number(*total));
    if pace.rate > 0 {
        line.push_str(&format!(", {}/s", number(pace.rate)));
    }
    if let Some(left) = pace.left {
        line.push_str(&format!(", {} left", about(left)));
    }
    line.push_str(&format!(", {tasks_done} of {tasks} tasks"));
    line
}

/// How fast a run is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Pace {
    /// Events a second.
    pub(super) rate: u64,
    /// How long the events that are left may take.
    pub(super) left: Option<Duration>,
}

impl Pace {
    /// The pace at which a run that had `before` events done when it began was in `elapsed`.
    pub(super) fn new(snapshot: &Snapshot, before: u64, elapsed: Duration) -> Self {
        let rate = rate(snapshot.events.saturating_sub(before), elapsed);
        let events_left = snapshot.total.saturating_sub(snapshot.events);
        let left = events_left.div_ceil(rate.max(1));
        Self { rate, left: (rate > 0 && events_left > 0).then_some(Duration::from_secs(left)) }
    }
}

/// A text in lines of this width, if its words allow it; every line is indented. Lines that the text has stay.
pub(crate) fn wrapped(text: &str, indent: usize, width: usize) -> String {
    let mut lines = Vec::new();
    for line in text.lines() {
        let mut rest = line;
        let room = width.saturating_sub(indent).max(10);
        while let Some((end, c)) = rest.char_indices().nth(room) {
            let words = rest.len() - rest.trim_start().len();
            let last = rest[..end + c.len_utf8()].rfind(' ').filter(|&space| space > words);
            // A word that is longer than a line has one to itself.
            let next = || rest[words..].find(' ').map(|space| words + space);
            let Some(space) = last.or_else(next) else { break };
            lines.push(format!("{:indent$}{}", "", rest[..space].trim_end()));
            rest = rest[space..].trim_start();
        }
        lines.push(format!("{:indent$}{rest}", ""));
    }
    lines.join("\n")
}

/// Events a second.
fn rate(events: u64, elapsed: Duration) -> u64 {
    let milliseconds = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
    events.saturating_mul(1000).checked_div(milliseconds).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        for (given, text) in [(0.5, "0.50 s"), (59.9, "59 s"), (61.0, "1:01 min"), (3723.0, "1:02:03 h")] {
            assert_eq!(duration(Duration::from_secs_f64(given)), text);
        }
    }

    #[test]
    fn guesses_are_not_too_precise() {
        for (seconds, text) in [
            (0, "1 s"),
            (9, "9 s"),
            (11, "15 s"),
            (58, "60 s"),
            (80, "1 min"),
            (3569, "59 min"),
            (3570, "1:00 h"),
            (8000, "2:15 h"),
        ] {
            assert_eq!(about(Duration::from_secs(seconds)), text, "{seconds}");
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
        let line = |snapshot: &Snapshot, before| {
            progress(snapshot, Pace::new(snapshot, before, Duration::from_secs(2)))
        };
        assert_eq!(
            line(&snapshot, 0),
            "analyzing: 30,000 of 90,000 events, 15,000/s, 4 s left, 3 of 9 tasks"
        );
        assert_eq!(
            line(&snapshot, 29_000),
            "analyzing: 30,000 of 90,000 events, 500/s, 2 min left, 3 of 9 tasks"
        );
        assert_eq!(line(&snapshot, 30_000), "analyzing: 30,000 of 90,000 events, 3 of 9 tasks");
        snapshot.phase = Phase::Merging;
        assert_eq!(line(&snapshot, 0), "merging: 3 of 9 tasks");
    }

    #[test]
    fn lines_are_wrapped_between_words() {
        for (text, indent, width, expected) in [
            ("", 2, 20, ""),
            ("short", 2, 20, "  short"),
            ("one two three four five", 2, 14, "  one two\n  three four\n  five"),
            ("0123456789 123", 0, 10, "0123456789\n123"),
            ("unbreakable_word and another", 0, 12, "unbreakable_word\nand another"),
            ("a\n  indented line", 1, 13, " a\n   indented\n line"),
        ] {
            assert_eq!(wrapped(text, indent, width), expected, "{text}");
        }
    }
}
