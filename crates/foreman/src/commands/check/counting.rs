//! Reads a store once and counts what rules match in it.

use anyhow::Result;
use events::{AttributeNames, Reads};
use filter::{Coverage, SeenEvents};
use storage::{ReadEvent, ReadPlan, SameStore, ScanPart, scan_events};

use crate::screen::reading_line::Line;

/// What was counted.
#[derive(Clone)]
pub(super) struct Counting {
    pub(super) coverages: Vec<Coverage>,
    pub(super) seen: SeenEvents,
}

/// Examines all events of the store with the coverages. The store is only read.
pub(super) fn count(store: &SameStore, coverages: Vec<Coverage>, names: AttributeNames) -> Result<Counting> {
    let plan = ReadPlan::new(names, &all_reads(coverages.iter().map(Coverage::reads)));
    let mut counted = Counting { coverages, seen: SeenEvents::default() };
    let mut line = Line::new();
    let parts = scan_events(store, &plan, &counted, |events| line.at("events", events))?;
    for part in parts {
        counted.seen.merge(part.seen);
        for (coverage, more) in counted.coverages.iter_mut().zip(part.coverages) {
            coverage.merge(more);
        }
    }
    Ok(counted)
}

impl ScanPart for Counting {
    fn begin_range(&mut self) {
        self.seen.begin_range();
        self.coverages.iter_mut().for_each(Coverage::begin_range);
    }

    fn see(&mut self, event: &ReadEvent<'_>) {
        let Self { coverages, seen } = self;
        // Each step reads more of the event data, and an event with an error is not shown to the
        // next step.
        let read = event
            .examine(|event| coverages.iter_mut().for_each(|coverage| coverage.find(event)))
            .and_then(|()| {
                event.examine(|event| coverages.iter_mut().for_each(|coverage| coverage.count(event)))
            })
            .and_then(|()| event.examine(|event| seen.see(event)));
        if read.is_err() {
            seen.see_unreadable();
        }
    }
}

/// Returns what must be read for all of these, and the event data in any case.
pub(super) fn all_reads<'r>(reads: impl IntoIterator<Item = &'r Reads>) -> Reads {
    let mut all = Reads { event_data: true, ..Reads::default() };
    reads.into_iter().for_each(|reads| all.merge(reads));
    all
}
