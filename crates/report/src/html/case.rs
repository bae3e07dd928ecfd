//! The page of several storage files: which hosts have which labels, one timeline, and links to the
//! pages of the storage files.

use std::fmt::Write as _;

use crate::case::{Case, CaseEvent, CaseFile, CaseHost, CaseLabel, CaseTimeline, Found};
use crate::html::chart;
use crate::html::cover::Cover;
use crate::html::file_names::file_names;
use crate::html::page;
use crate::html::parts::{
    Cell, Kind, MAXIMUM_NAME, anchor, count, fact, long_text, moment_in_zone, recorded, section, severity,
    table, text, time_to_second,
};
use crate::html::scale::Scale;
use crate::html::writer::Html;
use crate::meaning::Severity;
use crate::time_zone::chosen;
use crate::words::{counted, cut, number};
use crate::{Rest, Table};

/// The severities that have a column.
const COLUMNS: [(Severity, &str); 4] = [
    (Severity::Critical, "critical"),
    (Severity::High, "high"),
    (Severity::Medium, "medium"),
    (Severity::Low, "low"),
];
/// The maximum number of storage files that are named with a label or a host.
const NAMED: usize = 5;

/// The name of a storage file, which tells it apart from the others, and the link to its page.
struct Link<'c> {
    name: &'c str,
    page: &'c str,
}

/// Writes the page. `name` is its title, if the cover has none. A table has at most `rows` rows.
pub(crate) fn case(case: &Case, cover: &Cover, name: &str, rows: usize) -> String {
    let title = cover.title.as_deref().or(cover.case.as_deref()).unwrap_or(name);
    let (timeline, links) = (case.timeline(), &links(case));
    page(title, |html| {
        header(html, case, cover, title);
        contents(html, case, timeline.is_some());
        html.element("main", &[], |html| {
            unread(html, case);
            summary(html, case);
            let scale = timeline.as_ref().map(|timeline| Scale::new(&timeline.timeline));
            files(html, case, links, timeline.as_ref().zip(scale.as_ref()));
            if let Some((timeline, scale)) = timeline.as_ref().zip(scale.as_ref()) {
                lanes(html, timeline, scale);
            }
            story(html, case, links, rows);
            labels(html, case, links, rows);
            hosts(html, case, links, rows);
        });
    })
}

/// Returns a link for each storage file.
fn links(case: &Case) -> Vec<Link<'_>> {
    let paths: Vec<_> = case.files.iter().map(|file| file.path.as_str()).collect();
    let names = file_names(&paths).into_iter();
    names.zip(&case.files).map(|(name, file)| Link { name, page: &file.page }).collect()
}

fn header(html: &mut Html, case: &Case, cover: &Cover, title: &str) {
    html.element("header", &[], |html| {
        html.text_element("p", &[("class", &"eyebrow")], "Timeline report on several storage files");
        html.text_element("h1", &[], title);
        html.element("dl", &[("class", &"facts")], |html| {
            cover.case.iter().for_each(|case| fact(html, "Case", case));
            cover.analyst.iter().for_each(|analyst| fact(html, "Analyst", analyst));
            fact(html, "Report made", &moment_in_zone(cover.made));
            fact(html, "Times shown in", &chosen().unwrap_or_else(|| "UTC".into()));
            fact(html, "Storage files", &number((case.files.len() + case.unread.len()) as u64));
        });
    });
}

fn contents(html: &mut Html, case: &Case, has_timeline: bool) {
    let sections: [(bool, &'static str, &str); 6] = [
        (true, "#summary", "Summary"),
        (true, "#files", "Storage files"),
        (has_timeline, "#timeline", "Timeline"),
        (!case.events.is_empty(), "#story", "In order of time"),
        (!case.labels().is_empty(), "#labels", "Labels"),
        (!case.hosts().is_empty(), "#parties", "Hosts"),
    ];
    html.newline();
    html.element("nav", &[("aria-label", &"Sections")], |html| {
        for (_, link, name) in sections.iter().filter(|(is_there, _, _)| *is_there) {
            html.text_element("a", &[("href", link)], name);
            html.newline();
        }
    });
}

/// Names the storage files that could not be read.
fn unread(html: &mut Html, case: &Case) {
    if case.unread.is_empty() {
        return;
    }
    html.element("aside", &[("class", &"notes")], |html| {
        html.text_element("h2", &[], "Storage files that are not in this report");
        html.element("ul", &[], |html| case.unread.iter().for_each(|why| html.text_element("li", &[], why)));
    });
}

fn summary(html: &mut Html, case: &Case) {
    let events: u64 = case.files.iter().map(|file| file.events).sum();
    let mut words =
        format!("{} in {}", counted(events, "event"), counted(case.files.len() as u64, "storage file"));
    let has = |file: &CaseFile, least| file.severities.iter().any(|(severity, _)| *severity >= Some(least));
    let serious = case.files.iter().filter(|file| has(file, Severity::High)).count() as u64;
    let medium = case.files.iter().filter(|file| has(file, Severity::Medium)).count() as u64;
    let _ = write!(
        words,
        ". Labels of severity high or critical: in {} of the files; of severity medium or higher: in {}.",
        number(serious),
        number(medium)
    );
    section(html, "summary", "Summary", |html| {
        html.text_element("p", &[("class", &"summary")], &words);
    });
}

/// Writes the table of the storage files, with the number of events of each severity.
fn files(html: &mut Html, case: &Case, links: &[Link<'_>], chart: Option<(&CaseTimeline, &Scale<'_>)>) {
    let files = Table { rows: case.by_severity(), more: Rest::default() };
    section(html, "files", "Storage files", |html| {
        let mut columns = vec![(Kind::Name, "storage file"), (Kind::Number, "events")];
        columns.extend(COLUMNS.map(|(_, heading)| (Kind::Number, heading)));
        columns.extend([(Kind::Text, "most serious labels"), (Kind::Drawing, "when")]);
        let caption = "Events by the severity of their most serious label; the drawing has those of severity medium and higher";
        table(html, caption, &columns, &files, (usize::MAX, "storage file"), |at| {
            let file = &case.files[*at];
            let mut cells = vec![link(&links[*at]), count(file.events)];
            cells.extend(COLUMNS.iter().map(|(severity, _)| {
                let of = file.severities.iter().find(|(found, _)| *found == Some(*severity));
                of.map_or_else(|| text(""), |(_, events)| count(*events))
            }));
            cells.push(text(file.labels.join(", ")));
            cells.push(Box::new(move |html: &mut Html| {
                if let Some((timeline, scale)) = chart {
                    let title = format!("Serious events of {} over time", links[*at].name);
                    chart::spark(html, scale, &timeline.serious[*at], &title);
                }
            }));
            cells
        });
    });
}

fn lanes(html: &mut Html, timeline: &CaseTimeline, scale: &Scale<'_>) {
    section(html, "timeline", "Timeline", |html| {
        chart::histogram(html, scale, &timeline.timeline.events, "Events of all storage files over time");
        let mut words = format!(
            "Each bar is {}. An event is drawn where the bar of its file's own page begins.",
            timeline.timeline.bin
        );
        if let Some(gaps) = scale.gaps_in_words() {
            let _ = write!(words, " {gaps}");
        }
        html.text_element("p", &[("class", &"caption")], &words);
        html.element("div", &[("class", &"lanes")], |html| {
            html.text_element("h3", &[], "By severity");
            timeline.severities.iter().for_each(|facts| chart::lane(html, scale, facts));
        });
    });
}

/// Writes the most serious events of all storage files in the order of time.
fn story(html: &mut Html, case: &Case, links: &[Link<'_>], rows: usize) {
    if case.events.is_empty() {
        return;
    }
    let mut shown: Vec<_> = case.events.rows.iter().take(rows).collect();
    let left_out = case.events.total_rows() - shown.len() as u64;
    shown.sort_by_key(|event| (event.time, event.file, event.event));
    let shown = Table { rows: shown, more: Rest { rows: left_out, number: 0 } };
    section(html, "story", "In order of time", |html| {
        let columns = [
            (Kind::Moment, "time"),
            (Kind::Text, "label"),
            (Kind::Text, "host"),
            (Kind::Text, "user"),
            (Kind::Text, "what happened"),
            (Kind::Text, "event"),
        ];
        let caption = "The most serious events that the pages of the storage files describe, of equally serious ones the first of each file";
        table(html, caption, &columns, &shown, (rows, "event"), |event| {
            vec![
                time_to_second(Some(event.time)),
                text(&event.label),
                recorded(event.host.as_deref()),
                recorded(event.user.as_deref()),
                long_text(event.message.as_str()),
                event_link(&links[event.file], event),
            ]
        });
    });
}

fn labels(html: &mut Html, case: &Case, links: &[Link<'_>], rows: usize) {
    let labels = case.labels();
    if labels.is_empty() {
        return;
    }
    section(html, "labels", "Labels", |html| {
        let columns = [
            (Kind::Text, "severity"),
            (Kind::Name, "label"),
            (Kind::Number, "events"),
            (Kind::Text, "storage files"),
            (Kind::Moment, "first"),
            (Kind::Moment, "last"),
        ];
        let caption = "The labels of all storage files, the most serious first";
        table(html, caption, &columns, &labels, (rows, "label"), |label| {
            let CaseLabel { name, severity, summary, found } = label;
            let name_and_summary = move |html: &mut Html| {
                html.text(&cut(name, MAXIMUM_NAME));
                if !summary.is_empty() {
                    html.text_element("p", &[("class", &"muted")], summary);
                }
            };
            let cells = vec![of_severity(*severity), Box::new(name_and_summary) as Cell<'_>];
            cells.into_iter().chain(places(links, found)).collect()
        });
    });
}

fn hosts(html: &mut Html, case: &Case, links: &[Link<'_>], rows: usize) {
    let hosts = case.hosts();
    if hosts.is_empty() {
        return;
    }
    section(html, "parties", "Hosts", |html| {
        let columns = [
            (Kind::Name, "host"),
            (Kind::Text, "severity"),
            (Kind::Text, "most serious label"),
            (Kind::Number, "events"),
            (Kind::Text, "storage files"),
            (Kind::Moment, "first"),
            (Kind::Moment, "last"),
        ];
        let caption = "Hosts that events with labels name, those with the most serious labels first";
        table(html, caption, &columns, &hosts, (rows, "host"), |host| {
            let CaseHost { name, label, found } = host;
            let (severity, label) = label.as_ref().map_or((None, ""), |(severity, label)| (*severity, label));
            vec![text(name), of_severity(severity), text(label)]
                .into_iter()
                .chain(places(links, found))
                .collect()
        });
    });
}

/// Returns the cells that say how often, where and when something was found.
fn places<'c>(links: &'c [Link<'_>], found: &'c Found) -> [Cell<'c>; 4] {
    let files = move |html: &mut Html| {
        for (at, file) in found.files.iter().take(NAMED).enumerate() {
            html.text(if at > 0 { ", " } else { "" });
            link(&links[*file])(html);
        }
        let more = found.files.len().saturating_sub(NAMED);
        if more > 0 {
            html.text(&format!(" and {} more", number(more as u64)));
        }
    };
    [count(found.events), Box::new(files), time_to_second(found.first), time_to_second(found.last)]
}

fn of_severity<'c>(of: Option<Severity>) -> Cell<'c> {
    Box::new(move |html: &mut Html| severity(html, of))
}

/// Writes a link to the page of a storage file.
fn link<'c>(Link { name, page }: &'c Link<'_>) -> Cell<'c> {
    Box::new(move |html: &mut Html| {
        html.text_element("a", &[("href", page)], &cut(name, MAXIMUM_NAME));
    })
}

/// Writes a link to an event on the page of its storage file.
fn event_link<'c>(Link { name, page }: &'c Link<'_>, event: &'c CaseEvent) -> Cell<'c> {
    Box::new(move |html: &mut Html| {
        let words = format!("{} {}", cut(name, MAXIMUM_NAME), event.event);
        html.text_element("a", &[("href", &format!("{page}#{}", anchor(event.event)))], &words);
    })
}
