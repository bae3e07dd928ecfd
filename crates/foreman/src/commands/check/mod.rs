//! `foreman check`: what is wrong or odd in tagging files and filter expressions, what they match in a store, and why an
//! event of it matches or does not.

mod counting;
mod diagnostics;
mod event;
mod matches;

use std::path::{Path, PathBuf};

use analysis::plugin::Surroundings;
use analysis::{PLUGINS, Pipeline, PipelineError, PluginConfig, PrepareError};
use clap::{Args, ValueEnum};
use events::printable;
use filter::{Diagnostics, Expression, Rules, Severity, tagging_file};
use serde_json::json;
use storage::StorageError;

use crate::exit::{Failure, Status};
use crate::output::deliver;
use crate::run::setup::store_path;

#[derive(Debug, Args)]
pub(crate) struct CheckArguments {
    /// A tagging file, or `linux`, `macos` or `windows` for the built-in rules; may be given several times.
    #[arg(long, value_name = "FILE", required_unless_present_any = ["filter", "event"])]
    tagging_file: Vec<PathBuf>,

    /// A filter expression.
    #[arg(long, value_name = "EXPRESSION")]
    filter: Option<String>,

    /// Show this event, and which rules match it and where the others fail.
    #[arg(long, value_name = "N", requires = "store", value_parser = event::parse_number)]
    event: Option<i64>,

    /// With --event, show rules for other data types as well.
    #[arg(long, requires = "event")]
    all: bool,

    /// For people or for programs.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: CheckFormat,

    /// A storage file, to count what matches in it. It is only read.
    store: Option<PathBuf>,
}

/// How the outcome is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum CheckFormat {
    /// Lines to read.
    Text,
    /// A JSON object.
    Json,
}

/// What messages call the filter.
const FILTER: &str = "filter";

pub(crate) fn check(arguments: &CheckArguments) -> Result<Status, Failure> {
    let mut found = Vec::new();
    for path in &arguments.tagging_file {
        found.push(check_tagging_file(path)?);
    }
    if let Some(filter) = &arguments.filter {
        found.push(Expression::check(FILTER, filter));
    }
    let has_errors = found.iter().any(|found| found.count(Severity::Error) > 0);
    let store = arguments.store.as_deref().filter(|_| !has_errors);
    if store.is_some() {
        // The store tells which names there are; no need to guess.
        found =
            found.into_iter().map(|found| found.filtered(|found| found.severity != Severity::Hint)).collect();
    }
    let mut text = diagnostics::text(&found);
    let mut json = diagnostics::json(&found);
    if let Some(store) = store {
        let store = store_path(store)?;
        let more = match arguments.event {
            Some(number) => event::explain(&store, number, arguments),
            None => matches::count(&store, arguments),
        };
        let (more_text, more_json) = more.map_err(|failure| mistaken_for_store(failure, &store))?;
        text = if text.is_empty() { more_text } else { format!("{text}\n\n{more_text}") };
        json["store"] = json!(store.display().to_string());
        for (key, value) in more_json {
            json[key] = value;
        }
    }
    deliver(&match arguments.format {
        CheckFormat::Text => printable(&text) + "\n",
        CheckFormat::Json => ::report::json(&json)?.into(),
    })?;
    Ok(if has_errors { Status::Usage } else { Status::Done })
}

/// What is said if something stands where a storage file should that is none, but a tagging file.
fn mistaken_for_store(failure: Failure, path: &Path) -> Failure {
    let is_no_store = matches!(failure.error.downcast_ref(), Some(StorageError::NotPlaso { .. }));
    if !is_no_store || tagging_file::load(path).is_err() {
        return failure;
    }
    let hint = format!("it is a tagging file, which goes to --tagging-file: {}", failure.error);
    Failure { status: Status::Usage, error: anyhow::anyhow!(hint) }
}

/// The parts of a JSON object.
type Members = Vec<(&'static str, serde_json::Value)>;

/// What is wrong or odd in the tagging file at `path`, or in the built-in one of this name.
pub(crate) fn check_tagging_file(path: &Path) -> Result<Diagnostics, Failure> {
    if path.exists() {
        return Ok(tagging_file::check_file(path));
    }
    let built_in = path.to_str().and_then(tagging_file::check_built_in);
    built_in.ok_or_else(|| Failure::usage(PrepareError::NoTaggingFile(path.to_owned())))
}

/// The rules that are asked for, which have no errors any more, with what messages call them.
fn rules(arguments: &CheckArguments) -> Result<Vec<Rules>, Failure> {
    let load = |path: &PathBuf| match path.to_str().and_then(tagging_file::built_in) {
        Some(built_in) if !path.exists() => Ok(built_in),
        _ => tagging_file::load(path).map_err(Failure::usage),
    };
    arguments.tagging_file.iter().map(load).collect()
}

/// The filter that is asked for, if it is not empty.
fn filter(arguments: &CheckArguments) -> Result<Option<Expression>, Failure> {
    let parsed = arguments.filter.as_deref().map(Expression::parse).transpose();
    Ok(parsed.map_err(Failure::usage)?.flatten())
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
