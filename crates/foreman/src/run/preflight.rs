//! What is checked before a run begins: its rules, its filter, and what its plugins need.

use std::path::Path;

use analysis::plugin::{PluginError, RunContext};
use analysis::{FileRole, PLUGINS, Pipeline, PipelineError};
use events::PluginConfig;
use filter::Severity;

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
        warn_of_rules(plugin)?;
    }
    for plugin in pipeline.plugins() {
        plugin.check_surroundings().map_err(|error| match error {
            // What is given is wrong, as a tagging file may be; a server may only be down.
            PluginError::Input(_) => Failure::usage(error),
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
fn warn_of_rules(plugin: &PluginConfig) -> Result<(), Failure> {
    const SHOWN: usize = 5;
    // A file of some ten thousand rules, which was made by a program. Looking for what is odd takes longer than all else
    // before the first task.
    const LARGEST: u64 = 1 << 20;
    let spec = analysis::spec_of(plugin).map_err(Failure::usage)?;
    let Some(check) = spec.check_rules else { return Ok(()) };
    let files = spec.input_files(plugin).into_iter();
    for file in files.filter(|file| matches!(file.role, FileRole::Rules(_))) {
        let path = file.path;
        if path.metadata().is_ok_and(|file| file.len() > LARGEST) {
            log_run!("{} is large: not looked through for odd rules", path.display());
            continue;
        }
        let found = check(&path).map_err(Failure::usage)?;
        let found = found.filtered(|found| found.severity == Severity::Warning);
        for warning in found.iter().take(SHOWN) {
            let line = warning.position.as_ref().map_or(0, |position| position.line);
            tracing::warn!("{}:{line}: {}", found.name(), warning.message);
        }
        let more = found.iter().count().saturating_sub(SHOWN);
        if more > 0 {
            let (name, option) = (found.name(), file.option.name);
            let path = quoted_path(&path);
            tracing::warn!("{name}: {more} more; to see all, run:\n  foreman check {option} {path}");
        }
    }
    Ok(())
}

/// The analysis of these plugins and this filter; errors come with the place where they are.
fn pipeline(plugins: &[PluginConfig], filter: Option<&str>) -> Result<Pipeline, Failure> {
    Pipeline::new(plugins, filter, &RunContext::default()).map_err(|error| match (error, filter) {
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
