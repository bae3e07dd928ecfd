//! `foreman psort`: runs an analysis with psort's command line, so that a script can call `foreman
//! psort` instead of `psort`.
//!
//! psort analyses, and it writes timelines. This command only analyses, as psort does with `-o
//! null`. It knows all options of psort. It obeys an option, or says that the option has no effect
//! on an analysis, or refuses it and says what to do instead.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use analysis::PluginOptions;
use anyhow::{Context as _, anyhow};
use clap::Args;
use events::Shown as _;

use super::plugins;
use super::present::Presentation;
use super::psort_export;
use super::psort_output::OutputOnly;
use crate::exit::{CliStyle, Failure, Status};
use crate::output::say;
use crate::paths::{existing_folder, open_store};
use crate::run::{
    Options, WorkerOptions, input_files, preflight, run_folder, secrets, undo_before_rules_are_chosen,
};
use crate::screen::StatusArguments;
use crate::supervise::os;
use crate::tagging_files::{Places, find_tagging_files};
use crate::values::{
    MAXIMUM_WORKER_FAILURES, WORKERS, parse_memory_limit, parse_minutes, parse_size, whole_number,
};

/// The options of psort. The help does not show those that matter only for output.
#[derive(Debug, Args)]
#[command(version, args_override_self = true, infer_long_args = true)]
pub(crate) struct PsortArguments {
    /// The storage file.
    #[arg(value_name = "PATH")]
    store: Option<PathBuf>,

    /// Analyse only events that match this expression.
    #[arg(value_name = "FILTER")]
    filter: Option<String>,

    /// The analysis plugins to run, separated by commas; `list` shows them.
    #[arg(long, value_name = "PLUGIN_LIST", default_value = "", hide_default_value = true)]
    analysis: String,

    /// The output format. Only `null` is possible: no output.
    #[arg(short = 'o', long, value_name = "FORMAT")]
    output_format: Option<String>,

    /// The folder for tagging files that are not found under the given path.
    #[arg(long, value_name = "PATH")]
    data: Option<PathBuf>,

    #[command(flatten)]
    plugin_options: PluginOptions,

    #[command(flatten)]
    processing: Processing,

    #[command(flatten)]
    informational: Informational,

    #[command(flatten)]
    own: Own,

    #[command(flatten)]
    output: OutputOnly,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Processing")]
struct Processing {
    /// Maximum memory that a process may allocate, in bytes; 0 for no limit [default: no limit].
    #[arg(long, value_name = "SIZE", value_parser = parse_process_limit)]
    process_memory_limit: Option<u64>,

    /// Maximum memory of a worker, in bytes; 0 for no limit.
    #[arg(long, value_name = "SIZE", env = "FOREMAN_WORKER_MEMORY_LIMIT", default_value = "2G", value_parser = parse_memory_limit)]
    worker_memory_limit: u64,

    /// How long a worker may show no progress, in minutes.
    #[arg(long, value_name = "MINUTES", env = "FOREMAN_WORKER_TIMEOUT", default_value = "15", value_parser = parse_minutes)]
    worker_timeout: Duration,

    /// The folder for the run's temporary files [default: beside the storage file].
    #[arg(long, value_name = "DIRECTORY", env = "FOREMAN_TEMPORARY_DIRECTORY")]
    temporary_directory: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Informational")]
struct Informational {
    /// Write the log to this file [default: the terminal].
    #[arg(long, alias = "logfile", value_name = "FILENAME")]
    log_file: Option<PathBuf>,

    /// Log more.
    #[arg(short, long)]
    debug: bool,

    /// Show errors only.
    #[arg(short, long)]
    quiet: bool,

    /// Ask no questions. No questions are asked anyway.
    #[arg(short, long)]
    unattended: bool,

    #[command(flatten)]
    status: StatusArguments,
}

/// The options that psort does not have.
#[derive(Debug, Args)]
#[command(next_help_heading = "Not in psort")]
struct Own {
    /// Maximum number of workers [default: one for each processor].
    #[arg(long, value_name = "N", env = "FOREMAN_WORKERS", value_parser = whole_number(WORKERS))]
    workers: Option<u16>,

    /// The worker program [default: the one installed with this program].
    #[arg(long, value_name = "PATH", env = "FOREMAN_WORKER")]
    worker: Option<PathBuf>,

    /// Do without what foreman adds to Plaso's plugins and rules.
    #[arg(long)]
    strict_compat: bool,

    /// Show what an analysis would find, and write nothing to the storage file.
    #[arg(long)]
    dry_run: bool,

    /// When the run ends, write its summary to this file, as JSON.
    #[arg(long, value_name = "FILE")]
    summary: Option<PathBuf>,
}

pub(crate) fn psort(mut arguments: PsortArguments, command_line: &[OsString]) -> Result<Status, Failure> {
    if plugins::is_list(&[&arguments.analysis]) {
        return plugins::list();
    }
    let failed = |error| Failure { status: Status::Failed, error };
    arguments.refuse_output(command_line).map_err(failed)?;
    arguments.check_values().map_err(failed)?;
    if let Some(data) = &arguments.data {
        let store = arguments.store.as_deref();
        if let Some(store) = store.filter(|_| !arguments.own.dry_run) {
            undo_before_rules_are_chosen(&arguments.plugin_options, store)?;
        }
        let places = Places { data: Some(data), store };
        let found = arguments.plugin_options.find_rules(|given| find_tagging_files(given, places));
        found.map_err(|Failure { error, .. }| failed(error))?;
    }
    if let Some(limit) = arguments.processing.process_memory_limit.filter(|&limit| limit > 0) {
        os::limit_memory(limit).context("cannot limit the memory of processes")?;
    }
    let (log_file, said) = log_file(arguments.informational.log_file.take());
    let status = arguments.informational.status.clone();
    let summary = arguments.own.summary.take();
    let store = arguments.store.clone();
    let has_work = !arguments.analysis.is_empty();
    let (debug, quiet) = (arguments.informational.debug, arguments.informational.quiet);
    let without_effect = arguments.output.without_effect();
    let work = if has_work { Ok(arguments.into_options(command_line)?) } else { Err(arguments) };
    let presentation = Presentation {
        status: &status,
        store: store.as_deref(),
        inputs: work.as_ref().map(input_files).unwrap_or_default(),
        run_folder: work.as_ref().ok().and_then(run_folder),
        summary: summary.as_deref(),
        log_file: log_file.as_deref(),
        debug,
        quiet,
    };
    let warn = || said.into_iter().chain(without_effect).for_each(|words| tracing::warn!("{words}"));
    let (screen, stop) = presentation.start_logging(CliStyle::Psort)?;
    warn();
    match work {
        Ok(options) => presentation.run(&options, &screen, &stop),
        // There is no run to stop, so a request ends the program.
        Err(arguments) => nothing_to_do(&arguments),
    }
}

impl PsortArguments {
    /// Refuses everything that only psort itself can do.
    fn refuse_output(&self, command_line: &[OsString]) -> anyhow::Result<()> {
        self.output.refuse_lists()?;
        // psort accepts these names in upper case, too.
        match self.output_format.as_deref().map(str::to_ascii_lowercase).as_deref() {
            Some("null") => Ok(()),
            Some("list") => {
                Err(anyhow!("foreman writes no timelines; output formats are shown by:\n  psort -o list"))
            }
            _ => Err(anyhow!(psort_export::refusal(
                &Self::augment_args(clap::Command::new("psort")),
                &OutputOnly::augment_args(clap::Command::new("output")),
                command_line,
            ))),
        }
    }

    /// Refuses values that psort refuses, although they have no effect here or mean something else
    /// in `foreman analyze`.
    fn check_values(&self) -> anyhow::Result<()> {
        if self.analysis.is_empty() {
            self.plugin_options.none_given()?;
        }
        self.output.check_slice()?;
        for (value, option, unit) in [
            (Some(self.processing.worker_timeout), "--worker-timeout (or FOREMAN_WORKER_TIMEOUT)", "minutes"),
            (self.informational.status.status_view_interval, "--status-view-interval", "seconds"),
        ] {
            if value.is_some_and(|value| value.is_zero()) {
                return Err(anyhow!("{option} 0: expected a number of {unit} greater than 0"));
            }
        }
        Ok(())
    }

    /// Returns the options of the run. Options that psort does not have keep their defaults.
    fn into_options(self, command_line: &[OsString]) -> Result<Options, Failure> {
        Ok(Options {
            style: CliStyle::Psort,
            command_line: secrets::command_line(command_line),
            store: self.store.ok_or_else(|| Failure::usage(anyhow!("no storage file was named")))?,
            analysis: self.analysis.split(',').map(str::to_owned).collect(),
            plugin_options: self.plugin_options,
            filter: self.filter,
            strict_compat: self.own.strict_compat,
            dry_run: self.own.dry_run,
            debug_mode: self.informational.debug,
            temporary_directory: self.processing.temporary_directory,
            export: None,
            workers: WorkerOptions {
                program: self.own.worker,
                count: self.own.workers,
                memory_limit: self.processing.worker_memory_limit,
                timeout: self.processing.worker_timeout,
                maximum_failures: MAXIMUM_WORKER_FAILURES,
            },
            ..Options::default()
        })
    }
}

/// The memory that the threads and buffers of a foreman need, with a reserve.
const LEAST_PROCESS_LIMIT: u64 = 512 << 20;

fn parse_process_limit(text: &str) -> Result<u64, String> {
    match parse_size(text)? {
        limit if limit > 0 && limit < LEAST_PROCESS_LIMIT => {
            Err("a process needs at least 512M; 0 is for no limit".into())
        }
        limit => Ok(limit),
    }
}

/// How many logs of one name are kept beside one another.
const MOST_LOGS: u32 = 10_000;

/// Returns the path of the log, and a message if it differs from the given one. psort compresses a
/// log whose name ends in `.gz`. Foreman's log is plain text, so it must not have such a name.
fn log_file(given: Option<PathBuf>) -> (Option<PathBuf>, Option<String>) {
    let Some(path) = given.as_deref().filter(|path| path.extension().is_some_and(|end| end == "gz")) else {
        return (given, None);
    };
    // psort would replace only the file that was named.
    let name = |number: u32| {
        let plain = path.with_extension("");
        if number == 1 { plain } else { plain.with_added_extension(number.to_string()) }
    };
    let is_free = |path: &PathBuf| path.symlink_metadata().is_err();
    let Some(plain) = (1..=MOST_LOGS).map(name).find(is_free) else { return (given, None) };
    let said = format!("the log is not compressed, so it goes to {}", plain.shown());
    (Some(plain), Some(said))
}

/// Does what psort does with `-o null` and without plugins: checks its options, and that the store
/// can be opened.
fn nothing_to_do(arguments: &PsortArguments) -> Result<Status, Failure> {
    let store = arguments.store.as_deref().ok_or_else(|| anyhow!("no storage file was named"))?;
    preflight::checked(&[], arguments.filter.as_deref(), arguments.own.strict_compat)
        .map_err(|failure| failure.error)?;
    arguments.processing.temporary_directory.as_deref().map(existing_folder).transpose()?;
    open_store(store)?;
    if !arguments.informational.quiet {
        tracing::warn!(
            "nothing is analysed, because --analysis names no plugin; --analysis list shows the plugins"
        );
        say("Processing completed.\n");
    }
    Ok(Status::Done)
}
