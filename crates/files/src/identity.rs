//! What tells a file from all others.

use nix::libc;

/// Identifies a file, whatever its names are.
pub(crate) type Identity = (libc::dev_t, libc::ino_t);
