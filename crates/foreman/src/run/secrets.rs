//! Keeping the API key of VirusTotal out of sight: out of the store, of tasks, and of what workers are started with.

use std::ffi::OsString;
use std::io::Write as _;

use analysis::{API_KEY_OPTION, ApiKeySource, HashOptions, PluginConfig};
use anyhow::{Context as _, Result};

use crate::supervise::run_folder::{KEY_FILE, RunFolder};

/// What stands in the place of a key.
const HIDDEN: &str = "(hidden)";

/// The command line as one text, without keys.
pub(crate) fn command_line(arguments: &[OsString]) -> String {
    let mut words = Vec::new();
    let mut is_key = false;
    for argument in arguments {
        let word = argument.to_string_lossy();
        if std::mem::take(&mut is_key) {
            words.push(HIDDEN.to_owned());
            continue;
        }
        let (name, value) = word.split_at(word.find('=').unwrap_or(word.len()));
        let has_key = name.replace('_', "-") == API_KEY_OPTION;
        is_key = has_key && value.is_empty();
        words.push(if has_key && !is_key { format!("{name}={HIDDEN}") } else { word.into_owned() });
    }
    words.join(" ")
}

/// A key as workers get it: the file that it was in, or one in the run's folder that nobody else can read.
pub(crate) fn keep_key(key: &ApiKeySource, folder: &RunFolder) -> Result<ApiKeySource> {
    let key = match key {
        ApiKeySource::File(path) => {
            let path = path.canonicalize().with_context(|| format!("cannot find {}", path.display()))?;
            return Ok(ApiKeySource::File(path));
        }
        ApiKeySource::Given(key) => key,
    };
    let path = folder.path().join(KEY_FILE);
    folder
        .new_file(KEY_FILE)
        .and_then(|mut file| file.write_all(key.reveal().as_bytes()))
        .with_context(|| format!("cannot write {}", path.display()))?;
    Ok(ApiKeySource::File(path))
}

/// Gives plugins of a run that was interrupted, whose key is gone, the one that is given now.
pub(crate) fn renew_key(
    plugins: &mut [PluginConfig],
    options: &HashOptions,
    folder: &RunFolder,
) -> Result<()> {
    for plugin in plugins {
        if let PluginConfig::Virustotal { api_key, .. } = plugin
            && let Some(given) = options.api_key()
        {
            *api_key = keep_key(&given, folder)?;
        }
    }
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
        let folder = RunFolder::temporary(place.path()).unwrap();
        let given = ApiKeySource::Given("s3cret".to_owned().into());
        let ApiKeySource::File(path) = keep_key(&given, &folder).unwrap() else { panic!("no file") };
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "s3cret");
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(keep_key(&ApiKeySource::File(path.clone()), &folder).unwrap(), ApiKeySource::File(path));
    }
}
