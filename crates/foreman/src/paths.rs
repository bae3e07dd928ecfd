//! Files and folders that are named on the command line, at their real places.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

/// The store's real place: the run's folder goes beside it, and workers must find it whatever their own place.
pub(crate) fn store_path(given: &Path) -> Result<PathBuf> {
    let path = given.canonicalize().with_context(|| format!("cannot open {}", given.display()))?;
    if path.to_str().is_none() {
        bail!("{}: the name of a storage file and its folders must be UTF-8; rename it", path.display());
    }
    Ok(path)
}

/// The real place of a folder that must be there, and that workers can be told of.
pub(crate) fn existing_folder(given: &Path) -> Result<PathBuf> {
    let path = given.canonicalize().with_context(|| format!("cannot use the folder {}", given.display()))?;
    if path.to_str().is_none() {
        bail!(
            "{}: the name of the folder for temporary files must be UTF-8; name another with --temporary-directory",
            path.display()
        );
    }
    Ok(path)
}
