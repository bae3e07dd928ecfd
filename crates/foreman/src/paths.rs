//! Real paths of files and folders on the command line.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context as _, Result, bail};
use events::Shown as _;
use files::FolderError;
use storage::Store;

/// The real paths of storage files that this process has looked up.
static REAL_PATHS: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

/// The real paths of folders that this process has looked up, by the paths that were given.
static REAL_FOLDERS: Mutex<BTreeMap<PathBuf, PathBuf>> = Mutex::new(BTreeMap::new());

/// Returns the real path of a folder that a user has named, as it was when this was asked first.
/// Who may write to the folder above it could put a link in its place meanwhile, which leads to any
/// folder of this user.
pub(crate) fn real_folder(given: &Path) -> io::Result<PathBuf> {
    let mut real_folders = REAL_FOLDERS.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = real_folders.get(given) {
        return Ok(known.clone());
    }
    let real = if given.as_os_str().is_empty() { Path::new(".") } else { given }.canonicalize()?;
    real_folders.insert(given.to_owned(), real.clone());
    Ok(real)
}

/// Returns the store's real path. The run's folder is made beside the store, and workers must find
/// the store from any folder. From now on, nothing is written that somebody may read who may not
/// read the store.
///
/// A path that was returned before, or [kept](keep_real), stays what it was: a file of many may
/// wait for its turn for hours, and who else may write to its folder could put a link in its place,
/// which leads to any file of this user.
pub(crate) fn store_path(given: &Path) -> Result<PathBuf> {
    let path = given.canonicalize().with_context(|| format!("cannot open {}", given.shown()))?;
    let mut real_paths = REAL_PATHS.lock().unwrap_or_else(PoisonError::into_inner);
    if path != given && real_paths.contains(given) {
        bail!(
            "{} leads to {} now, and did not when foreman looked it up: somebody has put a link there, which foreman does \
             not follow; look who may write to that folder",
            given.shown(),
            path.shown()
        );
    }
    real_paths.insert(path.clone());
    drop(real_paths);
    if path.to_str().is_none() {
        bail!("{}: the name of a storage file and its folders must be UTF-8; rename it", path.shown());
    }
    files::limit_readers_to_those_of(&path);
    Ok(path)
}

/// Returns whether nothing has this path. What cannot be looked up may be there.
pub(crate) fn is_gone(path: &Path) -> bool {
    is_missing(&path.metadata())
}

/// Returns whether the look at a file says that it is not there, and not only that looking failed.
pub(crate) fn is_missing<T>(looked_up: &io::Result<T>) -> bool {
    let is_missing =
        |error: &io::Error| matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory);
    looked_up.as_ref().is_err_and(is_missing)
}

/// Opens the store at this path, as [`store_path`] finds it, for reading. Nothing is written that
/// somebody may read who may not read the file that was opened: another one may have got the name
/// after the path was looked up.
pub(crate) fn open_store(given: &Path) -> Result<Store> {
    let store = Store::open(&store_path(given)?)?;
    store.limit_readers();
    Ok(store)
}

/// Says that what is written from now on quotes a file, such as one with rules, or the files in a
/// folder: nobody may read it whom the permissions of these do not allow to read them. What cannot
/// be read is not quoted. The folders above do not count: rules are no evidence, and many lie in a
/// home folder that only its owner may enter.
pub(crate) fn limit_readers_to_those_of_quoted(place: &Path) {
    on_each_file(place, |file| {
        if let Ok(file) = files::open_input(file) {
            files::limit_readers_to_those_of_opened(&file);
        }
    });
}

/// Does something with a file, or with a folder and the files in it that can be found.
pub(crate) fn on_each_file(place: &Path, act: impl Fn(&Path)) {
    act(place);
    let in_folder = files::files_in(place, usize::MAX, |_| true).unwrap_or_default();
    in_folder.files.iter().for_each(|file| act(file));
}

/// Says that a file which is not there yet is not to be a link when it is.
pub(crate) fn keep_real(path: PathBuf) {
    REAL_PATHS.lock().unwrap_or_else(PoisonError::into_inner).insert(path);
}

/// Returns the real path of a folder, which must exist. Its name must be UTF-8, so that a task can
/// contain it.
pub(crate) fn existing_folder(given: &Path) -> Result<PathBuf> {
    let path = given.canonicalize().with_context(|| format!("cannot use the folder {}", given.shown()))?;
    if path.to_str().is_none() {
        bail!(
            "{}: the name of the folder for temporary files must be UTF-8; name another folder with --temporary-directory",
            path.shown()
        );
    }
    files::check_parent(&path).with_context(|| format!("cannot use the folder {}", given.shown()))?;
    Ok(path)
}

/// Returns the real path of the folder that a user has named for the folder of a run. Others may be
/// allowed to write there, as to the folders of many cases, but the user should know.
pub(crate) fn folder_of_runs(given: &Path) -> Result<PathBuf> {
    let path = existing_folder(given)?;
    files::check_removable(&path).context("name another folder with --temporary-directory")?;
    if let Some(warning) = replaceable(&path, "name a folder of your own with --temporary-directory") {
        tracing::warn!("{warning}");
    }
    Ok(path)
}

/// Returns a warning if other users could exchange what is made in a folder, which says what to do
/// instead.
pub(crate) fn replaceable(folder: &Path, instead: &str) -> Option<String> {
    let why = files::trusted_folder(folder).ok()?.err()?;
    Some(format!(
        "other users could exchange what foreman makes in {} ({}), and so change the results; {instead}{}",
        folder.shown(),
        why.reason,
        why.remedy
    ))
}

/// Returns the folder for temporary files. An empty TMPDIR counts as none, as in other programs.
pub(crate) fn temporary_folder() -> PathBuf {
    let folder = std::env::temp_dir();
    if folder.as_os_str().is_empty() { PathBuf::from("/tmp") } else { folder }
}

/// Returns the real path of the folder for temporary files, in which no other user may exchange
/// what is made.
pub(crate) fn trusted_temporary_folder() -> Result<PathBuf> {
    let given = temporary_folder();
    let not_made = |why| FolderError::NotMade { parent: given.clone(), why };
    if !given.metadata().map_err(not_made)?.is_dir() {
        return Err(not_made(ErrorKind::NotADirectory.into()).into());
    }
    let parent = existing_folder(&given)?;
    match files::trusted_folder(&parent) {
        Ok(Err(why)) => Err(FolderError::Open { parent, why }.into()),
        // If the folder cannot be checked, nothing can be made in it, and that error says more.
        _ => Ok(parent),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    /// What cannot be looked up may be there.
    #[test]
    fn only_what_is_not_there_is_missing() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::write(at("file"), "").unwrap();
        std::os::unix::fs::symlink("loop", at("loop")).unwrap();
        let cases =
            [("file", false), ("loop", false), ("loop/file", false), ("none", true), ("file/none", true)];
        for (name, expected) in cases {
            assert_eq!(is_gone(&at(name)), expected, "{name}");
        }
        let failed = |error: nix::errno::Errno| is_missing::<()>(&Err(error.into()));
        assert!(!failed(nix::errno::Errno::EIO) && !failed(nix::errno::Errno::EACCES));
    }

    /// Another user may write to the folder while the file waits for its turn.
    #[test]
    fn a_path_that_was_looked_up_does_not_become_a_link() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().canonicalize().unwrap().join(name);
        for name in ["waiting.plaso", "secret.plaso"] {
            std::fs::write(at(name), name).unwrap();
        }
        symlink("waiting.plaso", at("link.plaso")).unwrap();
        assert_eq!(store_path(&at("link.plaso")).unwrap(), at("waiting.plaso"));
        assert_eq!(store_path(&at("waiting.plaso")).unwrap(), at("waiting.plaso"));
        std::fs::remove_file(at("waiting.plaso")).unwrap();
        symlink("secret.plaso", at("waiting.plaso")).unwrap();
        let said = store_path(&at("waiting.plaso")).unwrap_err().to_string();
        assert!(said.contains("somebody has put a link there"), "{said}");
        keep_real(at("later.plaso"));
        symlink("secret.plaso", at("later.plaso")).unwrap();
        assert!(store_path(&at("later.plaso")).is_err());
        let said = format!("{:#}", anyhow::Error::new(Store::open(&at("later.plaso")).unwrap_err()));
        assert!(said.contains("is a link"), "{said}");
    }
}
