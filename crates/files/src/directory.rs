//! A directory by its descriptor. The descriptor stays on the same directory even if its path is
//! changed to lead elsewhere.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use nix::dir::Dir;
use nix::errno::Errno;
use nix::fcntl::{AtFlags, OFlag, open, openat, renameat};
use nix::libc;
use nix::sys::stat::{FileStat, Mode, SFlag, fchmod, fstat, fstatat, mkdirat};
use nix::unistd::{UnlinkatFlags, getegid, linkat, unlinkat};

pub(crate) use crate::identity::Identity;
use crate::open_database::Input;
use crate::readers::limited;
use crate::real_path::open_real;

/// How a directory is opened that need not be readable, where the system can do so.
#[cfg(target_os = "linux")]
const ACCESS: OFlag = OFlag::O_PATH;
#[cfg(not(target_os = "linux"))]
const ACCESS: OFlag = OFlag::O_RDONLY;

/// An open directory. None of its functions follows a link.
#[derive(Debug)]
pub(crate) struct Directory(OwnedFd);

/// The status of a file, as the operating system returns it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FileStatus(FileStat);

impl FileStatus {
    /// Returns the status of the file at this path, and follows links.
    pub(crate) fn of_path(path: &Path) -> io::Result<Self> {
        Ok(Self(nix::sys::stat::stat(path)?))
    }

    pub(crate) fn of(open: impl std::os::fd::AsFd) -> io::Result<Self> {
        Ok(Self(fstat(open)?))
    }

    pub(crate) fn identity(&self) -> Identity {
        (self.0.st_dev, self.0.st_ino)
    }

    pub(crate) fn owner(&self) -> u32 {
        self.0.st_uid
    }

    pub(crate) fn group(&self) -> u32 {
        self.0.st_gid
    }

    /// Returns the number of bytes of the file.
    pub(crate) fn size(&self) -> u64 {
        u64::try_from(self.0.st_size).unwrap_or_default()
    }

    /// Returns who may read, write and execute or enter the file.
    pub(crate) fn permissions(&self) -> Mode {
        Mode::from_bits_truncate(self.0.st_mode) & (Mode::S_IRWXU | Mode::S_IRWXG | Mode::S_IRWXO)
    }

    /// Returns whether what is made in this directory gets the group of the directory on every
    /// system.
    fn gives_its_group(&self) -> bool {
        Mode::from_bits_truncate(self.0.st_mode).contains(Mode::S_ISGID)
    }

    /// Returns whether this user may not rename or remove a file with this status in a folder with
    /// this one: the folder has the sticky bit, as `/tmp` has, and both belong to others.
    pub(crate) fn protects(&self, file: &Self, user: u32) -> bool {
        let is_sticky = Mode::from_bits_truncate(self.0.st_mode).contains(Mode::S_ISVTX);
        is_sticky && user != 0 && ![self.owner(), file.owner()].contains(&user)
    }

    pub(crate) fn has_other_names(&self) -> bool {
        self.0.st_nlink > 1
    }

    pub(crate) fn kind(&self) -> SFlag {
        SFlag::from_bits_truncate(self.0.st_mode) & SFlag::S_IFMT
    }
}

impl Directory {
    /// Opens the directory at this path, and follows links. The directory need not be readable.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
        Ok(Self(open(path, ACCESS | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC, Mode::empty())?))
    }

    /// Opens the directory at this real path, and follows no links.
    pub(crate) fn open_real(path: &Path) -> io::Result<Self> {
        let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
        Ok(Self(open_real(path, ACCESS | OFlag::O_DIRECTORY)?))
    }

    /// Opens a directory inside this one.
    pub(crate) fn enter(&self, name: &OsStr) -> io::Result<Self> {
        let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
        Ok(Self(openat(&self.0, name, flags, Mode::empty())?))
    }

    /// Makes a directory inside this one that nobody else may enter.
    pub(crate) fn make_directory(&self, name: &OsStr) -> io::Result<()> {
        Ok(mkdirat(&self.0, name, Mode::S_IRWXU)?)
    }

    /// Makes a directory inside this one, with these permissions for those who may read the storage
    /// files, unless the umask denies them.
    pub(crate) fn make_shared_directory(&self, name: &OsStr, mode: u32) -> io::Result<()> {
        let mode = self.for_readers(Mode::from_bits_truncate(mode as libc::mode_t))?;
        Ok(mkdirat(&self.0, name, mode)?)
    }

    /// Makes a file, which must not exist. Who may not read the storage files may not read it.
    pub(crate) fn create(&self, name: &OsStr, mode: u32) -> io::Result<File> {
        let mode = self.for_readers(Mode::from_bits_truncate(mode as libc::mode_t))?;
        self.open_file(name, OFlag::O_RDWR | OFlag::O_CREAT | OFlag::O_EXCL, mode.bits())
    }

    /// Makes a file without a name, of which nothing is left if this process is killed. Who may not
    /// read the storage files may not read it. Returns `None` if there can be no such file here.
    #[cfg(target_os = "linux")]
    pub(crate) fn create_unnamed(&self, mode: u32) -> Option<File> {
        let mode = self.for_readers(Mode::from_bits_truncate(mode as libc::mode_t)).ok()?;
        let flags = OFlag::O_TMPFILE | OFlag::O_RDWR | OFlag::O_CLOEXEC;
        let file = File::from(openat(&self.0, ".", flags, mode).ok()?);
        // Without /proc, it could not get a name later.
        let is_at = FileStatus::of_path(&path_of_open(&file)).ok()?.identity();
        (is_at == FileStatus::of(&file).ok()?.identity()).then_some(file)
    }

    #[cfg(not(target_os = "linux"))]
    pub(crate) fn create_unnamed(&self, _mode: u32) -> Option<File> {
        None
    }

    /// Gives a name to a file without one, unless a file has this name.
    pub(crate) fn give_name(&self, file: &File, name: &OsStr) -> io::Result<()> {
        let current = nix::fcntl::AT_FDCWD;
        Ok(linkat(current, &path_of_open(file), &self.0, name, AtFlags::AT_SYMLINK_FOLLOW)?)
    }

    /// Returns the permissions that a new file or directory inside this one may have of these.
    fn for_readers(&self, mode: Mode) -> io::Result<Mode> {
        let own = self.own_status()?;
        let limited_to_group = self.limited(mode, own.group());
        if own.gives_its_group() {
            return Ok(limited_to_group);
        }
        // Depending on the system and how the disk is mounted, a new file has either group.
        Ok(self.limited(limited_to_group, getegid().as_raw()))
    }

    /// Takes from the permissions of a new file or directory inside this one, which has this group,
    /// what readers of the storage files do not have.
    pub(crate) fn limited(&self, mode: Mode, group: u32) -> Mode {
        limited(mode, group, || self.with_all_above())
    }

    /// Opens a file to append to it. If there is none, makes one that only its owner may read.
    pub(crate) fn append(&self, name: &OsStr) -> io::Result<File> {
        let file = self.open_file(name, OFlag::O_WRONLY | OFlag::O_APPEND | OFlag::O_CREAT, 0o600)?;
        require_regular(&file)?;
        Ok(file)
    }

    /// Opens a regular file for reading.
    pub(crate) fn read(&self, name: &OsStr) -> io::Result<Input> {
        let file = Input::from(self.open_file(name, OFlag::O_RDONLY, 0)?);
        require_regular(&file)?;
        Ok(file)
    }

    fn open_file(&self, name: &OsStr, flags: OFlag, mode: u32) -> io::Result<File> {
        // Without these flags, opening a pipe would wait for its other end, and opening a terminal
        // could make it the process's own.
        let safe = OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC | OFlag::O_NONBLOCK | OFlag::O_NOCTTY;
        let mode = Mode::from_bits_truncate(mode as libc::mode_t);
        Ok(File::from(openat(&self.0, name, flags | safe, mode)?))
    }

    /// Returns the status of a file in this directory, or `None` if there is no such file.
    pub(crate) fn status(&self, name: &OsStr) -> io::Result<Option<FileStatus>> {
        match fstatat(&self.0, name, AtFlags::AT_SYMLINK_NOFOLLOW) {
            Ok(status) => Ok(Some(FileStatus(status))),
            Err(Errno::ENOENT) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Returns the status of this directory.
    pub(crate) fn own_status(&self) -> io::Result<FileStatus> {
        FileStatus::of(&self.0)
    }

    /// Returns what the operating system knows of this directory.
    pub(crate) fn metadata(&self) -> io::Result<std::fs::Metadata> {
        File::from(self.0.try_clone()?).metadata()
    }

    /// Returns whether this directory is the one that has this name in its parent directory.
    pub(crate) fn is_in(&self, parent: &Self, name: &OsStr) -> io::Result<bool> {
        let own = self.own_status()?.identity();
        Ok(parent.status(name)?.is_some_and(|there| there.identity() == own))
    }

    /// Returns this directory and those above it. If one cannot be reached, the further ones are
    /// missing.
    fn with_all_above(&self) -> BTreeSet<Identity> {
        let mut found = BTreeSet::new();
        let mut next = self.parent_or_self(".");
        while let Ok(directory) = next
            && let Ok(status) = directory.own_status()
            // What is above the root is the root.
            && found.insert(status.identity())
        {
            next = directory.parent_or_self("..");
        }
        found
    }

    /// Returns the directory in which this one is now.
    pub(crate) fn above(&self) -> io::Result<Self> {
        self.parent_or_self("..")
    }

    fn parent_or_self(&self, name: &str) -> io::Result<Self> {
        Ok(Self(openat(&self.0, name, ACCESS | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC, Mode::empty())?))
    }

    /// Denies all other users access to this directory.
    pub(crate) fn close_to_others(&self) -> io::Result<()> {
        Ok(fchmod(&self.0, Mode::S_IRWXU)?)
    }

    /// Returns a descriptor of this directory on which a lock can be taken.
    pub(crate) fn lock_file(&self) -> io::Result<File> {
        Ok(File::from(self.enter(OsStr::new("."))?.0))
    }

    /// Has the disk keep which files are in this directory, which must be readable.
    pub(crate) fn sync(&self) -> io::Result<()> {
        match nix::unistd::fsync(&self.0) {
            // A file system that knows no such promise.
            Ok(()) | Err(Errno::EINVAL) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    pub(crate) fn remove_file(&self, name: &OsStr) -> io::Result<()> {
        Ok(unlinkat(&self.0, name, UnlinkatFlags::NoRemoveDir)?)
    }

    /// Removes a directory inside this one, which must be empty.
    pub(crate) fn remove_directory(&self, name: &OsStr) -> io::Result<()> {
        Ok(unlinkat(&self.0, name, UnlinkatFlags::RemoveDir)?)
    }

    /// Renames a file, and replaces a file that has the new name.
    pub(crate) fn rename(&self, from: &OsStr, to: &OsStr) -> io::Result<()> {
        Ok(renameat(&self.0, from, &self.0, to)?)
    }

    /// Renames a file, unless a file has the new name.
    pub(crate) fn rename_new(&self, from: &OsStr, to: &OsStr) -> io::Result<()> {
        #[cfg(all(target_os = "linux", target_env = "gnu"))]
        {
            use nix::fcntl::{RenameFlags, renameat2};
            match renameat2(&self.0, from, &self.0, to, RenameFlags::RENAME_NOREPLACE) {
                // The file system cannot do that.
                Err(Errno::EINVAL | Errno::ENOSYS) => {}
                done => return Ok(done?),
            }
        }
        match self.rename_by_link(from, to) {
            Err(error) if is_beyond_file_system(error) => match self.status(to)? {
                None => self.rename(from, to),
                Some(_) => Err(Errno::EEXIST.into()),
            },
            done => Ok(done?),
        }
    }

    /// Gives a file its new name before it takes the old one away, which fails if a file has the
    /// new name.
    fn rename_by_link(&self, from: &OsStr, to: &OsStr) -> Result<(), Errno> {
        linkat(&self.0, from, &self.0, to, AtFlags::empty())?;
        unlinkat(&self.0, from, UnlinkatFlags::NoRemoveDir)
    }

    /// Returns the names in this directory, sorted.
    pub(crate) fn names(&self) -> io::Result<Vec<OsString>> {
        let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
        let mut names = Vec::new();
        for entry in Dir::openat(&self.0, ".", flags, Mode::empty())? {
            let name = OsStr::from_bytes(entry?.file_name().to_bytes()).to_owned();
            if name != "." && name != ".." {
                names.push(name);
            }
        }
        names.sort();
        Ok(names)
    }
}

/// Sets the permissions of a new file. Where the file system refuses to change any, the file keeps
/// those with which it was made.
pub(crate) fn set_permissions(file: &File, mode: Mode) -> io::Result<()> {
    match fchmod(file, mode) {
        Err(error) if is_beyond_file_system(error) => Ok(()),
        done => Ok(done?),
    }
}

/// Returns whether a file system cannot do something with a file of this user at all, such as give
/// it links or permissions. FUSE says ENOSYS for what the program behind it does not have.
fn is_beyond_file_system(error: Errno) -> bool {
    matches!(error, Errno::EPERM | Errno::EOPNOTSUPP | Errno::ENOSYS)
}

/// Returns a path of an open file that has no name.
fn path_of_open(file: &File) -> PathBuf {
    format!("/proc/self/fd/{}", file.as_raw_fd()).into()
}

fn require_regular(file: &File) -> io::Result<()> {
    if file.metadata()?.is_file() {
        return Ok(());
    }
    Err(io::Error::other("it is not a regular file"))
}

/// Has the disk keep which files are in a folder.
///
/// # Errors
///
/// If the folder cannot be read, or the disk fails.
pub fn sync_folder(path: &Path) -> io::Result<()> {
    Directory::open(path)?.enter(OsStr::new("."))?.sync()
}

/// Returns whether files can be made in a folder, but not removed (`chattr +a`), as far as its file
/// system tells.
#[cfg(target_os = "linux")]
pub(crate) fn is_append_only(folder: &Path) -> bool {
    let folder = Directory::open(folder).and_then(|folder| folder.enter(OsStr::new(".")));
    let flags = folder.ok().and_then(|Directory(folder)| rustix::fs::ioctl_getflags(folder).ok());
    flags.is_some_and(|flags| flags.contains(rustix::fs::IFlags::APPEND))
}

/// Returns `false`: only file systems of Linux are asked.
#[cfg(not(target_os = "linux"))]
pub(crate) fn is_append_only(_: &Path) -> bool {
    false
}

/// Treats a file that is missing already as removed.
pub(crate) fn ignore_missing(removed: io::Result<()>) -> io::Result<()> {
    removed.or_else(|error| if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `rename_new` does where the operating system has no way of its own.
    #[test]
    fn a_file_gets_a_new_name_and_replaces_none() {
        let folder = tempfile::tempdir().unwrap();
        let in_folder = Directory::open(folder.path()).unwrap();
        let (from, to) = (OsStr::new("from"), OsStr::new("to"));
        std::fs::write(folder.path().join(from), "new").unwrap();
        std::fs::write(folder.path().join(to), "old").unwrap();
        assert_eq!(in_folder.rename_by_link(from, to), Err(Errno::EEXIST));
        assert_eq!(std::fs::read_to_string(folder.path().join(to)).unwrap(), "old");
        std::fs::remove_file(folder.path().join(to)).unwrap();
        in_folder.rename_by_link(from, to).unwrap();
        assert_eq!(in_folder.names().unwrap(), [to]);
        assert_eq!(std::fs::read_to_string(folder.path().join(to)).unwrap(), "new");
    }

    #[test]
    fn files_of_others_in_a_folder_with_the_sticky_bit() {
        let status = |mode, owner| {
            let mut status = FileStatus::of_path(Path::new("/")).unwrap().0;
            (status.st_mode, status.st_uid) = (mode, owner);
            FileStatus(status)
        };
        for (mode, folder, file, user, is_protected) in [
            (0o1777, 0, 7, 8, true),
            (0o1777, 0, 0, 8, true),
            (0o1777, 0, 8, 8, false),
            (0o1777, 8, 7, 8, false),
            (0o1777, 7, 7, 0, false),
            (0o777, 0, 7, 8, false),
        ] {
            let protects = status(mode, folder).protects(&status(0o666, file), user);
            assert_eq!(protects, is_protected, "{mode:o} {folder} {file} {user}");
        }
    }

    #[test]
    fn what_a_file_system_cannot_do() {
        for error in [Errno::EPERM, Errno::EOPNOTSUPP, Errno::ENOSYS] {
            assert!(is_beyond_file_system(error), "{error}");
        }
        for error in [Errno::EEXIST, Errno::EACCES, Errno::EIO, Errno::EROFS, Errno::ENOSPC] {
            assert!(!is_beyond_file_system(error), "{error}");
        }
    }

    #[test]
    fn the_directories_above_are_found() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("inner")).unwrap();
        let open = |path: &Path| Directory::open(path).unwrap();
        let identity = |path: &Path| open(path).own_status().unwrap().identity();
        let inner = open(&folder.path().join("inner"));
        let found = inner.with_all_above();
        let path = folder.path().canonicalize().unwrap();
        let expected: BTreeSet<_> =
            path.ancestors().map(identity).chain([inner.own_status().unwrap().identity()]).collect();
        assert_eq!(found, expected);
    }
}
