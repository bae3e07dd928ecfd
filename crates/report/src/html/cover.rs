//! The top of a report's page: what it is about, who made it when, and a summary.

use messages::Role;

use crate::document::more_words;
use crate::evidence::{Evidence, GuessedLogon};
use crate::findings::{LabelFacts, Report};
use crate::html::file_name;
use crate::html::findings::label_anchor;
use crate::html::parts::{MAXIMUM_NAME, anchor, fact, moment, moment_in_zone, moment_to, severity};
use crate::html::writer::Html;
use crate::info::{Info, StoreFacts};
use crate::labelled_event::NO_ZONE;
use crate::meaning::Severity;
use crate::outline::without_time;
use crate::time_zone::chosen;
use crate::words::{bytes, counted, cut, number};
use crate::{Count, Rest, Table, Time};

/// The maximum number of labels that the summary describes.
const FIRST_LABELS: usize = 8;
/// The maximum number of further labels that the summary names.
const NAMED_LABELS: usize = 40;
/// The maximum number of hosts, users and so on that the summary names.
const NAMES: usize = 3;

/// What the page says of the case and of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cover {
    /// The title of the page. Otherwise it is the name of the store.
    pub title: Option<String>,
    /// The case.
    pub case: Option<String>,
    /// Who made the report.
    pub analyst: Option<String>,
    /// When it was made.
    pub made: Time,
    /// The SHA-256 of the store, in hexadecimal digits, if it was computed.
    pub sha256: Option<String>,
}

impl Cover {
    /// Returns the title of the page.
    pub(super) fn title<'a>(&'a self, store: &'a StoreFacts) -> &'a str {
        self.title.as_deref().unwrap_or_else(|| file_name(&store.path))
    }
}

pub(super) fn header(html: &mut Html, cover: &Cover, info: &Info) {
    let Info { store, sources, event_sources, .. } = info;
    html.element("header", &[], |html| {
        html.text_element("p", &[("class", &"eyebrow")], "Timeline report");
        html.text_element("h1", &[], cover.title(store));
        html.element("dl", &[("class", &"facts")], |html| {
            cover.case.iter().for_each(|case| fact(html, "Case", case));
            cover.analyst.iter().for_each(|analyst| fact(html, "Analyst", analyst));
            html.element("div", &[], |html| {
                html.text_element("dt", &[], "Report made");
                html.element("dd", &[], |html| {
                    html.text_element(
                        "time",
                        &[("class", &"made"), ("datetime", &cover.made)],
                        &moment_in_zone(cover.made),
                    );
                });
            });
            fact(html, "Times shown in", &chosen().unwrap_or_else(|| "UTC".into()));
            fact(html, "Storage file", &store.path);
            fact(html, "Size", &format!("{} ({} bytes)", bytes(store.size), number(store.size)));
            cover.sha256.iter().for_each(|digest| fact(html, "SHA-256", digest));
            fact(
                html,
                "Format",
                &format!("{} ({}), {}", store.storage_format, store.written_by, store.compression),
            );
            let named: Vec<_> = sources
                .rows
                .iter()
                .take(5)
                .map(|s| format!("{} ({})", cut(&s.path, MAXIMUM_NAME), cut(&s.source_type, MAXIMUM_NAME)))
                .collect();
            let unnamed = sources.total_rows() - named.len() as u64;
            let more = if unnamed > 0 { format!(" and {} more", number(unnamed)) } else { String::new() };
            if !named.is_empty() {
                fact(html, "Sources", &(named.join(", ") + &more));
            }
            if *event_sources > 0 {
                fact(html, "Files examined", &number(*event_sources));
            }
        });
    });
}

/// Writes what was found in a few sentences, and the labels to look at first.
pub(super) fn summary(html: &mut Html, report: &Report, evidence: &Evidence) {
    html.newline();
    html.element("section", &[("id", &"summary")], |html| {
        html.text_element("h2", &[], "Summary");
        html.text_element("p", &[("class", &"summary")], &sentences(report, evidence));
        let labels = report.labels.rows.iter().enumerate().take(evidence.labels.len());
        let mut first: Vec<_> = labels.filter(|(_, facts)| is_serious(facts)).collect();
        let rest = first.split_off(first.len().min(FIRST_LABELS));
        let all = report.labels.rows.iter().filter(|facts| is_serious(facts)).count();
        let more = Rest { rows: (all - first.len()) as u64, number: 0 };
        if first.is_empty() && evidence.guessed.is_empty() {
            return;
        }
        html.text_element("h3", &[], "Look at these first");
        html.element("ol", &[("class", &"first")], |html| {
            for logon in &evidence.guessed {
                html.element("li", &[], |html| guessed_line(html, logon, evidence));
                html.newline();
            }
            for (position, facts) in first {
                html.element("li", &[], |html| label_line(html, position, facts, evidence));
                html.newline();
            }
        });
        serious_too(html, more, &rest);
    });
}

/// Names the serious labels behind the first ones.
fn serious_too(html: &mut Html, more: Rest, labels: &[(usize, &LabelFacts)]) {
    let Some(words) = more_words(more, "serious label") else { return };
    html.element("p", &[("class", &"more")], |html| {
        html.text(&format!("… {words}"));
        for (index, (position, facts)) in labels.iter().take(NAMED_LABELS).enumerate() {
            html.text(if index == 0 { ": " } else { ", " });
            let target = format!("#{}", label_anchor(*position));
            html.text_element("a", &[("href", &target)], &cut(&facts.label, MAXIMUM_NAME));
        }
        let are_all_named = more.rows <= labels.len().min(NAMED_LABELS) as u64;
        html.text(if are_all_named || labels.is_empty() { "" } else { ", …" });
    });
}

fn is_serious(facts: &LabelFacts) -> bool {
    facts.meaning.severity >= Some(Severity::Medium)
}

fn sentences(report: &Report, evidence: &Evidence) -> String {
    let Info { events, tags, .. } = &report.info;
    let mut words = counted(events.number, "event");
    if let Some((first, last)) = events.first.zip(events.last) {
        let last = moment_in_zone(last);
        // A year of more than four digits is written with a sign.
        let remark = if last.starts_with('+') { " (an impossible time, which a file contains)" } else { "" };
        words += &format!(" from {} to {last}{remark}", moment_in_zone(first));
    }
    if let Some(timeline) = &report.timeline {
        let outside = [(timeline.events.before, "earlier"), (timeline.events.after, "later")];
        let outside = outside.into_iter().filter(|(events, _)| *events > 0);
        let outside: Vec<_> = outside.map(|(events, side)| format!("{} {side}", number(events))).collect();
        if let (false, Some(start)) = (outside.is_empty(), timeline.starts.first()) {
            let (start, end) = (moment_to(*start, true), moment_to(timeline.end, true));
            words += &format!(" (most from {start} to {end}, {})", outside.join(" and "));
        }
    }
    if events.without_time > 0 {
        words += &format!("; {}", without_time(events.without_time));
    }
    words += &format!(". {}", tags.labels_in_words());
    if let Some(sessions) = tags.sessions_in_words() {
        words += &format!("; {sessions}");
    }
    words += ".";
    let serious: Vec<_> = report
        .severities
        .iter()
        .filter(|facts| facts.severity >= Some(Severity::High))
        .map(|facts| {
            let severity = facts.severity.map_or("", Severity::as_str);
            format!("{} of severity {severity}", counted(facts.events, "event"))
        })
        .collect();
    if !serious.is_empty() {
        words += &format!(" Most serious: {}.", serious.join(", "));
    }
    let parties = [(&evidence.hosts, "host"), (&evidence.users, "user"), (&evidence.addresses, "address")];
    let parties: Vec<_> = parties
        .iter()
        .filter(|(table, _)| !table.is_empty())
        .map(|(table, thing)| counted(table.total_rows(), thing))
        .collect();
    if !parties.is_empty() {
        words += &format!(" The events with labels name {}.", listed(&parties));
    }
    let warnings = report.info.warnings.iter().take(NAMES);
    let warnings: Vec<_> =
        warnings.map(|warning| counted(warning.number, &format!("{} warning", warning.kind))).collect();
    if !warnings.is_empty() {
        words += &format!(" The storage file has {}.", listed(&warnings));
    }
    words
}

/// Joins words with commas and `and`.
fn listed(words: &[String]) -> String {
    match words {
        [first @ .., last] if !first.is_empty() => format!("{} and {last}", first.join(", ")),
        words => words.join(""),
    }
}

/// Writes a logon after many failed ones, which may be a password that somebody found.
fn guessed_line(html: &mut Html, logon: &GuessedLogon, evidence: &Evidence) {
    severity(html, Some(Severity::High));
    let GuessedLogon { event, time, address, user, host, failures, label: _ } = logon;
    let user = user.as_ref().map_or("an account that is not recorded".into(), |user| cut(user, MAXIMUM_NAME));
    let host =
        host.as_ref().map_or("host not recorded".into(), |host| format!("on {}", cut(host, MAXIMUM_NAME)));
    let shown = evidence.events.iter().find(|shown| shown.event.has(*event));
    let missing = shown.map(|shown| shown.event.not_recorded()).unwrap_or_default();
    // A zone that is not recorded is not said to be one.
    let time = if missing.contains(&NO_ZONE) { moment(*time) } else { moment_in_zone(*time) };
    let not_recorded = if missing.is_empty() { String::new() } else { format!(" ({})", missing.join(", ")) };
    let words = format!(
        ": somebody logged on as {user} from {} at {time}{not_recorded}, {host}, after {} from this address in the 24 hours before. \
         This line is about an event and no label; the numbers by severity count the event with its labels.",
        cut(address, MAXIMUM_NAME),
        counted(*failures, "failed logon")
    );
    html.element("p", &[], |html| {
        html.text_element("a", &[("href", &format!("#{}", anchor(*event)))], "Logon after many failed ones");
        html.text(&words);
    });
}

fn label_line(html: &mut Html, position: usize, facts: &LabelFacts, evidence: &Evidence) {
    severity(html, facts.meaning.severity);
    let mut words = String::new();
    if !facts.meaning.summary().is_empty() {
        words += &format!(": {}", facts.meaning.summary());
    }
    words += &format!(". {}", facts.events_in_words());
    if let Some((first, last)) = facts.first.zip(facts.last) {
        let days = |time| moment_to(time, true);
        words += &match days(first) == days(last) {
            true => format!(" on {}", days(first)),
            false => format!(" from {} to {}", days(first), days(last)),
        };
    }
    let evidence = &evidence.labels[position];
    let role = match evidence.role {
        None => "accounts",
        Some(Role::User) => "user",
        Some(role) => role.as_str(),
    };
    let tables = [
        (&evidence.hosts, "on", Some("host")),
        (&evidence.users, role, Some("user")),
        (&evidence.addresses, "with address", None),
    ];
    for (table, before, thing) in tables {
        words += &named_in_line(table, before, thing, facts.events);
    }
    let link = format!("#{}", label_anchor(position));
    html.element("p", &[], |html| {
        html.text_element("a", &[("href", &link)], &cut(&facts.label, MAXIMUM_NAME));
        html.text(&(words + "."));
    });
}

/// Returns the first names of a label's events. If some events have none, it is said how many, and
/// the names have their numbers. `thing` is what each event should have.
fn named_in_line(table: &Table<Count>, before: &str, thing: Option<&str>, events: u64) -> String {
    let counted: u64 = table.rows.iter().map(|count| count.number).sum::<u64>() + table.more.number;
    let without =
        thing.map(|thing| (thing, events.saturating_sub(counted))).filter(|(_, without)| *without > 0);
    let name = |count: &Count| {
        let name = cut(&count.name, MAXIMUM_NAME);
        if without.is_some() { format!("{name} ({})", number(count.number)) } else { name }
    };
    let names: Vec<_> = table.rows.iter().take(NAMES).map(name).collect();
    if names.is_empty() {
        return thing.map(|thing| format!(", {thing} not recorded")).unwrap_or_default();
    }
    let more = table.rows.len() - names.len();
    let more = if more > 0 { format!(" and {} more", number(more as u64)) } else { String::new() };
    let without = without.map(|(thing, without)| format!(", {} without a {thing}", number(without)));
    format!(", {before} {}{more}{}", names.join(", "), without.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_without_a_host_are_said() {
        let table = |number| {
            let rows =
                ["A", "B", "C", "D"].iter().map(|name| Count { name: (*name).into(), number }).collect();
            Table { rows, more: Rest::default() }
        };
        for (found, thing, events, expected) in [
            (table(2), Some("host"), 8, ", on A, B, C and 1 more"),
            (table(1), Some("host"), 17, ", on A (1), B (1), C (1) and 1 more, 13 without a host"),
            (table(1), None, 17, ", on A, B, C and 1 more"),
            (Table::default(), Some("host"), 3, ", host not recorded"),
            (Table::default(), None, 3, ""),
        ] {
            assert_eq!(named_in_line(&found, "on", thing, events), expected);
        }
    }
}
