//! The most serious events in the order of time: what happened, in a few lines.

use std::cmp::Reverse;

use crate::evidence::{Evidence, ShownEvent};
use crate::findings::Report;
use crate::html::findings::label_anchor;
use crate::html::parts::{
    Cell, Kind, MAXIMUM_NAME, anchor, long_text, recorded, section, table, time_to_second,
};
use crate::html::writer::Html;
use crate::labelled_event::LabelledEvent;
use crate::meaning::Severity;
use crate::words::cut;
use crate::{Rest, Table};

/// The heading of the section.
pub(super) const STORY: &str = "In order of time";
const SERIOUS: &str =
    "The described events with labels of severity medium and higher; times are cut to the second";
const AND_LOGONS: &str = "The described events with labels of severity medium and higher, and logons after many failed ones; times are cut to the second";
/// The maximum number of characters of a message.
const MESSAGE: usize = 200;

/// Returns whether the section has something to show.
pub(super) fn has_events(report: &Report, evidence: &Evidence) -> bool {
    evidence.events.iter().any(|shown| is_serious(report, evidence, shown))
}

/// Writes the described events of severity medium and higher.
pub(super) fn story(html: &mut Html, report: &Report, evidence: &Evidence, rows: usize) {
    let events = evidence.events.iter().filter(|shown| is_serious(report, evidence, shown));
    let events: Vec<_> =
        events.filter(|shown| shown.event.time.is_some_and(|time| time.is_usable())).collect();
    if events.is_empty() {
        return;
    }
    let has_more = evidence.labels.iter().zip(&report.labels.rows).any(|(of_label, facts)| {
        facts.meaning.severity >= Some(Severity::Medium)
            && evidence.records_of(of_label) < facts.fewer_records().unwrap_or(facts.events)
    });
    let events = most_serious(report, alike(events), rows);
    section(html, "story", STORY, |html| {
        let words = remarks(&events, has_more);
        if !words.is_empty() {
            html.text_element("p", &[("class", &"caption")], &words.join(" "));
        }
        let columns = [
            (Kind::Moment, "time"),
            (Kind::Text, "label"),
            (Kind::Text, "host"),
            (Kind::Text, "user"),
            (Kind::Text, "what happened"),
            (Kind::Number, "event"),
        ];
        let caption = if evidence.guessed.is_empty() { SERIOUS } else { AND_LOGONS };
        table(html, caption, &columns, &events, (rows, "event"), |events| {
            let shown = &events[0];
            let event = &shown.event;
            vec![
                moment(event),
                label(report, shown.label),
                recorded(event.host.as_deref()),
                recorded(event.user_in_words().as_deref()),
                long_text(cut(&event.message, MESSAGE)),
                link(event.event, records(events)),
            ]
        });
    });
}

/// Returns what must be known to read the table.
fn remarks(events: &Table<Vec<&ShownEvent>>, has_more: bool) -> Vec<&'static str> {
    let any = |is_so: fn(&[&ShownEvent]) -> bool| events.rows.iter().any(|line| is_so(line));
    let remarks = [
        (
            events.more.rows > 0,
            "The table has room for some events only: the most serious ones, and of equally serious ones the earliest.",
        ),
        (has_more, "Of a label with many events, these are only those that the findings describe."),
        (
            any(|line| !line[0].event.not_recorded().is_empty()),
            "* The source of this time has no time zone or no year: the time can be wrong, and so can its place in this order.",
        ),
        (
            any(|line| line[0].event.may_be_of_copying()),
            "† Plaso read a folder and no disk image: this may be the time at which somebody copied the file to collect it.",
        ),
        (
            any(|line| records(line) > 1),
            "Events of the same second and with the same words are one line, with their number.",
        ),
    ];
    remarks.into_iter().filter_map(|(is_so, words)| is_so.then_some(words)).collect()
}

/// Keeps the lines with the most serious labels, in the order of time.
fn most_serious<'e>(
    report: &Report,
    mut lines: Vec<Vec<&'e ShownEvent>>,
    maximum: usize,
) -> Table<Vec<&'e ShownEvent>> {
    let time = |line: &Vec<&ShownEvent>| (line[0].event.time, line[0].event.event);
    let severity = |line: &Vec<&ShownEvent>| report.labels.rows[line[0].label].meaning.severity;
    lines.sort_by_key(|line| (Reverse(severity(line)), time(line)));
    let rest = lines.split_off(lines.len().min(maximum));
    lines.sort_by_key(time);
    let left_out = rest.iter().map(|line| line.len() as u64).sum();
    Table { rows: lines, more: Rest { rows: left_out, number: 0 } }
}

/// Puts events together that a line would not tell apart: a record is often in several logs. The
/// first event of each line comes first.
fn alike(mut events: Vec<&ShownEvent>) -> Vec<Vec<&ShownEvent>> {
    fn key(shown: &ShownEvent) -> impl Ord + '_ {
        let LabelledEvent { time, host, user, message, .. } = &shown.event;
        let second = time.map(|time| time.0.0.div_euclid(1_000_000));
        (second, shown.label, host, user, message)
    }
    let time = |shown: &ShownEvent| (shown.event.time, shown.event.event);
    events.sort_by(|a, b| key(a).cmp(&key(b)).then_with(|| time(a).cmp(&time(b))));
    events.chunk_by(|a, b| key(a) == key(b)).map(<[_]>::to_vec).collect()
}

/// Returns how many records a line stands for.
fn records(line: &[&ShownEvent]) -> u64 {
    line.iter().map(|shown| shown.event.records()).sum()
}

/// A logon after many failed ones is serious, whatever its label is.
fn is_serious(report: &Report, evidence: &Evidence, shown: &ShownEvent) -> bool {
    evidence.guessed.iter().any(|logon| shown.event.has(logon.event))
        || report.labels.rows[shown.label].meaning.severity >= Some(Severity::Medium)
}

/// Writes the time of an event, with a mark if its source has no zone or no year, or may be that of
/// a copying.
fn moment(event: &LabelledEvent) -> Cell<'_> {
    Box::new(|html| {
        time_to_second(event.time)(html);
        html.text(if event.not_recorded().is_empty() { "" } else { " *" });
        html.text(if event.may_be_of_copying() { " †" } else { "" });
    })
}

fn label(report: &Report, position: usize) -> Cell<'_> {
    let name = cut(&report.labels.rows[position].label, MAXIMUM_NAME);
    Box::new(move |html| {
        html.text_element("a", &[("href", &format!("#{}", label_anchor(position)))], &name);
    })
}

/// Writes a link to an event, and how many events the line is about.
fn link<'c>(event: i64, alike: u64) -> Cell<'c> {
    Box::new(move |html| {
        html.text_element("a", &[("href", &format!("#{}", anchor(event)))], &event.to_string());
        if alike > 1 {
            html.text_element("span", &[("class", &"muted")], &format!(" ×{alike}"));
        }
    })
}
