//! `foreman check`: what is wrong or odd in tagging files and filter expressions.

mod report;

use std::path::{Path, PathBuf};

use analysis::plugin::Surroundings;
use analysis::{PLUGINS, Pipeline, PipelineError, PluginConfig, PrepareError};
use clap::{Args, ValueEnum};
use filter::{Diagnostics, Expression, Severity, TaggingFile};

use crate::exit::{Failure, Status};
use crate::output::say;

#[derive(Debug, Args)]
pub(crate) struct CheckArguments {
    /// A tagging file, or `linux`, `macos` or `windows` for the built-in rules; may be given several times.
    #[arg(long, value_name = "FILE", required_unless_present = "filter")]
    tagging_file: Vec<PathBuf>,

    /// A filter expression.
    #[arg(long, value_name = "EXPRESSION")]
    filter: Option<String>,

    /// For people or for programs.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: CheckFormat,
}

/// How the outcome is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum CheckFormat {
    /// Lines to read.
    Text,
    /// A JSON object.
    Json,
}

pub(crate) fn check(arguments: &CheckArguments) -> Result<Status, Failure> {
    let mut found = Vec::new();
    for path in &arguments.tagging_file {
        found.push(check_tagging_file(path)?);
    }
    if let Some(filter) = &arguments.filter {
        found.push(Expression::check("filter", filter));
    }
    let has_errors = found.iter().any(|found| found.count(Severity::Error) > 0);
    say(&match arguments.format {
        CheckFormat::Text => report::text(&found),
        CheckFormat::Json => serde_json::to_string_pretty(&report::json(&found))?,
    });
    Ok(if has_errors { Status::Usage } else { Status::Done })
}

/// What is wrong or odd in the tagging file at `path`, or in the built-in one of this name.
pub(crate) fn check_tagging_file(path: &Path) -> Result<Diagnostics, Failure> {
    if path.exists() {
        return Ok(TaggingFile::check_file(path));
    }
    let built_in = path.to_str().and_then(TaggingFile::check_built_in);
    built_in.ok_or_else(|| Failure::usage(PrepareError::NoTaggingFile(path.to_owned())))
}

/// The analysis of these plugins and this filter; errors come with the place where they are.
pub(crate) fn pipeline(plugins: &[PluginConfig], filter: Option<&str>) -> Result<Pipeline, Failure> {
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
