//! What the programs for developers check of their arguments, so that a slip is no panic later.

use std::path::PathBuf;

/// Reads the path of a file that exists.
///
/// # Errors
///
/// If it does not.
pub fn file(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    if path.is_file() { Ok(path) } else { Err("there is no such file".into()) }
}

/// Reads a number of seconds.
///
/// # Errors
///
/// If it is none from 0 to a million.
pub fn seconds(text: &str) -> Result<f64, String> {
    let seconds = text.parse().ok().filter(|seconds| (0.0..=1e6).contains(seconds));
    seconds.ok_or_else(|| "expected a number of seconds from 0 to 1000000".into())
}
