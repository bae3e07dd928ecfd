//! Which storage files an interrupted queue has done.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::Result;
use events::{Shown as _, with_causes};

use super::known::{BegunRun, DoneStore, KnownStore, content_of};
use super::record::QueueRecord;
use crate::run::stored_run::StoredRun;

/// Returns whether the run over a storage file that the record of an interrupted queue knows has
/// skipped something, or `None` if the file is not done. What is left of the run's folder is
/// removed.
///
/// # Errors
///
/// If the file has only a part of the results of the run.
pub(super) fn done_with(
    record: &QueueRecord,
    path: &Path,
    KnownStore { run, done }: KnownStore,
) -> Result<Option<bool>> {
    let Some(done) = done else {
        let of = |run: BegunRun| StoredRun::of(path, &run.run, (run.is_incomplete, run.results));
        let Some((run, is_incomplete)) = run.map(of).transpose()?.flatten() else { return Ok(None) };
        record.add(path, is_incomplete, None)?;
        run.end();
        return Ok(Some(is_incomplete));
    };
    if !is_still_done(path, &done) {
        return Ok(None);
    }
    let left = run.and_then(|run| StoredRun::of(path, &run.run, (run.is_incomplete, None)).ok()?);
    if let Some((run, _)) = left {
        run.end();
    }
    Ok(Some(done.is_incomplete))
}

/// The storage files that were done, and that are no longer among those of the queue, by their
/// content.
pub(super) struct Missing(BTreeMap<String, DoneStore>);

impl Missing {
    /// Takes them from what the record says.
    pub(super) fn of(known: &mut BTreeMap<PathBuf, KnownStore>, paths: &[PathBuf]) -> Self {
        let paths: BTreeSet<_> = paths.iter().collect();
        let missing = known.iter_mut().filter(|(path, _)| !paths.contains(path));
        let done = missing.filter_map(|(_, known)| known.done.take());
        Self(done.map(|done| (done.content.clone(), done)).collect())
    }

    /// Returns the one that has this path now, because it was renamed or moved: it must not be
    /// analysed a second time.
    pub(super) fn is_at(&self, path: &Path) -> Option<&DoneStore> {
        // Few queues have any, and the content takes a while to read.
        if self.0.is_empty() {
            return None;
        }
        self.0.get(&content_of(path).ok()?)
    }
}

/// Names the storage files with which an interrupted run had begun and which are not resumed.
pub(super) fn name_left_out(known: &BTreeMap<PathBuf, KnownStore>, paths: &[PathBuf]) {
    let paths: BTreeSet<_> = paths.iter().collect();
    for (path, _) in known.iter().filter(|(path, known)| known.done.is_none() && !paths.contains(path)) {
        tracing::warn!(
            "{} is left out: the interrupted run had begun with it, and it is no longer among the storage files; \
             its run can be resumed when it is back in its place",
            path.shown()
        );
    }
}

/// Returns whether a storage file is as it was when it was done, and says if it is not.
fn is_still_done(path: &Path, done: &DoneStore) -> bool {
    let why = match done.is_as_it_was() {
        Ok(true) => return true,
        Ok(false) => "it was changed or replaced since it was done".to_owned(),
        Err(error) => {
            format!("it is not known whether it was changed since it was done ({})", with_causes(&error))
        }
    };
    tracing::warn!("{} is analysed again: {why}", path.shown());
    false
}
