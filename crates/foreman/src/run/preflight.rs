//! The checks before a run: its rules, its filter, and what its plugins need.

use std::collections::BTreeMap;
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::thread;

use analysis::plugin::{PluginError, RunContext};
use analysis::{FileRole, PLUGINS, Pipeline, PipelineError, load_labels};
use events::{PluginConfig, Shown as _};
use filter::tagging_file::is_built_in;
use filter::{Diagnostics, LabelMeaning, Severity};

use crate::exit::Failure;
use crate::log::log_run;
use crate::shell::quoted_path;

/// Sets up the analysis, and checks that everything it needs is available.
pub(crate) fn checked(
    plugins: &[PluginConfig],
    filter: Option<&str>,
    strict_compat: bool,
) -> Result<Pipeline, Failure> {
    checked_with(plugins, filter, strict_compat, Servers::Ask)
}

/// Whether the servers of plugins are asked before the work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Servers {
    /// Without its servers, the run would do its work in vain.
    Ask,
    /// Another run asks them, perhaps on another machine.
    Leave,
}

/// Like [`checked`], perhaps without asking servers.
pub(crate) fn checked_with(
    plugins: &[PluginConfig],
    filter: Option<&str>,
    strict_compat: bool,
    servers: Servers,
) -> Result<Pipeline, Failure> {
    let (pipeline, rules) = thread::scope(|scope| {
        let odd_rules = || plugins.iter().map(odd_rules).collect::<Result<Vec<_>, _>>();
        // Both take some time for a long file of rules.
        let thread = thread::Builder::new().spawn_scoped(scope, odd_rules);
        let pipeline = pipeline(plugins, filter, strict_compat);
        let rules = match thread {
            Ok(thread) => thread.join().unwrap_or_else(|panic| resume_unwind(panic)),
            Err(_) => odd_rules(),
        };
        (pipeline, rules)
    });
    let mut pipeline = pipeline?;
    for warning in pipeline.filter_warnings() {
        tracing::warn!("filter: {warning}");
    }
    for of_file in rules?.iter().flatten() {
        of_file.warn();
    }
    for (plugin, config) in pipeline.plugins().iter_mut().zip(plugins) {
        if let Some(line) = plugin.introduction() {
            tracing::info!("{line}");
        }
        if servers == Servers::Leave && analysis::spec_of(config)?.asks_server(config) {
            continue;
        }
        plugin.check_surroundings().map_err(|error| match error {
            // Wrong input, such as a damaged file, is a usage error. Other failures may pass, such
            // as a server that is down.
            PluginError::Input(_) => Failure::usage(error),
            _ => error.into(),
        })?;
    }
    Ok(pipeline)
}

/// A larger file has some ten thousand rules and was made by a program. To look at such rules apart
/// from the run would take longer than everything else before the first task.
const LARGEST_RULES: u64 = 1 << 20;

/// Returns what the labels of the plugins' rules mean. If several files have a label, the first
/// that says something of it counts.
pub(crate) fn label_meanings(
    plugins: &[PluginConfig],
    pipeline: &mut Pipeline,
) -> BTreeMap<String, LabelMeaning> {
    let mut meanings = BTreeMap::new();
    let files = plugins.iter().filter_map(|plugin| Some(analysis::spec_of(plugin).ok()?.input_files(plugin)));
    for file in files.flatten().filter(|file| matches!(file.role, FileRole::Rules(_))) {
        // The rules were loaded before, so this does not fail.
        let Some(rules) = (!is_large(&file.path)).then(|| load_labels(&file.path).ok()).flatten() else {
            continue;
        };
        for (label, meaning) in rules.meanings().filter(|(_, meaning)| **meaning != LabelMeaning::default()) {
            meanings.entry(label.as_str().to_owned()).or_insert_with(|| meaning.clone());
        }
    }
    for (label, meaning) in pipeline.plugins().iter().flat_map(|plugin| plugin.label_meanings()) {
        meanings.entry(label).or_insert(meaning);
    }
    meanings
}

fn is_large(rules: &Path) -> bool {
    !is_built_in(rules) && rules.metadata().is_ok_and(|file| file.len() > LARGEST_RULES)
}

/// What is odd about the rules of a file.
struct OddRules {
    path: PathBuf,
    /// The option that names the file.
    option: &'static str,
    /// `None` if the file is too large to look.
    warnings: Option<Diagnostics>,
}

/// Looks for rules that do not do what they seem to do. Tests have looked at the built-in ones.
fn odd_rules(plugin: &PluginConfig) -> Result<Vec<OddRules>, Failure> {
    let spec = analysis::spec_of(plugin).map_err(Failure::usage)?;
    let Some(check) = spec.check_rules else { return Ok(Vec::new()) };
    let files = spec.input_files(plugin).into_iter();
    let files = files.filter(|file| matches!(file.role, FileRole::Rules(_)));
    let odd = files.filter_map(|file| {
        if is_built_in(&file.path) || !file.path.exists() {
            return None;
        }
        let warnings = (!is_large(&file.path))
            .then(|| check(&file.path).filtered(|found| found.severity == Severity::Warning));
        Some(OddRules { path: file.path, option: file.option.name, warnings })
    });
    Ok(odd.collect())
}

impl OddRules {
    /// Warns of the rules. Only the first few are shown, because there may be thousands.
    fn warn(&self) {
        const SHOWN: usize = 5;
        let Self { path, option, warnings } = self;
        let Some(found) = warnings else {
            log_run!("{} is large, so it is not searched for odd rules", path.shown());
            return;
        };
        for warning in found.iter().take(SHOWN) {
            let line = warning.position.as_ref().map_or(0, |position| position.line);
            tracing::warn!("{}:{line}: {}", found.name(), warning.message);
        }
        let more = found.iter().count().saturating_sub(SHOWN);
        if more > 0 {
            let (name, path) = (found.name(), quoted_path(path));
            tracing::warn!("{name}: {more} more; to see all, run:\n  foreman check {option} {path}");
        }
    }
}

/// Sets up the analysis with these plugins and this filter. Errors in the filter are shown with
/// their position.
fn pipeline(
    plugins: &[PluginConfig],
    filter: Option<&str>,
    strict_compat: bool,
) -> Result<Pipeline, Failure> {
    let context = RunContext { strict_compat, ..RunContext::default() };
    Pipeline::new(plugins, filter, &context).map_err(|error| match (error, filter) {
        (PipelineError::Filter(error), Some(source)) => {
            let hint = mistaken_for_filter(source).unwrap_or_default();
            Failure::usage(anyhow::anyhow!(
                "the filter cannot be used: {error}\n{}{hint}",
                error.render(source)
            ))
        }
        (error, _) => Failure::usage(error),
    })
}

/// Returns a hint if the text in place of the filter is not an expression, but a file or the name
/// of a plugin.
fn mistaken_for_filter(source: &str) -> Option<String> {
    let word = source.trim();
    if Path::new(word).exists() {
        return Some(format!(
            "\n{word} is a file; an analysis takes one storage file, and after it a filter expression such as \
             \"data_type is 'fs:stat'\"; for several, give foreman analyze their folder, or a list of them with --stores-from"
        ));
    }
    let plugins: Vec<_> = word.split(',').map(|name| name.trim().replace('-', "_")).collect();
    let are_plugins = plugins.iter().all(|name| PLUGINS.iter().any(|plugin| plugin.name == name));
    are_plugins.then(|| {
        let plugins = plugins.join(",");
        format!("\n{word} names analysis plugins; give them as --analysis {plugins}")
    })
}
