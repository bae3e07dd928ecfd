//! Tables and other parts of a page.

use crate::document::more_words;
use crate::html::writer::Html;
use crate::meaning::Severity;
use crate::time_zone::chosen;
use crate::words::{cut, number};
use crate::{Count, Rest, Table, Time};

/// Returns the name of an event in links.
pub(super) fn anchor(event: i64) -> String {
    format!("event-{event}")
}

/// The maximum number of hosts, of users and of labels that are named with a label.
pub(super) const NAMED: usize = 8;
/// The maximum number of characters of a name.
pub(super) const MAXIMUM_NAME: usize = 120;

/// The kind of a column, which decides how it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// The name of the row's subject. It may break at any character.
    Name,
    /// Text that may break at any character.
    Text,
    /// A number.
    Number,
    /// A time.
    Moment,
    /// A drawing.
    Drawing,
}

impl Kind {
    fn class(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Text => "text",
            Self::Number => "number",
            Self::Moment => "moment",
            Self::Drawing => "drawing",
        }
    }
}

/// A function that writes a cell.
pub(super) type Cell<'c> = Box<dyn FnOnce(&mut Html) + 'c>;

/// A name or another short text. A long text is cut, because nobody reads it in a table.
pub(super) fn text<'c>(text: impl AsRef<str>) -> Cell<'c> {
    long_text(cut(text.as_ref(), MAXIMUM_NAME))
}

/// A text that may be long, such as a message.
pub(super) fn long_text<'c>(text: impl Into<String>) -> Cell<'c> {
    let text = text.into();
    Box::new(move |html: &mut Html| html.text(&text))
}

/// A name, or that it is not recorded.
pub(super) fn recorded<'c>(name: Option<&str>) -> Cell<'c> {
    match name {
        Some(name) => text(name),
        None => Box::new(|html| html.text_element("span", &[("class", &"muted")], "not recorded")),
    }
}

pub(super) fn count<'c>(count: u64) -> Cell<'c> {
    text(number(count))
}

pub(super) fn time<'c>(time: Option<Time>) -> Cell<'c> {
    Box::new(move |html: &mut Html| {
        if let Some(time) = time {
            html.text_element("time", &[("datetime", &time)], &moment(time));
        }
    })
}

/// A time of events to the second, for a table in which that is enough.
pub(super) fn time_to_second<'c>(time: Option<Time>) -> Cell<'c> {
    Box::new(move |html: &mut Html| {
        if let Some(time) = time {
            let text = moment(time);
            let text = text.split_once('.').map_or(text.as_str(), |(to_second, _)| to_second);
            html.text_element("time", &[("datetime", &time)], text);
        } else {
            html.text_element("span", &[("class", &"muted")], "no usable time");
        }
    })
}

/// Writes a table of at most `rows` rows, and says how many more there are.
pub(super) fn table<'t, T>(
    html: &mut Html,
    caption: &str,
    columns: &[(Kind, &'static str)],
    table: &'t Table<T>,
    (rows, thing): (usize, &str),
    cells: impl Fn(&'t T) -> Vec<Cell<'t>>,
) {
    let shown = table.rows.len().min(rows);
    html.element("table", &[], |html| {
        html.text_element("caption", &[], caption);
        html.element("thead", &[], |html| {
            html.element("tr", &[], |html| {
                for (kind, heading) in columns {
                    html.text_element("th", &[("scope", &"col"), ("class", &kind.class())], heading);
                }
            });
        });
        html.newline();
        html.element("tbody", &[], |html| {
            for row in &table.rows[..shown] {
                html.element("tr", &[], |html| {
                    for (cell, (kind, heading)) in cells(row).into_iter().zip(columns) {
                        // On a narrow screen a row becomes a block, with each heading before its
                        // value.
                        html.element("td", &[("class", &kind.class()), ("data-name", heading)], cell);
                    }
                });
                html.newline();
            }
        });
    });
    left_out(html, Rest { rows: table.total_rows() - shown as u64, number: 0 }, thing);
}

/// Writes what a table leaves out, in words.
pub(super) fn left_out(html: &mut Html, more: Rest, thing: &str) {
    if let Some(words) = more_words(more, thing) {
        html.text_element("p", &[("class", &"more")], &format!("… {words}"));
    }
}

/// Writes a section with a heading that links can point to.
pub(super) fn section(html: &mut Html, id: &'static str, heading: &str, content: impl FnOnce(&mut Html)) {
    html.newline();
    html.element("section", &[("id", &id)], |html| {
        html.text_element("h2", &[], heading);
        content(html);
    });
}

/// Returns the word for a severity.
pub(super) fn severity_word(severity: Option<Severity>) -> &'static str {
    severity.map_or("none", Severity::as_str)
}

/// Returns the class of a severity, which decides its colour.
pub(super) fn severity_class(severity: Option<Severity>) -> &'static str {
    match severity {
        Some(Severity::Critical) => "critical",
        Some(Severity::High) => "high",
        Some(Severity::Medium) => "medium",
        Some(Severity::Low) => "low",
        Some(Severity::Informational) => "informational",
        None => "none",
    }
}

/// Writes a severity with its colour.
pub(super) fn severity(html: &mut Html, severity: Option<Severity>) {
    let class = format!("severity {}", severity_class(severity));
    let word = severity.map_or("without severity", Severity::as_str);
    html.text_element("span", &[("class", &class)], word);
}

/// Writes a name and a value in a list of facts.
pub(super) fn fact(html: &mut Html, name: &str, value: &str) {
    html.element("div", &[], |html| {
        html.text_element("dt", &[], name);
        html.text_element("dd", &[], value);
    });
}

/// Writes the names with the most events, and how many of `events` have none.
pub(super) fn names(html: &mut Html, heading: &str, table: &Table<Count>, events: u64) {
    let mut named: Vec<_> = table
        .rows
        .iter()
        .take(NAMED)
        .map(|count| format!("{} ({})", cut(&count.name, MAXIMUM_NAME), number(count.number)))
        .collect();
    let more = table.rows.len() - named.len();
    let counted: u64 = table.rows.iter().map(|count| count.number).sum::<u64>() + table.more.number;
    let without = events.saturating_sub(counted);
    if without > 0 {
        named.push(format!("not recorded ({})", number(without)));
    }
    let more = if more > 0 { format!(" and {} more", number(more as u64)) } else { String::new() };
    fact(html, heading, &(named.join(", ") + &more));
}

/// Returns a time without `T` and `Z`. The page says that all times are UTC.
pub(super) fn moment(time: Time) -> String {
    time.to_string().replace('T', " ").replace('Z', "")
}

/// Returns a time with its zone.
pub(super) fn moment_in_zone(time: Time) -> String {
    // The time of another zone has its distance from UTC.
    if chosen().is_some() { moment(time) } else { moment(time) + " UTC" }
}

/// Returns a time to the day or to the minute.
pub(super) fn moment_to(time: Time, day: bool) -> String {
    let text = moment(time);
    let (date, of_day) = text.split_once(' ').unwrap_or((&text, ""));
    if day { date.to_owned() } else { format!("{date} {}", of_day.get(..5).unwrap_or_default()) }
}
