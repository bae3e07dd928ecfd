//! Reads a store once and counts what rules match in it.

use std::path::Path;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use anyhow::{Context as _, Result, anyhow};
use events::AttributeNames;
use filter::{Coverage, Reads, SeenEvents};
use storage::{EventRange, ReadPlan, StorageError, Store};

use crate::screen::reading_line::Line;

/// The number of event rows in one step.
const RANGE: i64 = 4_096;

/// What was counted.
#[derive(Clone)]
pub(super) struct Counting {
    pub(super) coverages: Vec<Coverage>,
    pub(super) seen: SeenEvents,
}

/// Examines all events of the store with the coverages, in a thread for each processor. The store
/// is only read.
pub(super) fn count(store: &Path, coverages: Vec<Coverage>, names: AttributeNames) -> Result<Counting> {
    let plan = read_plan(coverages.iter().map(Coverage::reads), names);
    let counting = Counting { coverages, seen: SeenEvents::default() };
    let next = Mutex::new(Some(i64::MIN));
    let threads = thread::available_parallelism().map_or(1, Into::into);
    let parts = thread::scope(|scope| {
        let (sender, receiver) = channel();
        let start = || {
            let (plan, counting, next, sender) = (plan.clone(), counting.clone(), &next, sender.clone());
            thread::Builder::new().spawn_scoped(scope, move || part(store, plan, counting, next, &sender))
        };
        let mut parts = vec![start().context("cannot start a thread to count in")?];
        // With fewer threads it only takes longer.
        parts.extend((1..threads).map_while(|_| start().ok()));
        drop(sender);
        let mut line = Line::new();
        let mut events = 0;
        for more in receiver {
            events += more;
            line.at("events", events);
        }
        parts
            .into_iter()
            .map(|part| part.join().unwrap_or_else(|_| Err(anyhow!("a thread that counts has failed"))))
            .collect::<Result<Vec<_>>>()
    });
    let mut counted = counting;
    for part in parts? {
        counted.seen.merge(part.seen);
        for (coverage, more) in counted.coverages.iter_mut().zip(part.coverages) {
            coverage.merge(more);
        }
    }
    Ok(counted)
}

/// Counts in one range after another, until no range is left.
fn part(
    store: &Path,
    plan: ReadPlan,
    mut counting: Counting,
    next: &Mutex<Option<i64>>,
    progress: &Sender<u64>,
) -> Result<Counting> {
    let store = Store::open(store)?;
    if store.event_range()?.is_none() {
        return Ok(counting);
    }
    let mut reader = store.event_reader(plan)?;
    let Counting { coverages, seen } = &mut counting;
    loop {
        let range = {
            let mut next = next.lock().unwrap_or_else(PoisonError::into_inner);
            let Some(first) = next.map(|row| store.event_from(row)).transpose()?.flatten() else { break };
            let last = first.saturating_add(RANGE - 1);
            // There is no row after the greatest number.
            *next = last.checked_add(1);
            EventRange { first, last }
        };
        seen.begin_range();
        coverages.iter_mut().for_each(Coverage::begin_range);
        let before = seen.events();
        reader.visit(range, |_, event| {
            match event {
                Ok(event) => {
                    coverages.iter_mut().for_each(|coverage| coverage.examine(event));
                    seen.see(event);
                }
                Err(_) => seen.see_unreadable(),
            }
            Ok::<_, StorageError>(())
        })?;
        // If another thread has failed, nobody receives this.
        let _ = progress.send(seen.events() - before);
    }
    Ok(counting)
}

/// Returns the plan for reading everything that these need.
pub(super) fn read_plan<'r>(reads: impl IntoIterator<Item = &'r Reads>, names: AttributeNames) -> ReadPlan {
    let mut all = Reads { event_data: true, ..Reads::default() };
    reads.into_iter().for_each(|reads| all.merge(reads));
    ReadPlan {
        names: Arc::new(names),
        event_data: true,
        stream: !all.stream.is_empty(),
        labels: all.labels,
        ..ReadPlan::default()
    }
}
