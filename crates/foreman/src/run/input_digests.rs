//! The digests of the rules and other files that the plugins of a run over several storage files
//! read, so that no two storage files are analysed with different ones.

use std::path::Path;

use analysis::PluginOptions;
use anyhow::{Result, anyhow};
use events::{PluginConfig, Shown as _};
use filter::tagging_file::is_built_in;

use super::options::{InputDigests, Options};
use crate::exit::Failure;
use crate::tagging_files::find_for_several_stores;

/// Returns the digests of what the plugins of these options read.
pub(crate) fn input_digests(options: &Options) -> Result<InputDigests, Failure> {
    let digest = |plugin: PluginConfig| {
        let name = plugin.name().to_owned();
        let digest = analysis::settings_digest(&[plugin], None, None, false);
        digest.map(|digest| (name, digest)).map_err(Failure::usage)
    };
    plugins(options)?.into_iter().map(digest).collect()
}

/// Refuses to analyse a storage file of a queue with other rules than the storage files before. The
/// rules are compared when the run has copied them.
pub(super) fn check_same_for_all(options: &Options) -> Result<()> {
    let Some(first) = &options.rules_of_queue else { return Ok(()) };
    let changed = |why: &str, plugin: &str, files: &str| {
        anyhow!(
            "the rules or other files that {plugin} reads{files} {why} since this run over several storage files began, so this \
             file is not analysed with others than the files before; restore them and use --resume, or start anew"
        )
    };
    let now = input_digests(options)
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
