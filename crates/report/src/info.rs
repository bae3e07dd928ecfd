//! The overview of a storage file.

use events::Timestamp;
use rustc_hash::FxHashSet;
use serde::Serialize;
use storage::{Compression, SUPPORTED_VERSIONS, StorageError, Store};

use crate::collect::{Kinds, Names, Steps, Times, kinds, times};
use crate::labels::SESSION;
use crate::table::MAXIMUM_CHARACTERS;
use crate::words::{counted, cut};
use crate::{Count, FORMAT_VERSION, Progress, Rest, Table, Time, labels};

/// How many sessions, sources and reports are named.
const MAXIMUM_NAMED: usize = 1_000;
/// How many sessions of the sessionize plugin are told apart.
const MAXIMUM_SESSIONS: usize = 4_000_000;

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

/// The file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StoreFacts {
    /// Where it lies.
    pub path: String,
    /// Its size in bytes.
    pub size: u64,
    /// The version of the storage format.
    pub storage_format: i64,
    /// Which versions of Plaso write this format.
    pub written_by: &'static str,
    /// How its event data is stored.
    pub compression: &'static str,
}

/// A source of events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SourceFacts {
    /// Where it was found.
    pub path: String,
    /// What it is.
    pub source_type: String,
}

/// A run of a tool over the store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RunFacts {
    /// A random number that identifies it.
    pub identifier: String,
    /// The tool.
    pub product: String,
    /// The tool's version.
    pub product_version: String,
    /// Start.
    pub start: Time,
    /// End; nothing if the store does not say.
    pub completion: Option<Time>,
    /// Whether it was aborted.
    pub aborted: bool,
    /// Whether debugging was switched on.
    pub debug: bool,
    /// How it was called.
    pub command_line: String,
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

/// Event tags.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TagFacts {
    /// How many events have a tag.
    pub events: u64,
    /// Numbers of events by label, but for those of sessions.
    pub labels: Table<Count>,
    /// How many sessions the sessionize plugin has found, and the number of their events.
    pub sessions: Rest,
    /// Tags that cannot be read.
    pub unreadable: u64,
}

/// An analysis report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReportLine {
    /// The plugin.
    pub plugin: String,
    /// When it was made.
    pub time: Time,
    /// The run's filter expression.
    pub event_filter: Option<String>,
}

/// How many warnings there are of a kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WarningCount {
    /// What the warnings are about: `extraction`, `timelining`, …, or `analysis`.
    pub kind: String,
    /// For `analysis` the plugin.
    pub plugin: Option<String>,
    /// How many.
    pub number: u64,
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

pub(crate) fn store_facts(store: &Store) -> Result<StoreFacts, StorageError> {
    let format = store.format();
    let writers = SUPPORTED_VERSIONS.iter().find(|(version, _)| *version == format.version);
    Ok(StoreFacts {
        path: store.path().display().to_string(),
        size: store.size()?,
        storage_format: format.version,
        written_by: writers.map_or("", |(_, writers)| writers),
        compression: match format.compression {
            Compression::None => "none",
            Compression::Zlib => "zlib",
        },
    })
}

fn sources(store: &Store) -> Result<Table<SourceFacts>, StorageError> {
    let mut table = Table::default();
    store.visit_sources(|source| {
        let facts = SourceFacts { path: short(&source.path), source_type: short(&source.source_type) };
        table.push(facts, MAXIMUM_NAMED);
    })?;
    Ok(table)
}

fn sessions(store: &Store) -> Result<Table<RunFacts>, StorageError> {
    let mut table = Table::default();
    store.visit_sessions(|session| {
        let facts = RunFacts {
            identifier: short(&session.identifier),
            product: short(&session.product_name),
            product_version: short(&session.product_version),
            start: Time(session.start_time),
            completion: (session.completion_time != Timestamp(0)).then_some(Time(session.completion_time)),
            aborted: session.aborted,
            debug: session.debug_mode,
            command_line: short(&session.command_line_arguments),
        };
        table.push(facts, MAXIMUM_NAMED);
    })?;
    Ok(table)
}

/// Numbers of events by parser and data type: what Plaso has counted, where it has and its total is
/// the number of events; else what is counted here.
fn event_kinds(
    store: &Store,
    may_count: bool,
    progress: &mut Progress<'_>,
    events: u64,
    notes: &mut Vec<String>,
) -> Result<(Table<Count>, Table<Count>), StorageError> {
    let (mut parsers, mut data_types) = (Names::default(), Names::default());
    store.visit_parser_counts(|name, number| parsers.add(name, number))?;
    store.visit_data_type_counts(|name, number| data_types.add(name, number))?;
    let is_right = |names: &mut Names| {
        let total = names.remove("total").unwrap_or_default();
        total == events && names.sum() == events
    };
    let (parsers_are_right, data_types_are_right) = (is_right(&mut parsers), is_right(&mut data_types));
    if parsers_are_right && data_types_are_right {
        return Ok((parsers.finish(), data_types.finish()));
    }
    if !may_count {
        let kept = |is_right, stored: Names| if is_right { stored.finish() } else { Table::default() };
        notes.push(
            "events were not counted by what the store has no right counts of: parser or data type".into(),
        );
        return Ok((kept(parsers_are_right, parsers), kept(data_types_are_right, data_types)));
    }
    let Kinds { parsers: counted_parsers, data_types: counted_data_types, unreadable } =
        kinds(store, progress)?;
    if !parsers_are_right && parsers.sum() > 0 {
        notes.push("the store's own counts by parser do not add up; these were counted anew".into());
    }
    if !data_types_are_right && data_types.sum() > 0 {
        notes.push("the store's own counts by data type do not add up; these were counted anew".into());
    }
    if unreadable > 0 {
        notes.push(format!("{} with event data that cannot be read", counted(unreadable, "event")));
    }
    let choose = |is_right, stored: Names, counted: Names| if is_right { stored } else { counted };
    Ok((
        choose(parsers_are_right, parsers, counted_parsers).finish(),
        choose(data_types_are_right, data_types, counted_data_types).finish(),
    ))
}

fn tags(store: &Store, progress: &mut Progress<'_>) -> Result<TagFacts, StorageError> {
    let mut steps = Steps::new(progress, "event tags");
    let (mut counts, mut sessions) = (Names::default(), FxHashSet::default());
    let (mut events, mut in_sessions, mut unreadable) = (0, 0, 0);
    store.visit_tags(
        |_| false,
        |tag| {
            steps.row();
            let (Some(_), Some(tag_labels)) = (tag.event, tag.labels) else {
                unreadable += 1;
                return;
            };
            events += 1;
            for label in &tag_labels {
                match labels::numbered(label) {
                    Some((SESSION, number)) => {
                        in_sessions += 1;
                        if sessions.len() < MAXIMUM_SESSIONS {
                            sessions.insert(number);
                        }
                    }
                    _ => counts.add(label, 1),
                }
            }
        },
    )?;
    let sessions = Rest { rows: sessions.len() as u64, number: in_sessions };
    Ok(TagFacts { events, labels: counts.finish(), sessions, unreadable })
}

fn reports(store: &Store, notes: &mut Vec<String>) -> Result<Table<ReportLine>, StorageError> {
    let (heads, unreadable) = store.report_heads()?;
    for report in unreadable.iter().take(10) {
        notes.push(format!("the analysis report in row {} cannot be read: {}", report.row, report.reason));
    }
    if unreadable.len() > 10 {
        notes.push(format!("{} more analysis reports cannot be read", unreadable.len() - 10));
    }
    let mut table = Table::default();
    for head in heads {
        let line = ReportLine {
            plugin: short(&head.plugin_name),
            time: Time(head.time_compiled),
            event_filter: head.event_filter.as_deref().map(short),
        };
        table.push(line, MAXIMUM_NAMED);
    }
    Ok(table)
}

fn warnings(store: &Store) -> Result<Vec<WarningCount>, StorageError> {
    let mut plugins = Names::default();
    store.visit_analysis_warnings(|warning| plugins.add(&warning.plugin_name, 1))?;
    let of_extraction = store.warning_counts()?.into_iter();
    let mut counts: Vec<_> = of_extraction
        .map(|(kind, number)| WarningCount { kind: kind.into(), plugin: None, number })
        .collect();
    counts.extend(plugins.finish().rows.into_iter().map(|Count { name, number }| WarningCount {
        kind: "analysis".into(),
        plugin: Some(name),
        number,
    }));
    Ok(counts)
}

/// The text, cut to a length that can be shown.
pub(crate) fn short(text: &str) -> String {
    cut(text, MAXIMUM_CHARACTERS)
}
