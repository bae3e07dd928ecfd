//! The file of a task store: where it may be, and how it is recognised again.

use std::io::Read;
use std::path::{Path, PathBuf};

use files::OutputFile;

use super::format::APPLICATION_ID;
use crate::StorageError;

/// Checks that a task of `store` can write its task store to `path`.
///
/// # Errors
///
/// If there is something else that must not be replaced, such as a storage file.
pub fn check_place(path: &Path, store: &Path) -> Result<(), StorageError> {
    let begun = OutputFile::database(path, APPLICATION_ID, Some(store)).and_then(OutputFile::begin);
    begun.map(drop).map_err(|source| StorageError::Output { path: path.to_owned(), source })
}

/// A digest of a finished task store: its size and its CRC-32. It tells a file that was cut off or
/// damaged, not one that was forged.
///
/// # Errors
///
/// If the file cannot be read.
pub fn digest(mut file: impl Read) -> std::io::Result<u64> {
    let mut crc = libdeflater::Crc::new();
    let mut buffer = vec![0; 64 << 10];
    let mut bytes = 0_u64;
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(bytes << 32 | u64::from(crc.sum())),
            read => {
                crc.update(&buffer[..read]);
                bytes += read as u64;
            }
        }
    }
}

/// Returns the path of a file without the links on it, but for the folder that the file is in: if
/// that is a link, somebody has put it in the place of the run's folder, and SQLite refuses it.
pub(super) fn without_links(path: &Path) -> std::io::Result<PathBuf> {
    let Some(folder) = path.parent() else { return Ok(path.to_owned()) };
    let Some((parent, inner)) = folder.parent().zip(folder.file_name()) else { return Ok(path.to_owned()) };
    let parent = if parent.as_os_str().is_empty() { Path::new(".") } else { parent };
    Ok(parent.canonicalize()?.join(inner).join(path.file_name().unwrap_or_default()))
}
