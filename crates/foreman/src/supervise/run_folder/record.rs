//! The record of a run, in the run's folder.

use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Error, Result, anyhow, bail};
use events::Shown as _;
use files::{Folder, FolderError};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::RunFolder;
use super::beside::{in_the_way, why_unusable};
use super::elsewhere::has_only_marker;
use super::names::{FORMAT, KIND, RUN, SIGNATURE, path_for};

/// The content of [`RUN`].
#[derive(Serialize)]
struct Record<'a, R> {
    format: &'static str,
    /// [`Folder::stamp`] of the folder in which it is.
    folder: String,
    #[serde(flatten)]
    run: &'a R,
}

/// What tells whether the record was made in its folder.
#[derive(Deserialize)]
struct Stamped {
    folder: String,
}

/// There may be the record of a run, but it is not known what it says.
#[derive(Debug, thiserror::Error)]
#[error("{text}")]
pub(crate) struct Hidden {
    text: String,
    /// Whether it belongs to another user.
    pub(crate) is_of_others: bool,
}

/// The maximum number of bytes of `run.json` that are read. The filter, its longest part, has at
/// most 1 MiB.
const LONGEST_RECORD: u64 = 16 << 20;

impl RunFolder {
    /// Returns what [`save`](Self::save) wrote for an interrupted run over `store`, or `None` if
    /// there is nothing.
    ///
    /// The folder is only read, because it may belong to a run that is still active.
    ///
    /// # Errors
    ///
    /// If there is a folder, but it or the record cannot be read.
    pub(crate) fn peek<R: DeserializeOwned>(store: &Path) -> Result<Option<R>> {
        let path = path_for(store)?;
        let folder = Folder::open(&path, KIND).map_err(|error| unusable(&path, error))?;
        folder.map_or(Ok(None), |folder| record_in(&folder))
    }

    /// Looks for what runs have saved in their folders in `place`, one after the other: the records
    /// of all of them can be large. Each comes with the path of its folder. Folders that cannot be
    /// used are passed over, and one that cannot be read is an error in the place of its record.
    ///
    /// At most so many folders, and so many bytes, are looked at; then an error says so.
    ///
    /// # Errors
    ///
    /// If the place cannot be read.
    pub(crate) fn records_in<R: DeserializeOwned>(
        place: &Path,
    ) -> Result<impl Iterator<Item = Result<(PathBuf, R)>>> {
        const MOST: usize = 1_000;
        const MOST_BYTES: u64 = 128 << 20;
        let cannot_read = || format!("cannot read the folder {}", place.shown());
        let mut folders = Vec::new();
        for entry in std::fs::read_dir(place).with_context(cannot_read)? {
            let path = entry.with_context(cannot_read)?.path();
            if folders.len() <= MOST && path.extension().is_some_and(|suffix| suffix == "foreman") {
                folders.push(path);
            }
        }
        folders.sort();
        let (mut number, mut bytes) = (0, 0);
        let with_record = move |path: PathBuf| {
            number += 1;
            bytes += path.join(RUN).symlink_metadata().map_or(0, |record| record.len().min(LONGEST_RECORD));
            if number > MOST || bytes > MOST_BYTES {
                return Some(Err(anyhow!(
                    "the folders of runs beside {} are too many, or too large",
                    path.shown()
                )));
            }
            match Self::look_at(&path) {
                Ok(record) => Some(Ok((path, record??))),
                Err(error) => is_unreadable(&error).then_some(Err(error)),
            }
        };
        Ok(folders.into_iter().filter_map(with_record))
    }

    /// Returns what a run has saved in this folder, which is the real path of one, or
    /// `Some(None)` if it had saved nothing yet. Returns `None` if this is not the folder of a run.
    ///
    /// # Errors
    ///
    /// If it may be the folder of a run, but cannot be used, or the record in it cannot be read.
    pub(crate) fn look_at<R: DeserializeOwned>(folder: &Path) -> Result<Option<Option<R>>> {
        match Folder::open(folder, KIND) {
            Ok(None) | Err(FolderError::Foreign | FolderError::NoFolder) => Ok(None),
            Ok(Some(folder)) => record_in(&folder).map(Some),
            Err(error) => Err(unusable(folder, error)),
        }
    }

    /// Returns whether this is the path of the folder of a run over `store`. Otherwise, one of them
    /// was renamed or moved.
    pub(crate) fn is_of(folder: &Path, store: &Path) -> bool {
        path_for(store).is_ok_and(|path| path == folder)
    }

    /// Writes the record of the run.
    ///
    /// # Errors
    ///
    /// If the record cannot be written.
    pub(crate) fn save(&self, run: &impl Serialize) -> Result<()> {
        let folder = self.record().stamp();
        let folder = folder.with_context(|| format!("cannot look up {}", self.record_path().shown()))?;
        let json = serde_json::to_vec_pretty(&Record { format: FORMAT, folder, run })
            .context("cannot write the record of the run")?;
        let written = self.record().replace(RUN, &json);
        written.with_context(|| format!("cannot write {}", self.record_path().join(RUN).shown()))
    }

    /// Writes down what the run is, so that not even a power cut takes it back, if the name of the
    /// folder [is on the disk](Self::sync_place).
    ///
    /// # Errors
    ///
    /// If it cannot be written.
    pub(crate) fn save_durably(&self, run: &impl Serialize) -> Result<()> {
        self.save(run)?;
        let synced = self.record().sync(RUN);
        synced.with_context(|| format!("cannot sync {}", self.record_path().join(RUN).shown()))
    }

    /// Has the disk keep the names of the folder with the record and of all that is beside it, such
    /// as the journal of the storage file.
    ///
    /// # Errors
    ///
    /// If it cannot.
    pub(crate) fn sync_place(&self) -> Result<()> {
        let synced = self.record().sync_place();
        synced.with_context(|| format!("cannot sync the folder in which {} is", self.record_path().shown()))
    }

    /// Returns whether the run was killed when it made or removed the folder, which nobody needs.
    ///
    /// # Errors
    ///
    /// If the folder cannot be read.
    pub(crate) fn is_unused(&self) -> io::Result<bool> {
        let has_record = is_written(self.record())?;
        Ok(!has_record && has_only_marker(self.record())?)
    }

    /// Refuses a record that was not made in this folder on this machine. It was copied, or came
    /// with the storage file from somebody else, who could have made up what the run has done.
    ///
    /// # Errors
    ///
    /// If that is so, or the record cannot be read.
    pub(crate) fn check_own(&self) -> Result<()> {
        match is_own(self.record())? {
            true => Ok(()),
            false => bail!("its folder was copied, or made on another machine"),
        }
    }

    /// Returns whether the record of a run over `store`, if there is one, was made in its folder.
    pub(crate) fn has_own_record(store: &Path) -> bool {
        let folder = path_for(store).ok().and_then(|path| Folder::open(&path, KIND).ok()?);
        folder.is_some_and(|folder| is_own(&folder).unwrap_or(false))
    }

    /// Returns what [`save`](Self::save) wrote for the run in this folder.
    ///
    /// # Errors
    ///
    /// If the record cannot be read.
    pub(crate) fn load<R: DeserializeOwned>(&self) -> Result<R> {
        self.load_left()?.ok_or_else(|| {
            anyhow!(
                "the run was interrupted before it had done anything, or when all of its results were stored and it was removing \
                 its folder; look with foreman report which of them it was, and else start it anew without --resume"
            )
        })
    }

    /// Like [`load`](Self::load), but returns `None` if the run had not written its record yet, or
    /// had removed it already.
    ///
    /// # Errors
    ///
    /// If the record cannot be read.
    pub(crate) fn load_left<R: DeserializeOwned>(&self) -> Result<Option<R>> {
        record_in(self.record())
    }
}

/// Says why the folder of a run cannot be used.
fn unusable(path: &Path, error: FolderError) -> Error {
    match error {
        FolderError::System(error) => {
            let kind = error.kind();
            Error::new(io::Error::new(kind, in_the_way(path, &FolderError::System(error))))
        }
        error => {
            let text = format!("{} cannot be used: {}", path.shown(), why_unusable(path, &error));
            match error {
                FolderError::Owner(_) => Hidden { text, is_of_others: true }.into(),
                _ => Error::msg(text),
            }
        }
    }
}

/// Returns whether this is an error of the operating system, so that nothing is known of what could
/// not be read. What is damaged, or of another user, is known to be so.
pub(crate) fn is_unreadable(error: &Error) -> bool {
    error.chain().any(|cause| cause.is::<io::Error>())
}

fn is_own(record: &Folder) -> Result<bool> {
    let stamped = record_in::<Stamped>(record)?;
    let stamp = record.stamp().with_context(|| format!("cannot look up {}", record.path().shown()))?;
    Ok(stamped.is_some_and(|stamped| stamped.folder == stamp))
}

/// Returns whether a run has written its record in this folder.
fn is_written(folder: &Folder) -> io::Result<bool> {
    let mut beginning = Vec::new();
    match folder.read(RUN) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        opened => opened?.take(SIGNATURE.len() as u64 + 1).read_to_end(&mut beginning)?,
    };
    Ok(beginning.len() > SIGNATURE.len())
}

/// Returns the record in a run's folder, or `None` if the run had not written it yet.
fn record_in<R: DeserializeOwned>(folder: &Folder) -> Result<Option<R>> {
    let path = folder.path().join(RUN);
    let mut json = Vec::new();
    match folder.read(RUN) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
        opened => opened.and_then(|file| file.take(LONGEST_RECORD).read_to_end(&mut json)),
    }
    .with_context(|| format!("cannot read {}", path.shown()))?;
    if json.is_empty() || json == SIGNATURE.as_bytes() {
        return Ok(None);
    }
    serde_json::from_slice(&json).map_err(|error| {
        let text = format!("{} is damaged: {error}", path.shown());
        Hidden { text, is_of_others: false }.into()
    })
}

#[cfg(test)]
mod tests {
    use super::super::DRY_RUN_PREFIX;
    use super::*;

    /// What cannot be read may be the record of a run, and that of a change.
    #[test]
    fn what_cannot_be_read_is_not_taken_for_nothing() {
        let place = tempfile::tempdir().unwrap();
        assert!(RunFolder::records_in::<Vec<u8>>(&place.path().join("none")).is_err());
        assert_eq!(RunFolder::records_in::<Vec<u8>>(place.path()).unwrap().count(), 0);
        let folder = RunFolder::temporary(place.path(), DRY_RUN_PREFIX).unwrap();
        std::fs::write(folder.path().join(RUN), format!("{SIGNATURE},")).unwrap();
        let errors = [
            (unusable(place.path(), FolderError::System(io::ErrorKind::PermissionDenied.into())), true),
            (unusable(place.path(), FolderError::Owner(7)), false),
            (folder.load::<u8>().unwrap_err(), false),
        ];
        for (error, expected) in errors {
            assert_eq!(is_unreadable(&error), expected, "{error}");
            assert_eq!(error.is::<Hidden>(), !expected, "{error}");
            assert_eq!(error.to_string().contains("look for the cause"), expected, "{error}");
        }
    }

    #[test]
    fn a_record_begins_with_the_signature() {
        let place = tempfile::tempdir().unwrap();
        let folder = RunFolder::temporary(place.path(), DRY_RUN_PREFIX).unwrap();
        assert!(folder.load::<Vec<u8>>().unwrap_err().to_string().contains("before it had done anything"));
        folder.save(&std::collections::BTreeMap::from([("a", 1)])).unwrap();
        assert!(folder.text(RUN).unwrap().starts_with(SIGNATURE));
        let read: serde_json::Value = folder.load().unwrap();
        assert_eq!(read["a"], 1);
    }
}
