//! Permissions that a process needs for its own files.

use nix::sys::stat::{Mode, umask};

/// Sees to it that this process may use the files and folders that it makes: a umask that denies
/// that is changed. Call this before any thread is started.
pub fn keep_own_permissions() {
    let denied = umask(Mode::S_IRWXG | Mode::S_IRWXO);
    umask(denied & !Mode::S_IRWXU);
}
