//! Links between findings about the same task, account, service or logon of a host.

use std::collections::BTreeMap;

use crate::evidence::Evidence;
use crate::html::legend::fact_with;
use crate::html::parts::anchor;
use crate::html::writer::Html;
use crate::labelled_event::LabelledEvent;
use crate::words::{counted, span};

/// The maximum number of links in each direction of time.
const NEIGHBOURS: usize = 4;
/// A number of a logon is used again after a start of the computer, so only a week is linked, in
/// microseconds.
const WEEK: i64 = 7 * 86_400_000_000;

/// The beginning or the end of a task, an account or a service. The nearest of them are linked,
/// too: who reads that an account was created must see that it was deleted.
const BOUNDS: [&str; 6] = [
    "account created",
    "account deleted",
    "service installed",
    "task created",
    "task deleted",
    "task registered",
];

/// Links to other events about the same thing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Links {
    /// The number of each linked event, and what it is.
    events: Vec<(i64, String)>,
    /// How many more events of the page there are.
    more: usize,
}

/// The links of each event that has some.
pub(super) struct Linked(BTreeMap<i64, Links>);

impl Linked {
    pub(super) fn of(evidence: &Evidence) -> Self {
        let mut same: BTreeMap<_, Vec<(i64, &LabelledEvent)>> = BTreeMap::new();
        for event in evidence.events.iter().map(|shown| &shown.event) {
            let (Some(act), Some(host), Some(time)) = (&event.act, &event.host, event.time) else { continue };
            if time.is_usable() {
                same.entry((host.to_lowercase(), &act.of)).or_default().push((time.0.0, event));
            }
        }
        let mut links = BTreeMap::new();
        for ((_, of), mut events) in same {
            events.sort_by_key(|(time, event)| (*time, event.event));
            // A record in several logs happened once.
            events.dedup_by(|(a, one), (b, other)| a == b && one.message == other.message);
            let bounds: Vec<_> = (0..events.len()).filter(|at| is_bound(events[*at].1)).collect();
            // The events that count, which are in order of time.
            let within = |time: i64| match of.0 {
                "logon" => time.saturating_sub(WEEK)..=time.saturating_add(WEEK),
                _ => i64::MIN..=i64::MAX,
            };
            for (at, (time, event)) in events.iter().enumerate() {
                let range = within(*time);
                let all = events.partition_point(|(other, _)| other <= range.end())
                    - events.partition_point(|(other, _)| other < range.start());
                let near = chosen(events.len(), &bounds, at).map(|position| events[position]);
                let near: Vec<_> = near
                    .filter(|(other, linked)| linked.event != event.event && range.contains(other))
                    .map(|(other, linked)| (linked.event, words(*time, other, linked)))
                    .collect();
                if !near.is_empty() {
                    links.insert(event.event, Links { more: all - 1 - near.len(), events: near });
                }
            }
        }
        Self(links)
    }

    pub(super) fn from(&self, event: i64) -> Links {
        self.0.get(&event).cloned().unwrap_or_default()
    }
}

fn is_bound(event: &LabelledEvent) -> bool {
    event.act.as_ref().is_some_and(|act| BOUNDS.contains(&act.words))
}

/// Returns the positions of the events to which the one `at` this position is linked: its
/// neighbours, and on each side the nearest of the `bounds` behind them. If they are few, all are.
fn chosen(events: usize, bounds: &[usize], at: usize) -> impl Iterator<Item = usize> {
    let (start, end) = match events > 2 * NEIGHBOURS + 1 {
        true => (at.saturating_sub(NEIGHBOURS), events.min(at + NEIGHBOURS + 1)),
        false => (0, events),
    };
    let before = bounds[..bounds.partition_point(|bound| *bound < start)].last().copied();
    let after = bounds.get(bounds.partition_point(|bound| *bound < end)).copied();
    before.into_iter().chain(start..end).chain(after)
}

/// Says what the other event is, and when it was.
fn words(time: i64, other: i64, linked: &LabelledEvent) -> String {
    let act = linked.act.as_ref().map_or("", |act| act.words);
    let direction = if other > time { "later" } else { "earlier" };
    match other.abs_diff(time) {
        0 => format!("{act}, at the same time"),
        distance @ 1..1_000_000 => {
            format!("{act}, {} ms {direction}", (distance.saturating_add(500) / 1_000).max(1))
        }
        distance => format!("{act}, {} {direction}", span(distance)),
    }
}

/// Writes links to the other events.
pub(super) fn see_also(html: &mut Html, links: &Links) {
    if links.events.is_empty() {
        return;
    }
    fact_with(html, "see also", |html| {
        for (at, (event, words)) in links.events.iter().enumerate() {
            html.text(if at > 0 { ", " } else { "" });
            html.text_element("a", &[("href", &format!("#{}", anchor(*event)))], &format!("event {event}"));
            html.text(&format!(" ({words})"));
        }
        if links.more > 0 {
            html.text(&format!(", and {}", counted(links.more as u64, "more event")));
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_bounds_are_chosen_too() {
        let chosen = |events, bounds: &[usize], at| chosen(events, bounds, at).collect::<Vec<_>>();
        assert_eq!(chosen(3, &[0], 1), [0, 1, 2]);
        assert_eq!(chosen(9, &[8], 0), [0, 1, 2, 3, 4, 5, 6, 7, 8]);
        assert_eq!(chosen(10, &[9], 0), [0, 1, 2, 3, 4, 9]);
        assert_eq!(chosen(20, &[0, 1, 8, 17, 19], 8), [1, 4, 5, 6, 7, 8, 9, 10, 11, 12, 17]);
        assert_eq!(chosen(20, &[], 19), [15, 16, 17, 18, 19]);
    }
}
