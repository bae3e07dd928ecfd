//! Discards what an interrupted run over one storage file has left behind.

use std::path::{Path, PathBuf};

use anyhow::{Error, Result, bail};
use events::Shown as _;
use storage::journal_path;

use crate::paths::{is_missing, temporary_folder};
use crate::run::record::{Needed, RunRecord};
use crate::run::store_lock::{Held, lock_store};
use crate::supervise::run_folder::{RunFolder, is_unreadable};

/// What was removed.
#[derive(Default)]
pub(super) struct Removed {
    /// In words.
    pub(super) words: Vec<String>,
    /// What stays, and why.
    pub(super) stays: Option<String>,
}

/// Discards what an interrupted run over a storage file has left behind, if there is one.
pub(super) fn clean_if_interrupted(path: &Path) -> Result<Removed> {
    // A journal is looked at first: the folder of its run, which may belong to somebody else, may
    // be needed to undo a change.
    let has_journal = !is_missing(&journal_path(path).symlink_metadata());
    // The folder is unlocked again before it is cleaned.
    if !has_journal && RunFolder::left_by_interrupted(path)?.is_none() {
        return Ok(Removed::default());
    }
    clean_store(path, Asked::ForAll)
}

/// Whether the user has named the storage file, or the folder in which it is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    ForIt,
    ForAll,
}

/// Discards what an interrupted run over a storage file has left behind.
pub(super) fn clean_store(path: &Path, asked: Asked) -> Result<Removed> {
    // The lock is held while the folder is removed. So the folder cannot belong to a run that is
    // still active. It is released before anything is printed, because the reader may be slow.
    let writer = lock_store(path).map_err(|error| {
        if error.is::<Held>() { error.context("a run may still be active") } else { error }
    })?;
    let needed = match RunRecord::check_discardable(writer.store()) {
        Err(error) if asked == Asked::ForAll || is_unreadable(&error) => return Err(error),
        // Who names the file wants it, and is told what it costs.
        discardable => discardable.err(),
    };
    let mut removed = remove_folder(path, needed.as_ref())?;
    let journal = journal_path(path);
    if needed.is_some() && !is_missing(&journal.symlink_metadata()) {
        removed
            .words
            .push(format!("left {} as it is: it may still have pages from before a change", journal.shown()));
    } else if let Some(journal) = writer.remove_idle_journal()? {
        removed.words.push(format!("removed {}, a journal with nothing to undo", journal.shown()));
    }
    Ok(removed)
}

/// Removes the folder of an interrupted run, if there is one. `needed` says why it should stay.
fn remove_folder(path: &Path, needed: Option<&Error>) -> Result<Removed> {
    let Some(folder) = RunFolder::left_by_interrupted(path)? else { return Ok(Removed::default()) };
    let place = folder.record_path().shown().into_owned();
    // Without its record, the rest of the folder would be of no use.
    if let Some((folder, first)) = folder.foreign_file()? {
        bail!(
            "{} was not removed, because it has files that foreman did not make, such as {first}; move them away, \
             and clean again",
            folder.shown()
        );
    }
    let elsewhere = Some(folder.path().shown().into_owned()).filter(|elsewhere| *elsewhere != place);
    let stays = folder.remove()?;
    let state = |error: &Error| error.downcast_ref().map(|Needed { state, .. }| state.clone());
    let removed = elsewhere.map(|elsewhere| format!("removed {elsewhere}")).into_iter();
    let words = removed
        .chain([match needed {
            None => format!("removed {place}"),
            Some(error) => format!(
                "removed {place}, so foreman can no longer undo the change of that run; {}",
                state(error).unwrap_or_else(|| format!("{error:#}"))
            ),
        }])
        .collect();
    Ok(Removed { words, stays })
}

/// Removes the folders that killed exports and dry runs have left in the folder for temporary files
/// and in those of storage files. Returns what was removed, in words.
pub(super) fn remove_temporary<'a>(
    beside: impl IntoIterator<Item = &'a Path>,
    parent: Option<&Path>,
) -> Vec<String> {
    let temporary = parent.map_or_else(temporary_folder, PathBuf::from);
    let beside = beside.into_iter().filter(|beside| *beside != temporary);
    let removed = RunFolder::remove_temporary(&temporary).into_iter();
    removed.chain(beside.flat_map(RunFolder::remove_temporary)).collect()
}
