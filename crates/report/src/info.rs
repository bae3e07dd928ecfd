//! The overview of a storage file.

mod counts;
mod facts;
mod tags;

use serde::Serialize;
use storage::{StorageError, Store};

use crate::collect::{Times, times};
use crate::words::counted;
use crate::{Count, FORMAT_VERSION, Progress, Table, Time};
use counts::{event_kinds, warnings};
use facts::{reports, sessions, sources};
use tags::tags;

pub use counts::WarningCount;
pub(crate) use facts::store_facts;
pub use facts::{ReportLine, RunFacts, SourceFacts, StoreFacts};
pub use tags::TagFacts;

/// What is in a storage file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Info {
    /// The version of this form, [`FORMAT_VERSION`].
    pub format_version: u32,
    /// The file.
    pub store: StoreFacts,
    /// What the events come from, in the order of the store.
    pub sources: Table<SourceFacts>,
    /// How many files and other streams of bytes were looked into.
    pub event_sources: u64,
    /// The runs of tools over the store, oldest first.
    pub sessions: Table<RunFacts>,
    /// The events.
    pub events: EventFacts,
    /// Numbers of events by parser.
    pub parsers: Table<Count>,
    /// Numbers of events by data type.
    pub data_types: Table<Count>,
    /// Event tags.
    pub tags: TagFacts,
    /// The analysis reports, newest first.
    pub reports: Table<ReportLine>,
    /// Numbers of warnings by kind.
    pub warnings: Vec<WarningCount>,
    /// What is to be known about these numbers.
    pub notes: Vec<String>,
}

/// The events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EventFacts {
    /// How many there are.
    pub number: u64,
    /// Of these, events without a readable time.
    pub without_time: u64,
    /// The earliest time.
    pub first: Option<Time>,
    /// The latest time.
    pub last: Option<Time>,
}

impl Info {
    /// Reads the overview of a store; `progress` is told how many rows of what have been read.
    /// Events are counted by data type, for which all event data may have to be read, only if
    /// `data_types` are wanted or Plaso has counted them.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    pub fn read(store: &Store, data_types: bool, progress: Progress<'_>) -> Result<Self, StorageError> {
        let progress = &mut { progress };
        let version = store.data_version()?;
        let times = times(store, progress, |_| {})?;
        let tags = tags(store, progress)?;
        let mut info = Self::assemble(store, data_types, progress, times, tags)?;
        info.note_change(store, version)?;
        Ok(info)
    }

    /// The overview, of what the passes over events and tags have found.
    pub(crate) fn assemble(
        store: &Store,
        data_types: bool,
        progress: &mut Progress<'_>,
        times: Times,
        tags: TagFacts,
    ) -> Result<Self, StorageError> {
        let mut notes = Vec::new();
        let (parsers, data_types) = event_kinds(store, data_types, progress, times.events, &mut notes)?;
        let (reports, warnings) = (reports(store, &mut notes)?, warnings(store)?);
        if times.unreadable > 0 {
            notes.push(format!("{} without a readable time", counted(times.unreadable, "event")));
        }
        if tags.unreadable > 0 {
            notes.push(format!(
                "{} that cannot be read: the labels are not a list of texts, or they are of no event",
                counted(tags.unreadable, "event tag")
            ));
        }
        Ok(Self {
            format_version: FORMAT_VERSION,
            store: store_facts(store)?,
            sources: sources(store)?,
            event_sources: store.number_of_event_sources()?,
            sessions: sessions(store)?,
            events: EventFacts {
                number: times.events,
                without_time: times.unreadable,
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

    /// Says so if the store has changed since `version` was read.
    pub(crate) fn note_change(&mut self, store: &Store, version: i64) -> Result<(), StorageError> {
        if store.data_version()? != version {
            self.notes.push(
                "the store was changed while it was read, so the numbers may not fit together; repeat this when \
                 nothing writes to it"
                    .into(),
            );
        }
        Ok(())
    }
}
