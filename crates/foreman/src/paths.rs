//! Real paths of files and folders on the command line.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use events::Shown as _;
use files::FolderError;

/// Returns the store's real path. The run's folder is made beside the store, and workers must find
/// the store from any folder. From now on, nothing is written that somebody may read who may not
/// read the store.
pub(crate) fn store_path(given: &Path) -> Result<PathBuf> {
    let path = given.canonicalize().with_context(|| format!("cannot open {}", given.shown()))?;
    if path.to_str().is_none() {
        bail!("{}: the name of a storage file and its folders must be UTF-8; rename it", path.shown());
    }
    files::limit_readers_to_those_of(&path);
    Ok(path)
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
    let parent = existing_folder(&temporary_folder())?;
    match files::trusted_folder(&parent) {
        Ok(Err(why)) => Err(FolderError::Open { parent, why }.into()),
        // If the folder cannot be checked, nothing can be made in it, and that error says more.
        _ => Ok(parent),
    }
}
