//! `foreman analyze`: one analysis of one storage file.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::time::Duration;

use analysis::PluginOptions;
use anyhow::anyhow;
use clap::Args;
use events::{TimeRange, Timestamp};

use super::from_environment::FromEnvironment;
use super::plugins;
use super::present::Presentation;
use super::several::passed_over_link;
use crate::exit::{CliStyle, Failure, Status};
use crate::run::queue::{Named, Queue, QueueSettings, Stores};
use crate::run::{Options, WorkerOptions, input_files, run_folder, secrets, slice};
use crate::screen::StatusArguments;
use crate::shell::{absolute, interrupted_run, quoted, quoted_path};
use crate::supervise::stop::StopRequests;
use crate::values::{
    MAXIMUM_WORKER_FAILURES, WORKER_FAILURES, WORKERS, parse_memory_limit, parse_minutes, parse_moment,
    whole_number,
};

#[derive(Debug, Args)]
pub(crate) struct AnalyzeArguments {
    /// The analysis plugins to run, separated by commas. An event's labels are stored in this
    /// order. `list` shows the plugins.
    #[arg(long, value_name = "LIST", value_delimiter = ',', required_unless_present = "resume")]
    analysis: Vec<String>,

    /// The storage file, or a folder: then all its storage files (*.plaso) are analysed.
    store: Option<PathBuf>,

    /// Analyse only events that match this expression, such as "data_type is 'fs:stat'".
    filter: Option<String>,

    /// Analyse the storage files that this file names, one a line; `-` for standard input.
    #[arg(long, value_name = "FILE")]
    stores_from: Option<PathBuf>,

    #[command(flatten)]
    from_environment: FromEnvironment,

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
    #[arg(long, value_name = "N", env = "FOREMAN_WORKERS", value_parser = whole_number(WORKERS))]
    workers: Option<u16>,

    /// Maximum memory of a worker, in bytes or as 512M or 2G; 0 for no limit.
    #[arg(long, value_name = "SIZE", env = "FOREMAN_WORKER_MEMORY_LIMIT", default_value = "2G", value_parser = parse_memory_limit)]
    worker_memory_limit: u64,

    /// How long a worker may show no progress, in minutes; 0 for no limit.
    #[arg(long, value_name = "MINUTES", env = "FOREMAN_WORKER_TIMEOUT", default_value = "15", value_parser = parse_minutes)]
    worker_timeout: Duration,

    /// How many workers may end before they are done; each is replaced. After more, the run fails.
    #[arg(long, value_name = "N", env = "FOREMAN_MAXIMUM_WORKER_FAILURES", default_value_t = MAXIMUM_WORKER_FAILURES, value_parser = whole_number(WORKER_FAILURES))]
    maximum_worker_failures: u32,

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
    /// the system's]. The record of the run stays beside the storage file.
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
pub(super) struct SliceArguments {
    /// Analyse only events around this time, such as 2026-09-07T23:17:27+02:00. Without a time
    /// zone, it is UTC.
    #[arg(long, value_name = "DATE_TIME", value_parser = parse_moment)]
    slice: Option<Timestamp>,

    /// The length of the slice before and after its time, in minutes.
    #[arg(long, value_name = "MINUTES", default_value_t = 5, requires = "slice", value_parser = whole_number(0..=u32::MAX))]
    slice_size: u32,
}

pub(crate) fn analyze(arguments: AnalyzeArguments, command_line: &[OsString]) -> Result<Status, Failure> {
    if plugins::is_list(&arguments.analysis) {
        return plugins::list();
    }
    let (stores, filter) = arguments.stores()?;
    let how_to_resume = stores.how_to_resume(command_line, &arguments);
    let AnalyzeArguments { analysis, slice, plugin_options, run, status, messages, .. } = arguments;
    let MessageArguments { summary, log_file, debug, quiet } = messages;
    let options = Options {
        style: CliStyle::Foreman,
        command_line: secrets::command_line(command_line),
        store: stores.first().to_owned(),
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
        is_one_of_many: false,
        rules_of_queue: None,
        resume_of_queue: how_to_resume,
        refused: None,
        merge: None,
        workers: run.workers.options(),
    };
    let presentation = Presentation {
        status: &status,
        store: Some(stores.first()),
        inputs: stores.other_inputs().chain(input_files(&options)).collect(),
        run_folder: stores.record().or_else(|| run_folder(&options)),
        summary: summary.as_deref(),
        log_file: log_file.as_deref(),
        debug,
        quiet,
    };
    let (screen, stop) = presentation.start_logging(CliStyle::Foreman)?;
    match &stores {
        Chosen::One(_) => presentation.run(&options, &screen, &stop),
        Chosen::Many(stores, named) => presentation.run_all(
            options,
            |options, stop| queue(stores, named.clone(), options, stop),
            &screen,
            &stop,
        ),
    }
}

/// The storage files to analyse.
enum Chosen {
    One(PathBuf),
    Many(Stores, Named),
}

impl Chosen {
    fn many(stores: Stores) -> Result<Self, Failure> {
        let named = stores.named()?;
        for link in &named.passed_over {
            streams::complain(&passed_over_link(link, ", or list it with --stores-from"));
        }
        if named.paths.is_empty() {
            return Err(anyhow!("{stores} has only links that lead out of it").into());
        }
        Ok(Self::Many(stores, named))
    }

    fn first(&self) -> &Path {
        match self {
            Self::One(path) => path,
            Self::Many(_, named) => &named.paths[0],
        }
    }

    /// Returns the list, and all storage files but the first. No output may replace them.
    fn other_inputs(&self) -> impl Iterator<Item = (&'static str, PathBuf)> {
        let (list, others) = match self {
            Self::One(_) => (None, &[][..]),
            Self::Many(stores, named) => (stores.list(), &named.paths[1..]),
        };
        let list = list.map(|list| ("--stores-from", list.to_owned()));
        list.into_iter().chain(others.iter().map(|path| ("a storage file", path.clone())))
    }

    /// Returns what to do after the run over several storage files was aborted, or `None` if it
    /// cannot be resumed.
    fn how_to_resume(&self, line: &[OsString], arguments: &AnalyzeArguments) -> Option<String> {
        let Self::Many(stores, _) = self else { return None };
        stores.record().filter(|_| !arguments.run.dry_run)?;
        let given = secrets::words_without_secrets(line).into_iter();
        let given = given.skip_while(|word| word != "analyze").skip(1).filter(|word| word != "--resume");
        let words = arguments.from_environment.words().iter().cloned().chain(given);
        let words = words.map(|word| match word.chars().all(is_plain) {
            true => format!(" {word}"),
            false => format!(" {}", quoted(word)),
        });
        let folder = match stores {
            Stores::In(folder) => Some(folder),
            Stores::Listed(_) => None,
            Stores::StandardInput => return None,
        };
        // Relative names, also those of other options, mean the same only in this folder.
        let here = quoted_path(absolute(Path::new(".")));
        let resume =
            format!("resume with:\n  cd {here} && foreman analyze --resume{}", words.collect::<String>());
        let discard = folder.map(|folder| {
            let place = interrupted_run(folder);
            format!("\nor discard what was not completed with:\n  foreman clean {place}")
        });
        Some(resume + &discard.unwrap_or_default())
    }

    /// Returns the folder of an interrupted run over several storage files, if there is one.
    fn record(&self) -> Option<PathBuf> {
        match self {
            Self::One(_) => None,
            Self::Many(stores, _) => stores.record()?.canonicalize().ok(),
        }
    }
}

/// Returns whether a character means itself in every shell.
fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-_=./,:@%+".contains(c)
}

impl AnalyzeArguments {
    /// Returns the storage files and the filter. With --stores-from, the filter is the first
    /// argument without an option.
    fn stores(&self) -> Result<(Chosen, Option<String>), Failure> {
        let Some(list) = &self.stores_from else {
            let none = || Failure::usage(anyhow!("no storage file was named"));
            let store = self.store.clone().ok_or_else(none)?;
            let chosen = if store.is_dir() { Chosen::many(Stores::In(store))? } else { Chosen::One(store) };
            return Ok((chosen, self.filter.clone()));
        };
        let filter = match (&self.store, &self.filter) {
            (Some(_), Some(_)) => {
                return Err(Failure::usage(anyhow!(
                    "--stores-from names the storage files; beside it there is at most a filter"
                )));
            }
            (Some(filter), None) => {
                let not_text = || Failure::usage(anyhow!("the filter must be text"));
                Some(filter.to_str().ok_or_else(not_text)?.to_owned())
            }
            (None, _) => None,
        };
        // A record beside one of these names would be in a folder of the system.
        let is_standard_input = ["-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"].map(OsStr::new);
        let stores = match is_standard_input.contains(&list.as_os_str()) {
            true => Stores::StandardInput,
            false => Stores::Listed(list.clone()),
        };
        Ok((Chosen::many(stores)?, filter))
    }
}

/// Begins the queue of the storage files, or resumes it.
fn queue(stores: &Stores, named: Named, options: &Options, stop: &StopRequests) -> Result<Queue, Failure> {
    if options.analysis.is_empty() {
        return Err(Failure::usage(anyhow!(
            "to resume a run over several storage files, give its plugins and options again, such as --analysis"
        )));
    }
    let settings = QueueSettings::of(options)?;
    if !options.resume {
        return Queue::begin(stores, named, &settings, !options.dry_run, stop);
    }
    Queue::resume(stores, named, &settings)
}

impl WorkerArguments {
    pub(super) fn options(self) -> WorkerOptions {
        WorkerOptions {
            program: self.worker,
            count: self.workers,
            memory_limit: self.worker_memory_limit,
            timeout: self.worker_timeout,
            maximum_failures: self.maximum_worker_failures,
        }
    }
}

impl SliceArguments {
    /// Returns the time range to analyse, or `None` for all events.
    pub(super) fn times(&self) -> Option<TimeRange> {
        self.slice.map(|time| slice::around(time, self.slice_size))
    }
}
