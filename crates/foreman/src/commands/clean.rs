//! `foreman clean`: discards what an interrupted run has left behind.

mod folder;
mod store;
mod words;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use clap::Args;
use events::Shown as _;

use crate::exit::Status;
use crate::output::say;
use crate::paths::{real_folder, store_path};
use crate::run::queue::{is_record, remove_record_at};
use crate::run::record::RunRecord;
use crate::supervise::run_folder::RunFolder;
use folder::clean_folder;
use store::{Asked, Removed, clean_store, remove_temporary};
use words::{about_files, how_to_discard, say_removed, store_of_name};

#[derive(Debug, Args)]
pub(crate) struct CleanArguments {
    /// Also remove what killed exports and dry runs have left in this folder for temporary files
    /// [default: the system's]. A run knows where its own files are.
    #[arg(long, value_name = "FOLDER", env = "FOREMAN_TEMPORARY_DIRECTORY")]
    temporary_directory: Option<PathBuf>,

    /// The storage file, a folder of storage files that were analysed together, or the record
    /// LIST.foreman of a run over the files of a list.
    store: PathBuf,
}

pub(crate) fn clean(arguments: &CleanArguments) -> Result<Status> {
    let real = |given: &Path| {
        let cannot_use = || format!("cannot use the folder for temporary files, {}", given.shown());
        real_folder(given).with_context(cannot_use)
    };
    let parent = arguments.temporary_directory.as_deref().map(real).transpose()?;
    let parent = parent.as_deref();
    if arguments.store.is_dir() {
        if let Some(record) = removed_record(&arguments.store)? {
            say(&format!(
                "removed {}, the record of a run over several storage files; what is left of the runs over these files is beside them",
                record.shown()
            ));
            return Ok(Status::Done);
        }
        refuse_folder_of_run(&arguments.store)?;
        return clean_folder(&arguments.store, parent);
    }
    let path = store_path(&arguments.store)?;
    let Removed { mut words, stays } = clean_store(&path, Asked::ForIt)?;
    words.extend(remove_temporary(path.parent(), parent));
    protocol::remove_dead_sockets();
    say_removed(&words, &path);
    let Some(stays) = stays else { return Ok(Status::Done) };
    streams::complain(&stays);
    Ok(Status::Incomplete)
}

/// Removes the record of a run over several storage files, if the user has named one.
fn removed_record(folder: &Path) -> Result<Option<PathBuf>> {
    let real = real_folder(folder)?;
    if !is_record(&real) {
        return Ok(None);
    }
    Ok(remove_record_at(&real)?.then_some(real))
}

/// Refuses the folder of a run: its storage file is to be named, since a change to that may have to
/// be undone.
fn refuse_folder_of_run(folder: &Path) -> Result<()> {
    let real = real_folder(folder)?;
    if let Some(of_run) = RunFolder::files_of_run(&real) {
        bail!("{}", about_files(&real, of_run));
    }
    let Some(named) = store_of_name(&real, ".foreman") else { return Ok(()) };
    let Some(record) = RunFolder::look_at::<RunRecord>(&real)? else { return Ok(()) };
    let (store, what_to_do) = how_to_discard(&real, record.map(|record| record.run.store), &named);
    bail!("{} is the folder of an interrupted run over {}; {what_to_do}", real.shown(), store.shown())
}
