//! The foreman's command line.

pub(crate) mod check;
pub(crate) mod clean;
pub(crate) mod completions;
pub(crate) mod info;
pub mod manual;
pub(crate) mod plugins;
pub(crate) mod psort;
pub(crate) mod report;

use std::path::PathBuf;
use std::time::Duration;

use analysis::PluginOptions;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Args, CommandFactory as _, Parser, Subcommand, ValueEnum};

use crate::commands::check::CheckArguments;
use crate::commands::completions::CompletionsArguments;
use crate::commands::info::InfoArguments;
use crate::commands::manual::{examples_and_exit_status, exit_status};
use crate::commands::psort::PsortArguments;
use crate::commands::report::ReportArguments;
use crate::run::slice::SliceArguments;

/// Analyses Plaso timelines with many processes.
#[derive(Debug, Parser)]
#[command(name = "foreman", version, max_term_width = 100)]
#[command(after_help = exit_status(), after_long_help = examples_and_exit_status("foreman"))]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Analyse the events of a storage file and store what is found in it.
    #[command(after_help = exit_status(), after_long_help = examples_and_exit_status("analyze"))]
    Analyze(Box<AnalyzeArguments>),
    /// Discard what an interrupted run over a storage file has left beside it.
    Clean(CleanArguments),
    /// Check tagging files or a filter expression, and show all that is wrong or odd.
    #[command(after_help = exit_status(), after_long_help = examples_and_exit_status("check"))]
    Check(CheckArguments),
    /// Show what analyses have found: labels, sessions, results, reports and warnings, as text or as a page.
    #[command(after_help = exit_status(), after_long_help = examples_and_exit_status("report"))]
    Report(ReportArguments),
    /// Show what is in a storage file: sources, sessions, events, tags, reports and warnings.
    Info(InfoArguments),
    /// Print what a shell needs to complete command lines of this program.
    Completions(CompletionsArguments),
    /// Show the analysis plugins: what each does, reads and writes, and its options.
    Plugins(PluginsArguments),
    /// Analyse as psort does with `-o null`: with its options, its output and its exit statuses.
    Psort(Box<PsortArguments>),
}

#[derive(Debug, Args)]
pub(crate) struct AnalyzeArguments {
    /// The analysis plugins to run, separated by commas; their order is that of an event's labels. `list` shows them.
    #[arg(long, value_name = "LIST", value_delimiter = ',', required_unless_present = "resume")]
    pub(crate) analysis: Vec<String>,

    /// The storage file.
    pub(crate) store: Option<PathBuf>,

    /// Look only at events that match this expression, such as "data_type is 'fs:stat'".
    pub(crate) filter: Option<String>,

    #[command(flatten)]
    pub(crate) slice: SliceArguments,

    #[command(flatten)]
    pub(crate) plugin_options: PluginOptions,

    #[command(flatten)]
    pub(crate) run: RunArguments,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Run options")]
pub(crate) struct RunArguments {
    /// How many workers [default: one for each processor].
    #[arg(long, value_name = "N", env = "FOREMAN_WORKERS", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) workers: Option<u16>,

    /// The most memory that a worker may use, in bytes or as 512M or 2G; 0 for no limit.
    #[arg(long, value_name = "SIZE", env = "FOREMAN_WORKER_MEMORY_LIMIT", default_value = "2G", value_parser = parse_memory_limit)]
    pub(crate) worker_memory_limit: u64,

    /// How long a worker may show no progress, in minutes; 0 for no limit.
    #[arg(long, value_name = "MINUTES", env = "FOREMAN_WORKER_TIMEOUT", default_value = "15", value_parser = parse_minutes)]
    pub(crate) worker_timeout: Duration,

    /// The worker program [default: the one installed with this program].
    #[arg(long, value_name = "PATH", env = "FOREMAN_WORKER")]
    pub(crate) worker: Option<PathBuf>,

    /// Where to keep the run's temporary files [default: beside the storage file, for a dry run the system's].
    #[arg(long, value_name = "FOLDER", env = "FOREMAN_TEMPORARY_DIRECTORY")]
    pub(crate) temporary_directory: Option<PathBuf>,

    /// Show what would be found, and write nothing to the storage file.
    #[arg(long)]
    pub(crate) dry_run: bool,

    /// Do exactly what Plaso does, its omissions included, so that any difference from psort can be explained.
    #[arg(long)]
    pub(crate) strict_compat: bool,

    /// Go on with the run over this storage file that was interrupted; plugins, options and filter are those of that run.
    #[arg(long, conflicts_with = "dry_run")]
    pub(crate) resume: bool,

    /// Measure what the workers spend their time on, and show it in the summary.
    #[arg(long)]
    pub(crate) profile: bool,

    /// Keep the reports, warnings and results that these plugins left in earlier runs.
    #[arg(long)]
    pub(crate) keep_earlier: bool,

    #[command(flatten)]
    pub(crate) status: StatusArguments,

    /// When the run ends, however it does, write how it went to this file, as JSON.
    #[arg(long, value_name = "FILE")]
    pub(crate) summary: Option<PathBuf>,

    /// Write the log to this file instead of the terminal.
    #[arg(long, alias = "logfile", value_name = "FILE")]
    pub(crate) log_file: Option<PathBuf>,

    /// Log more; the tasks that workers get are among it.
    #[arg(short, long)]
    pub(crate) debug: bool,

    /// Show errors only.
    #[arg(short, long)]
    pub(crate) quiet: bool,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Run options")]
pub(crate) struct StatusArguments {
    /// How to show the status [default: window on a terminal, else linear].
    #[arg(long, value_name = "TYPE")]
    pub(crate) status_view: Option<StatusView>,

    /// Where the views file and json write [default: status.info for file, standard error for json].
    #[arg(long, value_name = "FILE")]
    pub(crate) status_view_file: Option<PathBuf>,

    /// How often to show the status, in seconds [default: 0.1 for window, 5 for linear, 0.5 for file, 1 for json].
    #[arg(long, value_name = "SECONDS", value_parser = parse_seconds)]
    pub(crate) status_view_interval: Option<Duration>,
}

/// How the status is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum StatusView {
    /// A progress bar and a line for each worker.
    Window,
    /// A line now and then.
    Linear,
    /// A small file, written anew each time.
    File,
    /// JSON, a line each time, and the summary as the last.
    Json,
    /// Not at all.
    None,
}

#[derive(Debug, Args)]
pub(crate) struct CleanArguments {
    /// Where the interrupted run was told to keep its temporary files.
    #[arg(long, value_name = "FOLDER", env = "FOREMAN_TEMPORARY_DIRECTORY")]
    pub(crate) temporary_directory: Option<PathBuf>,

    /// The storage file.
    pub(crate) store: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct PluginsArguments {
    /// The plugins to show [default: all].
    #[arg(value_name = "NAME")]
    pub(crate) names: Vec<String>,

    /// For people or for programs.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: PluginsFormat,
}

/// How plugins are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PluginsFormat {
    /// Lines to read.
    Text,
    /// A JSON list.
    Json,
}

/// The command line as clap has it, for what is made from it: completions, manual pages.
#[must_use]
pub fn command() -> clap::Command {
    Arguments::command()
}

/// Who gives an option that only psort has should learn where it is taken, not which of ours is spelt a little like it.
pub(crate) fn point_to_psort(error: &mut clap::Error) {
    let Some(ContextValue::String(option)) = error.get(ContextKind::InvalidArg) else { return };
    let command = Arguments::command();
    let psort = command.find_subcommand("psort").into_iter().flat_map(clap::Command::get_arguments);
    let spelling = |argument: &clap::Arg| {
        let short = argument.get_short().map(|short| format!("-{short}"));
        short.into_iter().chain(argument.get_long().map(|long| format!("--{long}"))).collect::<Vec<_>>()
    };
    if error.kind() == ErrorKind::UnknownArgument && psort.flat_map(spelling).any(|known| known == *option) {
        let tip = format!("{option} is an option of psort, whose options are those of 'foreman psort'");
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip.into()]));
        error.remove(ContextKind::SuggestedArg);
        error.remove(ContextKind::TrailingArg);
    }
}

/// A number of bytes, perhaps with K, M, G or T for powers of 1024.
pub(crate) fn parse_size(text: &str) -> Result<u64, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let shift = match text[digits.len()..].to_ascii_uppercase().trim_end_matches("IB").trim_end_matches('B') {
        "" => 0,
        "K" => 10,
        "M" => 20,
        "G" => 30,
        "T" => 40,
        _ => return Err("expected a number of bytes, such as 536870912, 512M or 2G".into()),
    };
    let number: u64 =
        digits.parse().map_err(|_| "expected a number of bytes, such as 536870912, 512M or 2G")?;
    number.checked_mul(1 << shift).ok_or_else(|| "that is more memory than there can be".into())
}

/// Below this a worker would be killed before it has read an event.
const LEAST_MEMORY_LIMIT: u64 = 32 << 20;

pub(crate) fn parse_memory_limit(text: &str) -> Result<u64, String> {
    match parse_size(text)? {
        0 => Ok(0),
        limit if limit < LEAST_MEMORY_LIMIT => Err("a worker needs at least 32M; 0 is for no limit".into()),
        limit => Ok(limit),
    }
}

pub(crate) fn parse_minutes(text: &str) -> Result<Duration, String> {
    parse_time(text, 60.0, "expected a number of minutes, such as 15 or 0.5")
}

fn parse_seconds(text: &str) -> Result<Duration, String> {
    parse_time(text, 1.0, "expected a number of seconds, such as 1 or 0.5")
}

fn parse_time(text: &str, unit: f64, expected: &str) -> Result<Duration, String> {
    let number = text.parse::<f64>().ok().filter(|number| *number >= 0.0);
    number
        .and_then(|number| Duration::try_from_secs_f64(number * unit).ok())
        .ok_or_else(|| expected.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn sizes() {
        for (text, bytes) in [
            ("0", 0),
            ("512", 512),
            ("512K", 512 << 10),
            ("2g", 2 << 30),
            ("1MiB", 1 << 20),
            ("3mb", 3 << 20),
        ] {
            assert_eq!(parse_size(text), Ok(bytes), "{text}");
        }
        for text in ["", "M", "-1", "1X", "1.5G", "99999999999T"] {
            assert!(parse_size(text).is_err(), "{text}");
        }
        assert_eq!((parse_memory_limit("0"), parse_memory_limit("32M")), (Ok(0), Ok(32 << 20)));
        assert!(parse_memory_limit("1M").is_err());
    }

    #[test]
    fn times() {
        assert_eq!(parse_minutes("0.5"), Ok(Duration::from_secs(30)));
        for text in ["", "x", "-1", "nan", "inf", "1e300"] {
            assert!(parse_minutes(text).is_err(), "{text}");
        }
    }
}
