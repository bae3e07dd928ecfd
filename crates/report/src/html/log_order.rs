//! Records of a Windows event log whose numbers and times disagree: the numbers grow in the order
//! in which the records were written, so an earlier time behind a later one means that the clock
//! was set back in between. The record that says so may be lost, or have no label.

use std::collections::BTreeMap;

use crate::evidence::Evidence;
use crate::html::clock::ClockChanges;
use crate::html::legend::fact_with;
use crate::html::parts::anchor;
use crate::html::writer::Html;
use crate::labelled_event::LabelledEvent;
use crate::labels::RECOVERED;
use crate::words::span;

/// Threads write records a little later than they are made, in microseconds.
const USUAL: u64 = 5 * 60 * 1_000_000;

/// A record of the same log whose time disagrees.
#[derive(Debug, Clone, Copy)]
pub(super) struct Disagreement {
    event: i64,
    /// By how much, in microseconds.
    by: u64,
    /// Whether the record was written later, with an earlier time.
    is_later: bool,
}

/// The records that disagree with others, by their events.
pub(super) struct LogOrder(BTreeMap<i64, Disagreement>);

impl LogOrder {
    pub(super) fn of(evidence: &Evidence, clocks: &ClockChanges<'_>) -> Self {
        let mut by_log: BTreeMap<_, Vec<(u64, i64, &LabelledEvent)>> = BTreeMap::new();
        for event in evidence.events.iter().map(|shown| &shown.event) {
            let is_recovered = event.labels.iter().any(|label| label == RECOVERED);
            let time = event.time.filter(|time| time.is_usable() && !is_recovered);
            if let (Some(number), Some(time)) = (event.own_number, time) {
                by_log
                    .entry((&event.file, &event.log, &event.host))
                    .or_default()
                    .push((number, time.0.0, event));
            }
        }
        let mut found = BTreeMap::new();
        for mut records in by_log.into_values() {
            records.sort_by_key(|(number, time, event)| (*number, *time, event.event));
            let times: Vec<_> = records.iter().map(|(_, time, event)| (*time, event.event)).collect();
            found.extend(disagreements(&times));
        }
        // What a record says of a change of the clock says more.
        let is_explained = |event: &LabelledEvent| !clocks.near(event).is_empty();
        for event in evidence.events.iter().map(|shown| &shown.event).filter(|event| is_explained(event)) {
            found.remove(&event.event);
        }
        Self(found)
    }

    pub(super) fn of_event(&self, event: i64) -> Option<Disagreement> {
        self.0.get(&event).copied()
    }
}

/// Returns the records of a log that disagree with others. They are in the order of their numbers,
/// each with its time and its event.
fn disagreements(records: &[(i64, i64)]) -> BTreeMap<i64, Disagreement> {
    let mut found = BTreeMap::new();
    let mut latest: Option<(i64, i64)> = None;
    for (time, event) in records {
        if let Some((before, other)) = latest.filter(|(before, _)| before > time)
            && before.abs_diff(*time) >= USUAL
        {
            found.insert(*event, Disagreement { event: other, by: before.abs_diff(*time), is_later: false });
        }
        latest = latest.max(Some((*time, *event)));
    }
    let mut earliest: Option<(i64, i64)> = None;
    for (time, event) in records.iter().rev() {
        if let Some((after, other)) = earliest.filter(|(after, _)| after < time)
            && after.abs_diff(*time) >= USUAL
        {
            let later = Disagreement { event: other, by: after.abs_diff(*time), is_later: true };
            found.entry(*event).or_insert(later);
        }
        earliest = Some(earliest.map_or((*time, *event), |known| known.min((*time, *event))));
    }
    found
}

/// Says of an event that another record of its log disagrees.
pub(super) fn log_order(html: &mut Html, disagreement: Option<Disagreement>) {
    let Some(Disagreement { event, by, is_later }) = disagreement else { return };
    fact_with(html, "clock of the log", |html| {
        html.text_element("a", &[("href", &format!("#{}", anchor(event)))], &format!("event {event}"));
        let (order, time) = if is_later { ("after", "earlier") } else { ("before", "later") };
        html.text(&format!(
            " was written {order} this one into the same log, and its time is {} {time}: the clock was set back in \
             between, or was wrong for one of them, so this time can be off by as much",
            span(by)
        ));
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000_000;

    #[test]
    fn records_that_disagree() {
        let of = |times: &[i64]| {
            let records: Vec<_> = times.iter().enumerate().map(|(at, time)| (*time, at as i64)).collect();
            let found = disagreements(&records);
            found.iter().map(|(event, found)| (*event, found.event, found.is_later)).collect::<Vec<_>>()
        };
        // The clock was set back by nine hours between the third and the fourth record.
        assert_eq!(
            of(&[0, 10 * HOUR, 11 * HOUR, 2 * HOUR, 3 * HOUR]),
            [(1, 3, true), (2, 3, true), (3, 2, false), (4, 2, false)]
        );
        assert_eq!(of(&[0, HOUR, 2 * HOUR]), []);
        assert_eq!(of(&[HOUR, HOUR - USUAL as i64 + 1]), []);
        assert_eq!(of(&[HOUR, HOUR - USUAL as i64]), [(0, 1, true), (1, 0, false)]);
        assert_eq!(of(&[]), []);
    }
}
