//! Whether the record of an interrupted run is still needed: its change has begun in another file,
//! or the store has a part of the change, and its journal is lost.

use std::path::Path;

use anyhow::{Context as _, Error, Result, anyhow};
use events::{Shown as _, with_causes};
use storage::{BYTES_BEHIND, StorageError, Store};

use super::RunRecord;
use crate::shell::interrupted_run;
use crate::supervise::run_folder::{Hidden, RunFolder, is_unreadable};

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
    /// was lost while they were being written. Where others have stored results since then, this
    /// cannot be told any more.
    pub(in crate::run) fn check_complete(&self, store: &Store) -> Result<()> {
        if self.journal.is_none() {
            return Ok(());
        }
        let path = store.path();
        if !is_last_session(store, &self.run.id)? {
            return Err(changed_since(path).into());
        }
        let cannot_read = || format!("cannot read {}", path.shown());
        if let Some(results) = &self.results
            && storage::holds_results(path, results).with_context(cannot_read)?
        {
            return Ok(());
        }
        Err(partly_changed(path).into())
    }

    /// Refuses to discard the record of a run whose change has begun in another file than `store`,
    /// or has been made in part: nothing else lets foreman undo that change. Otherwise, it has been
    /// undone or completed by now.
    ///
    /// # Errors
    ///
    /// [`Needed`], or that it is not known because something cannot be read.
    pub(crate) fn check_discardable(store: &Store) -> Result<()> {
        let record = match RunFolder::peek::<Self>(store.path()) {
            Err(error) if is_unreadable(&error) => return Err(error),
            Err(error) if error.downcast_ref().is_some_and(|hidden: &Hidden| !hidden.is_of_others) => {
                return Err(not_known(store.path(), &error).into());
            }
            // Who wants to discard a folder that is not this user's is refused.
            Ok(None) | Err(_) => return Ok(()),
            Ok(Some(record)) => record,
        };
        if record.journal.is_none() {
            return Ok(());
        }
        if record.store == store.fingerprint()? && !store.has_bytes_behind()? {
            return Ok(());
        }
        if store.has_session(&record.run.id)? {
            return record.check_complete(store);
        }
        let is_same_file = record.store_file.0 == store.state()?.identity();
        Err(otherwise_changed(store.path(), is_same_file).into())
    }

    /// Refuses a store that has a part of a change of an interrupted run, or may have it, although
    /// no journal undoes it.
    pub(crate) fn refuse_partly_changed(store: &Store) -> Result<()> {
        if let Some(doubt) = hidden_by_others(store) {
            tracing::warn!("{doubt}");
        }
        Self::check_discardable(store)
    }

    /// Returns a warning if a store that is only read has a part of a change of an interrupted run,
    /// or may have it, although no journal undoes it.
    pub(crate) fn doubt(store: &Store) -> Option<String> {
        let Err(error) = Self::check_discardable(store) else { return hidden_by_others(store) };
        Some(match error.downcast::<Needed>() {
            Ok(Needed { state, .. }) => state,
            Err(error) => unknown(store.path(), &error),
        })
    }
}

/// Says so if it is another user's folder that would tell of an interrupted run.
fn hidden_by_others(store: &Store) -> Option<String> {
    let error = RunFolder::peek::<RunRecord>(store.path()).err()?;
    error
        .downcast_ref()
        .is_some_and(|hidden: &Hidden| hidden.is_of_others)
        .then(|| unknown(store.path(), &error))
}

fn unknown(path: &Path, error: &Error) -> String {
    format!(
        "it is not known whether {} has a part of the results of an interrupted run: {}",
        path.shown(),
        with_causes(error.as_ref())
    )
}

/// Adds to the error of a damaged store that an interrupted run had begun to change it and that its
/// journal is lost: with the journal, the damage could be undone.
pub(crate) fn with_lost_journal(error: Error, path: &Path) -> Error {
    let is_unsupported =
        matches!(error.downcast_ref(), Some(StorageError::Unsupported { what: BYTES_BEHIND, .. }));
    if !is_unsupported && !matches!(error.downcast_ref(), Some(StorageError::Damaged { .. })) {
        return error;
    }
    match RunFolder::peek::<RunRecord>(path) {
        Ok(Some(record)) if record.journal.is_some() => {}
        Ok(_) => return with_journal_of_somebody(error, path),
        Err(hidden) if hidden.is::<Hidden>() => return anyhow!("{error:#}; {}", unknown(path, &hidden)),
        Err(_) => return error,
    }
    // Its advice would make a whole file of what is only a part.
    let error = match is_unsupported {
        true => anyhow!("{} has {BYTES_BEHIND}", path.shown()),
        false => error,
    };
    let Lost { words, has_journal } = Lost::of(path);
    let begun = format!("{error:#}; an interrupted run had begun to change it, and {words}");
    if has_journal {
        return anyhow!("{begun}: keep the two together");
    }
    anyhow!(
        "{begun}: go on with a copy of the file from before the run; or, if the journal is found, put it back, and undo the change \
         with:\n  foreman clean {}",
        interrupted_run(path)
    )
}

/// Adds to the error of a damaged store that there is a journal that was not played back.
fn with_journal_of_somebody(error: Error, path: &Path) -> Error {
    let journal = storage::journal_path(path);
    match journal.symlink_metadata() {
        Ok(_) => anyhow!(
            "{error:#}; {} may have pages from before a change that was interrupted: keep the two together",
            journal.shown()
        ),
        Err(_) => error,
    }
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
fn partly_changed(path: &Path) -> Needed {
    let (shown, clean) = (path.shown(), interrupted_run(path));
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

/// The store has the session of a run, and others that were stored later.
fn changed_since(path: &Path) -> Needed {
    let (shown, clean) = (path.shown(), interrupted_run(path));
    Needed {
        state: format!(
            "it is not known whether {shown} has all results of an interrupted run, since others were stored after its session"
        ),
        advice: format!(
            "; compare the file with a copy from before the run, or go on with that copy; then discard the record of the run \
             with:\n  foreman clean {clean}"
        ),
    }
}

/// The record of a run cannot be understood.
fn not_known(path: &Path, error: &Error) -> Needed {
    Needed {
        state: unknown(path, error),
        advice: format!(
            "; if that run may have begun to store results, go on with a copy of the file from before the run; then discard the \
             record of the run with:\n  foreman clean {}",
            interrupted_run(path)
        ),
    }
}

/// The store is not as it was when a run began to change it, and has no session of this run.
fn otherwise_changed(path: &Path, is_same_file: bool) -> Needed {
    let (shown, clean) = (path.shown(), interrupted_run(path));
    let Lost { words, has_journal } = Lost::of(path);
    if has_journal || is_same_file {
        let keep = if has_journal { "keep the two together" } else { "if the journal is found, put it back" };
        return Needed {
            state: format!(
                "{shown} is not as it was when an interrupted run began to change it, and {words}: the file may have a part of the \
                 change"
            ),
            advice: format!(
                "; {keep}, and otherwise go on with a copy of the file from before the run; undo the change, or discard the record \
                 of the run, with:\n  foreman clean {clean}"
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
