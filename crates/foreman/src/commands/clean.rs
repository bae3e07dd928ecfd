//! `foreman clean`: discards what an interrupted run has left behind.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use events::Shown as _;

use crate::exit::Status;
use crate::output::say;
use crate::paths::{store_path, temporary_folder};
use crate::run::store_lock::{Held, lock_store};
use crate::supervise::run_folder::RunFolder;

#[derive(Debug, Args)]
pub(crate) struct CleanArguments {
    /// The folder for temporary files of the interrupted run, if it had one.
    #[arg(long, value_name = "FOLDER", env = "FOREMAN_TEMPORARY_DIRECTORY")]
    temporary_directory: Option<PathBuf>,

    /// The storage file.
    store: PathBuf,
}

pub(crate) fn clean(arguments: &CleanArguments) -> Result<Status> {
    let path = store_path(&arguments.store)?;
    // The lock is held while the folder is removed. So the folder cannot belong to a run that is
    // still active.
    let parent = arguments.temporary_directory.as_deref();
    let writer = lock_store(&path, parent).map_err(|error| {
        if error.is::<Held>() { error.context("a run may still be active") } else { error }
    })?;
    let mut removed = Vec::new();
    if let Some(folder) = RunFolder::left_by_interrupted(&path, parent)? {
        let place = folder.path().shown().into_owned();
        folder.remove()?;
        removed.push(format!("removed {place}"));
    }
    if let Some(journal) = writer.remove_idle_journal()? {
        removed.push(format!("removed {}, a journal with nothing to undo", journal.shown()));
    }
    let temporary = parent.map_or_else(temporary_folder, PathBuf::from);
    let beside = path.parent().filter(|beside| *beside != temporary);
    removed.extend([Some(&*temporary), beside].into_iter().flatten().filter_map(RunFolder::remove_temporary));
    let said = match removed.is_empty() {
        false => removed.join("\n"),
        true => format!("no interrupted run has left anything for {}", path.shown()),
    };
    protocol::remove_dead_sockets();
    // The lock is released before the text is printed, because its reader may be slow.
    drop(writer);
    say(&said);
    Ok(Status::Done)
}
