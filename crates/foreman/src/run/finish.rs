//! The second half of a run: does the tasks and stores the results, or says in which state the
//! store is.

use std::path::Path;

use anyhow::{Result, bail};
use events::{Shown as _, with_causes};
use protocol::RunSpec;
use storage::merge::Merged;
use storage::{Aftermath, idle_journal};

use super::options::Options;
use super::record::RunRecord;
use super::setup::Setup;
use super::store_lock::{after_failure, remove_idle_journal};
use super::store_results::{FinishedRun, NothingMatched, store_results};
use super::summary::Account;
use super::target::Target;
use super::work::work;
use crate::exit::CliStyle;
use crate::shell::interrupted_run;
use crate::supervise::dispatcher::{Outcome, Snapshot};
use crate::supervise::os::StopRequests;
use crate::supervise::run_folder::RunFolder;

/// Does the tasks and stores their results. `stores` is called between these. Returns `None` if the
/// user asked to stop.
pub(super) fn finish(
    options: &Options,
    setup: Setup,
    stop: &StopRequests,
    account: &mut Account,
    show: &mut dyn FnMut(&Snapshot),
    stores: &mut dyn FnMut(),
) -> Result<Option<Merged>> {
    let Setup { target, run, origin, folder, tasks, total, start, keep_earlier, .. } = setup;
    let advice = || how_to_resume(&folder, &run.store, options);
    let worked = match work(options, &run, &folder, (tasks, total), stop, show) {
        Ok(worked) => worked,
        Err(error) => {
            let (left, advice) = without_change(target, &run, options, advice());
            // The advice comes last, because it ends with a command to copy.
            bail!("{left}: {}{advice}", with_causes(error.as_ref()));
        }
    };
    account.tasks = worked.tasks.counts();
    account.replaced.clone_from(&worked.replaced);
    let (stored, (left, advice), is_untouched) = match &worked.outcome {
        Outcome::Failed(reason) => {
            let (left, advice) = without_change(target, &run, options, advice());
            bail!("{reason}; {left}{advice}");
        }
        Outcome::Aborted => (Ok(None), without_change(target, &run, options, advice()), true),
        Outcome::Finished => {
            stores();
            if let Err(error) = RunRecord::check_data_files(&folder) {
                let (left, _) = without_change(target, &run, options, String::new());
                bail!("{}; {left}; start the analysis again", with_causes(error.as_ref()));
            }
            let (baseline, earlier) = (target.baseline(), RunRecord::journal(&folder));
            let finished = FinishedRun {
                run: &run,
                origin: &origin,
                worked: &worked,
                folder: &folder,
                start,
                total,
                keep_earlier,
                // psort stores its reports in any case.
                store_nothing_found: options.force || options.dry_run || options.style == CliStyle::Psort,
            };
            match store_results(&finished, target, options.debug_mode, stop, show) {
                Ok(Some(merged)) => {
                    if let Err(error) = folder.remove() {
                        tracing::warn!("{}", with_causes(error.as_ref()));
                    }
                    return Ok(Some(merged));
                }
                // A journal with something to undo belongs to the run, whose folder then stays.
                Err(error) if error.is::<NothingMatched>() && idle_journal(&run.store).is_ok() => {
                    if let Err(error) = folder.remove() {
                        tracing::warn!("{}", with_causes(error.as_ref()));
                    }
                    let parent = options.temporary_directory.as_deref();
                    bail!("{error}{}", remove_idle_journal(&run.store, parent));
                }
                stored => {
                    // The store is examined only now, after its lock is released. If this run has
                    // not recorded a journal, it has not written to the store.
                    let journal = RunRecord::journal(&folder).filter(|now| Some(now) != earlier.as_ref());
                    let aftermath = match &baseline {
                        Some(baseline) => baseline.compare(&run.id, journal.as_deref()),
                        None => Aftermath::Untouched,
                    };
                    let place = (&*run.store, options.temporary_directory.as_deref());
                    let has_free_pages = baseline.is_some_and(|baseline| baseline.has_free_pages());
                    let left = after_failure(place, has_free_pages, &aftermath, advice());
                    (stored, left, aftermath == Aftermath::Untouched)
                }
            }
        }
    };
    // After a request to stop, an error only says that the run was interrupted, unless the change
    // could not be undone.
    match stored {
        Err(error) if stop.count() == 0 || !is_untouched => {
            bail!("{left}: {}{advice}", with_causes(error.as_ref()))
        }
        Ok(_) if !is_untouched => bail!("the change could not be undone: {left}{advice}"),
        _ => {
            tracing::warn!("aborted; {left}{advice}");
            Ok(None)
        }
    }
}

/// Returns in which state a run leaves the store to which it has not written, and what to do.
/// Another program may have written to it: a lock does not keep a copy from being put there.
fn without_change(target: Target, run: &RunSpec, options: &Options, advice: String) -> (String, String) {
    let baseline = target.baseline();
    // The store is examined only after its lock is released.
    drop(target);
    match baseline {
        Some(baseline) => {
            let place = (&*run.store, options.temporary_directory.as_deref());
            after_failure(place, baseline.has_free_pages(), &baseline.compare(&run.id, None), advice)
        }
        None => (format!("{} is untouched", run.store.shown()), advice),
    }
}

/// Returns what to do after an interruption. It is empty if no task was finished.
fn how_to_resume(folder: &RunFolder, store: &Path, options: &Options) -> String {
    if !folder.stays() {
        return String::new();
    }
    // Each command ends its line, so that a user can copy the line.
    let where_it_is = interrupted_run(store, options.temporary_directory.as_deref());
    format!(
        "; resume with:\n  foreman analyze --resume {where_it_is}\nor discard what was done with:\n  foreman clean {where_it_is}"
    )
}
