//! What analyses have found in a storage file.

mod results;
mod tags;

use serde::Serialize;
use storage::{StorageError, Store};

use crate::collect::{Steps, times};
use crate::info::Info;
use crate::timeline::{Axis, Bins, Coarse};
use crate::warnings::{WarningGroup, warning_groups};
use crate::{FORMAT_VERSION, Progress, Table, Time};
use results::{plugin_reports, results};
use tags::Tags;

pub use results::{Extension, PluginReport, Search};
pub use tags::{LabelFacts, SessionFacts};

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

impl Timeline {
    pub(crate) fn new(axis: &Axis, events: Bins) -> Self {
        Self { bin: axis.unit, starts: axis.starts().collect(), end: axis.end(), events }
    }
}

fn timeline(store: &Store, progress: &mut Progress<'_>, axis: &Axis) -> Result<Timeline, StorageError> {
    let mut events = Bins::new(axis);
    times(store, progress, |time| events.add(axis, time))?;
    Ok(Timeline::new(axis, events))
}
