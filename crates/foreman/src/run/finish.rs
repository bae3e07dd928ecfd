//! The second half of a run: does the tasks and stores the results, or says in which state the
//! store is.

use std::path::Path;

use anyhow::{Result, anyhow, bail};
use storage::merge::Merged;

use super::options::Options;
use super::record::RunRecord;
use super::setup::Setup;
use super::store_lock::after_failure;
use super::store_results::{FinishedRun, NothingMatched, store_results};
use super::summary::Account;
use super::work::work;
use crate::exit::CliStyle;
use crate::shell::interrupted_run;
use crate::supervise::dispatcher::{Outcome, Snapshot};
use crate::supervise::os::StopRequests;
use crate::supervise::run_folder::RunFolder;

/// Does the tasks and stores their results. Returns `None` if the user asked to stop.
pub(super) fn finish(
    options: &Options,
    setup: Setup,
    stop: &StopRequests,
    account: &mut Account,
    show: &mut dyn FnMut(&Snapshot),
) -> Result<Option<Merged>> {
    let Setup { target, run, folder, tasks, total, start, keep_earlier } = setup;
    let untouched = || format!("{} is untouched", run.store.display());
    let advice = || how_to_resume(&folder, &run.store, options);
    let worked = work(options, &run, &folder, (tasks, total), stop, show)
        // The advice comes last, because it ends with a command to copy.
        .map_err(|error| anyhow!("{}: {error:#}{}", untouched(), advice()))?;
    account.tasks = worked.tasks.counts();
    account.replaced.clone_from(&worked.replaced);
    let (stored, (left, advice)) = match &worked.outcome {
        Outcome::Failed(reason) => bail!("{reason}; {}{}", untouched(), advice()),
        Outcome::Aborted => (Ok(None), (untouched(), advice())),
        Outcome::Finished => {
            RunRecord::check_data_files(&folder)
                .map_err(|error| anyhow!("{error:#}; {}; start the analysis again", untouched()))?;
            let baseline = target.baseline();
            let finished = FinishedRun {
                run: &run,
                worked: &worked,
                folder: &folder,
                start,
                keep_earlier,
                // psort stores its reports in any case.
                store_nothing_found: options.force || options.dry_run || options.style == CliStyle::Psort,
            };
            match store_results(&finished, target, options.debug_mode, stop, show) {
                Ok(Some(merged)) => {
                    if let Err(error) = folder.remove() {
                        tracing::warn!("{error:#}");
                    }
                    return Ok(Some(merged));
                }
                Err(error) if error.is::<NothingMatched>() => {
                    if let Err(error) = folder.remove() {
                        tracing::warn!("{error:#}");
                    }
                    return Err(error);
                }
                stored => {
                    // The store is examined only now, after its lock is released.
                    let left = match &baseline {
                        Some(baseline) => {
                            let record = folder.load::<RunRecord>().ok();
                            let journal = record.as_ref().and_then(|record| record.interrupted().journal);
                            let parent = options.temporary_directory.as_deref();
                            after_failure(
                                (&run.store, parent),
                                baseline.has_free_pages(),
                                &baseline.compare(&run.id, journal),
                                advice(),
                            )
                        }
                        None => (untouched(), advice()),
                    };
                    (stored, left)
                }
            }
        }
    };
    match stored {
        // After a request to stop, an error only says that the run was interrupted.
        Err(error) if stop.count() == 0 => bail!("{left}: {error:#}{advice}"),
        _ => {
            tracing::warn!("aborted; {left}{advice}");
            Ok(None)
        }
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
