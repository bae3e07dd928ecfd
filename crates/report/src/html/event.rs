//! An event in words.

use filter::MatchedText;

use crate::Time;
use crate::html::parts::{fact, moment};
use crate::html::writer::Html;
use crate::labelled_event::{Attribute, LabelledEvent};
use crate::words::counted;

/// Writes an event in words, then what the rules looked at. Each event of a record can be linked
/// to. `rules` are those that match it.
pub(super) fn event(html: &mut Html, event: &LabelledEvent, rules: &[String], whole: bool) {
    let word = |description| if whole { description } else { time_word(&event.data_type, description) };
    html.element("p", &[("class", &"when")], |html| {
        moment_of(html, event.event, event.time, word(&event.description));
        for other in &event.other_times {
            moment_of(html, other.event, other.time, word(&other.description));
        }
    });
    let message = event.shown_message(whole);
    if !message.is_empty() {
        html.text_element("p", &[("class", &"message")], &message);
    }
    html.element("dl", &[("class", &"parties")], |html| {
        let parties = [("host", &event.host), ("user", &event.user)];
        for (name, value) in parties {
            value.iter().for_each(|value| fact(html, name, value));
        }
        let places = [("file", &event.file), ("data type", &event.data_type)];
        for (name, value) in places.into_iter().filter(|(_, value)| !value.is_empty()) {
            fact(html, name, value);
        }
        rules.iter().for_each(|rule| fact(html, "rule", rule));
    });
    html.element("dl", &[("class", &"values")], |html| {
        event.attributes.iter().for_each(|attribute| value(html, attribute, whole));
        if let Some(problem) = &event.problem {
            fact(html, "cannot be read", problem);
        }
    });
}

/// Data types of records that are logged once. Plaso calls the time of most of them that of the
/// last change of a file.
const LOGS: [&str; 16] = [
    "android:logcat",
    "apache:",
    "apt:",
    "aws:",
    "bash:history",
    "dpkg:",
    "fish:history",
    "iis:log",
    "linux:utmp",
    "macos:asl",
    "macos:unified_logging",
    "powershell:",
    "selinux:",
    "shell:",
    "syslog:",
    "systemd:journal",
];

/// Returns what happened at the time of an event, in words that say what is meant. A record of a
/// Windows event log has two times.
fn time_word<'d>(data_type: &str, description: &'d str) -> &'d str {
    let is_windows_record = matches!(data_type, "windows:evtx:record" | "windows:evt:record");
    match description {
        "Creation Time" if is_windows_record => "created",
        "Content Modification Time" if is_windows_record => "written",
        "Content Modification Time" if LOGS.iter().any(|log| data_type.starts_with(log)) => "logged",
        _ => description,
    }
}

/// Writes the time of an event, with its number, to which others can link.
fn moment_of(html: &mut Html, event: i64, time: Option<Time>, description: &str) {
    let id = anchor(event);
    html.element("span", &[("id", &id)], |html| {
        if let Some(time) = time {
            html.text_element("time", &[("datetime", &time)], &moment(time));
        }
        if time.is_none_or(|time| !time.is_usable()) {
            html.text_element("em", &[], "no usable time");
        }
        html.text_element("span", &[], description);
        html.element("a", &[("class", &"number"), ("href", &format!("#{id}"))], |html| {
            html.text(&format!("event {event}"));
        });
    });
}

/// Returns the name of an event in links.
pub(super) fn anchor(event: i64) -> String {
    format!("event-{event}")
}

/// An attribute that a page does not show, because pages are handed on.
const PASSWORD_HASH: &str = "password_hash";

/// Writes the value of an attribute, with a mark on each part that a rule matched.
fn value(html: &mut Html, attribute: &Attribute, whole: bool) {
    if attribute.name == PASSWORD_HASH && !whole {
        let length = attribute.value.shown(true).chars().count() as u64;
        fact(html, &attribute.name, &counted(length, "character"));
        return;
    }
    if whole || attribute.matched.is_empty() {
        fact(html, &attribute.name, &attribute.value.shown(whole));
        return;
    }
    html.element("div", &[], |html| {
        html.text_element("dt", &[], &attribute.name);
        html.element("dd", &[], |html| {
            for MatchedText { before, text, after } in &attribute.matched {
                html.element("p", &[], |html| {
                    html.text(before);
                    html.text_element("mark", &[], text);
                    html.text(after);
                });
            }
        });
    });
}
