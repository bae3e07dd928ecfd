//! What the record of a queue tells of storage files that may have a part of the results of a run.
//! If the folder of that run is elsewhere or gone, nothing else tells it, so the record stays.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use events::Shown as _;

use super::known::{BegunRun, KnownStore};
use crate::run::stored_run::Doubt;
use crate::shell::quoted_path;

/// The storage files that may have a part of the results of the last run that was begun over them.
#[derive(Default)]
pub(super) struct Doubts(BTreeMap<PathBuf, (BegunRun, Doubt)>);

impl Doubts {
    /// Examines those of the known storage files whose results were about to be stored.
    pub(super) fn among(known: BTreeMap<PathBuf, KnownStore>, parent: Option<&Path>) -> Self {
        let mut doubts = BTreeMap::new();
        for (path, KnownStore { run, done }) in known {
            if let (Some(run), None) = (run, done)
                && let Some(results) = &run.results
                && let Some(doubt) = Doubt::about(&path, parent, &run.run, results)
            {
                doubts.insert(path, (run, doubt));
            }
        }
        Self(doubts)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the runs.
    pub(super) fn runs(&self) -> impl Iterator<Item = &BegunRun> {
        self.0.values().map(|(run, _)| run)
    }

    /// Returns the storage files that certainly have only a part, and what to do.
    pub(super) fn certain(self) -> BTreeMap<PathBuf, String> {
        let certain = self.0.into_iter().filter(|(_, (_, doubt))| doubt.is_certain);
        certain.map(|(path, (_, doubt))| (path, doubt.why)).collect()
    }

    /// Refuses to remove the record at this path as long as there is such a file.
    pub(super) fn check_none(&self, record: &Path) -> Result<()> {
        if self.is_empty() {
            return Ok(());
        }
        let doubts = || self.0.values().map(|(_, doubt)| doubt);
        let why = doubts().map(|doubt| &*doubt.why).collect::<Vec<_>>().join("\n");
        let discard = match doubts().all(|doubt| doubt.is_certain) {
            true => String::new(),
            false => format!(
                "\nif all these files are of no more use, discard the record with:\n  rm -r {}",
                quoted_path(record)
            ),
        };
        bail!("{} was not removed, because it tells this: {why}{discard}", record.shown())
    }
}
