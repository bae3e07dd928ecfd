//! What tells the results of a run from those of a run with other settings or rules.

use std::io::{self, Read as _};
use std::path::Path;

use events::{PluginConfig, TimeRange};
use filter::tagging_file::is_built_in;
use sha2::{Digest as _, Sha256};

use crate::description::{FileRole, OptionKind};
use crate::error::{PrepareError, UnreadableFile};
use crate::registry::spec_of;

/// Returns a digest of all settings that decide what a run finds, as hexadecimal digits.
///
/// Rules count with their contents, not with their paths, so that the digest is the same wherever
/// the files lie. A large file, such as a Bloom filter, counts with its size alone. A secret does
/// not count.
///
/// # Errors
///
/// If there is no such plugin, or a file cannot be read.
pub fn settings_digest(
    plugins: &[PluginConfig],
    filter: Option<&str>,
    times: Option<TimeRange>,
    strict_compat: bool,
) -> Result<String, PrepareError> {
    let plugins = plugins.iter().map(without_paths).collect::<Result<Vec<_>, _>>()?;
    let times = times.map(|times| (times.first, times.last));
    let json = serde_json::to_vec(&(plugins, filter, times, strict_compat)).map_err(PrepareError::Digest)?;
    Ok(digits(&Sha256::digest(json)))
}

/// Returns the plugin with the contents of files in place of their paths.
fn without_paths(plugin: &PluginConfig) -> Result<PluginConfig, PrepareError> {
    let spec = spec_of(plugin)?;
    let mut changed = plugin.clone();
    for option in spec.options() {
        let OptionKind::File(role) = option.kind else { continue };
        let setting = option.setting();
        let Some(files) = plugin.get(&setting) else { continue };
        if matches!(role, FileRole::Secret) {
            changed.remove(&setting);
            continue;
        }
        let contents = files.paths().into_iter().map(|path| {
            content(path, role).map_err(|source| UnreadableFile { path: path.to_owned(), source })
        });
        changed.set(&setting, contents.collect::<Result<Vec<_>, _>>()?.join(",").as_str());
    }
    Ok(changed)
}

/// Returns what tells the file from one with other contents. Built-in rules are no file, and their
/// name tells them.
fn content(path: &Path, role: FileRole) -> io::Result<String> {
    match role {
        FileRole::Rules(_) if is_built_in(path) => Ok(path.display().to_string()),
        FileRole::Rules(_) | FileRole::Collection(_) => sha256(path),
        FileRole::Data | FileRole::Secret => Ok(format!("{} bytes", path.metadata()?.len())),
    }
}

fn sha256(path: &Path) -> io::Result<String> {
    let mut file = files::open_input(path)?;
    let (mut hasher, mut buffer) = (Sha256::new(), vec![0; 64 << 10]);
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(digits(&hasher.finalize())),
            read => hasher.update(&buffer[..read]),
        }
    }
}

fn digits(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_contents_of_rules_count_but_not_their_place() {
        let folder = tempfile::tempdir().unwrap();
        let rules = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            PluginConfig::new("tagging").with("tagging_file", path)
        };
        let digest = |plugin: PluginConfig, filter, strict_compat| {
            settings_digest(&[plugin], filter, None, strict_compat).unwrap()
        };
        let first = digest(rules("a", "one\n  a is 1\n"), None, false);
        assert_eq!(first.len(), 64);
        assert_eq!(digest(rules("b", "one\n  a is 1\n"), None, false), first);
        let others = [
            digest(rules("a", "two\n  a is 1\n"), None, false),
            digest(rules("a", "one\n  a is 1\n"), Some("a is 1"), false),
            digest(rules("a", "one\n  a is 1\n"), None, true),
            digest(PluginConfig::new("tagging").with("tagging_file", "linux"), None, false),
            digest(PluginConfig::new("sessionize").with("maximum_pause", 10_u64), None, false),
            digest(PluginConfig::new("sessionize").with("maximum_pause", 11_u64), None, false),
            first,
        ];
        let different: std::collections::BTreeSet<_> = others.iter().collect();
        assert_eq!(different.len(), others.len());
    }
}
