//! The store that a run analyses, locked until the run ends unless it is a dry run.

use std::path::Path;

use anyhow::{Context as _, Result, bail};
use storage::{StorageError, Store, StoreWriter};

use crate::paths::existing_folder;
use crate::supervise::os;
use crate::supervise::run_folder::{DRY_RUN, RunFolder};

/// The store, held for writing or only for reading.
pub(crate) enum Target {
    Locked(StoreWriter),
    ReadOnly(Store),
}

impl Target {
    pub(crate) fn open(path: &Path, dry_run: bool) -> Result<Self> {
        if dry_run {
            return Ok(Self::ReadOnly(Store::open(path)?));
        }
        if let Some(kind) = os::network_file_system(path) {
            tracing::warn!(
                "{} is on a network file system ({kind}), where SQLite's locks cannot be relied on: let nothing else use it meanwhile",
                path.display()
            );
        }
        if os::has_hard_links(path) {
            tracing::warn!(
                "{} has more than one name (hard links): an analysis changes the file under all of them, and SQLite's locks and \
                 journal work for one name only; let nothing else use it meanwhile",
                path.display()
            );
        }
        match StoreWriter::lock(path) {
            Ok(writer) => Ok(Self::Locked(writer)),
            Err(error @ StorageError::Locked { .. }) => {
                let holders = os::holders(path);
                let who = if holders.is_empty() {
                    String::new()
                } else {
                    format!("; it is held by {}", holders.join(", "))
                };
                bail!("{error}{who}");
            }
            Err(error) => Err(error.into()),
        }
    }

    pub(crate) fn store(&self) -> &Store {
        match self {
            Self::Locked(writer) => writer.store(),
            Self::ReadOnly(store) => store,
        }
    }

    pub(crate) fn run_folder(&self, path: &Path, parent: Option<&Path>) -> Result<RunFolder> {
        match self {
            Self::Locked(_) => RunFolder::create(path, parent),
            Self::ReadOnly(_) => match parent {
                Some(parent) => RunFolder::temporary(parent),
                None => RunFolder::temporary(&existing_folder(&std::env::temp_dir())?),
            },
        }
    }

    /// Where the results go: in a dry run to a store of their own that goes with the run's folder.
    pub(crate) fn into_writer(self, folder: &RunFolder) -> Result<StoreWriter> {
        match self {
            Self::Locked(writer) => Ok(writer),
            Self::ReadOnly(store) => {
                let path = folder.path().join(DRY_RUN);
                // SQLite would make a file that others may read.
                folder.new_file(DRY_RUN).with_context(|| format!("cannot make {}", path.display()))?;
                Ok(StoreWriter::scratch(&store, &path)?)
            }
        }
    }
}
