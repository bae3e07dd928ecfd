//! A folder for the files that inputs are tried in: one a thread, emptied for each input.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

thread_local! {
    static FOLDER: TempDir = {
        // In memory where that is to be had: SQLite's syncs would take more time than all else.
        let memory = Path::new("/dev/shm");
        let parent = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
        tempfile::Builder::new().prefix("fuzz-").tempdir_in(parent).unwrap()
    };
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
