//! The document of the events of a label.

use filter::MatchedText;

use super::labels;
use super::parts::{notes, time, without_time};
use crate::Rest;
use crate::document::{Document, Entry, Passage, more_words};
use crate::labelled::LabelReport;
use crate::labelled_event::{Attribute, LabelledEvent};

/// Makes the document of the events of a label.
pub(crate) fn label(report: &LabelReport, rows: usize) -> Document {
    let LabelReport {
        format_version: _,
        store,
        label,
        labels,
        timeline: _,
        tagging_file,
        events,
        notes: said,
        shows_whole,
        unknown: _,
    } = report;
    let mut page = Document::new(&store.path, rows);
    page.fact("label", label.label.as_str());
    labels::meaning(&mut page, &label.meaning);
    page.fact("events", label.events_in_words());
    if label.without_time > 0 {
        page.fact("", without_time(label.without_time));
    }
    if let Some((first, last)) = label.first.zip(label.last) {
        page.fact("first", first.to_string());
        page.fact("last", last.to_string());
    }
    if labels.rows.len() > 1 {
        labels::labels(&mut page, labels);
    }
    let shown = events.rows.len().min(rows);
    if shown > 0 {
        page.heading("Events");
    }
    for event in &events.rows[..shown] {
        page.entry(event_entry(event, tagging_file.is_some(), labels.rows.len() > 1, *shows_whole));
    }
    let more = Rest { rows: events.total_rows() - shown as u64, number: 0 };
    if let Some(more) = more_words(more, label.thing()) {
        page.paragraph(more);
    }
    notes(&mut page, said);
    page
}

fn event_entry(event: &LabelledEvent, has_rules: bool, has_several_labels: bool, whole: bool) -> Entry {
    let head = [time(event.time), event.description.clone()];
    let others = event.other_times.iter().flat_map(|other| [time(other.time), other.description.clone()]);
    let last = [event.data_type.clone(), format!("event {}", event.event)];
    let head = head.into_iter().chain(others).chain(last).collect();
    let mut facts: Vec<(String, Passage)> = vec![(String::new(), event.shown_message(whole).into())];
    if has_several_labels {
        facts.push(("labels".into(), event.labels.join(", ").into()));
    }
    let named = [
        ("host", event.host.as_ref()),
        (event.role.as_str(), event.user.as_ref()),
        (event.by_role.as_str(), event.by.as_ref()),
        ("address", event.address.as_ref()),
        ("record", event.record.as_ref()),
        ("file", Some(&event.file)),
        ("SHA-256", event.sha256.as_ref().filter(|_| whole)),
    ];
    facts.extend(named.into_iter().filter_map(|(name, value)| Some((name.into(), value?.clone().into()))));
    for attribute in &event.attributes {
        facts.extend(passages(attribute, whole).into_iter().map(|value| (attribute.name.clone(), value)));
    }
    if has_rules {
        facts.push(("rule".into(), by_rules(&event.places).into()));
    }
    facts.extend(event.problem.iter().map(|problem| ("cannot be read".into(), problem.clone().into())));
    facts.retain(|(_, value)| !value.is_empty());
    Entry { head, facts }
}

/// Returns the value of an attribute, or the parts of it that the rules matched.
fn passages(attribute: &Attribute, whole: bool) -> Vec<Passage> {
    let shown = attribute.value.shown(true);
    // Of several values, the part is from one alone.
    let is_all =
        |MatchedText { before, text, after }: &MatchedText| format!("{before}{text}{after}") == shown;
    let is_news = |matched: &MatchedText| matched.is_cut() || is_all(matched);
    if whole || !attribute.matched.iter().any(is_news) {
        return vec![attribute.value.shown(whole).into()];
    }
    let passage = |MatchedText { before, text, after }: &MatchedText| Passage {
        before: before.clone(),
        matched: text.clone(),
        after: after.clone(),
    };
    let mut parts: Vec<&MatchedText> = Vec::new();
    for part in attribute.matched.iter().filter(|matched| is_news(matched)) {
        if !parts.iter().any(|known| shows(known, part)) {
            parts.push(part);
        }
    }
    parts.into_iter().map(passage).collect()
}

/// Returns whether a part of a text already shows another part.
fn shows(MatchedText { before, text, after }: &MatchedText, other: &MatchedText) -> bool {
    [before, text, after].iter().any(|part| part.contains(&other.text))
}

/// Returns the rules that match an event now, as `file:line`.
pub(crate) fn by_rules(places: &[String]) -> String {
    if places.is_empty() { "no rule of this file matches it now".into() } else { places.join(", ") }
}
