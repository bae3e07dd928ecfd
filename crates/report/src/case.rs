//! Several storage files as one case: what was found in which of them, and when.
//!
//! The memory is bounded: of each storage file, only a few numbers, labels and events are kept. The
//! times of its events are those of the bins of its own timeline.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::evidence::{Evidence, ShownEvent};
use crate::findings::{LabelFacts, Report, SeverityFacts, Timeline};
use crate::meaning::Severity;
use crate::timeline::{Axis, Bins, Coarse};
use crate::words::cut;
use crate::{Table, Time};

/// The maximum number of labels, and of hosts.
const MAXIMUM_NAMES: usize = 20_000;
/// The maximum number of labels that are named with a storage file.
const NAMED: usize = 5;
/// The maximum number of events, and of characters of their messages.
const MAXIMUM_EVENTS: usize = 2_000;
const MESSAGE: usize = 200;

/// What was found in several storage files.
#[derive(Debug, Default)]
pub struct Case {
    /// The storage files, in the order in which they were added.
    pub(crate) files: Vec<CaseFile>,
    /// The storage files that could not be read, each with the reason.
    pub(crate) unread: Vec<String>,
    labels: BTreeMap<String, CaseLabel>,
    hosts: BTreeMap<String, CaseHost>,
    /// How many labels and hosts were left out.
    left_out: [u64; 2],
    /// The most serious events, and how many more there are.
    pub(crate) events: Table<CaseEvent>,
    /// The number of events over time: of all, and of each severity.
    all: Vec<(Time, u64)>,
    severities: BTreeMap<Reverse<Option<Severity>>, OfSeverity>,
}

/// A storage file of a case.
#[derive(Debug)]
pub(crate) struct CaseFile {
    /// The path of the file.
    pub(crate) path: String,
    /// The name of its page.
    pub(crate) page: String,
    /// The number of its events.
    pub(crate) events: u64,
    /// The severities of its labels, and the number of events of each.
    pub(crate) severities: Vec<(Option<Severity>, u64)>,
    /// Its most serious labels.
    pub(crate) labels: Vec<String>,
    /// The events of severity medium and higher over time.
    serious: Vec<(Time, u64)>,
}

/// A label of a case.
#[derive(Debug, Clone)]
pub(crate) struct CaseLabel {
    pub(crate) name: String,
    pub(crate) severity: Option<Severity>,
    /// What its events are, in one sentence.
    pub(crate) summary: String,
    pub(crate) found: Found,
}

/// A host that events with labels name.
#[derive(Debug, Clone)]
pub(crate) struct CaseHost {
    pub(crate) name: String,
    /// The most serious label of its events, and its severity.
    pub(crate) label: Option<(Option<Severity>, String)>,
    pub(crate) found: Found,
}

/// Where and when something was found.
#[derive(Debug, Clone, Default)]
pub(crate) struct Found {
    /// The number of events.
    pub(crate) events: u64,
    /// The positions of the storage files.
    pub(crate) files: Vec<usize>,
    pub(crate) first: Option<Time>,
    pub(crate) last: Option<Time>,
}

/// A serious event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CaseEvent {
    pub(crate) severity: Option<Severity>,
    /// How many events of this severity its storage file has before it.
    rank: usize,
    pub(crate) time: Time,
    /// The position of its storage file.
    pub(crate) file: usize,
    /// Its number in the storage file.
    pub(crate) event: i64,
    pub(crate) label: String,
    pub(crate) host: Option<String>,
    pub(crate) user: Option<String>,
    pub(crate) message: String,
}

#[derive(Debug, Default)]
struct OfSeverity {
    events: u64,
    times: Vec<(Time, u64)>,
    first: Option<Time>,
    last: Option<Time>,
}

impl Case {
    /// Adds a storage file. `page` is the link to its page.
    pub fn add(&mut self, report: &Report, evidence: &Evidence, page: String) {
        let position = self.files.len();
        let Report { info, timeline, labels, severities, .. } = report;
        let mut file = CaseFile {
            path: info.store.path.clone(),
            page,
            events: info.events.number,
            severities: severities.iter().map(|facts| (facts.severity, facts.events)).collect(),
            labels: labels.rows.iter().take(NAMED).map(|facts| facts.label.clone()).collect(),
            serious: Vec::new(),
        };
        if let Some(timeline) = timeline {
            self.all.extend(counts(timeline, &timeline.events));
            for facts in severities {
                let times: Vec<_> = facts.histogram.iter().flat_map(|bins| counts(timeline, bins)).collect();
                if facts.severity >= Some(Severity::Medium) {
                    file.serious.extend(&times);
                }
                self.severities.entry(Reverse(facts.severity)).or_default().times.extend(times);
            }
        }
        for facts in severities {
            let of = self.severities.entry(Reverse(facts.severity)).or_default();
            of.events += facts.events;
            (of.first, of.last) = (earlier(of.first, facts.first), of.last.max(facts.last));
        }
        for facts in &labels.rows {
            self.add_label(position, facts);
        }
        self.left_out[0] += labels.more.rows;
        self.add_hosts(position, report, evidence);
        self.events.rows.extend(events(position, report, evidence));
        // The first events of each storage file come before the second ones, so that no file hides
        // what is equally serious in another.
        self.events.rows.sort_by_key(|event| (Reverse(event.severity), event.rank, event.time, event.file));
        self.events.more.rows += self.events.rows.len().saturating_sub(MAXIMUM_EVENTS) as u64;
        self.events.rows.truncate(MAXIMUM_EVENTS);
        self.files.push(file);
    }

    /// Adds a storage file that could not be read, with its path and the reason.
    pub fn add_unread(&mut self, why: &str) {
        self.unread.push(why.to_owned());
    }

    /// Returns the labels, the most serious first.
    pub(crate) fn labels(&self) -> Table<&CaseLabel> {
        let mut rows: Vec<_> = self.labels.values().collect();
        rows.sort_by_key(|label| (Reverse(label.severity), Reverse(label.found.files.len()), &label.name));
        let mut table = Table { rows, ..Table::default() };
        table.more.rows = self.left_out[0];
        table
    }

    /// Returns the hosts, those with the most serious labels first.
    pub(crate) fn hosts(&self) -> Table<&CaseHost> {
        let mut rows: Vec<_> = self.hosts.values().collect();
        let severity = |host: &CaseHost| host.label.as_ref().and_then(|(severity, _)| *severity);
        rows.sort_by_key(|host| (Reverse(severity(host)), Reverse(host.found.events), &host.name));
        let mut table = Table { rows, ..Table::default() };
        table.more.rows = self.left_out[1];
        table
    }

    /// Returns the positions of the storage files, those with the most serious labels first.
    pub(crate) fn by_severity(&self) -> Vec<usize> {
        let mut positions: Vec<_> = (0..self.files.len()).collect();
        let key = |at: &usize| (Reverse(self.files[*at].severities.clone()), &self.files[*at].path);
        positions.sort_by(|a, b| key(a).cmp(&key(b)));
        positions
    }

    /// Returns a time axis on which all storage files are, with their events.
    pub(crate) fn timeline(&self) -> Option<CaseTimeline> {
        let mut coarse = Coarse::default();
        self.all.iter().for_each(|(time, events)| coarse.add_many(*time, *events));
        let axis = Axis::of(&coarse)?;
        let bins = |times: &[(Time, u64)]| {
            let mut bins = Bins::new(&axis);
            times.iter().for_each(|(time, events)| bins.add_many(&axis, *time, *events));
            bins
        };
        let severities = self.severities.iter().map(|(Reverse(severity), of)| SeverityFacts {
            severity: *severity,
            labels: self.labels.values().filter(|label| label.severity == *severity).count() as u64,
            events: of.events,
            first: of.first,
            last: of.last,
            histogram: Some(bins(&of.times)),
        });
        Some(CaseTimeline {
            severities: severities.collect(),
            serious: self.files.iter().map(|file| bins(&file.serious)).collect(),
            timeline: Timeline::new(&axis, bins(&self.all)),
        })
    }

    fn add_label(&mut self, file: usize, facts: &LabelFacts) {
        if self.labels.len() >= MAXIMUM_NAMES && !self.labels.contains_key(&facts.label) {
            self.left_out[0] += 1;
            return;
        }
        let label = self.labels.entry(facts.label.clone()).or_insert_with(|| CaseLabel {
            name: facts.label.clone(),
            severity: facts.meaning.severity,
            summary: facts.meaning.summary(),
            found: Found::default(),
        });
        label.severity = label.severity.max(facts.meaning.severity);
        label.found.add(file, facts.events, facts.first, facts.last);
    }

    fn add_hosts(&mut self, file: usize, report: &Report, evidence: &Evidence) {
        self.left_out[1] += evidence.hosts.more.rows;
        for facts in &evidence.hosts.rows {
            let key = facts.name.to_lowercase();
            if self.hosts.len() >= MAXIMUM_NAMES && !self.hosts.contains_key(&key) {
                self.left_out[1] += 1;
                continue;
            }
            let host = self.hosts.entry(key).or_insert_with(|| CaseHost {
                name: facts.name.clone(),
                label: None,
                found: Found::default(),
            });
            let label = facts.most_serious.map(|at| &report.labels.rows[at]);
            let label = label.map(|label| (label.meaning.severity, label.label.clone()));
            // Of two equally serious labels, the one that was found first stays.
            if host.label.as_ref().map(|(severity, _)| *severity)
                < label.as_ref().map(|(severity, _)| *severity)
            {
                host.label = label;
            }
            host.found.add(file, facts.events, facts.first, facts.last);
        }
    }
}

/// The time axis of a case.
pub(crate) struct CaseTimeline {
    pub(crate) timeline: Timeline,
    /// The severities, the most serious first.
    pub(crate) severities: Vec<SeverityFacts>,
    /// The serious events of each storage file.
    pub(crate) serious: Vec<Bins>,
}

impl Found {
    fn add(&mut self, file: usize, events: u64, first: Option<Time>, last: Option<Time>) {
        self.events += events;
        self.files.push(file);
        (self.first, self.last) = (earlier(self.first, first), self.last.max(last));
    }
}

fn earlier(one: Option<Time>, other: Option<Time>) -> Option<Time> {
    one.into_iter().chain(other).min()
}

/// Returns the number of events in each bin of a timeline, with the time where the bin begins.
fn counts<'t>(timeline: &'t Timeline, bins: &'t Bins) -> impl Iterator<Item = (Time, u64)> + 't {
    timeline.starts.iter().copied().zip(bins.counts.iter().copied()).filter(|(_, events)| *events > 0)
}

/// Returns the serious events of a storage file, the most serious and earliest first.
fn events(file: usize, report: &Report, evidence: &Evidence) -> Vec<CaseEvent> {
    let found = evidence.events.iter().filter_map(|shown| event(file, report, shown));
    let mut found: Vec<_> = found.collect();
    found.sort_by_key(|event| (Reverse(event.severity), event.time, event.event));
    for of_severity in found.chunk_by_mut(|a, b| a.severity == b.severity) {
        of_severity.iter_mut().enumerate().for_each(|(rank, event)| event.rank = rank);
    }
    found
}

/// Returns what a case keeps of an event, if it is serious and has a time.
fn event(file: usize, report: &Report, shown: &ShownEvent) -> Option<CaseEvent> {
    let LabelFacts { label, meaning, .. } = &report.labels.rows[shown.label];
    let event = &shown.event;
    let time = event.time.filter(|time| time.is_usable())?;
    (meaning.severity >= Some(Severity::Medium)).then(|| CaseEvent {
        severity: meaning.severity,
        rank: 0,
        time,
        file,
        event: event.event,
        label: label.clone(),
        host: event.host.clone(),
        user: event.user_in_words(),
        message: cut(&event.message, MESSAGE),
    })
}
