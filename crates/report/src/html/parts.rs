//! Tables and other parts of a page.

use crate::document::more_words;
use crate::html::writer::Html;
use crate::words::{cut, number};
use crate::{Rest, Table, Time};

/// How many characters a name has at most.
pub(super) const MAXIMUM_NAME: usize = 120;

/// How a column of a table is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// What the row is about; breaks where it must.
    Name,
    /// Text that breaks where it must.
    Text,
    /// A number.
    Number,
    /// A point in time.
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

/// A cell as it is written.
pub(super) type Cell<'c> = Box<dyn FnOnce(&mut Html) + 'c>;

/// A name or another short text. Nobody reads a long one in a table; JSON has it.
pub(super) fn text<'c>(text: impl AsRef<str>) -> Cell<'c> {
    long_text(cut(text.as_ref(), MAXIMUM_NAME))
}

/// A text that may be long, such as a message.
pub(super) fn long_text<'c>(text: impl Into<String>) -> Cell<'c> {
    let text = text.into();
    Box::new(move |html: &mut Html| html.text(&text))
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

/// A table of at most as many `rows`, with what it leaves out in words.
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
                        // On a narrow screen rows become blocks, and headings stand before their
                        // values.
                        html.element("td", &[("class", &kind.class()), ("data-name", heading)], cell);
                    }
                });
                html.newline();
            }
        });
    });
    left_out(html, Rest { rows: table.total_rows() - shown as u64, number: 0 }, thing);
}

/// What is left out, in words.
pub(super) fn left_out(html: &mut Html, more: Rest, thing: &str) {
    if let Some(words) = more_words(more, thing) {
        html.text_element("p", &[("class", &"more")], &format!("… {words}"));
    }
}

/// A section with a heading that can be linked to.
pub(super) fn section(html: &mut Html, id: &'static str, heading: &str, content: impl FnOnce(&mut Html)) {
    html.newline();
    html.element("section", &[("id", &id)], |html| {
        html.text_element("h2", &[], heading);
        content(html);
    });
}

/// A name and a value in a list of facts.
pub(super) fn fact(html: &mut Html, name: &str, value: &str) {
    html.element("div", &[], |html| {
        html.text_element("dt", &[], name);
        html.text_element("dd", &[], value);
    });
}

/// A time for reading: the page says that all are UTC.
pub(super) fn moment(time: Time) -> String {
    time.to_string().replace('T', " ").replace('Z', "")
}

/// A time to the day or to the minute.
pub(super) fn moment_to(time: Time, day: bool) -> String {
    let text = moment(time);
    let (date, of_day) = text.split_once(' ').unwrap_or((&text, ""));
    if day { date.to_owned() } else { format!("{date} {}", of_day.get(..5).unwrap_or_default()) }
}
