//! Changes of the clock near an event: its time can be off by as much as the clock was set.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use crate::evidence::Evidence;
use crate::html::legend::fact_with;
use crate::html::parts::anchor;
use crate::html::writer::Html;
use crate::labelled_event::LabelledEvent;
use crate::labels::RECOVERED;

/// The fact of a record that says how far the clock was set.
const CLOCK_SET: &str = "clock set";
/// A change by less is not worth a word beside other events. Units of a change from a minute on
/// are these.
const LARGE: [&str; 3] = [" d", " h", " min"];
/// Changes within a day of an event, in microseconds, are near.
const NEAR: u64 = 86_400_000_000;
/// The maximum number of changes that are named beside an event.
const NAMED: usize = 3;

/// The large changes of clocks that the page describes, by the log that has them.
pub(super) struct ClockChanges<'e>(BTreeMap<&'e str, Vec<(&'e LabelledEvent, &'e str)>>);

impl<'e> ClockChanges<'e> {
    pub(super) fn of(evidence: &'e Evidence) -> Self {
        let mut by_file: BTreeMap<&str, Vec<_>> = BTreeMap::new();
        for event in evidence.events.iter().map(|shown| &shown.event) {
            let changes = event.details.iter().filter(|(name, _)| *name == CLOCK_SET);
            let large = changes.filter(|(_, words)| LARGE.iter().any(|unit| words.contains(unit)));
            by_file.entry(&event.file).or_default().extend(large.map(|(_, words)| (event, words.as_str())));
        }
        Self(by_file)
    }

    /// Returns the changes near a record of the same log, the nearest first.
    pub(super) fn near(&self, event: &LabelledEvent) -> Vec<ClockChange> {
        let Some(time) = event.time.filter(|time| event.record.is_some() && time.is_usable()) else {
            return Vec::new();
        };
        let changes = self.0.get(event.file.as_str()).into_iter().flatten();
        let mut near: Vec<_> = changes
            .filter(|(change, _)| change.event != event.event)
            .filter_map(|(change, words)| {
                let distance = change.time?.0.0.abs_diff(time.0.0);
                (distance <= NEAR).then_some((distance, change.event, *words, order(change, event)))
            })
            .collect();
        near.sort_unstable();
        let change =
            |(_, event, words, order): (_, _, &str, _)| ClockChange { event, words: words.to_owned(), order };
        near.into_iter().take(NAMED).map(change).collect()
    }
}

/// A change of the clock near a record.
#[derive(Debug, Clone)]
pub(super) struct ClockChange {
    event: i64,
    /// How far the clock was set.
    words: String,
    /// Whether the change was written after the record (`Greater`) or before it, if that is known.
    order: Option<Ordering>,
}

/// Returns which of two records of a file was written first: the numbers of a log grow. Recovered
/// records may be of an older log.
fn order(change: &LabelledEvent, event: &LabelledEvent) -> Option<Ordering> {
    let is_recovered = |event: &LabelledEvent| event.labels.iter().any(|label| label == RECOVERED);
    if change.log != event.log || is_recovered(change) || is_recovered(event) {
        return None;
    }
    Some(change.own_number?.cmp(&event.own_number?)).filter(|order| order.is_ne())
}

/// Writes the changes of the clock near an event.
pub(super) fn clock_near(html: &mut Html, near: &[ClockChange]) {
    if near.is_empty() {
        return;
    }
    fact_with(html, "clock set near it", |html| {
        html.text("within a day, so this time can be off by as much: ");
        for (at, ClockChange { event, words, order }) in near.iter().enumerate() {
            html.text(if at > 0 { ", " } else { "" });
            html.text(&format!("{words} (record of "));
            html.text_element("a", &[("href", &format!("#{}", anchor(*event)))], &format!("event {event}"));
            html.text(match order {
                Some(Ordering::Greater) => ", by its number written after this record)",
                Some(_) => ", by its number written before this record)",
                None => ")",
            });
        }
    });
}
