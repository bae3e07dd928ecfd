//! The second half of a run: does the tasks and stores the results, or says in which state the
//! store is.

use std::path::Path;

use anyhow::{Error, Result, bail};
use events::{Shown as _, with_causes};
use protocol::RunSpec;
use storage::merge::Merged;
use storage::{Aftermath, StorageError, idle_journal};

use super::milestone::Milestone;
use super::options::Options;
use super::record::{Change, RunRecord};
use super::resume_command::resume_with;
use super::setup::Setup;
use super::store_lock::{after_failure, remove_idle_journal};
use super::store_results::{FinishedRun, NothingToStore, ToTell, store_results};
use super::summary::Account;
use super::target::{Before, Target};
use super::work::work;
use crate::paths::is_gone;
use crate::shell::interrupted_run;
use crate::supervise::dispatcher::{Outcome, Snapshot};
use crate::supervise::run_folder::RunFolder;
use crate::supervise::stop::StopRequests;

/// Does the tasks and stores their results. `reached` gets the milestones of the run. Returns
/// `None` if the user asked to stop.
pub(super) fn finish(
    options: &Options,
    setup: Setup,
    stop: &StopRequests,
    account: &mut Account,
    show: &mut dyn FnMut(&Snapshot),
    reached: &mut dyn FnMut(Milestone<'_>),
) -> Result<Option<Merged>> {
    let Setup {
        target,
        run,
        origin,
        before,
        folder,
        tasks,
        events,
        start,
        keep_earlier,
        stores_nothing_found,
        ..
    } = setup;
    let advice = |is_aborted| how_to_resume(&folder, &run, options, is_aborted);
    let worked = match work(options, (&run, before.state()), &folder, (tasks, events.total), stop, show) {
        Ok(worked) => worked,
        Err(error) => {
            let Left { state, advice, .. } = without_change(target, (&run, &folder), &before, advice(false));
            // The advice comes last, because it ends with a command to copy.
            bail!("{state}: {}{advice}", with_causes(error.as_ref()));
        }
    };
    account.tasks = worked.tasks.counts();
    account.replaced.clone_from(&worked.replaced);
    account.worker_memory = worked.worker_memory;
    match &worked.outcome {
        Outcome::Failed(reason) => {
            let Left { state, advice, .. } = without_change(target, (&run, &folder), &before, advice(false));
            bail!("{reason}; {state}{advice}");
        }
        Outcome::Aborted => {
            say_not_stored(None, without_change(target, (&run, &folder), &before, advice(true)), stop)
        }
        Outcome::Finished => {
            reached(Milestone::Worked);
            if let Err(error) = RunRecord::check_data_files(&folder) {
                let left = without_change(target, (&run, &folder), &before, String::new());
                bail!("{}; {}; start the analysis again", with_causes(error.as_ref()), left.state);
            }
            let finished = FinishedRun {
                run: &run,
                origin: &origin,
                before: &before,
                worked: &worked,
                folder,
                start,
                events,
                keep_earlier,
                store_nothing_found: stores_nothing_found || options.force || options.dry_run,
                state_in_part: state_in_part(&run, options),
                is_one_of_many: options.is_one_of_many,
            };
            store(finished, target, options, stop, (show, reached))
        }
    }
}

/// Stores the results and removes the run's folder, or says in which state the store is.
fn store(
    finished: FinishedRun<'_>,
    target: Target,
    options: &Options,
    stop: &StopRequests,
    to_tell: ToTell<'_>,
) -> Result<Option<Merged>> {
    let earlier = RunRecord::change(&finished.folder)?;
    let stored = store_results(&finished, target, options.debug_mode, stop, to_tell);
    let FinishedRun { run, before, folder, .. } = finished;
    let place = &*run.store;
    match stored {
        Ok(Some(merged)) => {
            remove(folder);
            Ok(Some(merged))
        }
        // A journal with something to undo belongs to the run, whose folder then stays.
        Err(error) if error.is::<NothingToStore>() && idle_journal(&run.store).is_ok() => {
            remove(folder);
            bail!("{error}{}", remove_idle_journal(place))
        }
        not_stored => {
            // If this run has not recorded a change, it has not written to the store.
            let advice = how_to_resume(&folder, run, options, not_stored.is_ok());
            let left = match RunRecord::change(&folder) {
                Ok(change) => {
                    let change = change.filter(|now| Some(now) != earlier.as_ref());
                    examine(place, before, (&run.id, change.as_ref()), &folder, advice)
                }
                Err(error) => not_known(place, &error, advice),
            };
            // Only the record of the run says that the journal may undo its change.
            if left.needs_record {
                folder.keep();
            }
            say_not_stored(not_stored.err(), left, stop)
        }
    }
}

fn remove(folder: RunFolder) {
    if let Err(error) = folder.remove() {
        tracing::warn!("{}", with_causes(error.as_ref()));
    }
}

/// In which state a run leaves the store.
struct Left {
    state: String,
    /// What to do.
    advice: String,
    is_untouched: bool,
    /// Whether a change has begun that is to be undone or completed.
    needs_record: bool,
}

/// Says why nothing was stored. After a request to stop, an error only says that the run was
/// interrupted, unless the change could not be undone.
fn say_not_stored(error: Option<Error>, left: Left, stop: &StopRequests) -> Result<Option<Merged>> {
    let Left { state, advice, is_untouched, .. } = left;
    match error {
        Some(error) if stop.count() == 0 || !is_untouched => {
            bail!("{state}: {}{advice}", with_causes(error.as_ref()))
        }
        None if !is_untouched => bail!("the change could not be undone: {state}{advice}"),
        _ => {
            tracing::warn!("aborted; {state}{advice}");
            Ok(None)
        }
    }
}

/// Returns in which state a run leaves the store to which it has not written. Another program may
/// have done so: a lock does not keep a copy from being put there.
fn without_change(
    target: Target,
    (run, folder): (&RunSpec, &RunFolder),
    before: &Before,
    advice: String,
) -> Left {
    // The lock is released before the store is examined.
    drop(target);
    // Nothing has to be undone.
    Left { is_untouched: true, ..examine(&run.store, before, (&run.id, None), folder, advice) }
}

/// Examines the store of a run, with the change that the run has recorded. No descriptor of it may
/// be open. If the run only reads, another program may have changed the store since the run began,
/// and there is nothing to undo.
fn examine(
    place: &Path,
    before: &Before,
    (run, change): (&str, Option<&Change>),
    folder: &RunFolder,
    advice: String,
) -> Left {
    let aftermath = match before {
        Before::Change(baseline) => {
            let results = change.and_then(|change| change.results.as_deref());
            baseline.compare(run, change.map(|change| &*change.journal), results)
        }
        Before::Reading(_) if is_gone(place) => Aftermath::Gone,
        Before::Reading(state) => match state.is_still_at(place) {
            Ok(true) => Aftermath::Untouched,
            Ok(false) => Aftermath::ByOthers,
            Err(error) => return unreadable(place, &error),
        },
    };
    let has_free_pages = matches!(before, Before::Change(baseline) if baseline.has_free_pages());
    let (state, advice) = after_failure(place, has_free_pages, &aftermath, advice);
    let is_untouched = matches!(before, Before::Reading(_)) || aftermath == Aftermath::Untouched;
    let is_void = aftermath == Aftermath::ByOthers;
    if is_void {
        // Some tasks are about what was in the store before, and others about what is in it now.
        folder.do_not_keep();
    }
    Left { state, advice, is_untouched, needs_record: !is_untouched && !is_void }
}

/// Returns in which state a run leaves the store if its own record cannot be read: it may have
/// begun a change.
fn not_known(place: &Path, error: &Error, advice: String) -> Left {
    let aftermath = Aftermath::Unknown(with_causes(error.as_ref()));
    let (state, advice) = after_failure(place, false, &aftermath, advice);
    Left { state, advice, is_untouched: false, needs_record: true }
}

/// In which state a run that only read leaves a store that can no longer be read.
fn unreadable(store: &Path, error: &StorageError) -> Left {
    Left {
        state: format!(
            "{} can no longer be read ({}), and foreman has written nothing to it",
            store.shown(),
            with_causes(error)
        ),
        advice: "; check the disk and the file, then start again".into(),
        is_untouched: true,
        needs_record: false,
    }
}

/// Returns the state of the store if the process exits at once while the results are being stored,
/// and what to do.
fn state_in_part(run: &RunSpec, options: &Options) -> String {
    format!(
        "stopped while the results were being stored in {}, which may have all of them, a part of them, or nothing; keep it \
         together with its journal and the folder of the run, and {}\nor undo the change with:\n  foreman clean {}",
        run.store.shown(),
        options.resume_of_queue.clone().unwrap_or_else(|| resume_with(run)),
        interrupted_run(&run.store)
    )
}

/// Returns what to do after an interruption. It is empty if no task was finished.
fn how_to_resume(folder: &RunFolder, run: &RunSpec, options: &Options, is_aborted: bool) -> String {
    // To resume an aborted run over several storage files, one command is shown at its end.
    if !folder.stays() || is_aborted && options.resume_of_queue.is_some() {
        return String::new();
    }
    // Each command ends its line, so that a user can copy the line.
    let (resume, discard) = (resume_with(run), interrupted_run(&run.store));
    format!("; {resume}\nor discard what was done with:\n  foreman clean {discard}")
}
