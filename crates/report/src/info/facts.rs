//! Reads the facts about a store, its sources, the runs of tools over it, and its analysis reports.

use events::Timestamp;
use serde::Serialize;
use storage::{Compression, SUPPORTED_VERSIONS, StorageError, Store};

use crate::table::short;
use crate::{Table, Time};

/// The maximum number of runs, sources and reports.
const MAXIMUM_NAMED: usize = 1_000;

/// The file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StoreFacts {
    /// The path of the file.
    pub path: String,
    /// Its size in bytes.
    pub size: u64,
    /// The version of the storage format.
    pub storage_format: i64,
    /// The versions of Plaso that write this format.
    pub written_by: &'static str,
    /// The compression of its event data.
    pub compression: &'static str,
}

/// A source of events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SourceFacts {
    /// Where it was found.
    pub path: String,
    /// The type of the source.
    pub source_type: String,
}

/// A run of a tool over the store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RunFacts {
    /// A random identifier of the run.
    pub identifier: String,
    /// The tool.
    pub product: String,
    /// The tool's version.
    pub product_version: String,
    /// When the run started.
    pub start: Time,
    /// When the run ended, or `None` if the store does not say.
    pub completion: Option<Time>,
    /// Whether the run was aborted.
    pub aborted: bool,
    /// Whether debugging was on.
    pub debug: bool,
    /// The command line of the run.
    pub command_line: String,
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

pub(crate) fn store_facts(store: &Store) -> Result<StoreFacts, StorageError> {
    let format = store.format();
    let writers = SUPPORTED_VERSIONS.iter().find(|(version, _)| *version == format.version);
    Ok(StoreFacts {
        path: store.path().to_string_lossy().into_owned(),
        size: store.size()?,
        storage_format: format.version,
        written_by: writers.map_or("", |(_, writers)| writers),
        compression: match format.compression {
            Compression::None => "none",
            Compression::Zlib => "zlib",
        },
    })
}

pub(super) fn sources(store: &Store) -> Result<Table<SourceFacts>, StorageError> {
    let mut table = Table::default();
    store.visit_sources(|source| {
        let facts = SourceFacts { path: short(&source.path), source_type: short(&source.source_type) };
        table.push(facts, MAXIMUM_NAMED);
    })?;
    Ok(table)
}

pub(super) fn sessions(store: &Store) -> Result<Table<RunFacts>, StorageError> {
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

pub(super) fn reports(store: &Store, notes: &mut Vec<String>) -> Result<Table<ReportLine>, StorageError> {
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
