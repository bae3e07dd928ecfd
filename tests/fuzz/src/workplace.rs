//! A folder for the files of an input: one for each thread, emptied before each input.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

thread_local! {
    static FOLDER: TempDir = tempfile::Builder::new().prefix("fuzz-").tempdir().unwrap();
}

/// Calls `work` with an empty folder.
pub(crate) fn in_empty_folder(work: impl FnOnce(&Path)) {
    FOLDER.with(|folder| {
        for left in std::fs::read_dir(folder.path()).unwrap() {
            std::fs::remove_file(left.unwrap().path()).unwrap();
        }
        work(folder.path());
    });
}

/// Writes a file.
pub(crate) fn file(folder: &Path, name: &str, content: &[u8]) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, content).unwrap();
    path
}
