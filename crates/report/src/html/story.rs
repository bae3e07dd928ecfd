//! The most serious events in the order of time: what happened, in a few lines.

use crate::Table;
use crate::evidence::{Evidence, ShownEvent};
use crate::findings::Report;
use crate::html::event::anchor;
use crate::html::findings::label_anchor;
use crate::html::parts::{Cell, Kind, MAXIMUM_NAME, long_text, section, table, text, time};
use crate::html::writer::Html;
use crate::meanings::Severity;
use crate::words::{cut, number};

/// The heading of the section.
pub(super) const STORY: &str = "In order of time";
/// The maximum number of characters of a message.
const MESSAGE: usize = 200;

/// Returns whether the section has something to show.
pub(super) fn has_events(report: &Report, evidence: &Evidence) -> bool {
    evidence.events.iter().any(|shown| is_serious(report, shown))
}

/// Writes the described events of severity medium and higher.
pub(super) fn story(html: &mut Html, report: &Report, evidence: &Evidence, rows: usize) {
    let events = evidence.events.iter().filter(|shown| is_serious(report, shown));
    let mut events: Vec<_> =
        events.filter(|shown| shown.event.time.is_some_and(|time| time.is_usable())).collect();
    if events.is_empty() {
        return;
    }
    events.sort_by_key(|shown| (shown.event.time, shown.event.event));
    let has_more = evidence.labels.iter().zip(&report.labels.rows).any(|(of_label, facts)| {
        facts.meaning.severity >= Some(Severity::Medium)
            && (of_label.events.len() as u64) < facts.fewer_records().unwrap_or(facts.events)
    });
    section(html, "story", STORY, |html| {
        let columns = [
            (Kind::Moment, "time"),
            (Kind::Text, "label"),
            (Kind::Text, "host"),
            (Kind::Text, "user"),
            (Kind::Text, "what happened"),
            (Kind::Number, "event"),
        ];
        let events = Table { rows: events, ..Table::default() };
        let caption = "Events with labels of severity medium and higher";
        table(html, caption, &columns, &events, (rows, "event"), |shown| {
            let event = &shown.event;
            vec![
                time(event.time),
                label(report, shown.label),
                text(event.host.as_deref().unwrap_or_default()),
                text(event.user.as_deref().unwrap_or_default()),
                long_text(cut(&event.message, MESSAGE)),
                link(event.event),
            ]
        });
        if has_more {
            let words = "Of a label with many events, these are only those that the findings describe.";
            html.text_element("p", &[("class", &"caption")], words);
        }
    });
}

fn is_serious(report: &Report, shown: &ShownEvent) -> bool {
    report.labels.rows[shown.label].meaning.severity >= Some(Severity::Medium)
}

fn label(report: &Report, position: usize) -> Cell<'_> {
    let name = cut(&report.labels.rows[position].label, MAXIMUM_NAME);
    Box::new(move |html| {
        html.text_element("a", &[("href", &format!("#{}", label_anchor(position)))], &name);
    })
}

fn link<'c>(event: i64) -> Cell<'c> {
    Box::new(move |html| {
        html.text_element("a", &[("href", &format!("#{}", anchor(event)))], &number(event.unsigned_abs()));
    })
}
