//! The overview of a storage file.

mod counts;
mod facts;
mod tags;

use events::TimeRange;
use serde::Serialize;
use storage::{StorageError, Store};

use crate::collect::{Times, times};
use crate::meanings::Meanings;
use crate::words::counted;
use crate::{Count, FORMAT_VERSION, Progress, Table, Time, session_runs};
use counts::warnings;
use facts::{reports, sessions, sources};
use tags::tags;

pub(crate) use counts::EventKinds;
pub use counts::WarningCount;
pub(crate) use facts::store_facts;
pub use facts::{ReportLine, RunFacts, SourceFacts, StoreFacts};
pub(crate) use tags::LabelCounts;
pub use tags::{LabelCount, TagFacts};

/// The overview of a storage file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Info {
    /// The version of the format: [`FORMAT_VERSION`].
    pub format_version: u32,
    /// The file.
    pub store: StoreFacts,
    /// The sources of the events, in the order of the store.
    pub sources: Table<SourceFacts>,
    /// How many files and other byte streams were examined.
    pub event_sources: u64,
    /// The runs of tools over the store, oldest first.
    pub sessions: Table<RunFacts>,
    /// The events.
    pub events: EventFacts,
    /// The numbers of events by parser.
    pub parsers: Table<Count>,
    /// The numbers of events by data type.
    pub data_types: Table<Count>,
    /// Event tags.
    pub tags: TagFacts,
    /// The analysis reports, newest first.
    pub reports: Table<ReportLine>,
    /// The numbers of warnings by kind.
    pub warnings: Vec<WarningCount>,
    /// Notes about these numbers.
    pub notes: Vec<String>,
}

/// The events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EventFacts {
    /// How many there are.
    pub number: u64,
    /// How many of them have no usable time: none that can be read, or the beginning of 1970 or of
    /// 1601. They are left out of all times.
    pub without_time: u64,
    /// The earliest time.
    pub first: Option<Time>,
    /// The latest time.
    pub last: Option<Time>,
}

/// Says how many event tags cannot be read.
pub(crate) fn note_of_unreadable_tags(number: u64) -> String {
    let tags = counted(number, "event tag");
    format!(
        "{tags} that cannot be read: the labels are not a list of texts, or the tag names no event of the file"
    )
}

impl Info {
    /// Reads the overview of a store. Calls `progress` from time to time; see [`Progress`].
    ///
    /// If the store has correct numbers of events by parser and data type, they are used. If not,
    /// the events are counted, but only if `data_types` is `true`. Counting reads all event data.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    pub fn read(store: &Store, data_types: bool, progress: Progress<'_>) -> Result<Self, StorageError> {
        let progress = &mut { progress };
        let version = store.data_version()?;
        let times = times(store, progress, |_| {})?;
        let kinds = EventKinds::read(store, data_types, progress, times.events)?;
        let mut meanings = Meanings::new([]);
        meanings.add_sigma(store)?;
        meanings.fit(&kinds.data_types);
        meanings.add_indicators(store)?;
        let tags = tags(store, &meanings, progress)?;
        let mut info = Self::assemble(store, kinds, times, tags)?;
        info.note_change(store, version)?;
        Ok(info)
    }

    /// Makes the overview from the results of the passes over events and tags.
    pub(crate) fn assemble(
        store: &Store,
        kinds: EventKinds,
        times: Times,
        tags: TagFacts,
    ) -> Result<Self, StorageError> {
        let EventKinds { parsers, data_types, mut notes } = kinds;
        if let Some(TimeRange { first, last }) = store.interval() {
            notes.push(format!(
                "only events from {} to {} are in the timeline, the labels and the sessions",
                Time(first),
                Time(last)
            ));
        }
        let (reports, warnings) = (reports(store, &mut notes)?, warnings(store)?);
        if tags.unreadable > 0 {
            notes.push(note_of_unreadable_tags(tags.unreadable));
        }
        let runs = sessions(store)?;
        if tags.sessions_of_several_runs {
            notes.push(session_runs::note(&runs.rows));
        }
        Ok(Self {
            format_version: FORMAT_VERSION,
            store: store_facts(store)?,
            sources: sources(store)?,
            event_sources: store.number_of_event_sources()?,
            sessions: runs,
            events: EventFacts {
                number: times.events,
                without_time: times.without_time,
                first: times.span.map(|(first, _)| first),
                last: times.span.map(|(_, last)| last),
            },
            parsers,
            data_types,
            tags,
            reports,
            warnings,
            notes,
        })
    }

    /// Adds a note if the store has changed since `version` was read.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    pub fn note_change(&mut self, store: &Store, version: i64) -> Result<(), StorageError> {
        const NOTE: &str = "the store changed while it was read, so the numbers may not match; try again when no \
                            program writes to the store";
        if store.data_version()? != version && !self.notes.iter().any(|note| note == NOTE) {
            self.notes.push(NOTE.into());
        }
        Ok(())
    }
}
