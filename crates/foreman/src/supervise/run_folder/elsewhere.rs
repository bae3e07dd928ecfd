//! Where the files of a run are if the user has named a folder for temporary files.
//!
//! Only these files, which can be large, are there. The record of the run stays beside the storage
//! file, where every command looks, whatever options it has: nothing else tells of a change that
//! was interrupted.
//!
//! Both folders have a file with the same text, which ties them. Others may read the name of the
//! folder with the files, but not what is in it, so nobody else can make a record that has foreman
//! remove it. A record may be copied with its case, so the text also has the stamp of the folder in
//! which it was made.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, bail};
use events::{Shown as _, with_causes};
use files::{Folder, FolderError, derived_name};
use serde::{Deserialize, Serialize};

use super::names::{ELSEWHERE, FORMAT, KIND, RUN, SIGNATURE, path_for};
use crate::paths::is_missing;

/// The maximum number of bytes of [`ELSEWHERE`] that are read: it has two paths.
const LONGEST_LINK: u64 = 64 << 10;

/// Where the files of a run are, besides its record.
#[derive(Debug)]
pub(super) enum RunFiles {
    /// In the folder of the record.
    WithRecord,
    /// In this folder, which is locked: a copy of the record may be in another container.
    Elsewhere {
        folder: Folder,
        _lock: File,
    },
    OutOfReach(OutOfReach),
}

/// Why the files of a run cannot be used.
#[derive(Debug)]
pub(super) enum OutOfReach {
    /// Their folder is not at this path.
    Gone(PathBuf),
    /// They are those of the run whose record was copied, in the folder at this path.
    OfOriginal(PathBuf),
    /// Their folder, at this path, is not as the run left it.
    Unusable(PathBuf, String),
    /// This file, which says where they are, is damaged.
    Unknown(PathBuf, String),
}

/// The text that both folders have.
#[derive(Serialize, Deserialize)]
struct Link {
    format: String,
    /// The storage file of the run.
    store: PathBuf,
    /// The folder of the files.
    files: PathBuf,
    /// [`Folder::stamp`] of the folder with the record.
    record: String,
    /// Random digits.
    key: String,
}

impl RunFiles {
    /// Makes a folder in `parent` for the files of a run over `store`, whose record is in `record`.
    /// The record names it before it is there, so that it is found whenever this process is killed.
    pub(super) fn make(record: &Folder, store: &Path, parent: &Path) -> Result<Self> {
        let key = uuid::Uuid::new_v4().simple().to_string();
        let files = parent.join(files_name(store, &key).context("the store has no file name")?);
        let (format, store) = (FORMAT.into(), store.to_owned());
        let link = Link { format, store, files: files.clone(), record: record.stamp()?, key };
        let link = serde_json::to_vec_pretty(&link).context("the paths of the run are text")?;
        let cannot_write = || format!("cannot write {}", record.path().join(ELSEWHERE).shown());
        record.replace(ELSEWHERE, &link).with_context(cannot_write)?;
        record.sync(ELSEWHERE).with_context(cannot_write)?;
        let cannot_make = |error: FolderError| {
            anyhow!(
                "cannot make the folder {} for the run: {}; name another folder with --temporary-directory",
                files.shown(),
                with_causes(&error)
            )
        };
        let folder = Folder::make(&files, KIND).map_err(cannot_make)?;
        let made = folder.try_lock_new().and_then(|lock| folder.replace(RUN, &link).map(|()| lock));
        match made {
            Ok(Some(lock)) => Ok(Self::Elsewhere { folder, _lock: lock }),
            Ok(None) => Err(cannot_make(io::Error::from(io::ErrorKind::ResourceBusy).into())),
            Err(error) => {
                let _ = folder.remove();
                Err(cannot_make(error.into()))
            }
        }
    }

    /// Finds the files of the run whose record is in `record`.
    ///
    /// # Errors
    ///
    /// If it cannot be read where they are.
    pub(super) fn of(record: &Folder) -> io::Result<Self> {
        let Some(text) = link_in(record)? else { return Ok(Self::WithRecord) };
        let link = match serde_json::from_slice::<Link>(&text) {
            Ok(link) => link,
            Err(error) => {
                let path = record.path().join(ELSEWHERE);
                return Ok(Self::OutOfReach(OutOfReach::Unknown(path, error.to_string())));
            }
        };
        let path = link.files.clone();
        if link.record != record.stamp()? {
            return Ok(Self::OutOfReach(OutOfReach::OfOriginal(path)));
        }
        if is_missing(&path.symlink_metadata()) {
            // A run that was killed before it made the folder has nothing there.
            let is_begun = read(record, RUN).is_ok_and(|marker| marker != SIGNATURE.as_bytes());
            return Ok(if is_begun { Self::OutOfReach(OutOfReach::Gone(path)) } else { Self::WithRecord });
        }
        Ok(match link.open(&text) {
            Ok((folder, lock)) => Self::Elsewhere { folder, _lock: lock },
            Err(error) => Self::OutOfReach(OutOfReach::Unusable(path, error.to_string())),
        })
    }

    /// Returns the folder, if it is not that of the record and can be used.
    pub(super) fn folder(&self) -> Option<&Folder> {
        match self {
            Self::Elsewhere { folder, .. } => Some(folder),
            Self::WithRecord | Self::OutOfReach(_) => None,
        }
    }
}

impl Link {
    /// Opens the folder of the files, and locks it. `text` is that of the record.
    fn open(&self, text: &[u8]) -> Result<(Folder, File)> {
        let path = self.checked_path().context("this is no name for such a folder")?;
        let folder = Folder::open(path, KIND)?.context("it is not there")?;
        let marker = match read(&folder, RUN) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            marker => marker?,
        };
        // A run that was killed when it made or removed the folder has left only a part of the
        // marker.
        if marker != text && !(text.starts_with(&marker) && has_only_marker(&folder)?) {
            bail!("it is that of another run");
        }
        let lock = folder.try_lock()?.context("it belongs to a run that is still active")?;
        if marker != text {
            folder.replace(RUN, text)?;
        }
        Ok((folder, lock))
    }

    /// Returns the path of the folder with the files. It has a name that foreman gives, so that no
    /// other folder is ever looked into.
    fn checked_path(&self) -> Option<&Path> {
        let name = files_name(&self.store, &self.key)?;
        (self.files.file_name() == Some(&name)).then_some(&self.files)
    }
}

/// Returns the name of the folder with the files of a run over `store`.
fn files_name(store: &Path, key: &str) -> Option<OsString> {
    Some(derived_name(store.file_name()?, &format!(".{}.foreman", key.get(..16)?)))
}

impl OutOfReach {
    /// Says why what the run has done cannot be used.
    pub(super) fn why(&self) -> String {
        match self {
            Self::Gone(path) => format!("{}, which cannot be used: it is not there", path.shown()),
            Self::OfOriginal(path) => format!(
                "{}, which cannot be used: the record of the run was copied, and the files are those of the original",
                path.shown()
            ),
            Self::Unusable(path, why) => format!("{}, which cannot be used: {why}", path.shown()),
            Self::Unknown(path, why) => {
                format!("a folder that {}, which is damaged, does not tell ({why})", path.shown())
            }
        }
    }

    /// Says what stays when the record of the run is removed, and should not.
    pub(super) fn what_stays(&self) -> Option<String> {
        Some(match self {
            Self::OfOriginal(_) => return None,
            Self::Gone(path) => format!(
                "{}, in which the run had its files, is not there; if it was moved, or its disk is not mounted, remove it there",
                path.shown()
            ),
            Self::Unusable(path, why) => {
                format!("{} has files of the run and stays, because it cannot be used: {why}", path.shown())
            }
            Self::Unknown(path, why) => format!(
                "the run had its files in a folder for temporary files and they stay, because {}, which says where, is damaged: {why}",
                path.shown()
            ),
        })
    }
}

/// A folder with the files of a run, without its record.
#[derive(Debug)]
pub(crate) struct FilesOfRun {
    /// The storage file of the run.
    pub(crate) store: PathBuf,
    /// Whether the record beside that file says that the run has its files here. `None` if nothing
    /// tells, because the storage file is not there, or the record cannot be read.
    pub(crate) has_record: Option<bool>,
}

/// Returns what is known of a folder that has the files of a run, without its record.
pub(super) fn files_of_run(folder: &Folder) -> Option<FilesOfRun> {
    let text = read(folder, RUN).ok()?;
    let link: Link = serde_json::from_slice(&text).ok()?;
    if link.checked_path()?.file_name() != folder.path().file_name() {
        return None;
    }
    let of_record = || match Folder::open(&path_for(&link.store).ok()?, KIND) {
        Ok(Some(record)) => Some(link_in(&record).ok()? == Some(text)),
        Ok(None) => Some(false),
        Err(_) => None,
    };
    let has_record = if link.store.is_file() { of_record() } else { None };
    Some(FilesOfRun { store: link.store.clone(), has_record })
}

/// Returns whether a folder of a run has nothing but its marker, or what was to become it.
pub(super) fn has_only_marker(folder: &Folder) -> io::Result<bool> {
    let is_marker = |name: &OsString| {
        let name = name.to_string_lossy();
        name == RUN || name.starts_with(&format!(".{RUN}."))
    };
    Ok(folder.file_names()?.iter().all(is_marker))
}

/// Returns the text in the folder of a record that says where the files of the run are.
fn link_in(record: &Folder) -> io::Result<Option<Vec<u8>>> {
    match read(record, ELSEWHERE) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        text => text.map(Some),
    }
}

fn read(folder: &Folder, name: &str) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    folder.read(name)?.take(LONGEST_LINK).read_to_end(&mut text)?;
    Ok(text)
}
