//! `foreman report`: shows what analyses have found in a storage file.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use analysis::load_tagging_file;
use anyhow::Context as _;
use clap::{Args, ValueEnum};
use files::{OutputError, OutputFile};
use report::{Describe, LabelReport, Report, json};
use storage::Store;

use crate::exit::{Failure, Status};
use crate::output::{deliver, width};
use crate::paths::store_path;
use crate::screen::reading_line::Line;

#[derive(Debug, Args)]
pub(crate) struct ReportArguments {
    /// Show the events that have this label, instead of everything.
    #[arg(long, value_name = "LABEL")]
    label: Option<String>,

    /// Name the rules in this tagging file (or in `linux`, `macos` or `windows`) that match the
    /// events of the label.
    #[arg(long, value_name = "FILE", requires = "label")]
    tagging_file: Option<PathBuf>,

    /// Make messages with the formatter files in this folder of a Plaso installation
    /// (`plaso/data/formatters`), as psort does.
    #[arg(long, value_name = "DIR", requires = "label")]
    formatters: Option<PathBuf>,

    /// Show whole messages and values. Without this option, long texts are cut to the part that a
    /// rule matched.
    #[arg(long, requires = "label")]
    full: bool,

    /// Show all reports of each plugin, not only the newest one.
    #[arg(long, conflicts_with = "label")]
    all: bool,

    /// The format of the report.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,

    /// Maximum number of rows of a table, or of events of a label [default: 20, in a page 50, of
    /// events 1000; JSON has all that are kept].
    #[arg(long, value_name = "N")]
    rows: Option<usize>,

    /// Do not count events by data type if Plaso has not counted them. Counting takes long for a
    /// large file.
    #[arg(long, conflicts_with = "label")]
    no_data_types: bool,

    /// Write to this file, which must not exist yet. `-` means standard output, which is the
    /// default.
    #[arg(short = 'w', long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// The storage file. It is only read.
    store: PathBuf,
}

/// The forms of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Text for people.
    Text,
    /// Markdown with tables.
    Markdown,
    /// JSON.
    Json,
    /// A web page: one file with charts that needs no network.
    Html,
}

/// The maximum number of rows of a table that are shown.
const ROWS: usize = 20;
/// The maximum number of rows of a table that are shown in a web page, which can be scrolled.
const PAGE_ROWS: usize = 50;
/// The maximum number of events of a label that are shown.
const EVENTS: usize = 1_000;

pub(crate) fn report(arguments: &ReportArguments) -> Result<Status, Failure> {
    let rules = match &arguments.tagging_file {
        Some(path) => Some((path.display().to_string(), load_tagging_file(path).map_err(Failure::usage)?)),
        None => None,
    };
    let formats = report::formats(arguments.formatters.as_deref()).map_err(Failure::usage)?;
    let path = store_path(&arguments.store)?;
    let output = arguments.output.as_deref().filter(|path| *path != Path::new("-"));
    // The path is checked before the work, which may take long. The file is made when the report is
    // complete.
    let output = output.map(|path| new_only(path).map(|place| (path, place))).transpose()?;
    let store = Store::open(&path)?;
    let mut line = Line::new();
    let progress = &mut |what: &'static str, rows| line.at(what, rows);
    // A text in a file is not cut to the width of a terminal.
    let width = if output.is_some() { usize::MAX } else { width() };
    let text = match &arguments.label {
        Some(label) => {
            let rules = rules.as_ref().map(|(name, rules)| (name.as_str(), rules));
            let rows = arguments.rows.unwrap_or(EVENTS);
            let kept =
                if arguments.format == Format::Json { arguments.rows.unwrap_or(usize::MAX) } else { rows };
            let describe = Describe { maximum: kept, formats: &formats, whole: arguments.full };
            let report = LabelReport::read(&store, label, rules, describe, progress)?;
            match arguments.format {
                Format::Text => report.text(rows, width),
                Format::Markdown => report.markdown(rows),
                Format::Json => json(&report)?,
                Format::Html => report.html(rows),
            }
        }
        None => {
            let rows =
                arguments.rows.unwrap_or(if arguments.format == Format::Html { PAGE_ROWS } else { ROWS });
            let report = Report::read(&store, arguments.all, !arguments.no_data_types, progress)?;
            match arguments.format {
                Format::Text => report.text(rows, width),
                Format::Markdown => report.markdown(rows),
                Format::Json => json(&report)?,
                Format::Html => report.html(rows),
            }
        }
    };
    drop(line);
    match output {
        Some((path, place)) => {
            write_new(place, &text).with_context(|| cannot_write(path))?;
        }
        None => deliver(&text)?,
    }
    Ok(Status::Done)
}

/// Returns a place for a file that must not exist. To replace an existing file could destroy
/// evidence.
fn new_only(path: &Path) -> anyhow::Result<OutputFile> {
    OutputFile::new_only(path).with_context(|| cannot_write(path))
}

fn write_new(place: OutputFile, text: &str) -> Result<(), OutputError> {
    let mut new = place.begin()?;
    new.file().write_all(text.as_bytes())?;
    new.file().sync_all()?;
    new.publish().map(drop)
}

fn cannot_write(path: &Path) -> String {
    format!("cannot write {}", path.display())
}
