//! `foreman check`: finds errors in tagging files, Sigma rules, indicator lists and filter
//! expressions, counts what they match in a store, and explains why an event of the store matches
//! or does not.

mod counting;
mod diagnostics;
mod event;
mod event_text;
mod first_matches;
mod indicators;
mod matches;
mod matches_text;
mod other_names;
mod rules;
mod sigma;

use std::path::{Path, PathBuf};

use ::indicators::ReadOptions;
use ::indicators::matching::Options;
use clap::{ArgGroup, Args, ValueEnum};
use events::printable;
use filter::{Expression, Severity, tagging_file};
use serde_json::json;
use storage::StorageError;

use self::indicators::IndicatorLists;
use crate::commands::unchanged::Before;
use crate::exit::{Failure, Status};
use crate::output::{deliver, deliver_colored};
use crate::paths::store_path;
use crate::tagging_files::{Places, find_tagging_files};
use rules::{Checked, FILTER};
use sigma::SigmaRules;

#[derive(Debug, Clone, Args)]
#[command(group = ArgGroup::new("has_more").args(["store", "ioc"]).multiple(true))]
pub(crate) struct CheckArguments {
    /// A tagging file, a folder of them, `linux`, `macos` or `windows` for the built-in rules, or
    /// `auto` for those that fit the storage file. Several are separated by commas, or the option
    /// is repeated.
    #[arg(long, value_name = "FILE", required_unless_present_any = ["filter", "event", "sigma_rules", "ioc"])]
    tagging_file: Vec<PathBuf>,

    /// A file or a folder with Sigma rules. This option may be given several times.
    #[arg(long, value_name = "FILE|FOLDER")]
    sigma_rules: Vec<PathBuf>,

    /// With --sigma-rules, also apply rules to what a system remembers: creation times of files,
    /// browser and shell histories.
    #[arg(long, requires = "sigma_rules")]
    sigma_state: bool,

    /// A file or a folder with indicators of compromise. This option may be given several times.
    #[arg(long, value_name = "FILE|FOLDER")]
    ioc: Vec<PathBuf>,

    /// With --ioc, also search for values in texts.
    #[arg(long, requires = "ioc")]
    ioc_text: bool,

    /// With --ioc, a URL of a list also means all URLs that begin with it.
    #[arg(long, requires = "ioc")]
    ioc_url_prefix: bool,

    /// With --ioc, the name of the column of CSV files that has the indicators.
    #[arg(long, value_name = "NAME", requires = "ioc")]
    ioc_column: Option<String>,

    /// A filter expression.
    #[arg(long, value_name = "EXPRESSION")]
    filter: Option<String>,

    /// Show this event, the rules that match it, and where the other rules fail.
    #[arg(long, value_name = "N", requires = "store", value_parser = event::parse_number)]
    event: Option<i64>,

    /// Show every rule: also those that match nothing, and those for other data types. With --ioc,
    /// name every value that is left out or not usable, and every indicator that is found.
    #[arg(long, requires = "has_more")]
    all: bool,

    /// With --event, show whole values.
    #[arg(long, requires = "event")]
    full: bool,

    /// With --event, make the message with the formatter files in this folder of a Plaso
    /// installation (`plaso/data/formatters`), as psort does.
    #[arg(long, value_name = "DIR", requires = "event")]
    formatters: Option<PathBuf>,

    /// The format of the output.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: CheckFormat,

    /// A storage file in which to count what matches. It is only read.
    store: Option<PathBuf>,
}

/// The format of the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum CheckFormat {
    /// Text for people.
    Text,
    /// A JSON object.
    Json,
}

pub(crate) fn check(arguments: &CheckArguments) -> Result<Status, Failure> {
    let mut arguments = arguments.clone();
    let places = Places { data: None, store: arguments.store.as_deref() };
    arguments.tagging_file = find_tagging_files(&arguments.tagging_file, places)?;
    let arguments = &arguments;
    let mut found = Vec::new();
    for path in &arguments.tagging_file {
        found.push(analysis::check_tagging_file(path).map_err(Failure::usage)?);
    }
    if let Some(filter) = &arguments.filter {
        found.push(Expression::check(FILTER, filter));
    }
    let has_errors = found.iter().any(|found| found.count(Severity::Error) > 0);
    let store = arguments.store.as_deref().filter(|_| !has_errors);
    if store.is_some() {
        // The store shows which names exist, so the warnings that guess are dropped.
        found =
            found.into_iter().map(|found| found.filtered(|found| found.severity != Severity::Hint)).collect();
    }
    let mut text = diagnostics::text(&found);
    let mut json = diagnostics::json(&found);
    let mut sigma = Vec::new();
    for path in &arguments.sigma_rules {
        let rules = SigmaRules::load(path, arguments.sigma_state)?;
        let separator = if text.is_empty() { "" } else { "\n" };
        text = format!("{text}{separator}{}", rules.text());
        sigma.push(rules);
    }
    let has_broken_rules = sigma.iter().any(SigmaRules::has_errors);
    let lists = indicator_lists(arguments)?;
    if let Some(lists) = &lists {
        let separator = if text.is_empty() { "" } else { "\n" };
        text = format!("{text}{separator}{}", lists.text(arguments.all));
        json["indicators"] = lists.json();
        if !lists.indicators().sigma_rules().is_empty() {
            let rules = SigmaRules::of_lists(lists.indicators());
            text = format!("{text}\n{}", rules.text());
            sigma.push(rules);
        }
    }
    if !sigma.is_empty() {
        json["sigma"] = sigma.iter().map(SigmaRules::json).collect();
    }
    if let Some(store) = store {
        let store = store_path(store)?;
        let before = Before::of(store.clone());
        let checked = Checked::load(&arguments.tagging_file, arguments.filter.as_deref(), &mut sigma)?;
        let only_lists = arguments.event.is_none() && lists.is_some() && checked.is_empty();
        let more = match arguments.event {
            Some(number) => {
                let formats = ::report::formats(arguments.formatters.as_deref()).map_err(Failure::usage)?;
                let all = arguments.all || arguments.format == CheckFormat::Json;
                let shown = event::Shown { all, whole: arguments.full, formats: &formats };
                event::explain(&store, number, &checked, shown).map(|(explained, other_names)| {
                    event_text::said(&explained, &other_names, number, shown, &checked)
                })
            }
            None if only_lists => Ok(Default::default()),
            None => matches::count(&store, &checked, arguments.all),
        };
        let (more_text, more_json) = more.map_err(|failure| mistaken_for_store(failure, &store))?;
        append(&mut text, &more_text);
        sigma.iter().for_each(|rules| text += &rules.without_correlations());
        json["store"] = json!(store.to_string_lossy());
        for (key, value) in more_json {
            json[key] = value;
        }
        if let Some(lists) = &lists {
            let (more_text, more_json) = match arguments.event {
                Some(number) => lists.explain(&store, number),
                None => lists.count(&store, arguments.all),
            }?;
            append(&mut text, &more_text);
            for (key, value) in more_json {
                json["indicators"][key] = value;
            }
        }
        before?.check()?;
    }
    match arguments.format {
        CheckFormat::Text => deliver_colored(&(printable(&text) + "\n"))?,
        CheckFormat::Json => deliver(&::report::json(&json)?)?,
    }
    Ok(if has_errors || has_broken_rules { Status::Usage } else { Status::Done })
}

/// Reads the indicator lists, if some were given.
fn indicator_lists(arguments: &CheckArguments) -> Result<Option<IndicatorLists>, Failure> {
    if arguments.ioc.is_empty() {
        return Ok(None);
    }
    let read = ReadOptions { column: arguments.ioc_column.clone() };
    let options = Options { text: arguments.ioc_text, url_prefix: arguments.ioc_url_prefix };
    IndicatorLists::load(&arguments.ioc, &read, options).map(Some)
}

/// Adds a part to a text, with an empty line before it.
fn append(text: &mut String, more: &str) {
    if !text.is_empty() && !more.is_empty() {
        text.push_str("\n\n");
    }
    text.push_str(more);
}

/// Returns the error for a tagging file that was given instead of the storage file.
fn mistaken_for_store(failure: Failure, path: &Path) -> Failure {
    let is_no_store = matches!(failure.error.downcast_ref(), Some(StorageError::NotPlaso { .. }));
    if !is_no_store || tagging_file::load(path).is_err() {
        return failure;
    }
    let hint = format!("it is a tagging file; give it with --tagging-file: {}", failure.error);
    Failure { status: Status::Usage, error: anyhow::anyhow!(hint) }
}
