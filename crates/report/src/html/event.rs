//! An event in words: what happened, when, where, by whom, which event it is, and which rules match
//! it. What is not recorded is said.

use messages::{EFFECT, NO_YEAR, Role, effect};

use crate::Time;
use crate::completion::Completion;
use crate::html::clock::{ClockChange, clock_near};
use crate::html::legend::{fact_of_event as fact, fact_with, time_word as linked_time_word};
use crate::html::linked::{Links, see_also};
use crate::html::log_order::{Disagreement, log_order};
use crate::html::parts::{anchor, moment};
use crate::html::short_names::short_names;
use crate::html::values::value;
use crate::html::who::{Computer, parties, whose};
use crate::html::writer::Html;
use crate::labelled_event::{Copied, LabelledEvent, OtherTime};
use crate::labels::RECOVERED;
use crate::time_word::{WRITTEN, time_word};

/// What a page says beside an event.
#[derive(Debug, Default)]
pub(super) struct Beside {
    /// The rules that match it.
    pub(super) rules: Vec<String>,
    /// The techniques that it may show.
    pub(super) techniques: Vec<String>,
    /// How many logons from the same address failed before, if that is what the page says of it.
    pub(super) failures: Option<u64>,
    /// The host of events that name none.
    pub(super) computer: Computer,
    /// What is known of the years and zones that Plaso completed.
    pub(super) completion: Completion,
    /// Other events of the same task, account, service or logon.
    pub(super) see_also: Links,
    /// How far the clock was set near the event, each with the event that says so.
    pub(super) clock_changes: Vec<ClockChange>,
    /// The record of the same log whose time disagrees with this one.
    pub(super) log_order: Option<Disagreement>,
}

/// Writes an event in words, then what the rules looked at. Each event of a record can be linked
/// to. If it is not `whole`, it was described for a page.
pub(super) fn event(html: &mut Html, event: &LabelledEvent, beside: &Beside, whole: bool) {
    times(html, event, whole);
    if !event.message.is_empty() {
        html.text_element("p", &[("class", &"message")], &event.message);
    }
    let is_other_party = |name: &str| Role::of(name).is_some() && name != Role::Acted.as_str();
    let (others, details): (Vec<_>, Vec<_>) = event
        .details
        .iter()
        .filter(|(name, _)| *name != Role::Acted.as_str())
        .partition(|(name, _)| is_other_party(name));
    html.element("dl", &[("class", &"parties")], |html| {
        some_facts(html, &[("time", time_notes(event, &beside.completion))]);
        if event.problem.is_none() {
            parties(html, event, &beside.computer);
        }
        others.iter().for_each(|(name, value)| fact(html, name, &whose(value, event)));
        event.address.iter().for_each(|address| fact(html, "address", address));
        if let Some(failures) = beside.failures {
            let words = "from the same address in the 24 hours before; so the summary names this logon first, as high, whatever the \
                         severity of its label";
            fact(html, "failed logons before", &format!("{failures} {words}"));
        }
        see_also(html, &beside.see_also);
        source(html, event);
        details.iter().for_each(|(name, value)| fact(html, name, value));
        clock_near(html, &beside.clock_changes);
        log_order(html, beside.log_order);
        let looked_at = event.attributes.iter().filter(|attribute| !attribute.matched.is_empty());
        let effect = effect(&event.data_type, looked_at.map(|attribute| attribute.name.as_str()));
        some_facts(
            html,
            &[(EFFECT, effect.unwrap_or_default().to_owned()), ("short name", short_names_of(event))],
        );
    });
    values(html, event, whole);
    if beside.rules.is_empty() && beside.techniques.is_empty() {
        return;
    }
    html.element("dl", &[("class", &"parties")], |html| {
        beside.rules.iter().for_each(|rule| fact(html, "rule", rule));
        some_facts(html, &[("ATT&CK", beside.techniques.join("; "))]);
    });
}

/// Writes the facts that have a value.
fn some_facts(html: &mut Html, facts: &[(&str, String)]) {
    facts.iter().filter(|(_, value)| !value.is_empty()).for_each(|(name, value)| fact(html, name, value));
}

/// Writes which event it is, and where Plaso found it.
fn source(html: &mut Html, event: &LabelledEvent) {
    fact(html, "event", &numbers(event));
    some_facts(html, &[("record", record(event))]);
    copies(html, event);
    some_facts(
        html,
        &[
            ("file", file(event)),
            ("SHA-256 of the file", event.sha256.clone().unwrap_or_default()),
            ("warning of Plaso", event.warning.clone().unwrap_or_default()),
            ("data type", event.data_type.clone()),
        ],
    );
}

/// Writes the values at which the rules looked, or the values of the event.
fn values(html: &mut Html, event: &LabelledEvent, whole: bool) {
    // Of a record of a Windows event log these are named above.
    let is_named = |name: &str| event.record.is_some() && matches!(name, "source_name" | "event_identifier");
    let attributes = event.attributes.iter().filter(|attribute| whole || !is_named(&attribute.name));
    let attributes: Vec<_> = attributes.collect();
    if attributes.is_empty() && event.problem.is_none() {
        return;
    }
    html.element("dl", &[("class", &"values")], |html| {
        let message = if whole { "" } else { &event.message };
        attributes.into_iter().for_each(|attribute| value(html, attribute, message));
        if let Some(problem) = &event.problem {
            fact(html, "cannot be read", problem);
        }
    });
}

/// Writes the times of a record, each with what happened then.
fn times(html: &mut Html, event: &LabelledEvent, whole: bool) {
    let word = |description, meaning: &Option<String>| match meaning {
        _ if whole => String::from(description),
        Some(meaning) => meaning.clone(),
        None => time_word(&event.data_type, &event.parser, description).to_owned(),
    };
    html.element("p", &[("class", &"when")], |html| {
        let not_recorded = event.not_recorded();
        moment_of(html, event.event, event.time, &word(&event.description, &event.meaning), &not_recorded);
        for other in &event.other_times {
            let word = word(&other.description, &other.meaning);
            moment_of(html, other.event, other.time, &word, &not_recorded);
        }
    });
}

/// Returns what the short names of an event stand for.
fn short_names_of(event: &LabelledEvent) -> String {
    let texts = [Some(&event.message), event.user.as_ref(), event.by.as_ref()];
    let texts: Vec<_> = texts.into_iter().flatten().map(String::as_str).collect();
    short_names(&texts).unwrap_or_default()
}

/// Returns what must be known of the times of an event. What a warning of Plaso says of the year
/// stands in the place of what is known of all logs without one.
fn time_notes(event: &LabelledEvent, completion: &Completion) -> String {
    let others = event.time_notes.iter().filter(|note| event.year.is_none() || **note != NO_YEAR);
    let others = others.map(|note| completion.words(note).into_owned());
    let given = completion.given_year().filter(|_| event.year.is_some());
    event.year.iter().cloned().chain(given).chain(others).collect::<Vec<_>>().join("; ")
}

/// Returns which rows of the storage file the event is.
fn numbers(event: &LabelledEvent) -> String {
    let mut numbers: Vec<_> = vec![event.event.to_string()];
    numbers.extend(event.other_times.iter().map(|other| other.event.to_string()));
    match numbers.as_slice() {
        [one] => format!("row {one} of the storage file"),
        several => format!("rows {} of the storage file, which are one record", several.join(", ")),
    }
}

/// Says where else the same record was found, with a name for links for each of its events.
fn copies(html: &mut Html, event: &LabelledEvent) {
    if event.copies.is_empty() {
        return;
    }
    fact_with(html, "same record", |html| {
        html.text("found again");
        for (at, Copied { events, file }) in event.copies.iter().enumerate() {
            html.text(if at > 0 { ", and as " } else { " as " });
            for (at, OtherTime { event: number, time, description, .. }) in events.iter().enumerate() {
                html.text(if at > 0 { " and " } else { "" });
                html.text_element("span", &[("id", &anchor(*number))], &format!("event {number}"));
                let word = time_word(&event.data_type, &event.parser, description);
                let time = time.filter(|time| time.is_usable()).map_or("no usable time".into(), moment);
                html.text(&format!(" ({word} {time})"));
            }
            html.text(&if *file == event.file { " in the same file".into() } else { format!(" in {file}") });
        }
    });
}

/// Returns which record of a log it is, and whether it is one that Plaso recovered.
fn record(event: &LabelledEvent) -> String {
    let mut words = event.record.clone().unwrap_or_default();
    if event.labels.iter().any(|label| label == RECOVERED) {
        words += if words.is_empty() { "" } else { "; " };
        words += "recovered: Plaso found it in space of the file that is no longer in use, so parts of it may be \
                  missing or belong to another record";
    }
    words
}

/// Returns the file, and the place in it.
fn file(event: &LabelledEvent) -> String {
    let file = if event.file.is_empty() { "not recorded" } else { event.file.as_str() };
    match &event.position {
        // A record of a Windows event log has its number.
        Some(position) if event.record.is_none() => format!("{file}, {position}"),
        _ => file.to_owned(),
    }
}

/// Writes the time of an event, with its number, to which others can link, and what of the time its
/// source does not have.
fn moment_of(
    html: &mut Html,
    event: i64,
    time: Option<Time>,
    description: &str,
    not_recorded: &[&'static str],
) {
    let id = anchor(event);
    let is_written = description == WRITTEN;
    let why = if is_written { ", because the file has zero there: take the time created" } else { "" };
    html.element("span", &[("id", &id)], |html| {
        match time {
            Some(time) if time.is_usable() => {
                html.text_element("time", &[("datetime", &time)], &moment(time));
            }
            Some(time) => {
                html.text_element("em", &[], &format!("no usable time (stored as {}{why})", moment(time)));
            }
            None => html.text_element("em", &[], "no usable time"),
        }
        for missing in not_recorded {
            html.element("span", &[("class", &"assumed")], |html| linked_time_word(html, missing));
        }
        html.element("span", &[], |html| linked_time_word(html, description));
        html.element("a", &[("class", &"number"), ("href", &format!("#{id}"))], |html| {
            html.text(&format!("event {event}"));
        });
    });
}
