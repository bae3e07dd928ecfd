//! What is said of folders that runs have left behind, and of what was removed.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use events::Shown as _;

use crate::output::say;
use crate::paths::is_missing;
use crate::shell::{interrupted_run, quoted_path};
use crate::supervise::run_folder::{FilesOfRun, RunFolder};

/// Says what to do about a folder that a run has made for its files in a folder for temporary
/// files.
pub(super) fn about_files(folder: &Path, FilesOfRun { store, has_record }: FilesOfRun) -> String {
    let clean = interrupted_run(&store);
    let what_to_do = match has_record {
        Some(true) => format!("discard the run with:\n  foreman clean {clean}"),
        Some(false) => format!(
            "the record of that run is not beside that file: if the file was moved or exchanged, the run can be resumed where it is now, \
             and needs the folder; if the run is of no more use, move files of your own out of the folder, and remove it with:\n  rm -r {}",
            quoted_path(folder)
        ),
        None => format!(
            "that file, or the record of the run beside it, cannot be read: when the disk is mounted, or the file is in its place \
             again, discard the run with:\n  foreman clean {clean}"
        ),
    };
    format!("{} has files of an interrupted run over {}; {what_to_do}", folder.shown(), store.shown())
}

/// Returns over which file the run is that has left this folder, and how to discard it. `named` is
/// the file after which the folder is named. The record knows better, unless the folder was copied
/// or renamed.
pub(super) fn how_to_discard(folder: &Path, recorded: Option<PathBuf>, named: &Path) -> (PathBuf, String) {
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

pub(super) fn say_removed(removed: &[String], path: &Path) {
    match removed.is_empty() {
        false => say(&removed.join("\n")),
        true => say(&format!("no interrupted run has left anything for {}", path.shown())),
    }
}

/// Returns the path of the file that something is named after, with this suffix.
pub(super) fn store_of_name(path: &Path, suffix: &str) -> Option<PathBuf> {
    let name = path.file_name()?.as_bytes().strip_suffix(suffix.as_bytes())?;
    (!name.is_empty()).then(|| path.with_file_name(OsStr::from_bytes(name)))
}
