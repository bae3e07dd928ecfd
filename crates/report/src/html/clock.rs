//! Changes of the clock near an event: its time can be off by as much as the clock was set.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::iter::from_fn;

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

/// The large changes of clocks that the page describes, by the log that has them, and in the order
/// of their times.
pub(super) struct ClockChanges<'e>(BTreeMap<&'e str, Vec<Change<'e>>>);

/// A large change.
struct Change<'e> {
    /// When, in microseconds.
    time: i64,
    event: &'e LabelledEvent,
    /// How far the clock was set.
    words: &'e str,
}

impl<'e> ClockChanges<'e> {
    pub(super) fn of(evidence: &'e Evidence) -> Self {
        Self::of_events(evidence.events.iter().map(|shown| &shown.event))
    }

    fn of_events(events: impl Iterator<Item = &'e LabelledEvent>) -> Self {
        let mut by_file: BTreeMap<&str, Vec<Change<'_>>> = BTreeMap::new();
        for event in events {
            let Some(time) = event.time else { continue };
            let changes = event.details.iter().filter(|(name, _)| *name == CLOCK_SET);
            let large = changes.filter(|(_, words)| LARGE.iter().any(|unit| words.contains(unit)));
            let large = large.map(|(_, words)| Change { time: time.0.0, event, words });
            by_file.entry(&event.file).or_default().extend(large);
        }
        for changes in by_file.values_mut() {
            changes.sort_by_key(|change| (change.time, change.event.event, change.words));
        }
        Self(by_file)
    }

    /// Returns the changes near a record of the same log, the nearest first.
    pub(super) fn near(&self, event: &LabelledEvent) -> Vec<ClockChange> {
        let Some(time) = event.time.filter(|time| event.record.is_some() && time.is_usable()) else {
            return Vec::new();
        };
        let changes = self.0.get(event.file.as_str()).map_or(&[][..], Vec::as_slice);
        let later = changes.partition_point(|change| change.time < time.0.0);
        let is_other = |change: &&Change<'_>| change.event.event != event.event;
        let mut near: Vec<_> = changes[later..].iter().filter(is_other).take(NAMED).collect();
        let earlier = latest_first(&changes[..later]).flatten();
        near.extend(earlier.filter(is_other).take(NAMED));
        let distance = |change: &Change<'_>| change.time.abs_diff(time.0.0);
        near.retain(|change| distance(change) <= NEAR);
        near.sort_by_key(|change| (distance(change), change.event.event, change.words));
        let change = |change: &Change<'_>| ClockChange {
            event: change.event.event,
            words: change.words.to_owned(),
            order: order(change.event, event),
        };
        near.into_iter().take(NAMED).map(change).collect()
    }
}

/// Returns the changes of each time, the latest time first. There can be thousands, and the last
/// few are asked for.
fn latest_first<'c, 'e>(mut changes: &'c [Change<'e>]) -> impl Iterator<Item = &'c [Change<'e>]> {
    from_fn(move || {
        let time = changes.last()?.time;
        let (earlier, latest) = changes.split_at(changes.partition_point(|change| change.time < time));
        changes = earlier;
        Some(latest)
    })
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

#[cfg(test)]
mod tests {
    use events::{EventId, Timestamp};

    use super::*;
    use crate::Time;

    const HOUR: i64 = 3_600_000_000;

    fn event(id: i64, hours: i64) -> LabelledEvent {
        let time = Some(Time(Timestamp(1_700_000_000_000_000 + hours * HOUR)));
        let unknown = LabelledEvent::unknown(EventId::new(id), time, String::new());
        LabelledEvent { record: Some(String::new()), details: vec![(CLOCK_SET, "1 h".into())], ..unknown }
    }

    /// The nearest by looking at all.
    fn nearest(event: &LabelledEvent, events: &[LabelledEvent]) -> Vec<i64> {
        let distance = |other: &LabelledEvent| other.time.unwrap().0.0.abs_diff(event.time.unwrap().0.0);
        let others = events.iter().filter(|other| other.event != event.event && distance(other) <= NEAR);
        let mut near: Vec<_> = others.map(|other| (distance(other), other.event)).collect();
        near.sort_unstable();
        near.into_iter().take(NAMED).map(|(_, event)| event).collect()
    }

    #[test]
    fn the_nearest_changes_are_found() {
        for spread in [1, 3, 20, 200] {
            let events: Vec<_> = (1..60).map(|id| event(id, (id * 37) % spread)).collect();
            let changes = ClockChanges::of_events(events.iter());
            for event in &events {
                let near: Vec<_> = changes.near(event).iter().map(|change| change.event).collect();
                assert_eq!(near, nearest(event, &events), "{spread}, {}", event.event);
            }
        }
    }
}
