//! Counts events by parser and data type, and warnings by kind.

use serde::Serialize;
use storage::{StorageError, Store};

use crate::collect::{Kinds, Names, kinds};
use crate::words::{counted, number};
use crate::{Count, Progress, Table};

/// The number of warnings of a kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WarningCount {
    /// What the warnings are about: `extraction`, `timelining`, …, or `analysis`.
    pub kind: String,
    /// The plugin, if the kind is `analysis`.
    pub plugin: Option<String>,
    /// How many.
    pub number: u64,
}

/// The numbers of events by parser and by data type.
#[derive(Debug)]
pub(crate) struct EventKinds {
    pub(crate) parsers: Table<Count>,
    pub(crate) data_types: Table<Count>,
    pub(crate) notes: Vec<String>,
}

impl EventKinds {
    /// Uses the counts in the store if their sum is the number of events. Otherwise counts the
    /// events here, if `may_count` is `true`.
    pub(crate) fn read(
        store: &Store,
        may_count: bool,
        progress: &mut Progress<'_>,
        events: u64,
    ) -> Result<Self, StorageError> {
        let mut notes: Vec<_> = other_count(store, events)?.into_iter().collect();
        if store.is_part()? {
            notes.push(
                "this file is a part of a storage file, made by foreman split: it has some of the events, and lacks what \
                 workers do not read"
                    .into(),
            );
        }
        let (mut parsers, mut data_types) = (Names::default(), Names::default());
        store.visit_parser_counts(|name, number| parsers.add(name, number))?;
        store.visit_data_type_counts(|name, number| data_types.add(name, number))?;
        let is_right = |names: &mut Names| {
            let total = names.remove("total").unwrap_or_default();
            total == events && names.sum() == events
        };
        let (parsers_are_right, data_types_are_right) = (is_right(&mut parsers), is_right(&mut data_types));
        if parsers_are_right && data_types_are_right {
            return Ok(Self { parsers: parsers.finish(), data_types: data_types.finish(), notes });
        }
        if !may_count {
            let kept = |is_right, stored: Names| if is_right { stored.finish() } else { Table::default() };
            notes.push(
                "the store lacks correct counts of events by parser or data type, and the events were not counted".into(),
            );
            let (parsers, data_types) =
                (kept(parsers_are_right, parsers), kept(data_types_are_right, data_types));
            return Ok(Self { parsers, data_types, notes });
        }
        let Kinds { parsers: counted_parsers, data_types: counted_data_types, unreadable } =
            kinds(store, progress)?;
        if !parsers_are_right && parsers.sum() > 0 {
            notes.push("Plaso's own numbers of events by parser do not add up; this report has its own count, and no other number is affected".into());
        }
        if !data_types_are_right && data_types.sum() > 0 {
            notes.push(
                "Plaso's own numbers of events by data type do not add up; this report has its own count, and no other number is affected".into(),
            );
        }
        if unreadable > 0 {
            notes.push(format!("{} with event data that cannot be read", counted(unreadable, "event")));
        }
        let choose = |is_right, stored: Names, counted: Names| if is_right { stored } else { counted };
        Ok(Self {
            parsers: choose(parsers_are_right, parsers, counted_parsers).finish(),
            data_types: choose(data_types_are_right, data_types, counted_data_types).finish(),
            notes,
        })
    }
}

/// Says so if Plaso counted another number of events when it made the store.
fn other_count(store: &Store, events: u64) -> Result<Option<String>, StorageError> {
    let of_plaso =
        store.counted_events()?.filter(|of_plaso| *of_plaso != events && store.interval().is_none());
    Ok(of_plaso.map(|of_plaso| {
        format!(
            "Plaso counted {} when it made the storage file, but {} are in it now: some were removed or added, or its table \
             of events is damaged; compare it with its source",
            counted(of_plaso, "event"),
            number(events)
        )
    }))
}

pub(super) fn warnings(store: &Store) -> Result<Vec<WarningCount>, StorageError> {
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
