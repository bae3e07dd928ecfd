//! Whether the record of an interrupted run is still needed: its change has begun in another file,
//! or the store has a part of the change, and its journal is lost.

use std::path::Path;

use anyhow::{Context as _, Error, Result, anyhow};
use events::{Shown as _, with_causes};
use storage::{StorageError, Store};

use super::RunRecord;
use crate::shell::interrupted_run;
use crate::supervise::run_folder::{RunFolder, is_unreadable};

/// Why the record of an interrupted run must stay.
#[derive(Debug, thiserror::Error)]
#[error("{state}{advice}")]
pub(crate) struct Needed {
    /// In which state the store is.
    pub(crate) state: String,
    /// What to do. Its commands end their lines.
    advice: String,
}

impl RunRecord {
    /// Refuses a store that has the session of this run, and not all of its results: its journal
    /// was lost while they were being written. If another run has stored its results since then,
    /// it has looked at this.
    pub(in crate::run) fn check_complete(&self, store: &Store, parent: Option<&Path>) -> Result<()> {
        if self.journal.is_none() || !is_last_session(store, &self.run.id)? {
            return Ok(());
        }
        let path = store.path();
        let cannot_read = || format!("cannot read {}", path.shown());
        if let Some(results) = &self.results
            && storage::holds_results(path, results).with_context(cannot_read)?
        {
            return Ok(());
        }
        Err(partly_changed(path, parent).into())
    }

    /// Refuses to discard the record of a run whose change has begun in another file than `store`,
    /// or has been made in part: nothing else lets foreman undo that change. Otherwise, it has been
    /// undone or completed by now.
    ///
    /// # Errors
    ///
    /// [`Needed`], or that it is not known because something cannot be read.
    pub(crate) fn check_discardable(store: &Store, parent: Option<&Path>) -> Result<()> {
        let record = match RunFolder::peek::<Self>(store.path(), parent) {
            Err(error) if is_unreadable(&error) => return Err(error),
            // What is no record is refused or discarded with its folder.
            Ok(None) | Err(_) => return Ok(()),
            Ok(Some(record)) => record,
        };
        if record.journal.is_none() || record.store == store.fingerprint()? {
            return Ok(());
        }
        if store.has_session(&record.run.id)? {
            return record.check_complete(store, parent);
        }
        Err(otherwise_changed(store.path(), parent).into())
    }

    /// Returns a warning if a store that is only read has a part of a change of an interrupted run,
    /// or may have it, although no journal undoes it.
    pub(crate) fn doubt(store: &Store) -> Option<String> {
        let error = Self::check_discardable(store, None).err()?;
        Some(match error.downcast::<Needed>() {
            Ok(Needed { state, .. }) => state,
            Err(error) => format!(
                "it is not known whether {} has a part of the results of an interrupted run: {}",
                store.path().shown(),
                with_causes(error.as_ref())
            ),
        })
    }
}

/// Adds to the error of a damaged store that an interrupted run had begun to change it and that its
/// journal is lost: with the journal, the damage could be undone.
pub(crate) fn with_lost_journal(error: Error, path: &Path, parent: Option<&Path>) -> Error {
    let is_damaged = matches!(error.downcast_ref(), Some(StorageError::Damaged { .. }));
    let record = RunFolder::peek::<RunRecord>(path, parent).ok().flatten();
    if !is_damaged || record.is_none_or(|record| record.journal.is_none()) {
        return error;
    }
    let Lost { words, has_journal } = Lost::of(path);
    let begun = format!("{error:#}; an interrupted run had begun to change it, and {words}");
    if has_journal {
        return anyhow!("{begun}: keep the two together");
    }
    anyhow!(
        "{begun}: if the journal is found, put it back, and undo the change with:\n  foreman clean {}",
        interrupted_run(path, parent)
    )
}

/// What is wrong with the journal of a change that was made in part. One that could be played back
/// has been by now.
struct Lost {
    words: String,
    has_journal: bool,
}

impl Lost {
    fn of(store: &Path) -> Self {
        let journal = storage::journal_path(store);
        let has_journal = journal.symlink_metadata().is_ok();
        let journal = journal.shown();
        let words = match has_journal {
            true => format!("the beginning of {journal}, which could undo its change, is lost (zeros)"),
            false => format!("{journal}, which could undo its change, is gone"),
        };
        Self { words, has_journal }
    }
}

/// The store has the session of a run, and not all of its results.
fn partly_changed(path: &Path, parent: Option<&Path>) -> Needed {
    let (shown, clean) = (path.shown(), interrupted_run(path, parent));
    let Lost { words, has_journal } = Lost::of(path);
    let what_to_do = match has_journal {
        true => {
            "and keep the two together; go on with a copy of the file from before the run, and discard the record of the run with"
        }
        false => {
            "unless the journal is found: then put it back, and undo the change; otherwise discard the record of the run, and go on \
             with a copy of the file from before the run; both with"
        }
    };
    Needed {
        state: format!(
            "{shown} has only a part of the results of the interrupted run, and {words}: do not use this file any more"
        ),
        advice: format!(", {what_to_do}:\n  foreman clean {clean}"),
    }
}

/// The store is not as it was when a run began to change it, and has no session of this run.
fn otherwise_changed(path: &Path, parent: Option<&Path>) -> Needed {
    let (shown, clean) = (path.shown(), interrupted_run(path, parent));
    let Lost { words, has_journal } = Lost::of(path);
    if has_journal {
        return Needed {
            state: format!(
                "{shown} is not as it was when an interrupted run began to change it, and {words}: the file may have a part of the \
                 change"
            ),
            advice: format!(
                "; keep the two together, and go on with a copy of the file from before the run; then discard the record of the run \
                 with:\n  foreman clean {clean}"
            ),
        };
    }
    Needed {
        state: format!(
            "an interrupted run has begun to change another file that was {shown}, or {shown} was changed since then"
        ),
        advice: format!(
            "; only the record of that run lets foreman undo its change, so the record stays: if the other file has such a change, put \
             it and its journal back here and undo the change, and otherwise discard the record, both with:\n  foreman clean {clean}"
        ),
    }
}

/// Returns whether the last session of the store is that of this run. Otherwise, another run may
/// have replaced its results.
pub(in crate::run) fn is_last_session(store: &Store, run: &str) -> Result<bool, StorageError> {
    if !store.has_session(run)? {
        return Ok(false);
    }
    let mut is_last = false;
    store.visit_sessions(|session| is_last = session.identifier == run)?;
    Ok(is_last)
}
