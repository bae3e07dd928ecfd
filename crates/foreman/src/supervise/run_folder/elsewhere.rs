//! Where the files of a run are if the user has named a folder for temporary files.
//!
//! Only these files, which can be large, are there. The record of the run stays beside the storage
//! file, where every command looks, whatever options it has: nothing else tells of a change that
//! was interrupted.

use std::ffi::OsString;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow};
use events::{Shown as _, with_causes};
use files::{Folder, FolderError};
use serde::{Deserialize, Serialize};

use super::names::{ELSEWHERE, FORMAT, KIND, RUN, SIGNATURE};
use crate::paths::is_missing;

/// The maximum number of bytes of [`ELSEWHERE`] that are read: it has two paths.
const LONGEST_LINK: u64 = 64 << 10;

/// Where the files of a run are, besides its record.
#[derive(Debug)]
pub(super) enum RunFiles {
    /// In the folder of the record.
    WithRecord,
    /// In this folder.
    Elsewhere(Folder),
    /// In a folder that cannot be used.
    OutOfReach(OutOfReach),
}

/// A folder with the files of a run that cannot be used.
#[derive(Debug)]
pub(super) struct OutOfReach {
    pub(super) path: PathBuf,
    pub(super) why: String,
    /// Whether it is certainly not at its path any more.
    pub(super) is_gone: bool,
}

impl OutOfReach {
    /// Says what stays when the record of the run is removed.
    pub(super) fn what_stays(&self) -> String {
        let Self { path, why, is_gone } = self;
        let path = path.shown();
        match is_gone {
            false => format!("{path} has files of the run and stays, because it cannot be used: {why}"),
            true => format!(
                "{path}, in which the run had its files, is not there; if it was moved, or its disk is not mounted, remove it there"
            ),
        }
    }
}

/// What ties the folder of the files to that of the record. Both have the same text: others may
/// read the name of the first, but not what is in it, so nobody else can make a record that has
/// foreman remove it.
#[derive(Serialize, Deserialize)]
struct Link {
    format: String,
    /// The storage file of the run.
    store: PathBuf,
    /// The folder of the files.
    files: PathBuf,
    /// Random digits.
    key: String,
}

impl RunFiles {
    /// Makes a folder in `parent` for the files of a run over `store`, whose record is in `record`.
    /// The record names it before it is there, so that it is found whenever this process is killed.
    pub(super) fn make(record: &Folder, store: &Path, parent: &Path) -> Result<Self> {
        let key = uuid::Uuid::new_v4().simple().to_string();
        let mut name = OsString::from(store.file_name().context("the store has no file name")?);
        name.push(format!(".{}.foreman", &key[..16]));
        let files = parent.join(name);
        let link = Link { format: FORMAT.into(), store: store.to_owned(), files: files.clone(), key };
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
        if let Err(error) = folder.replace(RUN, &link) {
            let _ = folder.remove();
            return Err(cannot_make(error.into()));
        }
        Ok(Self::Elsewhere(folder))
    }

    /// Finds the files of the run whose record is in `record`.
    ///
    /// # Errors
    ///
    /// If it cannot be read where they are.
    pub(super) fn of(record: &Folder) -> io::Result<Self> {
        let text = match read(record, ELSEWHERE) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::WithRecord),
            text => text?,
        };
        let out_of_reach =
            |path: PathBuf, why: String, is_gone| Self::OutOfReach(OutOfReach { path, why, is_gone });
        let path = match serde_json::from_slice::<Link>(&text) {
            Ok(link) => link.files,
            Err(error) => {
                let path = record.path().join(ELSEWHERE);
                return Ok(out_of_reach(path, format!("it is damaged: {error}"), false));
            }
        };
        if is_missing(&path.symlink_metadata()) {
            return Ok(out_of_reach(path, "it is not there".into(), true));
        }
        Ok(match Folder::open(&path, KIND) {
            Ok(None) => out_of_reach(path, "it is not there".into(), true),
            Err(error) => out_of_reach(path, with_causes(&error), false),
            Ok(Some(folder)) => match read(&folder, RUN) {
                Ok(found) if found == text || is_new(&folder, &found) => Self::Elsewhere(folder),
                Ok(_) => out_of_reach(path, "it is that of another run".into(), false),
                Err(error) => out_of_reach(path, error.to_string(), false),
            },
        })
    }

    /// Returns the folder, if it is not that of the record and can be used.
    pub(super) fn folder(&self) -> Option<&Folder> {
        match self {
            Self::Elsewhere(folder) => Some(folder),
            Self::WithRecord | Self::OutOfReach(_) => None,
        }
    }
}

/// Returns whether a run was killed when it had just made this folder.
fn is_new(folder: &Folder, marker: &[u8]) -> bool {
    marker == SIGNATURE.as_bytes() && folder.file_names().is_ok_and(|names| names == [RUN])
}

/// Returns the storage file of the run whose files, without its record, are in this folder, if it
/// is such a folder.
pub(super) fn store_of(folder: &Folder) -> Option<PathBuf> {
    let link: Link = serde_json::from_slice(&read(folder, RUN).ok()?).ok()?;
    Some(link.store)
}

fn read(folder: &Folder, name: &str) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    folder.read(name)?.take(LONGEST_LINK).read_to_end(&mut text)?;
    Ok(text)
}
