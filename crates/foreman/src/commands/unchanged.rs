//! Notices that another program changes a storage file while a command reads it.
//!
//! A command reads a storage file in several steps, and counts events in several threads. Nothing
//! keeps another program from writing in between, and then what is printed would be a mixture of
//! before and after, which was never true.

use std::path::PathBuf;

use anyhow::bail;
use events::Shown as _;
use storage::{SameStore, Store, StoreState, counts_as_write};

use crate::run::record::{RunRecord, with_lost_journal};
use crate::supervise::run_folder::RunFolder;

/// A storage file as it was before a command read it.
#[must_use]
pub(super) struct Before {
    store: SameStore,
    state: StoreState,
}

impl Before {
    pub(super) fn of(path: PathBuf) -> anyhow::Result<Self> {
        let state = Store::open(&path).and_then(|store| store.state());
        let state = state.map_err(|error| with_lost_journal(error.into(), &path))?;
        Ok(Self { store: SameStore::of_version(path, state.version()), state })
    }

    /// The storage file, to be opened. Nothing else may be read under its name.
    pub(super) fn store(&self) -> &SameStore {
        &self.store
    }

    /// Fails if the storage file was changed since then. Returns and says whether it may have only
    /// a part of the results of an interrupted run.
    pub(super) fn check(self) -> anyhow::Result<Option<String>> {
        let Self { store, state } = self;
        if !state.is_still_at(store.path())? {
            bail!(
                "{} was changed by another program while it was read {}, so the result would be a mixture of before and \
                 after; run the command again when nothing writes to the storage file",
                store.path().shown(),
                counts_as_write(store.path())
            );
        }
        // Most stores have no folder of a run, and are not opened again.
        if !RunFolder::is_taken(store.path()) {
            return Ok(None);
        }
        Ok(RunRecord::doubt(&store.open()?).inspect(|doubt| streams::complain(doubt)))
    }
}
