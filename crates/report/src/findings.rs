//! The results of analyses in a storage file.

mod facts;
mod records;
mod results;
mod sigma;
mod tactics;
mod tags;

use serde::Serialize;
use storage::{StorageError, Store};

use crate::collect::{Steps, times};
use crate::found_indicators::{self, FoundIndicator, HostIndicators};
use crate::info::{EventKinds, Info};
use crate::meanings::Meanings;
use crate::timeline::{Axis, Bins, Coarse};
use crate::warnings::{CollectionWarnings, WarningGroup, collection_warnings, warning_groups};
use crate::words::counted;
use crate::{FORMAT_VERSION, Progress, Table, Time};
use results::{plugin_reports, results};
use sigma::{sigma_firings, sigma_rules, unread_event_logs};
use tags::{Counted, Tags};

pub use facts::{LabelFacts, SessionFacts, SeverityFacts};
pub(crate) use records::{RecordMemory, Records};
pub use results::{Extension, PluginReport, Search};
pub use sigma::{SigmaFiring, SigmaRule};
pub(crate) use tactics::more_labels_in_words;
pub use tactics::{TacticFacts, TechniqueCount};

/// The results of analyses, and the overview of the store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The version of the format: [`FORMAT_VERSION`].
    pub format_version: u32,
    /// The overview of the store.
    pub info: Info,
    /// How the events lie in time; nothing if there are none.
    pub timeline: Option<Timeline>,
    /// The labels except those of sessions: the most serious first, then those with the most
    /// events. Labels without a severity come last.
    pub labels: Table<LabelFacts>,
    /// The severities of these labels, the most serious first.
    pub severities: Vec<SeverityFacts>,
    /// The labels by tactic of ATT&CK, in the order of its matrix.
    pub tactics: Vec<TacticFacts>,
    /// The sessions of the sessionize plugin, in their order. If there are too many, only those
    /// with the most events.
    pub sessions: Table<SessionFacts>,
    /// The Sigma rules that matched, the highest level first, then by tactic.
    pub sigma_rules: Table<SigmaRule>,
    /// How many Windows event logs have records that Plaso could not read.
    pub unread_event_logs: u64,
    /// The indicators of compromise that were found, by list. Those that are known to be good come
    /// last.
    pub indicators: Table<FoundIndicator>,
    /// The hosts on which indicators were found, those with the most first.
    pub indicators_by_host: Table<HostIndicators>,
    /// The firings of Sigma's correlations, those of a correlation in the order of time.
    pub sigma_firings: Table<SigmaFiring>,
    /// The search terms, the most frequent first.
    pub searches: Table<Search>,
    /// Browser extensions by user.
    pub extensions: Table<Extension>,
    /// The reports of the plugins, newest first: all of them, or the newest of each plugin.
    pub plugins: Table<PluginReport>,
    /// The analysis warnings in groups of similar ones, the most frequent first.
    pub warnings: Table<WarningGroup>,
    /// The warnings of Plaso from the time when it collected the events, in groups of similar ones.
    pub collection_warnings: Table<CollectionWarnings>,
}

/// The number of events over time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Timeline {
    /// The length of a bin.
    pub bin: &'static str,
    /// Where each bin begins.
    pub starts: Vec<Time>,
    /// Where the last bin ends.
    pub end: Time,
    /// The positions of the bins that stand for a long stretch without events, which is cut out of
    /// charts. They are longer than the other bins.
    pub gaps: Vec<usize>,
    /// The number of events in each bin, before the first and after the last.
    pub events: Bins,
}

impl Report {
    /// Reads the results of analyses. If `all` is `true`, reads all reports of the plugins,
    /// otherwise only the newest report of each plugin. `meanings` says what labels mean. See
    /// [`Info::read`] for `data_types` and `progress`.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    pub fn read(
        store: &Store,
        all: bool,
        data_types: bool,
        mut meanings: Meanings,
        progress: Progress<'_>,
    ) -> Result<Self, StorageError> {
        let progress = &mut { progress };
        let version = store.data_version()?;
        let mut coarse = Coarse::default();
        let times_found = times(store, progress, |time| coarse.add(time))?;
        let axis = Axis::of(&coarse);
        let timeline = axis.as_ref().map(|axis| timeline(store, progress, axis)).transpose()?;
        let kinds = EventKinds::read(store, data_types, progress, times_found.events)?;
        meanings.add_sigma(store)?;
        meanings.fit(&kinds.data_types);
        meanings.add_indicators(store)?;
        let mut tags = Tags::new(axis, meanings);
        let mut steps = Steps::new(progress, "event tags");
        store.visit_tags(
            |_| true,
            |tag| {
                steps.row();
                tags.add(tag);
            },
        )?;
        let Counted { labels, severities, tactics, sessions, facts } = tags.finish(store)?;
        let mut info = Info::assemble(store, kinds, times_found, facts)?;
        let (sigma_rules, sigma_firings) = (sigma_rules(store, &labels)?, sigma_firings(store)?);
        let unread_event_logs = unread_event_logs(store)?;
        let indicators = found_indicators::indicators(store)?;
        let indicators_by_host = found_indicators::by_host(&indicators);
        let (searches, extensions) = results(store)?;
        let (plugins, skipped) = plugin_reports(store, all)?;
        if skipped > 0 {
            info.notes.push(format!("skipped {} in reports: not a number", counted(skipped, "count")));
        }
        let (warnings, collection_warnings) = (warning_groups(store)?, collection_warnings(store)?);
        info.note_change(store, version)?;
        let format_version = FORMAT_VERSION;
        Ok(Self {
            format_version,
            info,
            timeline,
            labels,
            severities,
            tactics,
            sessions,
            sigma_rules,
            unread_event_logs,
            indicators,
            indicators_by_host,
            sigma_firings,
            searches,
            extensions,
            plugins,
            warnings,
            collection_warnings,
        })
    }
}

impl Timeline {
    pub(crate) fn new(axis: &Axis, events: Bins) -> Self {
        Self {
            bin: axis.unit,
            starts: axis.starts().collect(),
            end: axis.end(),
            gaps: axis.gaps().to_vec(),
            events,
        }
    }
}

fn timeline(store: &Store, progress: &mut Progress<'_>, axis: &Axis) -> Result<Timeline, StorageError> {
    let mut events = Bins::new(axis);
    times(store, progress, |time| events.add(axis, time))?;
    Ok(Timeline::new(axis, events))
}
