//! The sections of a report's page.

use crate::findings::{PluginReport, Report, SessionFacts};
use crate::html::chart;
use crate::html::parts::{Cell, Kind, count, section, table, text, time, time_to_second};
use crate::html::scale::Scale;
use crate::html::writer::Html;
use crate::info::Info;
use crate::outline::{DOMAINS, SEVERAL_RUNS, largest_sessions, length, remarks, unread_in_words};
use crate::words::{counted, number};
use crate::{Count, Rest, Table};

/// How many events of an indicator are named.
const EVENTS: usize = 10;

/// The maximum number of sessions in the table.
const SESSIONS: usize = 20;

pub(super) fn timeline(html: &mut Html, report: &Report, scale: Option<&Scale<'_>>) {
    let (Some(timeline), Some(scale)) = (&report.timeline, scale) else { return };
    section(html, "timeline", "Timeline", |html| {
        chart::histogram(html, scale, &timeline.events, "Events over time");
        let mut words = format!("Each bar is {}.", timeline.bin);
        if let Some(gaps) = scale.gaps_in_words() {
            words += &format!(" {gaps}");
        }
        let outside = [(timeline.events.before, "Before"), (timeline.events.after, "After")];
        for (events, side) in outside.into_iter().filter(|(events, _)| *events > 0) {
            words += &format!(" {side} the chart: {}.", counted(events, "event"));
        }
        let without_time = report.info.events.without_time;
        if without_time > 0 {
            words += &format!(" Not in the chart: {} without a usable time.", counted(without_time, "event"));
        }
        html.text_element("p", &[("class", &"caption")], &words);
        if !report.severities.is_empty() {
            html.element("div", &[("class", &"lanes")], |html| {
                html.text_element("h3", &[], "By severity");
                report.severities.iter().for_each(|facts| chart::lane(html, scale, facts));
                let words = "An event counts for the most serious of its labels. Events outside the chart or without a usable time are \
                             not drawn. Each chart has its own scale of heights.";
                html.text_element("p", &[("class", &"caption")], words);
            });
        }
        html.element("details", &[], |html| {
            html.text_element("summary", &[], "Numbers");
            let bars = timeline.starts.iter().zip(&timeline.events.counts).filter(|(_, count)| **count > 0);
            let bars = Table { rows: bars.collect(), more: Rest::default() };
            let columns = [(Kind::Moment, "from"), (Kind::Number, "events")];
            table(html, "Events over time", &columns, &bars, (usize::MAX, "bar"), |(start, events)| {
                vec![time(Some(**start)), count(**events)]
            });
        });
    });
}

pub(super) fn sessions(html: &mut Html, report: &Report, scale: Option<&Scale<'_>>, rows: usize) {
    if report.sessions.is_empty() {
        return;
    }
    if report.info.tags.sessions_of_several_runs {
        return section(html, "sessions", "Labels of sessions of several runs", |html| {
            html.text_element("p", &[("class", &"caption")], SEVERAL_RUNS);
            let largest = largest_sessions(&report.sessions, rows.min(SESSIONS));
            let columns = [(Kind::Name, "label"), (Kind::Number, "events")];
            table(
                html,
                "Labels with the most events",
                &columns,
                &largest,
                (usize::MAX, "label"),
                |session| vec![text(session.label.as_str()), count(session.events)],
            );
        });
    }
    section(html, "sessions", "Sessions of activity", |html| {
        if let Some(scale) = scale {
            chart::sessions(html, scale, &report.sessions);
        }
        let largest = largest_sessions(&report.sessions, rows.min(SESSIONS));
        let columns = [
            (Kind::Name, "session"),
            (Kind::Number, "events"),
            (Kind::Moment, "start"),
            (Kind::Number, "length"),
            (Kind::Drawing, "when"),
        ];
        let caption = if largest.more.rows > 0 { "Sessions with the most events" } else { "Sessions" };
        let without_time: u64 = report.sessions.rows.iter().map(|session| session.without_time).sum();
        if without_time > 0 {
            let words = format!(
                "Events of sessions without a usable time: {}. They count for the numbers of events below, but neither for a \
                 start nor for a length.",
                number(without_time)
            );
            html.text_element("p", &[("class", &"caption")], &words);
        }
        table(html, caption, &columns, &largest, (usize::MAX, "session"), |session| {
            vec![
                text(session.label.as_str()),
                session_events(session),
                time(session.first),
                text(length(session)),
                Box::new(move |html: &mut Html| {
                    if let Some(scale) = scale {
                        chart::session(html, scale, session);
                    }
                }),
            ]
        });
    });
}

/// Returns the number of events of a session, and how many of them have no usable time.
fn session_events(session: &SessionFacts) -> Cell<'_> {
    match session.without_time {
        0 => count(session.events),
        without => text(format!("{}, {} without a time", number(session.events), number(without))),
    }
}

pub(super) fn sigma_rules(html: &mut Html, report: &Report, rows: usize) {
    if report.sigma_rules.is_empty() {
        return;
    }
    section(html, "sigma", "Sigma rules", |html| {
        let columns = [
            (Kind::Text, "level"),
            (Kind::Text, "tactics"),
            (Kind::Number, "records"),
            (Kind::Moment, "first"),
            (Kind::Moment, "last"),
            (Kind::Name, "rule"),
            (Kind::Text, "author"),
            (Kind::Text, "label"),
        ];
        table(html, "Sigma rules that matched", &columns, &report.sigma_rules, (rows, "rule"), |rule| {
            // A label that the report does not have says nothing about the times of its events.
            let of_label = |time| if rule.events.is_some() { time_to_second(time) } else { text("") };
            vec![
                text(rule.level.as_str()),
                text(rule.tactics.join(", ")),
                count(rule.records),
                of_label(rule.first),
                of_label(rule.last),
                text(rule.title.as_str()),
                text(rule.author.as_str()),
                text(rule.label.as_str()),
            ]
        });
        if let Some(words) = unread_in_words(report) {
            html.text_element("p", &[("class", &"caption")], &words);
        }
        if report.sigma_firings.is_empty() {
            return;
        }
        let columns = [
            (Kind::Name, "correlation"),
            (Kind::Text, "group"),
            (Kind::Moment, "first"),
            (Kind::Moment, "last"),
            (Kind::Number, "records"),
        ];
        let name = "Firings of correlations";
        table(html, name, &columns, &report.sigma_firings, (rows, "firing"), |firing| {
            vec![
                text(firing.title.as_str()),
                text(firing.group.as_str()),
                time(firing.first),
                time(firing.last),
                count(firing.records),
            ]
        });
    });
}

pub(super) fn indicators(html: &mut Html, report: &Report, rows: usize) {
    if report.indicators.is_empty() {
        return;
    }
    section(html, "indicators", "Indicators of compromise", |html| {
        let columns = [
            (Kind::Text, "list"),
            (Kind::Number, "events"),
            (Kind::Text, "kind"),
            (Kind::Name, "indicator"),
            (Kind::Text, "remarks"),
            (Kind::Text, "first"),
            (Kind::Text, "last"),
            (Kind::Text, "hosts"),
            (Kind::Text, "label"),
            (Kind::Text, "first events"),
        ];
        let caption = "Indicators that were found, by list";
        table(html, caption, &columns, &report.indicators, (rows, "indicator"), |found| {
            let first_events = found.first_events.split(", ").take(EVENTS).collect::<Vec<_>>().join(", ");
            vec![
                text(found.list.as_str()),
                count(found.events),
                text(found.kind.as_str()),
                text(found.indicator.as_str()),
                text(remarks(found)),
                text(found.first.as_str()),
                text(found.last.as_str()),
                text(found.hosts.as_str()),
                text(found.label.as_str()),
                text(first_events),
            ]
        });
        if !report.indicators_by_host.is_empty() {
            let columns = [(Kind::Name, "host"), (Kind::Number, "indicators"), (Kind::Text, "labels")];
            let hosts = &report.indicators_by_host;
            table(html, "Indicators by host", &columns, hosts, (rows, "host"), |host| {
                vec![text(host.host.as_str()), count(host.indicators), text(host.labels.join(", "))]
            });
        }
    });
}

pub(super) fn searches(html: &mut Html, report: &Report, rows: usize) {
    if report.searches.is_empty() {
        return;
    }
    section(html, "searches", "Searches", |html| {
        let columns = [(Kind::Name, "search term"), (Kind::Text, "engine"), (Kind::Number, "queries")];
        table(html, "Search terms", &columns, &report.searches, (rows, "search term"), |search| {
            vec![text(search.term.as_str()), text(search.engine.as_str()), count(search.queries)]
        });
    });
}

pub(super) fn extensions(html: &mut Html, report: &Report, rows: usize) {
    if report.extensions.is_empty() {
        return;
    }
    section(html, "extensions", "Browser extensions", |html| {
        let columns = [(Kind::Name, "extension"), (Kind::Text, "user"), (Kind::Text, "identifier")];
        table(html, "Extensions by user", &columns, &report.extensions, (rows, "extension"), |row| {
            vec![text(row.extension.as_str()), text(row.user.as_str()), text(row.identifier.as_str())]
        });
    });
}

/// Returns the newest report on domains that has counts.
pub(super) fn domain_counts(report: &Report) -> Option<&PluginReport> {
    report.plugins.rows.iter().find(|plugin| plugin.plugin == DOMAINS && !plugin.counts.is_empty())
}

pub(super) fn domains(html: &mut Html, report: &Report, rows: usize) {
    let Some(domains) = domain_counts(report) else { return };
    section(html, "domains", "Domains visited", |html| {
        count_table(html, "Events by domain", "domain", &domains.counts, rows);
    });
}

pub(super) fn kinds(html: &mut Html, info: &Info, rows: usize) {
    if info.data_types.is_empty() {
        return;
    }
    section(html, "events", "Events", |html| {
        html.element("div", &[("class", &"pair")], |html| {
            html.element("div", &[], |html| {
                count_table(html, "Events by data type", "data type", &info.data_types, rows);
            });
            html.element("div", &[], |html| {
                count_table(html, "Events by parser", "parser", &info.parsers, rows);
            });
        });
    });
}

pub(super) fn count_table(
    html: &mut Html,
    caption: &str,
    heading: &'static str,
    counts: &Table<Count>,
    rows: usize,
) {
    let columns = [(Kind::Name, heading), (Kind::Number, "events")];
    table(html, caption, &columns, counts, (rows, heading), |row| {
        vec![text(row.name.as_str()), count(row.number)]
    });
}
