//! The page of the events with a label.

use crate::Rest;
use crate::html::chart::{self, Scale};
use crate::html::parts::{fact, left_out, moment, section};
use crate::html::writer::Html;
use crate::html::{file_name, page};
use crate::labelled::LabelReport;
use crate::labelled_event::LabelledEvent;
use crate::words::counted;

/// Writes the events as an HTML page. At most `rows` events are shown.
pub(crate) fn label(report: &LabelReport, rows: usize) -> String {
    let LabelReport { format_version: _, store, label, labels: _, timeline, tagging_file, events, notes } =
        report;
    let file = file_name(&store.path);
    page(&format!("{} in {file}", label.label), |html| {
        html.element("header", &[], |html| {
            html.text_element("p", &[("class", &"eyebrow")], &format!("Events of a label in {file}"));
            html.text_element("h1", &[], &label.label);
            let mut summary = counted(label.events, "event");
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
                            html.element("li", &[], |html| event(html, row, tagging_file.as_deref()));
                            html.newline();
                        }
                    });
                    left_out(html, Rest { rows: events.total_rows() - shown as u64, number: 0 }, "event");
                });
            }
        });
    })
}

fn event(html: &mut Html, event: &LabelledEvent, tagging_file: Option<&str>) {
    let LabelledEvent {
        event: row, time, description, data_type, source, places, attributes, problem, ..
    } = event;
    html.element("p", &[("class", &"when")], |html| {
        if let Some(time) = time {
            html.text_element("time", &[("datetime", time)], &moment(*time));
        }
        html.text_element("span", &[], description);
    });
    html.element("p", &[("class", &"muted")], |html| {
        for part in [data_type.as_str(), source.as_str()].into_iter().filter(|part| !part.is_empty()) {
            html.text_element("span", &[], part);
        }
        html.text_element("span", &[], &format!("event {row}"));
    });
    html.element("dl", &[], |html| {
        attributes.iter().for_each(|attribute| fact(html, &attribute.name, &attribute.value));
        if tagging_file.is_some() {
            let none = "no rule of this file matches it now";
            let by = if places.is_empty() { none.into() } else { places.join(", ") };
            fact(html, "rule", &by);
        }
        if let Some(problem) = problem {
            fact(html, "cannot be read", problem);
        }
    });
}
