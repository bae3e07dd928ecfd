//! Opens what lies at a real path, without following links.

use std::os::fd::OwnedFd;
use std::path::Path;

use nix::errno::Errno;
use nix::fcntl::{AT_FDCWD, OFlag, OpenHow, ResolveFlag, openat2};
use nix::sys::stat::Mode;

/// Why nothing is opened if there is a link.
pub(crate) const IS_LINK: &str = "a part of its path is a link, which foreman does not follow here";

/// Opens what lies at a real path, which was found before. A link that somebody has put there
/// since, also in the place of a folder above it, is not followed: it could lead to any file of
/// this user.
pub(crate) fn open_without_links(path: &Path, flags: OFlag) -> nix::Result<OwnedFd> {
    let flags = flags | OFlag::O_CLOEXEC;
    let how = OpenHow::new().flags(flags).resolve(ResolveFlag::RESOLVE_NO_SYMLINKS);
    match openat2(AT_FDCWD, path, how) {
        // Linux before 5.6, or a sandbox that does not know the call.
        Err(Errno::ENOSYS | Errno::EPERM) => nix::fcntl::open(path, flags | OFlag::O_NOFOLLOW, Mode::empty()),
        opened => opened,
    }
}
