//! Links between findings about the same task, account, service or logon of a host, and between a
//! logon and what was done in it.

use std::collections::BTreeMap;

use crate::act::LOGON;
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
/// In microseconds.
const SECOND: i64 = 1_000_000;

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
    /// The time and the number of each linked event, and what it is.
    events: Vec<(i64, i64, String)>,
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
            let things = [Some(&act.of), act.in_logon.as_ref()].into_iter().flatten();
            for thing in things.filter(|_| time.is_usable()) {
                same.entry((host.to_lowercase(), thing)).or_default().push((time.0.0, event));
            }
        }
        let mut links: BTreeMap<i64, Links> = BTreeMap::new();
        for ((_, of), mut events) in same {
            events.sort_by_key(|(time, event)| (*time, event.event));
            // A record in several logs happened once.
            events.dedup_by(|(a, one), (b, other)| a == b && one.message == other.message);
            let bounds: Vec<_> = (0..events.len()).filter(|at| is_bound(events[*at].1)).collect();
            let logons: Vec<_> = events.iter().copied().filter(|(_, event)| is_logon(event)).collect();
            for at in 0..events.len() {
                let found = match events[at].1.act.as_ref().is_some_and(|act| act.of == *of) {
                    true => about_the_same(&events, &bounds, at, of.0),
                    false => link_to_logon(&logons, events[at].0),
                };
                if !found.events.is_empty() {
                    let links = links.entry(events[at].1.event).or_default();
                    links.events.extend(found.events);
                    links.more += found.more;
                }
            }
        }
        for links in links.values_mut() {
            links.events.sort();
        }
        Self(links)
    }

    pub(super) fn from(&self, event: i64) -> Links {
        self.0.get(&event).cloned().unwrap_or_default()
    }
}

/// Returns links from the event `at` this position to others about the same thing, which are in
/// order of time.
fn about_the_same(events: &[(i64, &LabelledEvent)], bounds: &[usize], at: usize, kind: &str) -> Links {
    let (time, event) = events[at];
    // The events that count.
    let range = match kind {
        LOGON => time.saturating_sub(WEEK)..=time.saturating_add(WEEK),
        _ => i64::MIN..=i64::MAX,
    };
    let all = events.partition_point(|(other, _)| other <= range.end())
        - events.partition_point(|(other, _)| other < range.start());
    let near = chosen(events.len(), bounds, at).map(|position| events[position]);
    let near: Vec<_> = near
        .filter(|(other, linked)| linked.event != event.event && range.contains(other))
        .map(|(other, linked)| (other, linked.event, words(time, other, linked)))
        .collect();
    Links { more: all - 1 - near.len(), events: near }
}

/// Returns a link from an event at this time to the logon in which it was done. The `logons` are in
/// order of time.
fn link_to_logon(logons: &[(i64, &LabelledEvent)], time: i64) -> Links {
    // Windows can write the records of one act some milliseconds apart, in any order.
    let until = time.saturating_add(SECOND);
    let before = &logons[..logons.partition_point(|(logon, _)| *logon <= until)];
    let logon = before.last().filter(|(logon, _)| *logon >= time.saturating_sub(WEEK));
    let link = |(logon, linked): &(i64, &LabelledEvent)| {
        (*logon, linked.event, format!("the logon in which it was done{}", distance(time, *logon)))
    };
    Links { more: 0, events: logon.map(link).into_iter().collect() }
}

fn is_logon(event: &LabelledEvent) -> bool {
    event.act.as_ref().is_some_and(|act| act.of.0 == LOGON && act.words == LOGON)
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
    linked.act.as_ref().map_or("", |act| act.words).to_owned() + &distance(time, other)
}

/// Says when the other event was.
fn distance(time: i64, other: i64) -> String {
    let direction = if other > time { "later" } else { "earlier" };
    match other.abs_diff(time) {
        0 => ", at the same time".to_owned(),
        distance @ 1..1_000_000 => {
            format!(", {} ms {direction}", (distance.saturating_add(500) / 1_000).max(1))
        }
        distance => format!(", {} {direction}", span(distance)),
    }
}

/// Writes links to the other events.
pub(super) fn see_also(html: &mut Html, links: &Links) {
    if links.events.is_empty() {
        return;
    }
    fact_with(html, "see also", |html| {
        for (at, (_, event, words)) in links.events.iter().enumerate() {
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
