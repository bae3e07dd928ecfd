//! `foreman analyze`: one analysis of one storage file.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use analysis::PluginOptions;
use anyhow::anyhow;
use clap::Args;
use events::{TimeRange, Timestamp};

use super::plugins;
use super::present::Presentation;
use crate::exit::{CliStyle, Failure, Status};
use crate::run::{Options, WorkerOptions, input_files, run_folder, secrets, slice};
use crate::screen::StatusArguments;
use crate::values::{parse_memory_limit, parse_minutes, parse_moment};

#[derive(Debug, Args)]
pub(crate) struct AnalyzeArguments {
    /// The analysis plugins to run, separated by commas. An event's labels are stored in this
    /// order. `list` shows the plugins.
    #[arg(long, value_name = "LIST", value_delimiter = ',', required_unless_present = "resume")]
    analysis: Vec<String>,

    /// The storage file.
    store: Option<PathBuf>,

    /// Analyse only events that match this expression, such as "data_type is 'fs:stat'".
    filter: Option<String>,

    #[command(flatten)]
    slice: SliceArguments,

    #[command(flatten)]
    plugin_options: PluginOptions,

    #[command(flatten)]
    run: RunArguments,

    #[command(flatten)]
    status: StatusArguments,

    #[command(flatten)]
    messages: MessageArguments,
}

/// How many workers there are, and what each may use.
#[derive(Debug, Args)]
#[command(next_help_heading = "Run options")]
pub(super) struct WorkerArguments {
    /// Maximum number of workers [default: one for each processor].
    #[arg(long, value_name = "N", env = "FOREMAN_WORKERS", value_parser = clap::value_parser!(u16).range(1..=1024))]
    workers: Option<u16>,

    /// Maximum memory of a worker, in bytes or as 512M or 2G; 0 for no limit.
    #[arg(long, value_name = "SIZE", env = "FOREMAN_WORKER_MEMORY_LIMIT", default_value = "2G", value_parser = parse_memory_limit)]
    worker_memory_limit: u64,

    /// How long a worker may show no progress, in minutes; 0 for no limit.
    #[arg(long, value_name = "MINUTES", env = "FOREMAN_WORKER_TIMEOUT", default_value = "15", value_parser = parse_minutes)]
    worker_timeout: Duration,

    /// The worker program [default: the one installed with this program].
    #[arg(long, value_name = "PATH", env = "FOREMAN_WORKER")]
    worker: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Run options")]
struct RunArguments {
    #[command(flatten)]
    workers: WorkerArguments,

    /// The folder for the run's temporary files [default: beside the storage file; for a dry run,
    /// the system's].
    #[arg(long, value_name = "FOLDER", env = "FOREMAN_TEMPORARY_DIRECTORY")]
    temporary_directory: Option<PathBuf>,

    /// Show what an analysis would find, and write nothing to the storage file.
    #[arg(long)]
    dry_run: bool,

    /// Do without what foreman adds to Plaso's plugins and rules, so that fewer results differ from
    /// psort's.
    #[arg(long)]
    strict_compat: bool,

    /// Resume the interrupted run over this storage file, with the plugins, options and filter of
    /// that run.
    #[arg(long, conflicts_with = "dry_run")]
    resume: bool,

    /// Store the results even if no event matches the filter. They replace those of earlier runs.
    #[arg(long)]
    force: bool,

    /// Measure how the workers spend their time, and show this in the summary.
    #[arg(long)]
    profile: bool,

    /// Keep the reports, warnings and results that these plugins left in earlier runs.
    #[arg(long)]
    keep_earlier: bool,
}

/// Where the log and the summary go.
#[derive(Debug, Args)]
#[command(next_help_heading = "Run options")]
pub(super) struct MessageArguments {
    /// When the run ends, write its summary to this file, as JSON.
    #[arg(long, value_name = "FILE")]
    pub(super) summary: Option<PathBuf>,

    /// Write the log to this file instead of the terminal.
    #[arg(long, alias = "logfile", value_name = "FILE")]
    pub(super) log_file: Option<PathBuf>,

    /// Log more, such as the tasks that workers get.
    #[arg(short, long)]
    pub(super) debug: bool,

    /// Show errors only.
    #[arg(short, long)]
    pub(super) quiet: bool,
}

/// A slice of time, with the names of Plaso's options. In Plaso a slice restricts only the output;
/// here it restricts the analysis.
#[derive(Debug, Args)]
struct SliceArguments {
    /// Analyse only events around this time, such as 2026-09-07T23:17:27+02:00. Without a time
    /// zone, it is UTC.
    #[arg(long, value_name = "DATE_TIME", value_parser = parse_moment)]
    slice: Option<Timestamp>,

    /// The length of the slice before and after its time, in minutes.
    #[arg(long, value_name = "MINUTES", default_value_t = 5, requires = "slice")]
    slice_size: u32,
}

pub(crate) fn analyze(arguments: AnalyzeArguments, command_line: &[OsString]) -> Result<Status, Failure> {
    if plugins::is_list(&arguments.analysis) {
        return plugins::list();
    }
    let AnalyzeArguments { analysis, store, filter, slice, plugin_options, run, status, messages } =
        arguments;
    let MessageArguments { summary, log_file, debug, quiet } = messages;
    let options = Options {
        style: CliStyle::Foreman,
        command_line: secrets::command_line(command_line),
        store: store.clone().ok_or_else(|| Failure::usage(anyhow!("no storage file was named")))?,
        analysis,
        plugin_options,
        filter,
        times: slice.times(),
        strict_compat: run.strict_compat,
        dry_run: run.dry_run,
        resume: run.resume,
        force: run.force,
        keep_earlier: run.keep_earlier,
        profile: run.profile,
        debug_mode: debug,
        temporary_directory: run.temporary_directory,
        export: None,
        workers: run.workers.options(),
    };
    let presentation = Presentation {
        status: &status,
        store: store.as_deref(),
        inputs: input_files(&options),
        run_folder: run_folder(&options),
        summary: summary.as_deref(),
        log_file: log_file.as_deref(),
        debug,
        quiet,
    };
    let screen = presentation.start_logging()?;
    presentation.run(&options, &screen)
}

impl WorkerArguments {
    pub(super) fn options(self) -> WorkerOptions {
        WorkerOptions {
            program: self.worker,
            count: self.workers,
            memory_limit: self.worker_memory_limit,
            timeout: self.worker_timeout,
        }
    }
}

impl SliceArguments {
    /// Returns the time range to analyse, or `None` for all events.
    fn times(&self) -> Option<TimeRange> {
        self.slice.map(|time| slice::around(time, self.slice_size))
    }
}
