//! The store that a run analyses, locked until the run ends unless it is a dry run.

use std::path::Path;

use anyhow::{Result, bail};
use storage::{StorageError, Store, StoreWriter};

use crate::supervise::os;
use crate::supervise::run_folder::RunFolder;

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
            Self::ReadOnly(_) => RunFolder::temporary(parent),
        }
    }

    /// Where the results go: in a dry run to a store of their own that goes with the run's folder.
    pub(crate) fn into_writer(self, folder: &RunFolder) -> Result<StoreWriter> {
        match self {
            Self::Locked(writer) => Ok(writer),
            Self::ReadOnly(store) => {
                let scratch = folder.path().join("dry-run.plaso");
                Ok(StoreWriter::scratch(&store, &scratch, analysis::result_tables())?)
            }
        }
    }
}
