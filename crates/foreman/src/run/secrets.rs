//! Keeps secrets of plugins, such as API keys, out of the store, of tasks, and of the command lines
//! of workers.
//!
//! On Linux, a secret that was given as a value is on no disk either, because a process that is
//! killed cannot remove a file: it is in a file in memory, which workers inherit.

use std::ffi::OsString;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use events::PluginConfig;
#[cfg(not(target_os = "linux"))]
use events::Shown as _;

use crate::supervise::run_folder::RunFolder;

/// The text that replaces a secret.
const HIDDEN: &str = "(hidden)";

/// Returns the command line as one text, without secrets.
pub(crate) fn command_line(arguments: &[OsString]) -> String {
    command_words(arguments).join(" ")
}

/// Returns the words of the command line, with a word in the place of each secret.
fn command_words(arguments: &[OsString]) -> Vec<String> {
    words_with(arguments, Some(HIDDEN))
}

/// Returns the words of the command line, without the options that have a secret: a command to copy
/// would give another word as the secret. Without them, the user is asked for it.
pub(crate) fn words_without_secrets(arguments: &[OsString]) -> Vec<String> {
    words_with(arguments, None)
}

fn words_with(arguments: &[OsString], hidden: Option<&str>) -> Vec<String> {
    let mut words = Vec::new();
    let mut is_secret = false;
    for argument in arguments {
        let word = argument.to_string_lossy();
        if std::mem::take(&mut is_secret) {
            words.extend(hidden.map(str::to_owned));
            continue;
        }
        let (name, value) = word.split_at(word.find('=').unwrap_or(word.len()));
        let option = name.replace('_', "-");
        let has_secret = analysis::secret_sources().any(|source| source.option.name == option);
        is_secret = has_secret && value.is_empty();
        match hidden {
            _ if !has_secret => words.push(word.into_owned()),
            Some(_) if is_secret => words.push(word.into_owned()),
            Some(hidden) => words.push(format!("{name}={hidden}")),
            None => {}
        }
    }
    words
}

/// Puts a secret that was given as a value where only workers find it. `folder` has the file as
/// long as the run lasts.
pub(crate) fn keep_secret(plugin: &mut PluginConfig, folder: &RunFolder) -> Result<()> {
    let (Some(source), Some(secret)) = (analysis::spec_of(plugin)?.secret, plugin.secret()) else {
        return Ok(());
    };
    let path = keep_in_memory(secret.reveal().as_bytes(), source.kept_as, folder)?;
    plugin.set(&source.file.setting(), path);
    plugin.set_secret(None);
    Ok(())
}

/// Where a process finds the files that it has inherited.
const DESCRIPTORS: &str = "/proc/self/fd";

/// Makes a file that is in memory only, and that workers inherit. Each process opens it anew by the
/// number of its descriptor.
#[cfg(target_os = "linux")]
fn keep_in_memory(secret: &[u8], name: &str, folder: &RunFolder) -> Result<PathBuf> {
    use std::os::fd::AsRawFd as _;

    use nix::sys::memfd::{MFdFlags, memfd_create};

    // Without the flag that would close it in workers.
    let made = memfd_create(name, MFdFlags::empty()).map_err(std::io::Error::from);
    let mut file = std::fs::File::from(made.context("cannot keep a secret in memory")?);
    file.write_all(secret).context("cannot keep a secret in memory")?;
    let path = Path::new(DESCRIPTORS).join(file.as_raw_fd().to_string());
    folder.hold(file);
    Ok(path)
}

/// Elsewhere, the file is in the run's folder, for its owner only, and is removed when the run
/// ends.
#[cfg(not(target_os = "linux"))]
fn keep_in_memory(secret: &[u8], name: &str, folder: &RunFolder) -> Result<PathBuf> {
    let path = folder.path().join(name);
    let written = folder.new_file(name).and_then(|mut file| file.write_all(secret));
    written.with_context(|| format!("cannot write {}", path.shown()))?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_hidden() {
        for (words, shown) in [
            (&["foreman", "analyze", "a=b", "--dry-run"][..], "foreman analyze a=b --dry-run"),
            (&["x", "--virustotal-api-key", "s3cret", "s"], "x --virustotal-api-key (hidden) s"),
            (&["x", "--virustotal_api_key", "s3cret", "s"], "x --virustotal_api_key (hidden) s"),
            (&["x", "--virustotal-api-key=s3=cret", "s"], "x --virustotal-api-key=(hidden) s"),
            (&["x", "--virustotal_api-key=s3cret"], "x --virustotal_api-key=(hidden)"),
            (&["x", "--virustotal-api-key="], "x --virustotal-api-key=(hidden)"),
            (&["x", "--virustotal-api-key"], "x --virustotal-api-key"),
            (&["x", "--virustotal-api-key-file", "path"], "x --virustotal-api-key-file path"),
        ] {
            let words: Vec<_> = words.iter().map(OsString::from).collect();
            assert_eq!(command_line(&words), shown);
            let copied = words_without_secrets(&words).join(" ");
            assert!(
                !copied.contains("s3") && !copied.contains(HIDDEN) && !copied.contains("api-key="),
                "{copied}"
            );
        }
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_given_key_is_in_no_file_of_a_folder() {
        let place = tempfile::tempdir().unwrap();
        let folder =
            RunFolder::temporary(place.path(), crate::supervise::run_folder::DRY_RUN_PREFIX).unwrap();
        let mut plugin = PluginConfig::new("virustotal");
        plugin.set_secret(Some("s3cret".to_owned().into()));
        keep_secret(&mut plugin, &folder).unwrap();
        assert_eq!(plugin.secret(), None);
        let path = plugin.get("virustotal_api_key_file").and_then(|file| file.as_path()).unwrap();
        assert_eq!(std::fs::read_to_string(path).unwrap(), "s3cret");
        let names: Vec<_> =
            std::fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().file_name()).collect();
        assert_eq!(names, ["run.json"]);
        let kept = plugin.clone();
        keep_secret(&mut plugin, &folder).unwrap();
        assert_eq!(plugin, kept);
    }
}
