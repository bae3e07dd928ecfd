//! What tells the results of a run from those of a run with other settings or rules.

use std::path::Path;

use events::{PluginConfig, TimeRange};
use filter::tagging_file::is_built_in;

use crate::description::{FileRole, OptionKind};
use crate::error::{PrepareError, UnreadableFile};
use crate::file_sample::sampled;
use crate::registry::spec_of;
use crate::rules_read::RulesRead;
use crate::spec::Spec;

/// Returns a digest of all settings that decide what a run finds, as hexadecimal digits.
///
/// Rules count with their contents, not with their paths, so that the digest is the same wherever
/// the files lie. A large file, such as a Bloom filter, counts with its size and with blocks that
/// are spread over it. A secret does not count.
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
    settings_digest_of_read(plugins, filter, times, strict_compat, &RulesRead::default())
}

/// Like [`settings_digest`], for plugins that are set up: rules count as the plugins have read
/// them, even if somebody has changed the files since.
///
/// # Errors
///
/// If there is no such plugin, or a file that no plugin has read cannot be read.
pub fn settings_digest_of_read(
    plugins: &[PluginConfig],
    filter: Option<&str>,
    times: Option<TimeRange>,
    strict_compat: bool,
    read: &RulesRead,
) -> Result<String, PrepareError> {
    let plugins = plugins.iter().map(|plugin| without_paths(plugin, read)).collect::<Result<Vec<_>, _>>()?;
    let times = times.map(|times| (times.first, times.last));
    let json = serde_json::to_vec(&(plugins, filter, times, strict_compat)).map_err(PrepareError::Digest)?;
    Ok(files::sha256_of(&json))
}

/// Returns the plugin with the contents of files in place of their paths.
fn without_paths(plugin: &PluginConfig, read: &RulesRead) -> Result<PluginConfig, PrepareError> {
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
        let contents = files.paths().into_iter().map(|path| match read.digest(path) {
            Some(digest) => Ok(digest),
            None => content(path, role, spec),
        });
        changed.set(&setting, contents.collect::<Result<Vec<_>, _>>()?.join(",").as_str());
    }
    Ok(changed)
}

/// Returns what tells the file from one with other contents. Built-in rules are no file, and their
/// name tells them.
fn content(path: &Path, role: FileRole, spec: &Spec) -> Result<String, PrepareError> {
    let content = match role {
        // A worker without a foreman reads the rules where they lie, and keeps no copy.
        FileRole::Collection(_) if !path.is_file() => return spec.digest_of_files(path),
        FileRole::Rules(_) if is_built_in(path) => Ok(path.to_string_lossy().into_owned()),
        // What a kept file says that it was made of proves nothing, so all of it counts.
        FileRole::Rules(_) | FileRole::Collection(_) => files::open_input(path).and_then(files::sha256),
        FileRole::Data | FileRole::Secret => sampled(path),
    };
    Ok(content.map_err(|source| UnreadableFile { path: path.to_owned(), source })?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Pipeline;
    use crate::plugin::RunContext;

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

    /// Only `worker run` gets such paths. In a run, all workers read the copy that was made of the
    /// files.
    #[test]
    fn the_contents_of_a_folder_or_a_list_of_rules_count() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a", "b", "c"] {
            std::fs::create_dir(folder.path().join(name)).unwrap();
            let value = if name == "c" { "192.0.2.2" } else { "192.0.2.1" };
            std::fs::write(folder.path().join(name).join("list.txt"), value).unwrap();
        }
        let digest = |lists: &str| {
            let lists: Vec<_> =
                lists.split(',').map(|list| folder.path().join(list).display().to_string()).collect();
            let plugin = PluginConfig::new("ioc").with("ioc", lists.join(",").as_str());
            settings_digest(&[plugin], None, None, false).unwrap()
        };
        assert_eq!(digest("a"), digest("b"));
        assert_ne!(digest("a"), digest("c"));
        assert_ne!(digest("a"), digest("a,c"));
        let none = PluginConfig::new("ioc").with("ioc", folder.path().join("none"));
        settings_digest(&[none], None, None, false).unwrap_err();
    }

    /// Whoever exchanges rules after they were read does not get results that look like those of
    /// the other rules.
    #[test]
    fn rules_count_as_they_were_read() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let tagging = |name: &str| format!("\u{feff}{name}\n  data_type is 'a:b'\n");
        let sigma = |name: &str| {
            let detection = "detection: {selection: {Image: a}, condition: selection}";
            format!(
                "\u{feff}title: {name}\nlogsource: {{product: windows, category: process_creation}}\n{detection}\n"
            )
        };
        std::fs::create_dir(at("rules")).unwrap();
        let write = |name: &str| {
            std::fs::write(at("tagging.txt"), tagging(name)).unwrap();
            std::fs::write(at("sigma.yml"), sigma(name)).unwrap();
            std::fs::write(at("rules/a.yml"), sigma(name)).unwrap();
        };
        let both = format!("{},{}", at("sigma.yml").display(), at("rules").display());
        for plugin in [
            PluginConfig::new("tagging").with("tagging_file", at("tagging.txt")),
            PluginConfig::new("sigma").with("sigma_rules", at("sigma.yml")),
            PluginConfig::new("sigma").with("sigma_rules", at("rules")),
            PluginConfig::new("sigma").with("sigma_rules", both.as_str()),
        ] {
            let plugins = [plugin];
            write("one");
            let context = RunContext::default();
            Pipeline::new(&plugins, None, &context).unwrap();
            let before = settings_digest(&plugins, None, None, false).unwrap();
            write("two");
            let read = settings_digest_of_read(&plugins, None, None, false, &context.rules_read).unwrap();
            assert_eq!(read, before, "{plugins:?}");
            assert_ne!(settings_digest(&plugins, None, None, false).unwrap(), before, "{plugins:?}");
        }
    }

    /// The same for what is not read as rules. Whoever puts another file at the path for the moment
    /// in which it is read gets no results that look like those of the file that is there later.
    #[test]
    fn other_files_count_as_they_were_read() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let write = |name: &str, value: &str| std::fs::write(at(name), value).unwrap();
        let kept = |plugin: &PluginConfig, value: &str| {
            write("list.txt", value);
            let mut pipeline =
                Pipeline::new(std::slice::from_ref(plugin), None, &RunContext::default()).unwrap();
            let mut bytes = Vec::new();
            pipeline.plugins()[0].keep("--ioc", &mut bytes).unwrap().unwrap();
            bytes
        };
        let lists = PluginConfig::new("ioc").with("ioc", at("list.txt"));
        let [one, two] = ["192.0.2.1", "192.0.2.2"].map(|value| kept(&lists, value));
        let warninglist = |value: &str| {
            let json = format!(r#"{{"name": "{value}", "type": "hostname", "list": ["{value}"]}}"#);
            std::fs::create_dir_all(at("warnings")).unwrap();
            write("warnings/list.json", &json);
            let mut bytes = Vec::new();
            (crate::ioc::SPEC.collect.unwrap())(&at("warnings"), &mut bytes).unwrap();
            bytes
        };
        let placeholders = |value: &str| format!("\u{feff}host: [{value}]\n").into_bytes();
        write(
            "rule.yml",
            "title: a\nlogsource: {product: windows}\ndetection: {selection: {a: b}, condition: selection}\n",
        );
        let sigma = PluginConfig::new("sigma").with("sigma_rules", at("rule.yml"));
        for (plugin, one, two) in [
            (PluginConfig::new("ioc").with("ioc", at("file")), one, two),
            (lists.with("ioc_warninglists", at("file")), warninglist("a.example"), warninglist("b.example")),
            (sigma.with("sigma_placeholders", at("file")), placeholders("a"), placeholders("b")),
            (PluginConfig::new("bloom").with("bloom_file", at("file")), vec![7; 20 << 20], vec![8; 20 << 20]),
        ] {
            let plugins = [plugin];
            std::fs::write(at("file"), one).unwrap();
            let context = RunContext::default();
            Pipeline::new(&plugins, None, &context).unwrap();
            let before = settings_digest(&plugins, None, None, false).unwrap();
            std::fs::write(at("new"), two).unwrap();
            std::fs::rename(at("new"), at("file")).unwrap();
            let read = settings_digest_of_read(&plugins, None, None, false, &context.rules_read).unwrap();
            assert_eq!(read, before, "{plugins:?}");
            assert_ne!(settings_digest(&plugins, None, None, false).unwrap(), before, "{plugins:?}");
        }
    }

    /// Somebody may put another file, which says that it was made of the same lists, in its place.
    #[test]
    fn all_of_a_kept_file_counts_and_not_what_it_says_of_itself() {
        let folder = tempfile::tempdir().unwrap();
        let context = RunContext::default();
        let kept = |value: &str| {
            let list = folder.path().join("list.txt");
            std::fs::write(&list, value).unwrap();
            let digest = crate::ioc::SPEC.digest_of_files(&list).unwrap();
            let plugin = PluginConfig::new("ioc").with("ioc", list);
            let mut pipeline = Pipeline::new(&[plugin], None, &context).unwrap();
            let mut bytes = Vec::new();
            pipeline.plugins()[0].keep("--ioc", &mut bytes).unwrap().unwrap();
            (digest, bytes)
        };
        let (digest, bytes) = kept("192.0.2.1");
        let (other_digest, mut other) = kept("192.0.2.2");
        let place = other.windows(64).position(|text| text == other_digest.as_bytes()).unwrap();
        other[place..place + 64].copy_from_slice(digest.as_bytes());
        let path = folder.path().join("kept");
        let of = |bytes: &[u8]| {
            std::fs::write(&path, bytes).unwrap();
            assert_eq!(crate::ioc::SPEC.digest_of_kept(&path).unwrap(), digest);
            let plugin = PluginConfig::new("ioc").with("ioc", path.clone());
            settings_digest(&[plugin], None, None, false).unwrap()
        };
        assert_ne!(of(&bytes), of(&other));
    }

    /// A Bloom filter on one machine may be an older one than that on another.
    #[test]
    fn a_large_file_of_the_same_size_is_another() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("filter");
        let of = |bytes: &[u8]| {
            std::fs::write(&path, bytes).unwrap();
            sampled(&path).unwrap()
        };
        let mut bytes = vec![7; 20 << 20];
        let first = of(&bytes);
        assert!(first.starts_with("20971520 bytes, sample "), "{first}");
        *bytes.last_mut().unwrap() = 8;
        assert_ne!(of(&bytes), first);
        assert_ne!(of(b"a"), of(b"b"));
        assert!(of(b"").starts_with("0 bytes"));
    }
}
