//! `foreman clean`: discards what an interrupted run has left behind.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Error, Result, bail};
use clap::Args;
use events::Shown as _;
use storage::journal_path;

use super::several::about;
use crate::exit::Status;
use crate::output::say;
use crate::paths::{is_missing, real_folder, store_path, temporary_folder};
use crate::run::queue::{Stores, remove_record};
use crate::run::record::{Needed, RunRecord};
use crate::run::store_lock::{Held, lock_store};
use crate::shell::{interrupted_run, quoted_path};
use crate::supervise::run_folder::{RunFolder, is_unreadable};

#[derive(Debug, Args)]
pub(crate) struct CleanArguments {
    /// Also remove what killed exports and dry runs have left in this folder for temporary files
    /// [default: the system's]. A run knows where its own files are.
    #[arg(long, value_name = "FOLDER", env = "FOREMAN_TEMPORARY_DIRECTORY")]
    temporary_directory: Option<PathBuf>,

    /// The storage file, or a folder of storage files that were analysed together.
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
        refuse_folder_of_run(&arguments.store)?;
        return clean_folder(&arguments.store, parent);
    }
    let path = store_path(&arguments.store)?;
    let mut removed = clean_store(&path, Asked::ForIt)?;
    removed.extend(remove_temporary(path.parent(), parent));
    protocol::remove_dead_sockets();
    say_removed(&removed, &path);
    Ok(Status::Done)
}

/// Refuses the folder of a run: its storage file is to be named, since a change to that may have to
/// be undone.
fn refuse_folder_of_run(folder: &Path) -> Result<()> {
    let real = real_folder(folder)?;
    if let Some(of_run) = RunFolder::store_of_files(&real) {
        bail!("{}", about_files(&real, of_run));
    }
    let Some(named) = store_of_name(&real, ".foreman") else { return Ok(()) };
    let Some(record) = RunFolder::look_at::<RunRecord>(&real)? else { return Ok(()) };
    let (store, what_to_do) = how_to_discard(&real, record.map(|record| record.run.store), &named);
    bail!("{} is the folder of an interrupted run over {}; {what_to_do}", real.shown(), store.shown())
}

/// Says what to do about a folder that a run over this storage file has made for its files in a
/// folder for temporary files, and whose record may be beside the file.
fn about_files(folder: &Path, (store, has_record): (PathBuf, bool)) -> String {
    let what_to_do = match has_record {
        true => format!("discard the run with:\n  foreman clean {}", interrupted_run(&store)),
        false => format!(
            "the record of that run is not beside the file; if the file was not moved, remove the folder with:\n  rm -r {}",
            quoted_path(folder)
        ),
    };
    format!("{} has files of an interrupted run over {}; {what_to_do}", folder.shown(), store.shown())
}

/// Returns over which file the run is that has left this folder, and how to discard it. `named` is
/// the file after which the folder is named. The record knows better, unless the folder was copied
/// or renamed.
fn how_to_discard(folder: &Path, recorded: Option<PathBuf>, named: &Path) -> (PathBuf, String) {
    let of_record = recorded.filter(|store| RunFolder::is_of(folder, store));
    let store = of_record.unwrap_or_else(|| named.to_owned());
    let command = interrupted_run(&store);
    let what_to_do = match is_missing(&store.symlink_metadata()) {
        false => format!("discard the run with:\n  foreman clean {command}"),
        true => format!(
            "that file is not there; if it was renamed, give it this path again, because the folder may be needed to \
             undo a change to it, and then discard the run with:\n  foreman clean {command}\nif the file is gone, move \
             files of your own out of the folder, and remove it with:\n  rm -r {}",
            quoted_path(folder)
        ),
    };
    (store, what_to_do)
}

/// Discards the interrupted runs over the storage files in a folder, and the record of which files
/// are done. Says at once what is removed. If something of one file cannot be removed, the rest is
/// removed all the same.
fn clean_folder(folder: &Path, parent: Option<&Path>) -> Result<Status> {
    let stores = Stores::In(folder.to_owned());
    // A folder without storage files may have a record nevertheless.
    let paths = stores.found()?.paths;
    let mut cleaning = Cleaning::default();
    for path in &paths {
        if let Some(removed) = cleaning.or_failed(path, clean_if_interrupted(path)) {
            cleaning.say(&removed);
        }
    }
    let real_folder = real_folder(folder)?;
    let mut beside: BTreeSet<&Path> = paths.iter().filter_map(|path| path.parent()).collect();
    beside.insert(&real_folder);
    cleaning.say(&remove_temporary(beside, parent));
    protocol::remove_dead_sockets();
    // An empty folder may be that of a run or of the record, and goes with the record.
    if let Some(Some(record)) = cleaning.or_failed(folder, remove_record(&stores)) {
        cleaning.say(&[format!("removed {}, the record of the run over this folder", record.shown())]);
    }
    let other_runs = stores_of_other_runs(&real_folder, &paths)?;
    for store in &other_runs {
        cleaning.name_other_run(store);
    }
    for store in stores_of_journals_alone(&real_folder)?.difference(&other_runs) {
        cleaning.name_journal(store);
    }
    if cleaning.found_nothing {
        say_removed(&[], folder);
    }
    Ok(cleaning.status)
}

/// What was found in a folder.
struct Cleaning {
    /// Whether no run has left anything so far.
    found_nothing: bool,
    status: Status,
}

impl Default for Cleaning {
    fn default() -> Self {
        Self { found_nothing: true, status: Status::Done }
    }
}

impl Cleaning {
    /// Says what was removed, in words.
    fn say(&mut self, removed: &[String]) {
        if !removed.is_empty() {
            self.found_nothing = false;
            say(&removed.join("\n"));
        }
    }

    /// Says that the run over a file that is not one of the folder's storage files has left a
    /// folder, unless the run is still active. `named` is the file after which the folder seems to
    /// be named; its record knows better.
    fn name_other_run(&mut self, named: &Path) {
        let left = self.or_failed(named, RunFolder::left_by_interrupted(named));
        let Some(Some(folder)) = left else { return };
        if folder.is_unused().unwrap_or(false) {
            let place = folder.record_path().shown().into_owned();
            if self.or_failed(named, folder.remove()).is_some() {
                self.say(&[format!("removed {place}")]);
            }
            return;
        }
        if let Some(of_run) = RunFolder::store_of_files(folder.record_path()) {
            return self.leave(&about_files(folder.record_path(), of_run));
        }
        let recorded = folder.load::<RunRecord>().map(|record| record.run.store).ok();
        let (store, what_to_do) = how_to_discard(folder.record_path(), recorded, named);
        self.leave(&format!(
            "{} was not removed: an interrupted run over {} has left it; {what_to_do}",
            folder.record_path().shown(),
            store.shown()
        ));
    }

    /// Says that the storage file of a journal is not there.
    fn name_journal(&mut self, store: &Path) {
        self.leave(&format!(
            "{} was not removed: it may be needed to undo a change to {}, which is not there; if that file was renamed, give \
             it this name again, and then use:\n  foreman clean {}",
            journal_path(store).shown(),
            store.shown(),
            quoted_path(store)
        ));
    }

    /// Says what is not removed, and why.
    fn leave(&mut self, why: &str) {
        streams::complain(why);
        self.found_nothing = false;
        if self.status == Status::Done {
            self.status = Status::Incomplete;
        }
    }

    /// Returns what was done about a file, or says why it failed.
    fn or_failed<T>(&mut self, path: &Path, done: Result<T>) -> Option<T> {
        done.inspect_err(|error| {
            streams::complain(&about(path, error));
            self.found_nothing = false;
            self.status = Status::Failed;
        })
        .ok()
    }
}

/// Discards what an interrupted run over a storage file has left behind, if there is one.
fn clean_if_interrupted(path: &Path) -> Result<Vec<String>> {
    // A journal is looked at first: the folder of its run, which may belong to somebody else, may
    // be needed to undo a change.
    let has_journal = !is_missing(&journal_path(path).symlink_metadata());
    // The folder is unlocked again before it is cleaned.
    if !has_journal && RunFolder::left_by_interrupted(path)?.is_none() {
        return Ok(Vec::new());
    }
    clean_store(path, Asked::ForAll)
}

/// Whether the user has named the storage file, or the folder in which it is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Asked {
    ForIt,
    ForAll,
}

fn say_removed(removed: &[String], path: &Path) {
    match removed.is_empty() {
        false => say(&removed.join("\n")),
        true => say(&format!("no interrupted run has left anything for {}", path.shown())),
    }
}

/// Discards what an interrupted run over a storage file has left behind. Returns what was removed,
/// in words.
fn clean_store(path: &Path, asked: Asked) -> Result<Vec<String>> {
    // The lock is held while the folder is removed. So the folder cannot belong to a run that is
    // still active. It is released before anything is printed, because the reader may be slow.
    let writer = lock_store(path).map_err(|error| {
        if error.is::<Held>() { error.context("a run may still be active") } else { error }
    })?;
    let needed = match RunRecord::check_discardable(writer.store()) {
        Err(error) if asked == Asked::ForAll || is_unreadable(&error) => return Err(error),
        // Who names the file wants it, and is told what it costs.
        discardable => discardable.err(),
    };
    let mut removed = remove_folder(path, needed.as_ref())?;
    let journal = journal_path(path);
    if needed.is_some() && !is_missing(&journal.symlink_metadata()) {
        removed
            .push(format!("left {} as it is: it may still have pages from before a change", journal.shown()));
    } else if let Some(journal) = writer.remove_idle_journal()? {
        removed.push(format!("removed {}, a journal with nothing to undo", journal.shown()));
    }
    Ok(removed)
}

/// Removes the folder of an interrupted run, if there is one. `needed` says why it should stay.
/// Returns what was removed, in words.
fn remove_folder(path: &Path, needed: Option<&Error>) -> Result<Vec<String>> {
    let Some(folder) = RunFolder::left_by_interrupted(path)? else { return Ok(Vec::new()) };
    let place = folder.record_path().shown().into_owned();
    // Without its record, the rest of the folder would be of no use.
    if let Some((folder, first)) = folder.foreign_file()? {
        bail!(
            "{} was not removed, because it has files that foreman did not make, such as {first}; move them away, \
             and clean again",
            folder.shown()
        );
    }
    let elsewhere = Some(folder.path().shown().into_owned()).filter(|elsewhere| *elsewhere != place);
    folder.remove()?;
    let state = |error: &Error| error.downcast_ref().map(|Needed { state, .. }| state.clone());
    let removed = elsewhere.map(|elsewhere| format!("removed {elsewhere}")).into_iter();
    Ok(removed
        .chain([match needed {
            None => format!("removed {place}"),
            Some(error) => format!(
                "removed {place}, so foreman can no longer undo the change of that run; {}",
                state(error).unwrap_or_else(|| format!("{error:#}"))
            ),
        }])
        .collect())
}

/// Removes the folders that killed exports and dry runs have left in the folder for temporary files
/// and in those of storage files. Returns what was removed, in words.
fn remove_temporary<'a>(beside: impl IntoIterator<Item = &'a Path>, parent: Option<&Path>) -> Vec<String> {
    let temporary = parent.map_or_else(temporary_folder, PathBuf::from);
    let beside = beside.into_iter().filter(|beside| *beside != temporary);
    let removed = RunFolder::remove_temporary(&temporary).into_iter();
    removed.chain(beside.flat_map(RunFolder::remove_temporary)).collect()
}

/// Returns the files over which a run has left its folder here, apart from these storage files.
/// They may have been renamed or removed.
fn stores_of_other_runs(real_folder: &Path, known: &[PathBuf]) -> Result<BTreeSet<PathBuf>> {
    let mut stores = stores_with(real_folder, ".foreman")?;
    stores.retain(|store| !known.contains(store) && RunFolder::find(store).is_some());
    Ok(stores)
}

/// Returns the storage files that are not there, and whose journals are in the folder.
fn stores_of_journals_alone(real_folder: &Path) -> Result<BTreeSet<PathBuf>> {
    let mut stores = stores_with(real_folder, "-journal")?;
    let is_store = |path: &Path| path.extension().is_some_and(|suffix| suffix.eq_ignore_ascii_case("plaso"));
    stores.retain(|store| is_store(store) && is_missing(&store.symlink_metadata()));
    Ok(stores)
}

/// Returns the paths of the files in a folder that something is named after, with this suffix.
fn stores_with(real_folder: &Path, suffix: &str) -> Result<BTreeSet<PathBuf>> {
    let cannot_read = || format!("cannot read the folder {}", real_folder.shown());
    let mut stores = BTreeSet::new();
    for entry in real_folder.read_dir().with_context(cannot_read)? {
        stores.extend(store_of_name(&entry.with_context(cannot_read)?.path(), suffix));
    }
    Ok(stores)
}

/// Returns the path of the file that something is named after, with this suffix.
fn store_of_name(path: &Path, suffix: &str) -> Option<PathBuf> {
    let name = path.file_name()?.as_bytes().strip_suffix(suffix.as_bytes())?;
    (!name.is_empty()).then(|| path.with_file_name(OsStr::from_bytes(name)))
}
