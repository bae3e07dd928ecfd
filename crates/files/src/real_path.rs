//! Opens what lies at a real path, without following links.

use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;

use nix::errno::Errno;
use nix::fcntl::{AT_FDCWD, OFlag, OpenHow, ResolveFlag, openat2};
use nix::sys::stat::Mode;

/// Why nothing is opened if there is a link.
const IS_LINK: &str = "a part of its path is a link, which foreman does not follow here";

/// Opens what lies at a real path, which was found before. A link that somebody has put there
/// since, also in the place of a folder above it, is not followed: it could lead to any file of
/// this user.
///
/// # Errors
///
/// If it cannot be opened, or a part of the path is a link ([`Errno::ELOOP`]).
pub fn open_without_links(path: &Path, flags: OFlag, mode: Mode) -> nix::Result<OwnedFd> {
    let flags = flags | OFlag::O_CLOEXEC;
    // Without a new file, a mode is an error.
    let mode = if flags.contains(OFlag::O_CREAT) { mode } else { Mode::empty() };
    let how = OpenHow::new().flags(flags).mode(mode).resolve(ResolveFlag::RESOLVE_NO_SYMLINKS);
    match openat2(AT_FDCWD, path, how) {
        // Linux before 5.6, or a sandbox that does not know the call.
        Err(Errno::ENOSYS | Errno::EPERM) => nix::fcntl::open(path, flags | OFlag::O_NOFOLLOW, mode),
        opened => opened,
    }
}

/// Opens what exists at a real path, as [`open_without_links`] does. The error says what a link is.
pub(crate) fn open_real(path: &Path, flags: OFlag) -> io::Result<OwnedFd> {
    open_without_links(path, flags, Mode::empty()).map_err(|error| match error {
        Errno::ELOOP => io::Error::other(IS_LINK),
        error => error.into(),
    })
}
