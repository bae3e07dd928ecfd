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
use filter::{Diagnostics, Expression, Severity, tagging_file};
use serde_json::json;
use storage::{SameStore, StorageError};

use self::indicators::IndicatorLists;
use crate::commands::unchanged::Before;
use crate::exit::{Failure, Status};
use crate::output::{deliver, deliver_colored};
use crate::paths::store_path;
use crate::tagging_files::{Places, find_tagging_files};
use rules::{Checked, FILTER, Members};
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
    let mut found = diagnostics_of(arguments)?;
    let has_errors = found.iter().any(|found| found.count(Severity::Error) > 0);
    let store = arguments.store.as_deref().filter(|_| !has_errors);
    if store.is_some() {
        // The store shows which names exist, so the warnings that guess are dropped.
        found =
            found.into_iter().map(|found| found.filtered(|found| found.severity != Severity::Hint)).collect();
    }
    let mut answer = Answer { text: diagnostics::text(&found), json: diagnostics::json(&found) };
    let mut sigma = Vec::new();
    for path in &arguments.sigma_rules {
        sigma.push(SigmaRules::load(path, arguments.sigma_state)?);
    }
    let has_broken_rules = sigma.iter().any(SigmaRules::has_errors);
    let lists = indicator_lists(arguments)?;
    // An analysis refuses them, too.
    let has_no_indicator = lists
        .as_ref()
        .map(IndicatorLists::indicators)
        .is_some_and(|indicators| indicators.is_empty() && indicators.sigma_rules().is_empty());
    answer.add_loaded(&mut sigma, lists.as_ref(), arguments.all);
    if let Some(store) = store {
        answer.add_store(store, arguments, &mut sigma, lists.as_ref())?;
    }
    let is_incomplete = answer.has_unreadable_events();
    let Answer { text, json } = answer;
    match arguments.format {
        CheckFormat::Text => deliver_colored(&(printable(&text) + "\n"))?,
        CheckFormat::Json => deliver(&::report::json(&json)?)?,
    }
    Ok(match has_errors || has_broken_rules || has_no_indicator {
        true => Status::Usage,
        // An analysis skips these events, and ends so, too.
        false if is_incomplete => Status::Incomplete,
        false => Status::Done,
    })
}

/// Returns what is wrong with the tagging files and the filter.
fn diagnostics_of(arguments: &CheckArguments) -> Result<Vec<Diagnostics>, Failure> {
    let files = arguments.tagging_file.iter().map(|path| analysis::check_tagging_file(path));
    let mut found = files.collect::<Result<Vec<_>, _>>().map_err(Failure::usage)?;
    found.extend(arguments.filter.as_ref().map(|filter| Expression::check(FILTER, filter)));
    Ok(found)
}

/// The answer as text for people and as JSON.
struct Answer {
    text: String,
    json: serde_json::Value,
}

impl Answer {
    /// Adds what was loaded of Sigma rules and lists. The Sigma rules that stand in the lists come
    /// to the others.
    fn add_loaded(&mut self, sigma: &mut Vec<SigmaRules>, lists: Option<&IndicatorLists>, all: bool) {
        for rules in &*sigma {
            self.add_paragraph(&rules.text());
        }
        if let Some(lists) = lists {
            self.add_paragraph(&lists.text(all));
            self.json["indicators"] = lists.json();
            if !lists.indicators().sigma_rules().is_empty() {
                let rules = SigmaRules::of_lists(lists.indicators());
                self.add_paragraph(&rules.text());
                sigma.push(rules);
            }
        }
        if !sigma.is_empty() {
            self.json["sigma"] = sigma.iter().map(SigmaRules::json).collect();
        }
    }

    /// Adds what the rules and lists match in a store.
    fn add_store(
        &mut self,
        store: &Path,
        arguments: &CheckArguments,
        sigma: &mut [SigmaRules],
        lists: Option<&IndicatorLists>,
    ) -> Result<(), Failure> {
        let store = store_path(store)?;
        let checked = Checked::load(&arguments.tagging_file, arguments.filter.as_deref(), sigma)?;
        let before = Before::of(store.clone());
        let before = before.map_err(|error| mistaken_for_store(error.into(), &store))?;
        let only_lists = arguments.event.is_none() && lists.is_some() && checked.is_empty();
        let (text, more) = match arguments.event {
            _ if only_lists => Ok(Default::default()),
            Some(number) => explained_event(before.store(), number, arguments, &checked),
            None => matches::count(before.store(), &checked, arguments.all),
        }?;
        append(&mut self.text, &text);
        sigma.iter().for_each(|rules| self.text += &rules.without_correlations());
        self.json["store"] = json!(store.to_string_lossy());
        for (key, value) in more {
            self.json[key] = value;
        }
        if let Some(lists) = lists {
            let (text, more) = match arguments.event {
                Some(number) => lists.explain(before.store(), number),
                None => lists.count(before.store(), arguments.all),
            }?;
            append(&mut self.text, &text);
            for (key, value) in more {
                self.json["indicators"][key] = value;
            }
        }
        before.check()?;
        Ok(())
    }

    /// Returns whether the counts lack events that cannot be read.
    fn has_unreadable_events(&self) -> bool {
        let counts = [&self.json["unreadable"], &self.json["indicators"]["unreadable"]];
        counts.iter().any(|count| count.as_u64().is_some_and(|count| count > 0))
    }

    /// Adds a part on a line of its own.
    fn add_paragraph(&mut self, part: &str) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        self.text.push_str(part);
    }
}

/// Explains why an event matches rules or does not.
fn explained_event(
    store: &SameStore,
    number: i64,
    arguments: &CheckArguments,
    checked: &Checked,
) -> Result<(String, Members), Failure> {
    let formats = ::report::formats(arguments.formatters.as_deref()).map_err(Failure::usage)?;
    let all = arguments.all || arguments.format == CheckFormat::Json;
    let shown = event::Shown { all, whole: arguments.full, formats: &formats };
    let (explained, other_names) = event::explain(store, number, checked, shown)?;
    Ok(event_text::said(&explained, &other_names, number, shown, checked))
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
