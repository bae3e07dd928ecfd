//! `foreman clean`: discards what an interrupted run has left.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::Args;
use storage::StoreWriter;

use crate::exit::Status;
use crate::output::say;
use crate::paths::store_path;
use crate::supervise::run_folder::RunFolder;

#[derive(Debug, Args)]
pub(crate) struct CleanArguments {
    /// Where the interrupted run was told to keep its temporary files.
    #[arg(long, value_name = "FOLDER", env = "FOREMAN_TEMPORARY_DIRECTORY")]
    temporary_directory: Option<PathBuf>,

    /// The storage file.
    store: PathBuf,
}

pub(crate) fn clean(arguments: &CleanArguments) -> Result<Status> {
    let path = store_path(&arguments.store)?;
    // Held while the folder is removed, so that it is not that of a run which is still going on.
    let writer = StoreWriter::lock(&path).context("it cannot be told that no run is going on")?;
    let said = match RunFolder::left_by_interrupted(&path, arguments.temporary_directory.as_deref())? {
        Some(folder) => {
            let place = folder.path().display().to_string();
            folder.remove()?;
            format!("removed {place}")
        }
        None => format!("no interrupted run has left anything for {}", path.display()),
    };
    protocol::remove_dead_sockets();
    // Nobody has to wait for who reads this.
    drop(writer);
    say(&said);
    Ok(Status::Done)
}
