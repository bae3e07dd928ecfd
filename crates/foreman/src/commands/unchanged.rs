//! Notices that another program changes a storage file while a command reads it.
//!
//! A command reads a storage file in several steps, and counts events in several threads. Nothing
//! keeps another program from writing in between, and then what is printed would be a mixture of
//! before and after, which was never true.

use std::path::PathBuf;

use anyhow::bail;
use events::Shown as _;
use storage::{StorageError, Store, StoreState};

/// A storage file as it was before a command read it.
#[must_use]
pub(super) struct Before {
    path: PathBuf,
    state: StoreState,
}

impl Before {
    pub(super) fn of(path: PathBuf) -> Result<Self, StorageError> {
        let state = Store::open(&path)?.state()?;
        Ok(Self { path, state })
    }

    pub(super) fn check(self) -> anyhow::Result<()> {
        let Self { path, state } = self;
        if !state.is_still_at(&path)? {
            bail!(
                "{} was changed by another program while it was read, so the result would be a mixture of before and \
                 after; run the command again when nothing writes to the storage file",
                path.shown()
            );
        }
        Ok(())
    }
}
