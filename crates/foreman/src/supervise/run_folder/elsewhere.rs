//! Where the files of a run are if the user has named a folder for temporary files.
//!
//! Only these files, which can be large, are there. The record of the run stays beside the storage
//! file, where every command looks, whatever options it has: nothing else tells of a change that
//! was interrupted.
//!
//! Both folders have a file with the same text, which ties them. Others may read the name of the
//! folder with the files, but not what is in it, so nobody else can make a record that has foreman
//! remove it. A record may be copied with its case, so it must also be where the text says, or be
//! the very folder that was renamed or moved.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, bail};
use events::{Shown as _, with_causes};
use files::{Folder, FolderError, derived_name};
use serde::{Deserialize, Serialize};

use super::names::{ELSEWHERE, FORMAT, KIND, RUN, path_for};
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
    /// The inode of the folder with the record.
    record: u64,
    /// Random digits.
    key: String,
}

impl RunFiles {
    /// Makes a folder in `parent` for the files of a run over `store`, whose record is in `record`.
    /// The record names it before it is there, so that it is found whenever this process is killed.
    pub(super) fn make(record: &Folder, store: &Path, parent: &Path) -> Result<Self> {
        let key = uuid::Uuid::new_v4().simple().to_string();
        let name = store.file_name().context("the store has no file name")?;
        let files = parent.join(derived_name(name, &format!(".{}.foreman", &key[..16])));
        let (format, store) = (FORMAT.into(), store.to_owned());
        let link = Link { format, store, files: files.clone(), record: record.inode()?, key };
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
        if is_missing(&path.symlink_metadata()) {
            return Ok(Self::OutOfReach(OutOfReach::Gone(path)));
        }
        Ok(match link.open(record, &text) {
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
    fn open(&self, record: &Folder, text: &[u8]) -> Result<(Folder, File)> {
        if !self.is_of(record, text)? {
            bail!("the folder of the run was copied, and these files belong to the original");
        }
        let folder = Folder::open(&self.files, KIND)?.context("it is not there")?;
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
        Ok((folder, lock))
    }

    /// Returns whether this is the text of the record in this folder, and not of one from which it
    /// was copied.
    fn is_of(&self, record: &Folder, text: &[u8]) -> io::Result<bool> {
        let Ok(begun_at) = path_for(&self.store) else { return Ok(false) };
        if begun_at == record.path() {
            return Ok(true);
        }
        let original = Folder::open(&begun_at, KIND).ok().flatten();
        let original =
            original.filter(|folder| link_in(folder).is_ok_and(|link| link.as_deref() == Some(text)));
        let is_other = |folder: Folder| Ok::<_, io::Error>(!record.is_same(&folder)?);
        Ok(record.inode()? == self.record && !original.map_or(Ok(false), is_other)?)
    }
}

impl OutOfReach {
    /// Says why what the run has done cannot be used.
    pub(super) fn why(&self) -> String {
        match self {
            Self::Gone(path) => format!("{}, which cannot be used: it is not there", path.shown()),
            Self::Unusable(path, why) => format!("{}, which cannot be used: {why}", path.shown()),
            Self::Unknown(path, why) => {
                format!("a folder that {}, which is damaged, does not tell ({why})", path.shown())
            }
        }
    }

    /// Says what stays when the record of the run is removed.
    pub(super) fn what_stays(&self) -> String {
        match self {
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
        }
    }
}

/// Returns the storage file of the run whose files, without its record, are in this folder, if it
/// is such a folder, and whether the record beside that file says so, too.
pub(super) fn store_of(folder: &Folder) -> Option<(PathBuf, bool)> {
    let text = read(folder, RUN).ok()?;
    let link: Link = serde_json::from_slice(&text).ok()?;
    let record = path_for(&link.store).ok().and_then(|path| Folder::open(&path, KIND).ok()?);
    let in_record = record.and_then(|record| link_in(&record).ok()?);
    Some((link.store, in_record == Some(text)))
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
