//! Stores the results of a run: all of them in one transaction.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Result;
use events::{AnalysisWarning, Note, Session, Shown as _};
use protocol::RunSpec;
use storage::merge::{MapTask, MergePlan, Merged, OWN_WARNINGS, merge};
use storage::task_store::Origin;
use storage::{Durability, StoreWriter};

use super::milestone::Milestone;
use super::not_read::{EventCount, events_not_read, rows_of_unlocked, what_happened};
use super::record::{RunRecord, RunStart};
use super::store_lock::held_by;
use super::target::{Before, Target};
use super::{memory, slice};
use crate::clock;
use crate::shell::{quoted, quoted_path};
use crate::supervise::dispatcher::{Phase, Snapshot};
use crate::supervise::engine::Worked;
use crate::supervise::run_folder::RunFolder;
use crate::supervise::stop::StopRequests;

/// A run whose tasks are done.
pub(super) struct FinishedRun<'a> {
    pub(super) run: &'a RunSpec,
    pub(super) origin: &'a Origin,
    pub(super) worked: &'a Worked,
    pub(super) before: &'a Before,
    pub(super) folder: RunFolder,
    pub(super) start: RunStart,
    /// The number of events of the store.
    pub(super) events: EventCount,
    /// Whether the plugins' earlier results stay in the store.
    pub(super) keep_earlier: bool,
    /// Whether to store the results even if no event matches the filter.
    pub(super) store_nothing_found: bool,
    /// What is said if the process exits at once while the results are being stored.
    pub(super) state_in_part: String,
    /// Whether the record of a run over several storage files needs to know what is in this one at
    /// the end.
    pub(super) is_one_of_many: bool,
}

/// Why nothing was stored: empty results would take the place of earlier ones.
#[derive(Debug, thiserror::Error)]
pub(super) enum NothingToStore {
    /// No event matches the filter.
    #[error(
        "no event matches the filter, so nothing was stored, and earlier results stay; this says why:\n  {check}\n\
         to store the empty results nevertheless, add --force"
    )]
    NoMatch {
        /// The command that says why.
        check: String,
    },
    /// No event could be analysed.
    #[error(
        "every event was skipped, so nothing was stored, and earlier results stay; the first one: {first}; to store the empty \
         results nevertheless, add --force"
    )]
    AllSkipped {
        /// Which event was skipped first, and why.
        first: String,
    },
}

/// Who gets the state of the run, and who gets its milestones.
pub(super) type ToTell<'a> = (&'a mut dyn FnMut(&Snapshot), &'a mut dyn FnMut(Milestone<'_>));

/// Merges the task stores into the store, adds the session and commits.
///
/// Returns `None` if the user asked to stop. The lock of the store is released in any case.
pub(super) fn store_results(
    finished: &FinishedRun<'_>,
    target: Target,
    debug_mode: bool,
    stop: &StopRequests,
    to_tell: ToTell<'_>,
) -> Result<Option<Merged>> {
    let is_dry_run = matches!(target, Target::ReadOnly(..));
    stop.stores((!is_dry_run).then(|| finished.state_in_part.clone()));
    let stored = store(finished, target, debug_mode, stop, to_tell);
    if !finished.is_one_of_many && !is_dry_run && matches!(stored, Ok(Some(_))) {
        stop.at_once_says("ended at once; the results are stored");
    }
    // Until it is known what a failed change has left, an exit at once may leave a part of it.
    if stored.is_ok() || is_dry_run || finished.is_one_of_many {
        stop.stores(None);
    }
    stored
}

fn store(
    finished: &FinishedRun<'_>,
    target: Target,
    debug_mode: bool,
    stop: &StopRequests,
    (show, reached): ToTell<'_>,
) -> Result<Option<Merged>> {
    let is_dry_run = matches!(target, Target::ReadOnly(..));
    let writer = target.into_writer(&finished.folder)?;
    let interrupter = writer.interrupter();
    stop.interrupt(move || interrupter.interrupt());
    writer.hold_in_memory(memory::for_a_change())?;
    let has_earlier = writer.store().has_reports()?;
    let Some(mut merged) = merge_all(&writer, finished, stop, show)? else { return Ok(None) };
    if let Some(why) = why_nothing(finished, &merged, has_earlier).filter(|_| !finished.store_nothing_found) {
        return Err(why.into());
    }
    writer.add_session(&session(finished.run, &finished.start, debug_mode))?;
    if stop.count() > 0 {
        return Ok(None);
    }
    let FinishedRun { run, before, events, worked, .. } = *finished;
    let before = before.state();
    // The writer of a dry run is one to another store, without events.
    let rows = || {
        if is_dry_run { rows_of_unlocked(&run.store, before) } else { writer.store().rows_of_events().ok() }
    };
    if let Some(not_read) = events_not_read(events, merged.events, worked.tasks.set_aside(), rows) {
        if not_read.is_short {
            let message = not_read.note.message.clone();
            let warning = AnalysisWarning { plugin_name: OWN_WARNINGS.into(), message };
            writer.warn(&[warning], finished.keep_earlier)?;
            merged.is_short = true;
            merged.warnings += 1;
        }
        merged.notes.push(not_read.note);
    }
    // Nothing is locked in a dry run.
    if is_dry_run && let Some(what) = what_happened(&run.store, before) {
        let message = format!(
            "{what}, so some events may have been analysed as they were before, and others as they are now; run it again"
        );
        merged.is_short = true;
        merged.notes.push(Note { message, count: 1 });
    }
    if is_dry_run
        && let Some(message) =
            storage::Store::open(&run.store).ok().and_then(|store| RunRecord::doubt(&store))
    {
        merged.notes.push(Note { message, count: 1 });
    }
    let mut digest = None;
    if !is_dry_run {
        let results = writer.digest_of_results();
        // A request to stop ends the reading, too.
        if stop.count() > 0 {
            return Ok(None);
        }
        let results = results?;
        RunRecord::keep_results(&finished.folder, results.clone(), !merged.is_complete())?;
        digest = Some(results);
    }
    let is_incomplete = !merged.is_complete();
    reached(Milestone::Stores { run, is_incomplete, results: digest.as_deref() });
    let writer = writer.returning_content(finished.is_one_of_many);
    merged.content = commit(writer, &finished.run.store, stop)?;
    Ok(Some(merged))
}

/// Merges all task stores into the store. Returns `None` if the user asked to stop meanwhile.
fn merge_all(
    writer: &StoreWriter,
    finished: &FinishedRun<'_>,
    stop: &StopRequests,
    show: &mut dyn FnMut(&Snapshot),
) -> Result<Option<Merged>> {
    let FinishedRun { run, origin, worked, ref folder, keep_earlier, .. } = *finished;
    let plugins = run.plugin_names();
    let map_task = |(task, events)| MapTask { events, store: folder.task_store(task) };
    let map_tasks: Vec<_> = worked.tasks.finished_maps().into_iter().map(map_task).collect();
    let reduce_tasks: Vec<_> = (0..plugins.len())
        .map(|plugin| worked.tasks.finished_reduce(plugin).map(|task| folder.task_store(task)))
        .collect();
    let event_filter = slice::as_filter(run.filter.as_deref(), run.times);
    let result_tables = run
        .plugins
        .iter()
        .map(|plugin| analysis::spec_of(plugin).map(|spec| spec.results))
        .collect::<Result<Vec<_>, _>>()?;
    let plan = MergePlan {
        origin,
        plugins: &plugins,
        result_tables: &result_tables,
        map_tasks: &map_tasks,
        reduce_tasks: &reduce_tasks,
        event_filter: event_filter.as_deref(),
        time_compiled: clock::stored_now(),
        keep_earlier,
        set_aside: worked.tasks.set_aside(),
        is_group: report::is_session,
    };
    let merged = merge(writer, &plan, |done| {
        show(&Snapshot::merging(done, map_tasks.len()));
        stop.count() == 0
    })?;
    if merged.is_some() {
        show(&Snapshot { phase: Phase::Finalizing, ..Snapshot::merging(map_tasks.len(), map_tasks.len()) });
    }
    Ok(merged)
}

/// Returns why there is nothing to store, if that is so. `has_earlier` says whether the store has
/// reports of earlier runs.
fn why_nothing(finished: &FinishedRun<'_>, merged: &Merged, has_earlier: bool) -> Option<NothingToStore> {
    if let Some(check) = why_nothing_matches(finished.run, merged) {
        return Some(NothingToStore::NoMatch { check });
    }
    if !has_earlier || finished.keep_earlier {
        return None;
    }
    let skipped: BTreeSet<_> = merged.set_aside.iter().filter_map(|skipped| skipped.event).collect();
    let has_found = merged.tagged > 0
        || merged.reports.iter().any(|report| report.counter.values().any(|count| *count > 0));
    let first =
        merged.set_aside.first().filter(|_| skipped.len() as u64 >= finished.events.total && !has_found)?;
    Some(NothingToStore::AllSkipped { first: first.to_string() })
}

/// Returns the command that says why the filter matches no event, if it matches none.
fn why_nothing_matches(run: &RunSpec, merged: &Merged) -> Option<String> {
    let filter = slice::as_filter(run.filter.as_deref(), run.times)?;
    (merged.events > 0 && merged.filtered == merged.events)
        .then(|| format!("foreman check --filter={} {}", quoted(&filter), quoted_path(&run.store)))
}

/// How long a run waits for programs that read the store before it gives up.
const LONGEST_WAIT: Duration = Duration::from_secs(60 * 60);

/// Completes the change to the store. Returns the fingerprint of the store with the results.
fn commit(writer: StoreWriter, store: &Path, stop: &StopRequests) -> Result<Option<String>> {
    let mut since = None;
    let committed = writer.commit_after_readers(|| {
        let since = *since.get_or_insert_with(|| {
            tracing::warn!(
                "{} is being read by another program, so foreman waits before it stores the results{}",
                store.shown(),
                held_by(store)
            );
            Instant::now()
        });
        stop.count() == 0 && since.elapsed() < LONGEST_WAIT
    })?;
    if committed.durability == Durability::Unsynced {
        tracing::warn!(
            "the results are stored, but the folder of {} could not be synced: a power cut in the next minute could undo them",
            store.shown()
        );
    }
    Ok(committed.content)
}

fn session(run: &RunSpec, start: &RunStart, debug_mode: bool) -> Session {
    Session {
        identifier: run.id.clone(),
        aborted: false,
        command_line_arguments: start.command_line.clone(),
        debug_mode,
        start_time: start.start_time,
        completion_time: clock::stored_now(),
        product_name: "foreman".into(),
        product_version: env!("CARGO_PKG_VERSION").into(),
    }
}
