//! The page of the events with a label.

use filter::MatchedText;

use crate::html::chart::{self, Scale};
use crate::html::parts::{fact, left_out, moment, section};
use crate::html::writer::Html;
use crate::html::{file_name, page};
use crate::labelled::LabelReport;
use crate::labelled_event::{Attribute, LabelledEvent};
use crate::outline::{by_rules, in_records, thing};
use crate::words::counted;
use crate::{Rest, Time};

/// Writes the events as an HTML page. At most `rows` events are shown.
pub(crate) fn label(report: &LabelReport, rows: usize) -> String {
    let LabelReport { format_version: _, store, label, records, timeline, .. } = report;
    let LabelReport { tagging_file, events, notes, shows_whole, .. } = report;
    let file = file_name(&store.path);
    page(&format!("{} in {file}", label.label), |html| {
        html.element("header", &[], |html| {
            html.text_element("p", &[("class", &"eyebrow")], &format!("Events of a label in {file}"));
            html.text_element("h1", &[], &label.label);
            let mut summary = counted(label.events, "event") + &in_records(label.events, *records);
            if let Some((first, last)) = label.first.zip(label.last) {
                summary += &format!(", {} to {}", moment(first), moment(last));
            }
            html.text_element("p", &[("class", &"summary")], &(summary + "."));
            html.element("dl", &[("class", &"facts")], |html| {
                fact(html, "Storage file", &store.path);
                if let Some(rules) = tagging_file {
                    fact(html, "Tagging file", rules);
                }
            });
        });
        html.element("main", &[], |html| {
            notes.iter().for_each(|note| html.text_element("p", &[], note));
            if let Some(timeline) = timeline {
                section(html, "timeline", "Timeline", |html| {
                    let scale = Scale::new(timeline);
                    chart::histogram(html, &scale, &timeline.events, "Events of the label over time");
                    let mut words = format!("Each bar is {}.", timeline.bin);
                    let outside = timeline.events.before + timeline.events.after;
                    if outside > 0 {
                        words += &format!(" Outside the chart: {}.", counted(outside, "event"));
                    }
                    html.text_element("p", &[("class", &"caption")], &words);
                });
            }
            let shown = events.rows.len().min(rows);
            if shown > 0 {
                section(html, "events", "Events", |html| {
                    html.element("ol", &[("class", &"events")], |html| {
                        for row in &events.rows[..shown] {
                            html.element("li", &[], |html| {
                                event(html, row, tagging_file.as_deref(), *shows_whole)
                            });
                            html.newline();
                        }
                    });
                    left_out(
                        html,
                        Rest { rows: events.total_rows() - shown as u64, number: 0 },
                        thing(label.events, *records),
                    );
                });
            }
        });
    })
}

/// Writes an event in words, then what the rules looked at.
fn event(html: &mut Html, event: &LabelledEvent, tagging_file: Option<&str>, whole: bool) {
    html.element("p", &[("class", &"when")], |html| {
        moment_of(html, event.time, &event.description);
        for other in &event.other_times {
            moment_of(html, other.time, &other.description);
        }
    });
    let message = event.shown_message(whole);
    if !message.is_empty() {
        html.text_element("p", &[("class", &"message")], &message);
    }
    html.element("p", &[("class", &"muted")], |html| {
        let host = event.host.as_ref().map(|host| format!("host {host}"));
        let user = event.user.as_ref().map(|user| format!("user {user}"));
        let parts = [host.as_deref(), user.as_deref(), Some(&*event.data_type), Some(&*event.file)];
        for part in parts.into_iter().flatten().filter(|part| !part.is_empty()) {
            html.text_element("span", &[], part);
        }
        html.text_element("span", &[], &format!("event {}", event.event));
    });
    html.element("dl", &[], |html| {
        event.attributes.iter().for_each(|attribute| value(html, attribute, whole));
        if let Some(file) = tagging_file {
            fact(html, "rule", &by_rules(file, &event.rules));
        }
        if let Some(problem) = &event.problem {
            fact(html, "cannot be read", problem);
        }
    });
}

fn moment_of(html: &mut Html, time: Option<Time>, description: &str) {
    if let Some(time) = time {
        html.text_element("time", &[("datetime", &time)], &moment(time));
    }
    html.text_element("span", &[], description);
}

/// Writes the value of an attribute, with a mark on the part that a rule matched.
fn value(html: &mut Html, attribute: &Attribute, whole: bool) {
    let Attribute { name, value, matched } = attribute;
    match matched {
        Some(MatchedText { before, text, after }) if !whole => html.element("div", &[], |html| {
            html.text_element("dt", &[], name);
            html.element("dd", &[], |html| {
                html.text(before);
                html.text_element("mark", &[], text);
                html.text(after);
            });
        }),
        _ => fact(html, name, &value.shown(whole, None)),
    }
}
