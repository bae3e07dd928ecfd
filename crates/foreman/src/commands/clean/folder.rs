//! Discards what interrupted runs have left behind in a folder.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use events::Shown as _;
use storage::journal_path;

use super::store::{Removed, clean_if_interrupted, remove_temporary};
use super::words::{about_files, how_to_discard, say_removed, store_of_name};
use crate::commands::several::about;
use crate::exit::Status;
use crate::output::say;
use crate::paths::{is_missing, real_folder};
use crate::run::queue::{Stores, is_record, remove_record};
use crate::run::record::RunRecord;
use crate::shell::quoted_path;
use crate::supervise::run_folder::RunFolder;

/// Discards the interrupted runs over the storage files in a folder, and the record of which files
/// are done. Says at once what is removed. If something of one file cannot be removed, the rest is
/// removed all the same.
pub(super) fn clean_folder(folder: &Path, parent: Option<&Path>) -> Result<Status> {
    let stores = Stores::In(folder.to_owned());
    // A folder without storage files may have a record nevertheless.
    let paths = stores.found()?.paths;
    let mut cleaning = Cleaning::default();
    for path in &paths {
        let Some(Removed { words, stays }) = cleaning.or_failed(path, clean_if_interrupted(path)) else {
            continue;
        };
        cleaning.say(&words);
        stays.iter().for_each(|stays| cleaning.leave(stays));
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
    for record in records_of_lists(&real_folder, stores.record().as_deref())? {
        cleaning.leave(&format!(
            "{} was not removed: it is the record of a run over the storage files of a list; give the command of that run again with \
             --resume, or discard the record with:\n  foreman clean {}",
            record.shown(),
            quoted_path(&record)
        ));
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
        if let Some(of_run) = RunFolder::files_of_run(folder.record_path()) {
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

/// Returns the files over which a run has left its folder here, apart from these storage files.
/// They may have been renamed or removed.
fn stores_of_other_runs(real_folder: &Path, known: &[PathBuf]) -> Result<BTreeSet<PathBuf>> {
    let mut stores = stores_with(real_folder, ".foreman")?;
    stores.retain(|store| !known.contains(store) && RunFolder::find(store).is_some());
    Ok(stores)
}

/// Returns the records in the folder of runs over the storage files of a list. `own` is that of the
/// folder.
fn records_of_lists(real_folder: &Path, own: Option<&Path>) -> Result<BTreeSet<PathBuf>> {
    let of_name = |named: PathBuf| {
        let mut name = named.into_os_string();
        name.push(".foreman");
        PathBuf::from(name)
    };
    let folders = stores_with(real_folder, ".foreman")?.into_iter().map(of_name);
    Ok(folders.filter(|folder| Some(folder.as_path()) != own && is_record(folder)).collect())
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
