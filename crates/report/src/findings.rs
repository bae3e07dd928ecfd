//! What analyses have found in a storage file.

use events::ResultColumn::{Integer, Text};
use events::{ResultValue as Value, Timestamp};
use rustc_hash::FxHashMap;
use serde::Serialize;
use storage::{ReportHead, StorageError, Store, StoredTag};

use crate::collect::{Names, Steps, times};
use crate::info::{Info, TagFacts, short};
use crate::labels::{SESSION, numbered};
use crate::table::Largest;
use crate::timeline::{Axis, Bins, Coarse};
use crate::warnings::{WarningGroup, warning_groups};
use crate::{Count, FORMAT_VERSION, Progress, Rest, Table, Time};

/// How many reports are read.
const MAXIMUM_REPORTS: usize = 100;
/// How many labels are told apart, but for those of sessions.
const MAXIMUM_LABELS: usize = 20_000;
/// For how many of them it is counted how they lie in time.
const MAXIMUM_BINNED_LABELS: usize = 4_096;
/// How many sessions are told apart.
const MAXIMUM_SESSIONS: usize = 1 << 20;
/// Of these, how many are named: those with the most events.
const MAXIMUM_NAMED_SESSIONS: usize = 20_000;

/// What analyses have found, with the overview of the store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The version of this form, [`FORMAT_VERSION`].
    pub format_version: u32,
    /// What is in the store.
    pub info: Info,
    /// How the events lie in time; nothing if there are none.
    pub timeline: Option<Timeline>,
    /// The labels, but for those of sessions; those of the most events first.
    pub labels: Table<LabelFacts>,
    /// The sessions that the sessionize plugin has found, in their order; all of them, or those
    /// with the most events.
    pub sessions: Table<SessionFacts>,
    /// What was searched for, most often first.
    pub searches: Table<Search>,
    /// Browser extensions by user.
    pub extensions: Table<Extension>,
    /// The reports of the plugins: of each the newest, or all; newest first.
    pub plugins: Table<PluginReport>,
    /// The analysis warnings, alike ones together; most frequent first.
    pub warnings: Table<WarningGroup>,
}

/// How events lie in time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Timeline {
    /// What a bin is long.
    pub bin: &'static str,
    /// Where each bin begins.
    pub starts: Vec<Time>,
    /// Where the last bin ends.
    pub end: Time,
    /// The events in each bin, and before and after all.
    pub events: Bins,
}

/// A label and its events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LabelFacts {
    /// The label.
    pub label: String,
    /// How many events have it.
    pub events: u64,
    /// The time of the earliest; nothing if there is no such event.
    pub first: Option<Time>,
    /// The time of the latest.
    pub last: Option<Time>,
    /// Its events in each bin of the timeline; nothing where there are more labels than this is
    /// counted for.
    pub histogram: Option<Bins>,
}

/// A session that the sessionize plugin has found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SessionFacts {
    /// Its label.
    pub label: String,
    /// How many events it has.
    pub events: u64,
    /// The time of the earliest; nothing if there is no such event.
    pub first: Option<Time>,
    /// The time of the latest.
    pub last: Option<Time>,
}

/// Something that was searched for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Search {
    /// The search engine.
    pub engine: String,
    /// What was searched for.
    pub term: String,
    /// How many events say so.
    pub queries: u64,
}

/// A browser extension of a user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Extension {
    /// The user.
    pub user: String,
    /// Its name, or its identifier where the name is not known.
    pub extension: String,
    /// Its identifier.
    pub identifier: String,
}

/// The report of a plugin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PluginReport {
    /// The plugin.
    pub plugin: String,
    /// When it was made.
    pub time: Time,
    /// The run's filter expression.
    pub event_filter: Option<String>,
    /// What the plugin wrote, where a Plaso of old left a text.
    pub text: Option<String>,
    /// What it counted, largest first.
    pub counts: Table<Count>,
}

impl Report {
    /// Reads what analyses have found: of each plugin the newest report, or `all`. For `data_types`
    /// and `progress` see [`Info::read`].
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    pub fn read(
        store: &Store,
        all: bool,
        data_types: bool,
        progress: Progress<'_>,
    ) -> Result<Self, StorageError> {
        let progress = &mut { progress };
        let version = store.data_version()?;
        let mut coarse = Coarse::default();
        let times_found = times(store, progress, |time| coarse.add(time))?;
        let axis = Axis::of(&coarse);
        let timeline = axis.as_ref().map(|axis| timeline(store, progress, axis)).transpose()?;
        let mut tags = Tags::new(axis);
        let mut steps = Steps::new(progress, "event tags");
        store.visit_tags(
            |_| true,
            |tag| {
                steps.row();
                tags.add(&tag);
            },
        )?;
        let (labels, sessions, facts) = tags.finish();
        let mut info = Info::assemble(store, data_types, progress, times_found, facts)?;
        let (searches, extensions) = results(store)?;
        let (plugins, passed_over) = plugin_reports(store, all)?;
        if passed_over > 0 {
            info.notes.push(format!("{passed_over} counts in reports are no numbers, and were passed over"));
        }
        let warnings = warning_groups(store)?;
        info.note_change(store, version)?;
        let format_version = FORMAT_VERSION;
        Ok(Self { format_version, info, timeline, labels, sessions, searches, extensions, plugins, warnings })
    }
}

fn timeline(store: &Store, progress: &mut Progress<'_>, axis: &Axis) -> Result<Timeline, StorageError> {
    let mut events = Bins::new(axis);
    times(store, progress, |time| events.add(axis, time))?;
    Ok(Timeline::new(axis, events))
}

impl Timeline {
    pub(crate) fn new(axis: &Axis, events: Bins) -> Self {
        Self { bin: axis.unit, starts: axis.starts().collect(), end: axis.end(), events }
    }
}

/// The labels as they are counted.
struct Tags {
    axis: Option<Axis>,
    labels: FxHashMap<Box<str>, (Found, Option<Bins>)>,
    sessions: FxHashMap<u64, Found>,
    more_labels: Rest,
    more_sessions: Rest,
    events: u64,
    unreadable: u64,
}

/// Some events, and when they were. There can be a million of these.
#[derive(Debug, Clone, Copy)]
struct Found {
    events: u64,
    first: Time,
    last: Time,
}

impl Default for Found {
    fn default() -> Self {
        // The other way round: no event with a time yet.
        Self { events: 0, first: Time(Timestamp(i64::MAX)), last: Time(Timestamp(i64::MIN)) }
    }
}

impl Found {
    fn add(&mut self, time: Option<Time>) {
        self.events += 1;
        if let Some(time) = time {
            self.first = self.first.min(time);
            self.last = self.last.max(time);
        }
    }

    fn first(&self) -> Option<Time> {
        (self.first <= self.last).then_some(self.first)
    }

    fn last(&self) -> Option<Time> {
        (self.first <= self.last).then_some(self.last)
    }
}

impl Tags {
    fn new(axis: Option<Axis>) -> Self {
        Self {
            axis,
            labels: FxHashMap::default(),
            sessions: FxHashMap::default(),
            more_labels: Rest::default(),
            more_sessions: Rest::default(),
            events: 0,
            unreadable: 0,
        }
    }

    fn add(&mut self, tag: &StoredTag) {
        let (Some(_), Some(labels)) = (tag.event, &tag.labels) else {
            self.unreadable += 1;
            return;
        };
        self.events += 1;
        let time = tag.timestamp.map(Time);
        for label in labels {
            match numbered(label) {
                Some((SESSION, number)) => self.add_session(number, time),
                _ => self.add_label(label, time),
            }
        }
    }

    fn add_label(&mut self, label: &str, time: Option<Time>) {
        let label = short(label);
        let known = self.labels.len();
        if known >= MAXIMUM_LABELS && !self.labels.contains_key(label.as_str()) {
            self.more_labels.rows += 1;
            self.more_labels.number += 1;
            return;
        }
        let axis = self.axis.as_ref();
        let (found, bins) = self.labels.entry(label.into()).or_insert_with(|| {
            (Found::default(), axis.filter(|_| known < MAXIMUM_BINNED_LABELS).map(Bins::new))
        });
        found.add(time);
        if let (Some(bins), Some(axis), Some(time)) = (bins, axis, time) {
            bins.add(axis, time);
        }
    }

    fn add_session(&mut self, number: u64, time: Option<Time>) {
        if self.sessions.len() < MAXIMUM_SESSIONS || self.sessions.contains_key(&number) {
            self.sessions.entry(number).or_default().add(time);
        } else {
            self.more_sessions.rows += 1;
            self.more_sessions.number += 1;
        }
    }

    fn finish(self) -> (Table<LabelFacts>, Table<SessionFacts>, TagFacts) {
        let mut counts = Names::default();
        self.labels.iter().for_each(|(label, (found, _))| counts.add(label, found.events));
        let mut labels: Vec<LabelFacts> = self
            .labels
            .into_iter()
            .map(|(label, (found, bins))| LabelFacts {
                label: label.into(),
                events: found.events,
                first: found.first(),
                last: found.last(),
                histogram: bins,
            })
            .collect();
        labels.sort_by(|a, b| b.events.cmp(&a.events).then_with(|| a.label.cmp(&b.label)));
        let in_sessions =
            self.sessions.values().map(|found| found.events).sum::<u64>() + self.more_sessions.number;
        let all_sessions =
            Rest { rows: self.sessions.len() as u64 + self.more_sessions.rows, number: in_sessions };
        let mut counts = counts.finish();
        counts.more.rows += self.more_labels.rows;
        counts.more.number += self.more_labels.number;
        let facts = TagFacts {
            events: self.events,
            labels: counts,
            sessions: all_sessions,
            unreadable: self.unreadable,
        };
        let sessions = named_sessions(self.sessions, self.more_sessions);
        (Table { rows: labels, more: self.more_labels }, sessions, facts)
    }
}

fn named_sessions(found: FxHashMap<u64, Found>, mut more: Rest) -> Table<SessionFacts> {
    let mut sessions: Vec<(u64, Found)> = found.into_iter().collect();
    sessions.sort_by_key(|(number, found)| (std::cmp::Reverse(found.events), *number));
    for (_, found) in sessions.drain(sessions.len().min(MAXIMUM_NAMED_SESSIONS)..) {
        more.rows += 1;
        more.number += found.events;
    }
    sessions.sort_by_key(|(number, _)| *number);
    let facts = |(number, found): (u64, Found)| SessionFacts {
        label: format!("{SESSION}{number}"),
        events: found.events,
        first: found.first(),
        last: found.last(),
    };
    Table { rows: sessions.into_iter().map(facts).collect(), more }
}

fn results(store: &Store) -> Result<(Table<Search>, Table<Extension>), StorageError> {
    let (mut searches, mut extensions) = (Largest::default(), Largest::default());
    let columns = [Text("search_engine"), Text("search_term"), Integer("number_of_queries")];
    store.visit_results("browser_search_analysis_result", &columns, |row| {
        if let [Value::Text(engine), Value::Text(term), Value::Integer(queries)] = row.0.as_slice() {
            searches.add([engine, term], *queries);
        }
    })?;
    let columns = ["username", "extension", "extension_identifier"].map(Text);
    store.visit_results("chrome_extension_analysis_result", &columns, |row| {
        if let [Value::Text(user), Value::Text(extension), Value::Text(identifier)] = row.0.as_slice() {
            extensions.add([user, extension, identifier], 0);
        }
    })?;
    Ok((
        searches.finish(|[engine, term], queries| Search { engine, term, queries }),
        extensions.finish(|[user, extension, identifier], _| Extension { user, extension, identifier }),
    ))
}

/// The reports, and how many counts in them are none.
fn plugin_reports(store: &Store, all: bool) -> Result<(Table<PluginReport>, u64), StorageError> {
    let (heads, _) = store.report_heads()?;
    let mut seen: Vec<&str> = Vec::new();
    let mut wanted: Vec<&ReportHead> = Vec::new();
    let mut more = 0;
    for head in &heads {
        let is_newest = !seen.contains(&head.plugin_name.as_str());
        if !(all || is_newest) {
            continue;
        }
        if wanted.len() == MAXIMUM_REPORTS {
            more += 1;
            continue;
        }
        seen.push(&head.plugin_name);
        wanted.push(head);
    }
    let mut table = Table { rows: Vec::new(), more: Rest { rows: more, number: 0 } };
    let mut passed_over = 0;
    for head in wanted {
        let mut counts = Largest::default();
        passed_over += store.visit_report_counts(head.row, |name, number| counts.add([name], number))?;
        table.rows.push(PluginReport {
            plugin: short(&head.plugin_name),
            time: Time(head.time_compiled),
            event_filter: head.event_filter.as_deref().map(short),
            text: head.text.as_deref().map(short),
            counts: counts.finish(|[name], number| Count { name, number }),
        });
    }
    Ok((table, passed_over))
}
