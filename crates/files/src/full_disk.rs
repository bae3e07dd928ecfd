//! Says which disk is full.

use std::fmt;
use std::io::{self, ErrorKind};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use events::Shown as _;
use nix::sys::resource::{RLIM_INFINITY, Resource, getrlimit};

/// There is no room for a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FullDisk {
    path: PathBuf,
    /// Where the disk is mounted.
    disk: PathBuf,
    /// Whether only the user's part of the disk is full.
    is_quota: bool,
}

impl FullDisk {
    /// There is no room for the file at this path.
    #[must_use]
    pub fn at(path: &Path) -> Self {
        Self { path: path.to_owned(), disk: disk_of(path), is_quota: false }
    }

    /// What the message advises.
    const ADVICE: &str = "make room there and try again";

    /// Adds what else the user can do to the message of an error, if it is that of a full disk. The
    /// error may be one of another process, of which only the message is known, and more may be
    /// said behind it.
    #[must_use]
    pub fn advise(message: String, otherwise: &str) -> String {
        match message.rsplit_once(Self::ADVICE) {
            Some((before, after)) => format!("{before}{}, or {otherwise}{after}", Self::ADVICE),
            None => message,
        }
    }

    /// Returns the error of a write to the file at this path. If the disk is full, the error names
    /// the disk, and if the file is as large as it may be, the limit.
    pub fn name(path: &Path, error: io::Error) -> io::Error {
        let is_quota = match error.kind() {
            ErrorKind::FileTooLarge => return with_limit(error),
            ErrorKind::StorageFull => false,
            ErrorKind::QuotaExceeded => true,
            _ => return error,
        };
        // An error that names the disk already has no number of the operating system.
        match error.raw_os_error() {
            Some(_) => io::Error::new(error.kind(), Self { is_quota, ..Self::at(path) }),
            None => error,
        }
    }
}

impl std::error::Error for FullDisk {}

impl fmt::Display for FullDisk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let why = if self.is_quota { "your quota is used up" } else { "the disk is full" };
        write!(
            f,
            "{why}: there is no room for {} on the disk that is mounted at {}; {}",
            self.path.shown(),
            self.disk.shown(),
            Self::ADVICE
        )
    }
}

/// Returns how large a file may become, in bytes, if there is a limit.
#[must_use]
pub fn file_size_limit() -> Option<u64> {
    let (limit, _) = getrlimit(Resource::RLIMIT_FSIZE).ok()?;
    (limit != RLIM_INFINITY).then_some(limit)
}

/// Returns the error of a file that may not become larger, with the limit. The file system may have
/// a limit of its own, of which nothing is known.
fn with_limit(error: io::Error) -> io::Error {
    match (error.raw_os_error(), file_size_limit()) {
        (Some(_), Some(limit)) => io::Error::new(
            error.kind(),
            format!(
                "no file may become larger than {limit} bytes here; raise the limit (ulimit -f) and try again"
            ),
        ),
        _ => error,
    }
}

/// Returns where the disk is mounted on which the file is, or would be.
fn disk_of(path: &Path) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    // A folder that is being filled does not have its name yet.
    let folder = absolute.ancestors().skip(1).find_map(|folder| folder.canonicalize().ok());
    let folder = folder.unwrap_or_else(|| PathBuf::from("/"));
    let device = |path: &Path| std::fs::metadata(path).ok().map(|found| found.dev());
    let Some(here) = device(&folder) else { return folder };
    let same = folder.ancestors().take_while(|above| device(above) == Some(here));
    same.last().unwrap_or(&folder).to_owned()
}

#[cfg(test)]
mod tests {
    use nix::errno::Errno;

    use super::*;

    #[test]
    fn the_disk_of_a_file_is_a_folder_above_it() {
        let folder = tempfile::tempdir().unwrap();
        let disk = disk_of(&folder.path().join("no such folder/no such file"));
        assert!(folder.path().canonicalize().unwrap().starts_with(&disk), "{}", disk.display());
        assert_eq!(disk_of(Path::new("/file")), Path::new("/"));
    }

    #[test]
    fn advice_stands_behind_the_other_advice() {
        let full = FullDisk::at(Path::new("/file")).to_string();
        let advised = |message: String| FullDisk::advise(message, "name another disk");
        for behind in ["", "; after 5 such failures in a row, the run fails"] {
            let expected = format!("a worker failed: {full}, or name another disk{behind}");
            assert_eq!(advised(format!("a worker failed: {full}{behind}")), expected);
        }
        assert_eq!(advised("no such file".into()), "no such file");
    }

    #[test]
    fn only_a_full_disk_is_named_and_only_once() {
        let named = |error| FullDisk::name(Path::new("/file"), error);
        let full = named(Errno::ENOSPC.into());
        let words =
            "the disk is full: there is no room for /file on the disk that is mounted at /; make room";
        assert!(full.to_string().starts_with(words), "{full}");
        assert_eq!(full.kind(), ErrorKind::StorageFull);
        let again = FullDisk::name(Path::new("/other"), full);
        assert!(again.to_string().starts_with(words), "{again}");
        assert!(named(Errno::EDQUOT.into()).to_string().starts_with("your quota is used up: "));
        assert_eq!(named(Errno::EIO.into()).raw_os_error(), Some(nix::libc::EIO));
    }
}
