//! Whom files belong to.

use std::ffi::OsStr;
use std::io;

use nix::unistd::{Uid, User, geteuid};

use crate::directory::{Directory, FileStatus};
use crate::unfinished::unfinished_name;

/// Returns the name of a user, or the number of a user without a name.
pub(crate) fn name_of_user(user: Uid) -> String {
    let known = User::from_uid(user).ok().flatten();
    known.map_or_else(|| format!("user {user}"), |user| user.name)
}

impl Directory {
    /// Returns whether the directory belongs to this user.
    pub(crate) fn is_owned(&self) -> io::Result<bool> {
        let owner = self.own_status()?.owner();
        if owner == geteuid().as_raw() {
            return Ok(true);
        }
        // On a disk without owners (exFAT), or one where root has no rights (NFS), all files of
        // this user seem to belong to somebody else. A new file shows whom they belong to.
        let name = unfinished_name(OsStr::new("owner"));
        let Ok(probe) = self.create(&name, 0o600) else { return Ok(false) };
        self.remove_file(&name)?;
        Ok(FileStatus::of(&probe)?.owner() == owner)
    }
}
