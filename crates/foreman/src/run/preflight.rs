//! What is checked before a run begins: its rules, its filter, and what its plugins need.

use std::path::Path;

use analysis::plugin::Surroundings;
use analysis::{ApiKeySource, PLUGINS, Pipeline, PipelineError, PluginConfig, PrepareError};
use filter::{Diagnostics, Severity, tagging_file};

use crate::exit::Failure;
use crate::log::log_run;
use crate::shell::quoted_path;
use crate::supervise::os;

/// The analysis that is asked for, if all that it needs is there.
pub(crate) fn checked(plugins: &[PluginConfig], filter: Option<&str>) -> Result<Pipeline, Failure> {
    let mut pipeline = pipeline(plugins, filter)?;
    for warning in pipeline.filter_warnings() {
        tracing::warn!("filter: {warning}");
    }
    for plugin in plugins {
        if let PluginConfig::Tagging { tagging_file } = plugin {
            warn_of_rules(tagging_file)?;
        }
    }
    for (config, plugin) in plugins.iter().zip(pipeline.plugins()) {
        plugin.check_surroundings().map_err(|error| match config {
            // A wrong file, as a wrong tagging file is; a server may only be down.
            PluginConfig::Bloom { .. } => Failure::usage(error),
            PluginConfig::Virustotal { api_key: ApiKeySource::File(path), .. } if !path.is_file() => {
                Failure::usage(error)
            }
            _ => error.into(),
        })?;
    }
    Ok(pipeline)
}

/// Refuses a store whose folder cannot be written, before there is work that could not be stored: SQLite makes its journal
/// there.
pub(crate) fn check_folder(store: &Path) -> anyhow::Result<()> {
    let folder = store.parent().unwrap_or(Path::new("/"));
    if !os::may_write(folder) {
        anyhow::bail!(
            "{} cannot be written, since SQLite needs to write beside it and {} cannot be written; work on a copy, or use \
             --dry-run to see the results without storing them",
            store.display(),
            folder.display()
        );
    }
    Ok(())
}

/// Says what rules do not do what they seem to; the first few, there may be thousands.
fn warn_of_rules(tagging_file: &Path) -> Result<(), Failure> {
    const SHOWN: usize = 5;
    // A file of some ten thousand rules, which was made by a program. Looking for what is odd takes longer than all else
    // before the first task.
    const LARGEST: u64 = 1 << 20;
    if tagging_file.metadata().is_ok_and(|file| file.len() > LARGEST) {
        log_run!("{} is large: not looked through for odd rules", tagging_file.display());
        return Ok(());
    }
    let found = check_tagging_file(tagging_file)?.filtered(|found| found.severity == Severity::Warning);
    for warning in found.iter().take(SHOWN) {
        let line = warning.position.as_ref().map_or(0, |position| position.line);
        tracing::warn!("{}:{line}: {}", found.name(), warning.message);
    }
    let more = found.iter().count().saturating_sub(SHOWN);
    if more > 0 {
        tracing::warn!(
            "{}: {more} more; to see all, run:\n  foreman check --tagging-file {}",
            found.name(),
            quoted_path(tagging_file)
        );
    }
    Ok(())
}

/// What is wrong or odd in the tagging file at `path`, or in the built-in one of this name.
pub(crate) fn check_tagging_file(path: &Path) -> Result<Diagnostics, Failure> {
    if path.exists() {
        return Ok(tagging_file::check_file(path));
    }
    let built_in = path.to_str().and_then(tagging_file::check_built_in);
    built_in.ok_or_else(|| Failure::usage(PrepareError::NoTaggingFile(path.to_owned())))
}

/// The analysis of these plugins and this filter; errors come with the place where they are.
fn pipeline(plugins: &[PluginConfig], filter: Option<&str>) -> Result<Pipeline, Failure> {
    Pipeline::new(plugins, filter, &Surroundings::default()).map_err(|error| match (error, filter) {
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

/// What is said if something stands where a filter should that is no expression, but something else.
fn mistaken_for_filter(source: &str) -> Option<String> {
    let word = source.trim();
    if Path::new(word).exists() {
        return Some(format!(
            "\n{word} is a file; an analysis takes one storage file, and behind it a filter expression such as \
             \"data_type is 'fs:stat'\""
        ));
    }
    let plugins: Vec<_> = word.split(',').map(|name| name.trim().replace('-', "_")).collect();
    let are_plugins = plugins.iter().all(|name| PLUGINS.iter().any(|plugin| plugin.name == name));
    are_plugins.then(|| {
        let plugins = plugins.join(",");
        format!("\n{word} names analysis plugins; they go to --analysis, as in --analysis {plugins}")
    })
}
