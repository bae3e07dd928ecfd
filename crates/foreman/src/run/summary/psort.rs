//! The output of psort at its end: the reports, in tables with 80 characters per line.

use std::fmt::Write as _;

use events::{Shown as _, Timestamp};

use super::Summary;
use crate::words::wrapped;

const WIDTH: usize = 80;
/// The width of a row's heading. The value begins after it.
const HEADING: usize = 13;
const INDENT: usize = HEADING + 3;

pub(crate) fn reports(summary: &Summary) -> String {
    let mut text = String::from("Processing completed.\n");
    let Some(results) = &summary.results else { return text };
    let filter = summary.run.as_ref().and_then(|run| run.filter.as_deref()).unwrap_or("N/A");
    let mut reports: Vec<_> = results.reports.iter().collect();
    reports.sort_by(|a, b| a.plugin.cmp(&b.plugin));
    for report in reports {
        let title = format!(" Analysis report: {} ", report.plugin);
        let _ = writeln!(text, "\n{title:*^WIDTH$}");
        row(&mut text, "Date and time", &time(report.time_compiled));
        row(&mut text, "Event filter", filter);
        if report.counts.is_empty() {
            row(&mut text, "Text", "");
        }
        for (position, (name, count)) in report.counts.iter().enumerate() {
            row(&mut text, if position == 0 { "Results" } else { "" }, &format!("{name}: {count}"));
        }
        let _ = writeln!(text, "{}", "-".repeat(WIDTH));
    }
    text
}

fn row(text: &mut String, heading: &str, value: &str) {
    // A value that fits into one line keeps its spaces.
    let value = if value.chars().count() < WIDTH - INDENT {
        value.shown().into_owned()
    } else {
        let words: Vec<&str> = value.split_whitespace().collect();
        wrapped(&words.join(" "), INDENT, WIDTH - 1).trim_start().to_owned()
    };
    let _ = writeln!(text, "{heading:>HEADING$} : {value}");
}

fn time(Timestamp(microseconds): Timestamp) -> String {
    let time = jiff::Timestamp::from_microsecond(microseconds).unwrap_or_default();
    format!("{time:.6}").replace('Z', "+00:00")
}
