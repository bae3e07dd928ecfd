//! The store that a run analyses. It is locked until the run ends, unless this is a dry run.

use std::path::Path;

use anyhow::{Context as _, Result, bail};
use events::Shown as _;
use storage::{Baseline, Store, StoreState, StoreWriter};

use super::record::{RunRecord, with_lost_journal};
use super::store_lock::{lock_undone, undo_incomplete_change};
use crate::paths::trusted_temporary_folder;
use crate::supervise::os;
use crate::supervise::run_folder::{DRY_RUN, RunFolder};

/// The store, locked for writing or opened only for reading.
pub(crate) enum Target {
    Locked(StoreWriter),
    ReadOnly(Store, StoreState),
}

/// What was in the store when a run began.
pub(crate) enum Before {
    /// The run changes it.
    Change(Baseline),
    /// The run only reads it.
    Reading(StoreState),
}

impl Before {
    pub(crate) fn state(&self) -> &StoreState {
        match self {
            Self::Change(baseline) => baseline.state(),
            Self::Reading(state) => state,
        }
    }
}

impl Target {
    pub(crate) fn open(path: &Path, dry_run: bool) -> Result<Self> {
        if dry_run {
            let store = Store::open(path).map_err(|error| with_lost_journal(error.into(), path))?;
            let state = store.state()?;
            store.limit_readers();
            if store.is_part()? {
                tracing::warn!(
                    "{} is a part of a storage file, made by foreman split: results that need all events are not those of \
                     the whole file",
                    path.shown()
                );
            }
            store.check_result_tables(analysis::result_tables())?;
            if let Some(doubt) = RunRecord::doubt(&store) {
                // `--quiet` hides warnings.
                streams::complain(&doubt);
            }
            return Ok(Self::ReadOnly(store, state));
        }
        if let Some(kind) = os::network_file_system(path) {
            tracing::warn!(
                "{} is on a network file system ({kind}), where SQLite's locks cannot be relied on: let nothing else use it meanwhile",
                path.shown()
            );
        }
        if os::is_mounted_alone(path) {
            bail!(
                "{} is mounted as a single file, so its journal would not lie beside the real file, and an interrupted change \
                 could not be undone; mount the folder that it is in, or analyse a copy",
                path.shown()
            );
        }
        // Before the folder is refused: a change that was interrupted matters more, and a copy of
        // the file without its journal would be damaged.
        undo_incomplete_change(path)?;
        files::check_removable(path.parent().unwrap_or(Path::new("/"))).with_context(|| {
            format!(
                "{} cannot be changed; work on a copy, or use --dry-run to see the results without storing them",
                path.shown()
            )
        })?;
        check_folder(path)?;
        if os::has_hard_links(path) {
            tracing::warn!(
                "{} has more than one name (hard links): an analysis changes the file under all of them, and SQLite's locks and \
                 journal work for one name only; let nothing else use it meanwhile",
                path.shown()
            );
        }
        let writer = lock_undone(path)?;
        writer.store().limit_readers();
        if writer.store().is_part()? {
            bail!(
                "{} is a part of a storage file, made by foreman split, so its results would not be those of the whole file; \
                 do its shard with foreman work and --parts, or analyse the whole storage file",
                path.shown()
            );
        }
        writer.check_result_tables(analysis::result_tables())?;
        Ok(Self::Locked(writer))
    }

    pub(crate) fn store(&self) -> &Store {
        match self {
            Self::Locked(writer) => writer.store(),
            Self::ReadOnly(store, _) => store,
        }
    }

    /// Returns what was in the store when it was locked or opened.
    pub(crate) fn before(&self) -> Before {
        match self {
            Self::Locked(writer) => Before::Change(writer.baseline()),
            Self::ReadOnly(_, state) => Before::Reading(state.clone()),
        }
    }

    /// Makes the folder of the run. `parent` is the folder for temporary files that the user has
    /// named, and `prefix` begins the folder's name if the store is only read.
    pub(crate) fn run_folder(&self, path: &Path, parent: Option<&Path>, prefix: &str) -> Result<RunFolder> {
        match self {
            Self::Locked(writer) => {
                RunRecord::check_discardable(writer.store())?;
                RunFolder::create(path, parent)
            }
            Self::ReadOnly(..) => match parent {
                Some(parent) => RunFolder::temporary(parent, prefix),
                None => RunFolder::temporary(&trusted_temporary_folder()?, prefix),
            },
        }
    }

    /// Where the results go: in a dry run to a store of their own that goes with the run's folder.
    /// The change to the store has begun then, and the run's record says which journal is its own.
    pub(crate) fn into_writer(self, folder: &RunFolder) -> Result<StoreWriter> {
        match self {
            Self::Locked(writer) => {
                RunRecord::keep_journal(folder, writer.begin()?)?;
                Ok(writer)
            }
            Self::ReadOnly(store, _) => {
                let path = folder.path().join(DRY_RUN);
                // SQLite would make the file readable for others.
                folder.new_file(DRY_RUN).with_context(|| format!("cannot make {}", path.shown()))?;
                Ok(StoreWriter::scratch(&store, &path, analysis::result_tables())?)
            }
        }
    }
}

/// Refuses a store whose folder cannot be written, because SQLite makes its journal there.
/// Otherwise, the results could not be stored after all the work.
fn check_folder(store: &Path) -> Result<()> {
    let folder = store.parent().unwrap_or(Path::new("/"));
    if !os::may_write(folder) {
        bail!(
            "{} cannot be written, because SQLite needs to write beside it and {} cannot be written; work on a copy, or use \
             --dry-run to see the results without storing them",
            store.shown(),
            folder.shown()
        );
    }
    Ok(())
}
