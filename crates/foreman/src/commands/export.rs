//! `foreman export`: writes events for other tools.

use std::ffi::OsString;
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};

use anyhow::anyhow;
use clap::{Args, ValueEnum};
use events::{ExportFormat, ExportOrder, ExportSpec, LabelPatterns, Shown as _, TimeRange, Timestamp};
use files::NamedStream;

use super::analyze::{MessageArguments, WorkerArguments};
use super::present::Presentation;
use crate::exit::{CliStyle, Failure, Status};
use crate::run::{ExportOptions, Options, input_files, secrets, slice};
use crate::screen::StatusArguments;
use crate::values::{parse_moment, whole_number};

#[derive(Debug, Args)]
pub(crate) struct ExportArguments {
    /// Export only events that have one of these labels. Separate labels by commas; `*` stands for
    /// any text, as in `credential_*`.
    #[arg(long, value_name = "LABELS")]
    label: Vec<String>,

    /// The format [default: the one that the name of the output ends with, or else jsonl].
    #[arg(long, value_name = "FORMAT")]
    format: Option<Format>,

    /// Write to this file (for parquet, to this folder), which must not exist yet. `-` means
    /// standard output, which is the default; /dev/stderr and /dev/null are possible, too.
    #[arg(short = 'w', long, value_name = "PATH")]
    output: Option<PathBuf>,

    /// The order of the events.
    #[arg(long, value_name = "ORDER", default_value = "rows")]
    sort: Order,

    /// The storage file. It is only read.
    store: PathBuf,

    /// Export only events that match this expression, such as "data_type is 'fs:stat'".
    filter: Option<String>,

    /// Export only events around this time, such as 2026-09-07T23:17:27+02:00. Without a time
    /// zone, it is UTC.
    #[arg(long, value_name = "DATE_TIME", value_parser = parse_moment)]
    slice: Option<Timestamp>,

    /// The length of the slice before and after its time, in minutes.
    #[arg(long, value_name = "MINUTES", default_value_t = 5, requires = "slice", value_parser = whole_number(0..=u32::MAX))]
    slice_size: u32,

    /// Write the messages with the formatter files of this folder of a Plaso installation
    /// (`plaso/data/formatters`), as psort does.
    #[arg(long, value_name = "FOLDER")]
    formatters: Option<PathBuf>,

    /// Match the filter as psort does, without what foreman adds to Plaso's filters.
    #[arg(long)]
    strict_compat: bool,

    #[command(flatten)]
    workers: WorkerArguments,

    /// The folder for temporary files, which take about as much space as the output [default: the
    /// folder of the output; for standard output, the system's].
    #[arg(long, value_name = "FOLDER", env = "FOREMAN_TEMPORARY_DIRECTORY", help_heading = "Run options")]
    temporary_directory: Option<PathBuf>,

    #[command(flatten)]
    status: StatusArguments,

    #[command(flatten)]
    messages: MessageArguments,
}

/// The forms of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// One JSON object a line, with all attributes.
    Jsonl,
    /// A table for people and spreadsheets.
    Csv,
    /// A folder with one file for each data type, with typed columns.
    Parquet,
}

/// The order of the events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Order {
    /// As in the storage file.
    Rows,
    /// By time, oldest first. Events without a time come first.
    Time,
}

pub(crate) fn export(arguments: ExportArguments, command_line: &[OsString]) -> Result<Status, Failure> {
    let MessageArguments { summary, log_file, debug, quiet } = &arguments.messages;
    let stream = arguments.output.as_deref().map_or(Some(NamedStream::Stdout), NamedStream::of);
    let output = arguments.output.clone().filter(|_| stream != Some(NamedStream::Stdout));
    let file = output.as_deref().filter(|_| stream.is_none());
    let spec = spec(&arguments, file)?;
    let beside = file.map(|path| match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    });
    // A status between the events would be of no use.
    let is_on_terminal = output.is_none() && std::io::stdout().is_terminal();
    let options = Options {
        style: CliStyle::Foreman,
        command_line: secrets::command_line(command_line),
        store: arguments.store.clone(),
        filter: arguments.filter.clone(),
        times: arguments.times(),
        strict_compat: arguments.strict_compat,
        // The store is only read.
        dry_run: true,
        debug_mode: *debug,
        temporary_directory: arguments.temporary_directory.clone(),
        export: Some(ExportOptions { spec, output, beside }),
        workers: arguments.workers.options(),
        ..Options::default()
    };
    let written = options.export.iter().filter_map(|export| export.output.clone());
    let presentation = Presentation {
        status: &arguments.status,
        store: Some(&arguments.store),
        inputs: written.map(|path| ("--output", path)).chain(input_files(&options)).collect(),
        run_folder: None,
        summary: summary.as_deref(),
        log_file: log_file.as_deref(),
        debug: *debug,
        quiet: *quiet || is_on_terminal,
    };
    if stream == Some(NamedStream::Stdout) {
        presentation.refuse_standard_output()?;
    }
    let (screen, stop) = presentation.start_logging(CliStyle::Foreman)?;
    presentation.run(&options, &screen, &stop)
}

/// Returns what is exported.
fn spec(arguments: &ExportArguments, output: Option<&Path>) -> Result<ExportSpec, Failure> {
    let labels = LabelPatterns::of(arguments.label.iter().map(String::as_str));
    if labels.is_empty() && !arguments.label.is_empty() {
        return Err(Failure::usage(anyhow!("--label names no label")));
    }
    let format = arguments.format.unwrap_or_else(|| by_name(output));
    let order = arguments.sort;
    let of_folder = |problem: &str| Failure::usage(anyhow!("parquet is a folder of files: {problem}"));
    match (format, order, output) {
        (Format::Parquet, _, None) => Err(of_folder("name it with --output")),
        (Format::Parquet, Order::Time, _) => {
            Err(of_folder("leave out --sort, and sort where the files are read (ORDER BY timestamp)"))
        }
        _ => Ok(ExportSpec {
            format: match format {
                Format::Jsonl => ExportFormat::JsonLines,
                Format::Csv => ExportFormat::Csv,
                Format::Parquet => ExportFormat::Parquet,
            },
            order: match order {
                Order::Rows => ExportOrder::Rows,
                Order::Time => ExportOrder::Time,
            },
            labels,
            formatters: arguments.formatters.as_deref().map(real_folder).transpose()?,
            schema: None,
        }),
    }
}

/// Returns the folder of formatter files without links, for the workers. The files are checked
/// here, so that an error is reported before the work.
fn real_folder(folder: &Path) -> Result<PathBuf, Failure> {
    report::formats(Some(folder)).map_err(Failure::usage)?;
    let folder = folder.canonicalize()?;
    if folder.to_str().is_none() {
        return Err(Failure::usage(anyhow!("{}: the name must be UTF-8; rename the folder", folder.shown())));
    }
    Ok(folder)
}

/// Returns the format that the name of the output ends with.
fn by_name(output: Option<&Path>) -> Format {
    match output.and_then(Path::extension).and_then(|extension| extension.to_str()) {
        Some("csv") => Format::Csv,
        Some("parquet") => Format::Parquet,
        _ => Format::Jsonl,
    }
}

impl ExportArguments {
    /// Returns the time range to export, or `None` for all events.
    fn times(&self) -> Option<TimeRange> {
        self.slice.map(|time| slice::around(time, self.slice_size))
    }
}
