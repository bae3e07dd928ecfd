//! Labels that differ only in a number at the end.

use std::collections::BTreeMap;

pub(crate) use events::RECOVERED;

use crate::Count;
use crate::words::{counted, number};

/// If there are more labels of a kind than this, their counts are summed up. Labels of a kind
/// differ only in the number at the end, such as `session_17`.
const MAXIMUM_OF_A_KIND: usize = 10;

/// The prefix of the sessionize plugin's labels.
pub(crate) const SESSION: &str = "session_";

/// Splits a label into the part before the number at its end, and the number.
pub(crate) fn numbered(label: &str) -> Option<(&str, u64)> {
    let kind = label.trim_end_matches(|c: char| c.is_ascii_digit());
    let digits = &label[kind.len()..];
    kind.ends_with('_').then(|| digits.parse().ok()).flatten().map(|number| (kind, number))
}

/// Returns whether a label is that of a session of the sessionize plugin. Such labels are counted
/// apart, because they say nothing about the event.
#[must_use]
pub fn is_session(label: &str) -> bool {
    session_number(label).is_some()
}

/// Returns the number of the session that a label means, or `None` for another label.
pub(crate) fn session_number(label: &str) -> Option<u64> {
    numbered(label).filter(|(kind, _)| *kind == SESSION).map(|(_, number)| number)
}

/// Takes the labels of sessions out of an event's labels, and returns their numbers. Of labels and
/// numbers that occur more than once, one is left.
pub(crate) fn session_numbers(labels: &mut Vec<String>) -> Vec<u64> {
    labels.sort_unstable();
    labels.dedup();
    let mut numbers = Vec::new();
    labels.retain(|label| match session_number(label) {
        Some(number) => {
            numbers.push(number);
            false
        }
        None => true,
    });
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}

/// Says how many events have a label. `first` is one of the labels.
#[must_use]
pub fn labels_in_words(events: u64, labels: u64, first: Option<&String>) -> String {
    let have = if events == 1 { "has" } else { "have" };
    let events = counted(events, "event");
    match (labels, first) {
        (0, _) => "no event has a label".into(),
        (1, Some(only)) => format!("{events} {have} the label {only}"),
        _ => format!("{events} {have} at least one of {}", counted(labels, "label")),
    }
}

/// Says how many sessions one run has found and how many events they have, or returns `None` if
/// there are none.
#[must_use]
pub fn sessions_in_words(sessions: u64, events: u64) -> Option<String> {
    (sessions > 0)
        .then(|| format!("{} of activity ({})", counted(sessions, "session"), counted(events, "event")))
}

/// Returns the counts, largest first. If there are many labels of a kind, they become one row.
pub(crate) fn grouped(counts: &[Count]) -> Vec<Count> {
    let mut kinds: BTreeMap<&str, (usize, u64)> = BTreeMap::new();
    for count in counts {
        if let Some((kind, _)) = numbered(&count.name) {
            let (labels, sum) = kinds.entry(kind).or_default();
            *labels += 1;
            // A report may contain any numbers.
            *sum = sum.saturating_add(count.number);
        }
    }
    kinds.retain(|_, (labels, _)| *labels > MAXIMUM_OF_A_KIND);
    let of_kind = |count: &Count| numbered(&count.name).is_some_and(|(kind, _)| kinds.contains_key(kind));
    let mut all: Vec<Count> = counts.iter().filter(|count| !of_kind(count)).cloned().collect();
    all.extend(kinds.iter().map(|(kind, (labels, sum))| Count {
        name: format!("{kind}… ({} labels)", number(*labels as u64)),
        number: *sum,
    }));
    all.sort_by(|a, b| b.number.cmp(&a.number).then_with(|| a.name.cmp(&b.name)));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds() {
        assert_eq!(numbered("session_17"), Some(("session_", 17)));
        for label in ["session_", "session", "x17", "17", "", "session_99999999999999999999"] {
            assert_eq!(numbered(label), None, "{label}");
        }
    }

    #[test]
    fn sessions_are_taken_apart() {
        let mut labels =
            ["b", "session_7", "a", "b", "session_07", "session_x", "session_2"].map(String::from).to_vec();
        assert_eq!(session_numbers(&mut labels), [2, 7]);
        assert_eq!(labels, ["a", "b", "session_x"]);
    }

    #[test]
    fn many_of_a_kind_are_summed_up() {
        let count = |name: &str, number| Count { name: name.into(), number };
        let mut counts: Vec<_> = (0..20).map(|n| count(&format!("session_{n}"), 2)).collect();
        counts.extend([count("login", 3), count("stage_2", 50)]);
        assert_eq!(
            grouped(&counts),
            [count("stage_2", 50), count("session_… (20 labels)", 40), count("login", 3)]
        );
        let huge: Vec<_> = (0..20).map(|n| count(&format!("session_{n}"), u64::MAX)).collect();
        assert_eq!(grouped(&huge), [count("session_… (20 labels)", u64::MAX)]);
    }
}
