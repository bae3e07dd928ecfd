//! The page of the events with a label.

use crate::Rest;
use crate::html::chart;
use crate::html::event::{Beside, event};
use crate::html::event_rules::in_words;
use crate::html::how_to_read::{HOW_TO_READ_WORDS, with_the_program};
use crate::html::legend::legend;
use crate::html::parts::{fact, left_out, moment, section};
use crate::html::scale::Scale;
use crate::html::writer::Html;
use crate::html::{file_name, page};
use crate::labelled::LabelReport;
use crate::outline::by_rules;
use crate::words::counted;

/// Writes the events as an HTML page. At most `rows` events are shown.
pub(crate) fn label(report: &LabelReport, rows: usize) -> String {
    let LabelReport { format_version: _, store, label, timeline, .. } = report;
    let LabelReport { tagging_file, events, notes, .. } = report;
    let file = file_name(&store.path);
    page(&format!("{} in {file}", label.label), |html| {
        html.element("header", &[], |html| {
            html.text_element("p", &[("class", &"eyebrow")], &format!("Events of a label in {file}"));
            html.text_element("h1", &[], &label.label);
            let mut summary = label.events_in_words();
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
            notes.iter().for_each(|note| html.prose_element("p", &[], note));
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
                    let list = list(report, shown);
                    html.append(&list);
                    left_out(
                        html,
                        Rest { rows: events.total_rows() - shown as u64, number: 0 },
                        label.thing(),
                    );
                    html.element("div", &[("class", &"legend")], |html| {
                        html.text_element("h3", &[], HOW_TO_READ_WORDS);
                        html.prose_element("p", &[], &with_the_program(&[]));
                        legend(html, &list);
                    });
                });
            }
        });
    })
}

/// Writes the first events.
fn list(report: &LabelReport, shown: usize) -> Html {
    let LabelReport { tagging_file, events, shows_whole, .. } = report;
    let mut html = Html::default();
    html.element("ol", &[("class", &"events")], |html| {
        for row in &events.rows[..shown] {
            html.element("li", &[], |html| {
                let mut rules: Vec<_> = row.matched_rules.iter().map(in_words).collect();
                if rules.is_empty() && tagging_file.is_some() {
                    rules.push(by_rules(&row.places));
                }
                event(html, row, &Beside { rules, ..Beside::default() }, *shows_whole);
            });
            html.newline();
        }
    });
    html
}
