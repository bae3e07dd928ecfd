//! Opens what a user names as input, and follows links of other users only to what they may read.
//!
//! Somebody who may write to a folder of rules can put a link there to any file. Messages and
//! results quote rules and lists, so that person could read a file through this process without
//! having the right to. The path is walked from folder to folder, and each link is examined through
//! its own descriptor, so nobody can exchange a link between the look at it and its use.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use events::Shown as _;
use nix::errno::Errno;
use nix::fcntl::{AT_FDCWD, OFlag, OpenHow, ResolveFlag, open, openat, openat2, readlinkat};
use nix::sys::stat::{Mode, SFlag};
use nix::sys::statfs::{PROC_SUPER_MAGIC, fstatfs};
use nix::unistd::{Uid, geteuid};

use crate::directory::FileStatus;
use crate::owner::name_of_user;

/// The number of links that Linux follows on one path.
const MOST_LINKS: usize = 40;

/// How what is on the path is opened: only to look at it, and to open what is in it. Without
/// `O_DIRECTORY`, a folder that is mounted when it is entered would seem empty.
const FOLDER: OFlag = OFlag::O_PATH.union(OFlag::O_DIRECTORY).union(OFlag::O_CLOEXEC);
const ANYTHING: OFlag = OFlag::O_PATH.union(OFlag::O_NOFOLLOW).union(OFlag::O_CLOEXEC);

/// The permissions with which everybody may read a file, and enter a folder.
const READ: Mode = Mode::S_IRGRP.union(Mode::S_IROTH);
const ENTER: Mode = Mode::S_IXGRP.union(Mode::S_IXOTH);

/// Why a link is not followed.
#[derive(Debug, thiserror::Error)]
#[error(
    "{} is a link that belongs to {} and leads to {}, and not everybody may read what is there; copy the file to a folder \
     of your own, or name the file itself",
    path.shown(),
    name_of_user(*owner),
    target.shown()
)]
pub struct ForeignLink {
    path: PathBuf,
    owner: Uid,
    target: PathBuf,
}

/// Opens what is at a path for reading.
///
/// # Errors
///
/// If it cannot be opened, or a link on the path belongs to another user who may not read the file
/// ([`ForeignLink`]).
pub(crate) fn open_followed(path: &Path) -> io::Result<File> {
    let flags = OFlag::O_RDONLY | OFlag::O_NONBLOCK | OFlag::O_NOCTTY | OFlag::O_CLOEXEC;
    if let Some(file) = open_without_a_link(path, flags) {
        return Ok(file.into());
    }
    let place = Place::of(path)?;
    let file = openat(&place.folder, &*place.name, flags | place.no_follow, Mode::empty())?;
    place.check(FileStatus::of(&file)?, READ)?;
    Ok(file.into())
}

/// Refuses a folder if a link on its path belongs to another user who may not list the folder.
///
/// # Errors
///
/// If the folder cannot be found, or there is such a link ([`ForeignLink`]).
pub fn check_links_to(folder: &Path) -> io::Result<()> {
    if open_without_a_link(folder, FOLDER).is_some() {
        return Ok(());
    }
    let place = Place::of(folder)?;
    let status = FileStatus::of(&place.folder)?;
    place.check(status, READ | ENTER)
}

/// Opens what is at a path in one step, if no part of the path is a link: most paths have none, and
/// a folder of rules has thousands of files. Returns `None` if the path has to be walked, also to
/// say why it cannot be opened.
fn open_without_a_link(path: &Path, flags: OFlag) -> Option<OwnedFd> {
    let how = OpenHow::new().flags(flags).resolve(ResolveFlag::RESOLVE_NO_SYMLINKS);
    openat2(AT_FDCWD, path, how).ok()
}

/// Where a path leads.
struct Place {
    /// The last folder on the path.
    folder: OwnedFd,
    /// Its path, as it was found.
    shown: PathBuf,
    /// The name of the file in the folder, or `.` for the folder itself.
    name: OsString,
    /// `O_NOFOLLOW`, unless the file is a link that only the kernel can follow.
    no_follow: OFlag,
    /// The links on the path that belong neither to this user nor to root.
    foreign: Vec<ForeignLink>,
}

impl Place {
    fn of(path: &Path) -> io::Result<Self> {
        let start = if path.is_absolute() { "/" } else { "." };
        let mut place = Self {
            folder: folder_at(start)?,
            shown: if path.is_absolute() { start.into() } else { PathBuf::new() },
            name: ".".into(),
            no_follow: OFlag::O_NOFOLLOW,
            foreign: Vec::new(),
        };
        let mut rest = names(path);
        let mut links = 0;
        while let Some(name) = rest.pop() {
            if place.enter(&name, OFlag::O_NOFOLLOW)? {
                continue;
            }
            let found = openat(&place.folder, &*name, ANYTHING, Mode::empty())?;
            let status = FileStatus::of(&found)?;
            let is_link = status.kind() == SFlag::S_IFLNK;
            // Such a link can lead to a file without a name. Users cannot make one.
            let is_of_kernel = is_link && fstatfs(&found)?.filesystem_type() == PROC_SUPER_MAGIC;
            if is_of_kernel && place.enter(&name, OFlag::empty())? {
                continue;
            }
            if !is_link || is_of_kernel {
                place.name = name;
                place.no_follow.set(OFlag::O_NOFOLLOW, !is_of_kernel);
                return if rest.is_empty() { Ok(place) } else { Err(Errno::ENOTDIR.into()) };
            }
            links += 1;
            if links > MOST_LINKS {
                return Err(Errno::ELOOP.into());
            }
            let target = PathBuf::from(readlinkat(&found, "")?);
            rest.extend(names(&target));
            place.follow(&name, Uid::from_raw(status.owner()), target)?;
        }
        Ok(place)
    }

    /// Enters a folder inside the last one. Returns `false` if it is no folder.
    fn enter(&mut self, name: &OsStr, no_follow: OFlag) -> nix::Result<bool> {
        match openat(&self.folder, name, FOLDER | no_follow, Mode::empty()) {
            Ok(folder) => self.folder = folder,
            Err(Errno::ENOTDIR | Errno::ELOOP) => return Ok(false),
            Err(error) => return Err(error),
        }
        self.shown.push(name);
        Ok(true)
    }

    /// Remembers a link in the last folder if it belongs to another user.
    fn follow(&mut self, name: &OsStr, owner: Uid, target: PathBuf) -> nix::Result<()> {
        let path = self.shown.join(name);
        if target.is_absolute() {
            self.folder = folder_at("/")?;
            self.shown = "/".into();
        }
        if !owner.is_root() && owner != geteuid() {
            self.foreign.push(ForeignLink { path, owner, target });
        }
        Ok(())
    }

    /// Checks that the owners of the links may enter all folders above this file or folder, and
    /// have these permissions on it.
    fn check(self, status: FileStatus, needed: Mode) -> io::Result<()> {
        if self.foreign.is_empty() {
            return Ok(());
        }
        let above = folders_above(&self.folder)?;
        let may = |owner: Uid, status: &FileStatus, needed: Mode| {
            status.owner() == owner.as_raw() || status.permissions().contains(needed)
        };
        let leads_too_far = |link: &ForeignLink| {
            !may(link.owner, &status, needed) || !above.iter().all(|folder| may(link.owner, folder, ENTER))
        };
        match self.foreign.into_iter().find(leads_too_far) {
            Some(link) => Err(io::Error::other(link)),
            None => Ok(()),
        }
    }
}

/// Returns the status of a folder and of those above it.
fn folders_above(folder: &OwnedFd) -> io::Result<Vec<FileStatus>> {
    let above = |folder: &OwnedFd| openat(folder, "..", FOLDER, Mode::empty());
    let mut found = vec![FileStatus::of(folder)?];
    let mut next = above(folder)?;
    loop {
        let status = FileStatus::of(&next)?;
        // What is above the root is the root.
        if found.last().is_some_and(|last| last.identity() == status.identity()) {
            return Ok(found);
        }
        found.push(status);
        next = above(&next)?;
    }
}

fn folder_at(path: &str) -> nix::Result<OwnedFd> {
    open(path, FOLDER, Mode::empty())
}

/// Returns the names on a path, the last one first.
fn names(path: &Path) -> Vec<OsString> {
    let names = path.as_os_str().as_bytes().split(|byte| *byte == b'/');
    let names = names.filter(|name| !name.is_empty() && *name != b".");
    names.rev().map(|name| OsStr::from_bytes(name).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::fd::AsRawFd as _;
    use std::os::unix::fs::{PermissionsExt as _, chown, lchown, symlink};

    use super::*;

    const OTHER: u32 = 61_234;

    fn read(path: &Path) -> Result<String, String> {
        open_followed(path).and_then(io::read_to_string).map_err(|error| error.to_string())
    }

    fn set_mode(path: &Path, mode: u32) {
        fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn own_links_are_followed() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir_all(at("a/b")).unwrap();
        fs::write(at("a/file"), "rules").unwrap();
        for (target, name) in [
            ("a/./file", "to the file"),
            ("../a//b", "a/to a folder"),
            ("a/to a folder/../file", "through a link"),
            ("none", "to nothing"),
            ("round", "round"),
        ] {
            symlink(target, at(name)).unwrap();
        }
        symlink(at("through a link"), at("absolute")).unwrap();
        for name in ["a/file", "a/b/../file", "to the file", "a/to a folder/../file", "through a link"] {
            assert_eq!(read(&at(name)).unwrap(), "rules", "{name}");
        }
        assert_eq!(read(&at("absolute")).unwrap(), "rules");
        for (name, said) in [
            ("to nothing", "No such file"),
            ("round", "Too many levels"),
            ("a/file/b", "Not a directory"),
            ("none/file", "No such file"),
        ] {
            assert!(read(&at(name)).unwrap_err().contains(said), "{name}");
        }
        // A link of the kernel, to a file that has no name any more.
        let open = File::open(at("a/file")).unwrap();
        fs::remove_file(at("a/file")).unwrap();
        assert_eq!(read(Path::new(&format!("/dev/fd/{}", open.as_raw_fd()))).unwrap(), "rules");
    }

    #[test]
    fn a_link_of_another_user_leads_only_to_what_that_user_may_read() {
        let place = tempfile::tempdir().unwrap();
        let at = |name: &str| place.path().canonicalize().unwrap().join(name);
        for folder in ["rules", "secret"] {
            fs::create_dir(at(folder)).unwrap();
        }
        set_mode(&at(""), 0o755);
        let above = folders_above(&folder_at(at("").to_str().unwrap()).unwrap()).unwrap();
        fs::write(at("secret/file"), "secret").unwrap();
        symlink("../secret/file", at("rules/file")).unwrap();
        symlink(at("secret"), at("rules/folder")).unwrap();
        symlink(at("rules/file"), at("own link")).unwrap();
        for link in ["rules/file", "rules/folder"] {
            let is_open = above.iter().all(|folder| folder.permissions().contains(ENTER));
            if !is_open || lchown(at(link), Some(OTHER), None).is_err() {
                return testing::places::skipped(
                    "only root can give a link to another user, in a folder open to all",
                );
            }
        }
        // The permissions of the folder and the file, the owner of each, and whether they are open.
        for (folder, of_folder, file, of_file, is_open) in [
            (0o755, 0, 0o644, 0, true),
            (0o711, 0, 0o644, 0, true),
            (0o755, 0, 0o640, 0, false),
            (0o755, 0, 0o604, 0, false),
            (0o755, 0, 0o600, OTHER, true),
            (0o700, 0, 0o644, 0, false),
            (0o700, 0, 0o600, OTHER, false),
            (0o700, OTHER, 0o644, 0, true),
            (0o700, OTHER, 0o600, OTHER, true),
        ] {
            set_mode(&at("secret"), folder);
            set_mode(&at("secret/file"), file);
            chown(at("secret"), Some(of_folder), None).unwrap();
            chown(at("secret/file"), Some(of_file), None).unwrap();
            let case = format!("{file:o} of {of_file} in {folder:o} of {of_folder}");
            for (link, owned) in [
                ("rules/file", "rules/file"),
                ("own link", "rules/file"),
                ("rules/folder/file", "rules/folder"),
            ] {
                match read(&at(link)) {
                    Ok(_) => assert!(is_open, "{link} to {case}"),
                    Err(said) => {
                        assert!(!is_open, "{link} to {case}: {said}");
                        let link = format!("{} is a link that belongs to user {OTHER}", at(owned).display());
                        assert!(said.starts_with(&link), "{said}");
                    }
                }
            }
            let may_list = folder & 0o055 == 0o055 || of_folder == OTHER;
            assert_eq!(check_links_to(&at("rules/folder")).is_ok(), may_list, "{case}");
            assert_eq!(read(&at("secret/file")).unwrap(), "secret");
            assert!(check_links_to(&at("secret")).is_ok());
        }
    }
}
