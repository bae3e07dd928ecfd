//! Checks that no other user can have replaced a program.

use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use events::{Shown as _, quoted_path};
use nix::unistd::{Gid, Group, Uid, User, geteuid};

use crate::owner::name_of_user;

/// The user database.
const USERS: &str = "/etc/passwd";
/// The database of groups.
const GROUPS: &str = "/etc/group";

/// Why a program is not run.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    /// The program or a folder on its path belongs to another user.
    #[error(
        "{} belongs to {owner}, who could replace the program; use programs that belong to you or to root",
        path.shown()
    )]
    Owner {
        /// The program or the folder.
        path: PathBuf,
        /// The other user's name or number.
        owner: String,
    },
    /// Others may write to the program or to a folder on its path.
    #[error(
        "others may write to {} (mode {mode:o}) and could replace the program; take that permission from them \
         (chmod go-w), or move the programs to another folder",
        path.shown()
    )]
    Writable {
        /// The program or the folder.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// There is no file at the path.
    #[error("{} is not a program", path.shown())]
    NoFile {
        /// The path.
        path: PathBuf,
    },
    /// The operating system refuses.
    #[error(transparent)]
    System(#[from] io::Error),
}

/// Returns the real path of a program, if only this user and root can have put it there: the
/// program and all folders on its path belong to them, and nobody else may write to these.
///
/// # Errors
///
/// If another user can have replaced the program, or the program cannot be checked.
pub fn trusted_program(path: &Path) -> Result<PathBuf, TrustError> {
    // The real path is checked, so the real path must be run.
    let real = path.canonicalize()?;
    if !real.metadata()?.is_file() {
        return Err(TrustError::NoFile { path: real });
    }
    check_parts(&real)?;
    Ok(real)
}

/// Why other users may replace what is in a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replaceable {
    /// The reason, which names the folder or a folder above it.
    pub reason: String,
    /// What else than another folder helps, as the continuation of a sentence.
    pub remedy: String,
}

/// Returns the real path of a folder, or why other users may replace what is in the folder. Only
/// the real path may be used from then on: who owns a link on the given path may let it lead
/// elsewhere at any time.
///
/// # Errors
///
/// If the folder cannot be checked.
pub fn trusted_folder(folder: &Path) -> io::Result<Result<PathBuf, Replaceable>> {
    let real = folder.canonicalize()?;
    if !real.is_dir() {
        return Err(io::ErrorKind::NotADirectory.into());
    }
    Ok(match check_parts(&real) {
        Ok(()) => Ok(real),
        Err(TrustError::Owner { path, owner }) => {
            let reason = format!("{} belongs to {owner}", path.shown());
            // No permission helps against the owner.
            Err(Replaceable { reason, remedy: String::new() })
        }
        Err(TrustError::Writable { path, mode }) => {
            let reason = format!("others may write to {} (mode {mode:o})", path.shown());
            let remedy =
                format!(", or set the sticky bit of that folder with:\n  chmod +t {}", quoted_path(&path));
            Err(Replaceable { reason, remedy })
        }
        Err(error) => return Err(io::Error::other(error)),
    })
}

/// Checks a real path from its beginning: what is below a checked folder can no longer be exchanged
/// by others. A link on it means that somebody has exchanged a folder since the path was found.
fn check_parts(real: &Path) -> Result<(), TrustError> {
    let parts: Vec<_> = real.ancestors().collect();
    for part in parts.into_iter().rev() {
        let status = part.symlink_metadata()?;
        if status.is_symlink() {
            return Err(io::Error::other(format!("{} was exchanged meanwhile", part.shown())).into());
        }
        check(part, &status)?;
    }
    Ok(())
}

fn check(path: &Path, status: &Metadata) -> Result<(), TrustError> {
    let owner = Uid::from_raw(status.uid());
    if !owner.is_root() && owner != geteuid() {
        return Err(TrustError::Owner { path: path.to_owned(), owner: name_of_user(owner) });
    }
    let mode = status.permissions().mode() & 0o7777;
    // In a folder with the sticky bit, such as /tmp, others can make files but cannot replace this
    // user's files.
    let is_sticky_folder = status.is_dir() && mode & 0o1000 != 0;
    let by_others = mode & 0o002 != 0;
    let by_group = mode & 0o020 != 0 && !is_own_group(owner, Gid::from_raw(status.gid()));
    if (by_others || by_group) && !is_sticky_folder {
        return Err(TrustError::Writable { path: path.to_owned(), mode });
    }
    Ok(())
}

/// Returns whether this user is the only member of a group. Many systems give each user such a
/// group, and a umask that lets the group write to all files.
fn is_own_group(owner: Uid, group: Gid) -> bool {
    let user = User::from_uid(owner).ok().flatten();
    let group_of_name = Group::from_gid(group).ok().flatten();
    let has_no_other_member = match (&user, &group_of_name) {
        (Some(user), Some(group)) => {
            group.name == user.name && group.mem.iter().all(|member| *member == user.name)
        }
        (_, None) => group.as_raw() == owner.as_raw(),
        (None, Some(_)) => false,
    };
    // The members of a group are listed without the users whose primary group it is. Of a user who
    // is not in this file but, for example, in a directory service, these users are not known.
    let users = fs::read(USERS).unwrap_or_default();
    let users = String::from_utf8_lossy(&users);
    // Several groups can have the same number, and the system finds only the first of them by it.
    let groups = fs::read(GROUPS).unwrap_or_default();
    let groups = String::from_utf8_lossy(&groups);
    has_no_other_member
        && has_only_one_name(&groups, group)
        && is_primary_group_of_nobody_else(&users, owner, group, user.is_some())
}

/// Returns whether at most one group of the group database has this number.
fn has_only_one_name(groups: &str, group: Gid) -> bool {
    let number = group.to_string();
    groups.lines().filter(|line| line.split(':').nth(2) == Some(&*number)).count() <= 1
}

/// Returns whether no other user of the user database has this primary group. `false` if that is
/// not sure: the database is empty, has a line that is not valid, or does not have the owner,
/// although it must.
fn is_primary_group_of_nobody_else(users: &str, owner: Uid, group: Gid, must_have_owner: bool) -> bool {
    let mut has_owner = false;
    let mut lines = users.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#')).peekable();
    let has_users = lines.peek().is_some();
    let is_harmless = |line: &str| {
        let mut numbers = line.split(':').skip(2).map(|field| field.parse::<u32>().ok());
        let (Some(Some(user)), Some(Some(primary))) = (numbers.next(), numbers.next()) else {
            // Lines such as `+::::::` include users of another database.
            return false;
        };
        has_owner |= user == owner.as_raw();
        user == owner.as_raw() || primary != group.as_raw()
    };
    lines.all(is_harmless) && has_users && (has_owner || !must_have_owner)
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;
    use std::os::unix::fs::{chown, symlink};

    use super::*;

    #[test]
    fn a_group_with_two_names() {
        let group = Gid::from_raw(7);
        assert!(has_only_one_name("root:x:0:\nme:x:7:\n", group));
        assert!(has_only_one_name("root:x:0:\n", group));
        assert!(!has_only_one_name("me:x:7:\nroot:x:0:\nstaff:x:7:other\n", group));
    }

    #[test]
    fn a_program_that_others_cannot_have_put_there() {
        let folder = tempfile::tempdir().unwrap();
        let real = folder.path().canonicalize().unwrap();
        let (inner, program) = (real.join("inner"), real.join("inner/worker"));
        fs::create_dir(&inner).unwrap();
        fs::write(&program, "").unwrap();
        symlink(&program, real.join("link")).unwrap();
        let set = |path: &Path, mode| fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
        let refused = |path: &Path| {
            let said = trusted_program(&program).unwrap_err().to_string();
            assert!(said.contains(&format!("{} ", path.display())), "{said}");
        };
        set(&inner, 0o755);
        set(&program, 0o755);
        assert_eq!(trusted_program(&program).unwrap(), program);
        assert_eq!(trusted_program(&real.join("link")).unwrap(), program);
        for path in [&inner, &program] {
            set(path, 0o757);
            refused(path);
            set(path, 0o755);
        }
        set(&inner, 0o777);
        assert!(trusted_folder(&inner).unwrap().unwrap_err().reason.contains("others may write to"));
        set(&inner, 0o1777);
        assert_eq!(trusted_folder(&inner).unwrap(), Ok(inner.clone()));
        symlink(&inner, real.join("link to inner")).unwrap();
        assert_eq!(trusted_folder(&real.join("link to inner")).unwrap(), Ok(inner.clone()));
        assert!(check_parts(&real.join("link to inner")).is_err(), "a link is no real path");
        assert_eq!(trusted_program(&program).unwrap(), program);
        set(&inner, 0o755);
        assert!(trusted_program(&inner).unwrap_err().to_string().contains("not a program"));
        assert!(trusted_program(&real.join("none")).unwrap_err().to_string().contains("No such file"));
    }

    #[test]
    fn a_group_that_another_user_has_as_the_primary_group() {
        const ALICE: &str = "root:x:0:0::/root:/bin/sh\n\n# people\nalice:x:7001:7001::/home/alice:/bin/sh\n";
        let is_hers = |users: &str, must_have| {
            is_primary_group_of_nobody_else(users, Uid::from_raw(7001), Gid::from_raw(7001), must_have)
        };
        let with = |line: &str| format!("{ALICE}{line}\n");
        assert!(is_hers(ALICE, true) && is_hers(ALICE, false));
        assert!(is_hers(&with("carol:x:7003:7003::/:/bin/sh"), true));
        assert!(is_hers(&with("alice2:x:7001:7001::/:/bin/sh"), true), "another name of the same user");
        assert!(!is_hers(&with("bob:x:7002:7001::/:/bin/sh"), true));
        assert!(!is_hers(&with("bob:x:7002:7001::/:/bin/sh"), false));
        for unsure in ["+::::::", "bob", "bob:x:7002", "bob:x:7002:many"] {
            assert!(!is_hers(&with(unsure), true), "{unsure}");
        }
        let others = "root:x:0:0::/root:/bin/sh\n";
        assert!(!is_hers(others, true) && is_hers(others, false));
        assert!(!is_hers("", false), "it cannot be read");
    }

    #[test]
    fn what_belongs_to_others() {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().canonicalize().unwrap().join("worker");
        fs::write(&program, "").unwrap();
        fs::set_permissions(&program, Permissions::from_mode(0o775)).unwrap();
        if chown(&program, Some(65_534), Some(65_534)).is_err() {
            return testing::places::skipped("only root can give a file to another user");
        }
        assert!(matches!(trusted_program(&program), Err(TrustError::Owner { .. })));
        // Writable by a group: first by a group of this user alone, then by one with others.
        chown(&program, Some(0), Some(0)).unwrap();
        assert_eq!(is_own_group(Uid::from_raw(0), Gid::from_raw(0)), trusted_program(&program).is_ok());
        chown(&program, Some(0), Some(65_534)).unwrap();
        assert!(matches!(trusted_program(&program), Err(TrustError::Writable { .. })));
        assert!(is_own_group(Uid::from_raw(61_234), Gid::from_raw(61_234)), "nobody has that group");
        assert!(!is_own_group(Uid::from_raw(61_234), Gid::from_raw(0)));
    }
}
