//! The large files, such as a Bloom filter, that workers read where they lie.
//!
//! Rules are copied into the run's folder, but such a file has several gigabytes. So a run writes
//! down which files it reads, and stores nothing if one of them has changed since then.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use analysis::FileRole;
use anyhow::{Context as _, Result, bail};
use events::{PluginConfig, Shown as _};
use serde::{Deserialize, Serialize};

/// The large files that a run reads, as they were when the run began.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct DataFiles(Vec<DataFile>);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct DataFile {
    path: PathBuf,
    /// In bytes.
    size: u64,
    inode: u64,
    /// The time of the last change of content or attributes, in seconds and nanoseconds. Unlike the
    /// time of the last change of content, no program can set it.
    changed: (i64, i64),
}

impl DataFiles {
    /// Looks at the files that the plugins read.
    pub(super) fn of(plugins: &[PluginConfig]) -> Result<Self> {
        let mut files = Vec::new();
        for plugin in plugins {
            let named = analysis::spec_of(plugin)?.input_files(plugin).into_iter();
            for file in named.filter(|file| matches!(file.role, FileRole::Data)) {
                files.push(DataFile::at(&file.path)?);
            }
        }
        Ok(Self(files))
    }

    /// Returns an error that names the first file that has changed.
    pub(super) fn check_unchanged(&self) -> Result<()> {
        for file in &self.0 {
            if DataFile::at(&file.path)? != *file {
                bail!("{} has changed since the run began", file.path.shown());
            }
        }
        Ok(())
    }
}

impl DataFile {
    fn at(path: &Path) -> Result<Self> {
        let metadata = path.metadata().with_context(|| format!("cannot read {}", path.shown()))?;
        Ok(Self {
            path: path.to_owned(),
            size: metadata.len(),
            inode: metadata.ino(),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_change_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("filter");
        let replacement = folder.path().join("replacement");
        for (change, expected) in [
            (&(|| ()) as &dyn Fn(), None),
            (&|| std::fs::write(&path, "other").unwrap(), Some("has changed since the run began")),
            (&|| std::fs::rename(&replacement, &path).unwrap(), Some("has changed since the run began")),
            (&|| std::fs::remove_file(&path).unwrap(), Some("cannot read")),
        ] {
            std::fs::write(&path, "first").unwrap();
            std::fs::write(&replacement, "first").unwrap();
            let files = DataFiles(vec![DataFile::at(&path).unwrap()]);
            // The clock of a file system moves in steps of a few milliseconds.
            std::thread::sleep(std::time::Duration::from_millis(20));
            change();
            let error = files.check_unchanged().err().map(|error| error.to_string());
            match expected {
                Some(part) => {
                    assert!(error.as_deref().is_some_and(|error| error.contains(part)), "{error:?}")
                }
                None => assert_eq!(error, None),
            }
        }
    }
}
