//! Keeps secrets of plugins, such as API keys, out of the store, of tasks, and of the command lines
//! of workers.

use std::ffi::OsString;
use std::io::Write as _;

use anyhow::{Context as _, Result};
use events::{PluginConfig, Shown as _};

use crate::supervise::run_folder::RunFolder;

/// The text that replaces a secret.
const HIDDEN: &str = "(hidden)";

/// Returns the command line as one text, without secrets.
pub(crate) fn command_line(arguments: &[OsString]) -> String {
    let mut words = Vec::new();
    let mut is_secret = false;
    for argument in arguments {
        let word = argument.to_string_lossy();
        if std::mem::take(&mut is_secret) {
            words.push(HIDDEN.to_owned());
            continue;
        }
        let (name, value) = word.split_at(word.find('=').unwrap_or(word.len()));
        let option = name.replace('_', "-");
        let has_secret = analysis::secret_sources().any(|source| source.option.name == option);
        is_secret = has_secret && value.is_empty();
        words.push(if has_secret && !is_secret { format!("{name}={HIDDEN}") } else { word.into_owned() });
    }
    words.join(" ")
}

/// Writes a secret that was given as a value to a file in the run's folder that nobody else can
/// read. Workers get the secret from this file.
pub(crate) fn keep_secret(plugin: &mut PluginConfig, folder: &RunFolder) -> Result<()> {
    let (Some(source), Some(secret)) = (analysis::spec_of(plugin)?.secret, plugin.secret()) else {
        return Ok(());
    };
    let path = folder.path().join(source.kept_as);
    folder
        .new_file(source.kept_as)
        .and_then(|mut file| file.write_all(secret.reveal().as_bytes()))
        .with_context(|| format!("cannot write {}", path.shown()))?;
    plugin.set(&source.file.setting(), path);
    plugin.set_secret(None);
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

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
        }
    }

    #[test]
    fn a_given_key_goes_to_a_file_of_ones_own() {
        let place = tempfile::tempdir().unwrap();
        let folder =
            RunFolder::temporary(place.path(), crate::supervise::run_folder::DRY_RUN_PREFIX).unwrap();
        let mut plugin = PluginConfig::new("virustotal");
        plugin.set_secret(Some("s3cret".to_owned().into()));
        keep_secret(&mut plugin, &folder).unwrap();
        assert_eq!(plugin.secret(), None);
        let path = plugin.get("virustotal_api_key_file").and_then(|file| file.as_path()).unwrap();
        assert_eq!(std::fs::read_to_string(path).unwrap(), "s3cret");
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        let kept = plugin.clone();
        keep_secret(&mut plugin, &folder).unwrap();
        assert_eq!(plugin, kept);
    }
}
