//! The digests of the rules and other files that the plugins of a run over several storage files
//! read, so that no two storage files are analysed with different ones.

use std::path::Path;

use analysis::{FileRole, PluginOptions, RulesRead};
use anyhow::{Result, anyhow};
use events::{PluginConfig, Shown as _};
use filter::tagging_file::is_built_in;

use super::options::{InputDigests, Options};
use crate::exit::Failure;
use crate::tagging_files::find_for_several_stores;

/// Returns the digests of what the plugins of these options read.
pub(crate) fn input_digests(options: &Options) -> Result<InputDigests, Failure> {
    digests_as_read(plugins(options)?, &RulesRead::default())
}

/// Like [`input_digests`], if plugins have read some of it. It counts as they have read it, even if
/// somebody has changed it for a moment. So collections count as they are collected.
fn digests_as_read(plugins: Vec<PluginConfig>, by_plugins: &RulesRead) -> Result<InputDigests, Failure> {
    let digest = |plugin: PluginConfig| {
        let spec = analysis::spec_of(&plugin).map_err(Failure::usage)?;
        let read = RulesRead::of(by_plugins.all());
        for file in spec.input_files(&plugin) {
            if matches!(file.role, FileRole::Collection(_)) {
                let collected = || spec.digest_of_files(&file.path).map_err(Failure::usage);
                read.add(&file.path, by_plugins.collection(&file.path).map_or_else(collected, Ok)?);
            }
        }
        let name = plugin.name().to_owned();
        let digest = analysis::settings_digest_of_read(&[plugin], None, None, false, &read);
        digest.map(|digest| (name, digest)).map_err(Failure::usage)
    };
    plugins.into_iter().map(digest).collect()
}

/// Refuses to analyse a storage file of a queue with other rules than the storage files before. The
/// rules that `read` names were copied as they were read.
pub(super) fn check_same_for_all(options: &Options, read: &RulesRead) -> Result<()> {
    let Some(first) = &options.rules_of_queue else { return Ok(()) };
    let changed = |why: &str, plugin: &str, files: &str| {
        anyhow!(
            "the rules or other files that {plugin} reads{files} {why} since this run over several storage files began, so this \
             file is not analysed with others than the files before; restore them and use --resume, or start anew"
        )
    };
    let now = plugins(options)
        .and_then(|plugins| digests_as_read(plugins, read))
        .map_err(|failure| changed(&format!("cannot be compared ({:#})", failure.error), "a plugin", ""))?;
    let Some((plugin, _)) = now.iter().find(|(plugin, digest)| first.get(*plugin) != Some(digest)) else {
        return Ok(());
    };
    Err(changed("were changed", plugin, &files_of(plugin, options)))
}

/// Returns the plugins with all rules that they may read.
fn plugins(options: &Options) -> Result<Vec<PluginConfig>, Failure> {
    let configured = |given: &PluginOptions| given.configure(&options.analysis).map_err(Failure::usage);
    configured(&options.plugin_options)?;
    let mut found = options.plugin_options.clone();
    found.find_rules(find_for_several_stores)?;
    configured(&found)
}

/// Returns the first files that a plugin reads, for a message.
fn files_of(plugin: &str, options: &Options) -> String {
    const SHOWN: usize = 3;
    let plugins = plugins(options).unwrap_or_default();
    let plugin = plugins.iter().find(|found| found.name() == plugin);
    let files = plugin.and_then(|plugin| Some(analysis::spec_of(plugin).ok()?.input_files(plugin)));
    let files = files.unwrap_or_default();
    let mut paths = files.iter().map(|file| &*file.path).filter(|path: &&Path| !is_built_in(path));
    let shown: Vec<_> = paths.by_ref().take(SHOWN).map(|path| path.shown().into_owned()).collect();
    let more = if paths.next().is_some() { ", …" } else { "" };
    if shown.is_empty() { String::new() } else { format!(" ({}{more})", shown.join(", ")) }
}

#[cfg(test)]
mod tests {
    use analysis::Pipeline;
    use analysis::plugin::RunContext;

    use super::*;

    /// Whoever exchanges rules while one storage file of a queue is set up, and puts them back
    /// before they are compared, gets no results of both.
    #[test]
    fn rules_of_a_queue_that_are_other_ones_for_a_moment() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let write = |value: &str| {
            let detection = "detection: {selection: {a: b}, condition: selection}";
            let sigma = format!("title: {value}\nlogsource: {{product: windows}}\n{detection}\n");
            std::fs::write(at("a.txt"), format!("{value}\n  data_type is 'a:b'\n")).unwrap();
            std::fs::write(at("a.yml"), sigma).unwrap();
            std::fs::write(at("placeholders"), format!("host: [{value}]\n")).unwrap();
            std::fs::write(at("list.txt"), format!("{value}.example.com\n")).unwrap();
            let json = format!(r#"{{"name": "{value}", "type": "hostname", "list": ["{value}.example"]}}"#);
            std::fs::write(at("w/a.json"), json).unwrap();
        };
        std::fs::create_dir(at("w")).unwrap();
        let of_sigma = PluginConfig::new("sigma").with("sigma_placeholders", at("placeholders"));
        let of_ioc = PluginConfig::new("ioc").with("ioc_warninglists", at("w"));
        let plugins = vec![
            PluginConfig::new("tagging").with("tagging_file", at("a.txt")),
            of_sigma.with("sigma_rules", at("a.yml")),
            of_ioc.with("ioc", at("list.txt")),
        ];
        let digests = |read: &RulesRead| digests_as_read(plugins.clone(), read).unwrap();
        let loaded = || Pipeline::new(&plugins, None, &RunContext::default()).unwrap().rules_read().clone();
        write("one");
        let first = digests(&RulesRead::default());
        assert_eq!(digests(&loaded()), first);
        write("two");
        let others = loaded();
        write("one");
        assert_eq!(digests(&RulesRead::default()), first);
        let of_others = digests(&others);
        assert!(first.iter().all(|(plugin, digest)| of_others[plugin] != *digest), "{of_others:?}");
    }
}
