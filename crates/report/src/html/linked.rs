//! Links between findings about the same task, account, service or logon of a host.

use std::collections::BTreeMap;

use crate::evidence::Evidence;
use crate::html::legend::fact_with;
use crate::html::parts::anchor;
use crate::html::writer::Html;
use crate::labelled_event::LabelledEvent;
use crate::words::span;

/// The maximum number of links in each direction of time.
const NEIGHBOURS: usize = 4;
/// A number of a logon is used again after a start of the computer, so only a week is linked, in
/// microseconds.
const WEEK: u64 = 7 * 86_400_000_000;

/// A link to another event: its number, and what it is.
pub(super) type Link = (i64, String);

/// The links of each event that has some.
pub(super) struct Linked(BTreeMap<i64, Vec<Link>>);

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
            for (at, (time, event)) in events.iter().enumerate() {
                let near = &events[at.saturating_sub(NEIGHBOURS)..events.len().min(at + NEIGHBOURS + 1)];
                let near = near.iter().filter(|(other, linked)| {
                    linked.event != event.event && (of.0 != "logon" || other.abs_diff(*time) <= WEEK)
                });
                let near: Vec<_> =
                    near.map(|(other, linked)| (linked.event, words(*time, *other, linked))).collect();
                if !near.is_empty() {
                    links.insert(event.event, near);
                }
            }
        }
        Self(links)
    }

    pub(super) fn from(&self, event: i64) -> Vec<Link> {
        self.0.get(&event).cloned().unwrap_or_default()
    }
}

/// Says what the other event is, and when it was.
fn words(time: i64, other: i64, linked: &LabelledEvent) -> String {
    let act = linked.act.as_ref().map_or("", |act| act.words);
    let direction = if other > time { "later" } else { "earlier" };
    match other.abs_diff(time) {
        0 => format!("{act}, at the same time"),
        distance @ 1..1_000_000 => format!("{act}, {} ms {}", distance.div_ceil(1_000), direction),
        distance => format!("{act}, {} {direction}", span(distance)),
    }
}

/// Writes links to the other events.
pub(super) fn see_also(html: &mut Html, links: &[Link]) {
    if links.is_empty() {
        return;
    }
    fact_with(html, "see also", |html| {
        for (at, (event, words)) in links.iter().enumerate() {
            html.text(if at > 0 { ", " } else { "" });
            html.text_element("a", &[("href", &format!("#{}", anchor(*event)))], &format!("event {event}"));
            html.text(&format!(" ({words})"));
        }
    });
}
