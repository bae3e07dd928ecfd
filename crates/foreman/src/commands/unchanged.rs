//! Notices that another program changes a storage file while a command reads it.
//!
//! A command reads a storage file in several steps, and counts events in several threads. Nothing
//! keeps another program from writing in between, and then what is printed would be a mixture of
//! before and after, which was never true.

use std::path::PathBuf;

use anyhow::bail;
use events::Shown as _;
use storage::{StorageError, Store};

/// A storage file as it was before a command read it.
#[must_use]
pub(super) struct Before {
    path: PathBuf,
    fingerprint: String,
}

impl Before {
    pub(super) fn of(path: PathBuf) -> Result<Self, StorageError> {
        let fingerprint = Store::open(&path)?.fingerprint()?;
        Ok(Self { path, fingerprint })
    }

    pub(super) fn check(self) -> anyhow::Result<()> {
        let Self { path, fingerprint } = self;
        if Store::open(&path)?.fingerprint()? != fingerprint {
            bail!(
                "{} was changed by another program while it was read, so the result would be a mixture of before and \
                 after; run the command again when nothing writes to the storage file",
                path.shown()
            );
        }
        Ok(())
    }
}
