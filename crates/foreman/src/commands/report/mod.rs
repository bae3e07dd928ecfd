//! `foreman report`: shows what analyses have found in storage files.

mod part;

use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};
use clap::{Args, ValueEnum};
use events::{TimeRange, Timestamp};
use files::{OutputError, OutputFile};
use report::UnknownLabel;

use super::several;
use crate::exit::{Failure, Status};
use crate::output::{deliver, deliver_colored, highlighted, width};
use crate::screen::reading_line::Line;
use crate::shell::quoted_path;
use crate::values::{parse_moment, parse_rows, parse_time_zone};
use part::{Part, Reading};

#[derive(Debug, Args)]
pub(crate) struct ReportArguments {
    /// Show the events that have this label, instead of everything. Several labels are separated by
    /// commas; `*` stands for any letters, as in `ssh_*`.
    #[arg(long, value_name = "LABEL")]
    label: Option<String>,

    /// Take from this tagging file (or from `linux`, `macos` or `windows`) what labels mean. With
    /// `--label`, name its rules that match the events. Folders and several files are possible, as
    /// in `foreman analyze`.
    #[arg(long, value_name = "FILE")]
    tagging_file: Vec<PathBuf>,

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

    /// Maximum number of rows of a table, or of events of a label, or `all` [default: 20, in a page
    /// 50, of events 1000; JSON has all that are kept].
    #[arg(long, value_name = "N", value_parser = parse_rows)]
    rows: Option<usize>,

    /// Show only labels, sessions and events from this time on, such as 2026-09-07T23:17:27+02:00.
    /// Without a time zone, it is UTC. Counts of parsers and data types, and the results and
    /// warnings of plugins, are those of the whole file.
    #[arg(long, value_name = "DATE_TIME", value_parser = parse_moment)]
    from: Option<Timestamp>,

    /// Show only labels, sessions and events up to this time.
    #[arg(long, value_name = "DATE_TIME", value_parser = parse_moment)]
    to: Option<Timestamp>,

    /// Show times in this time zone, such as Europe/Berlin. JSON always has UTC.
    #[arg(long, value_name = "ZONE", value_parser = parse_time_zone)]
    time_zone: Option<report::TimeZone>,

    /// Do not count events by data type if Plaso has not counted them. Counting takes long for a
    /// large file.
    #[arg(long, conflicts_with = "label")]
    no_data_types: bool,

    #[command(flatten)]
    case: CaseArguments,

    /// Write to this file, which must not exist yet. `-` means standard output, which is the
    /// default.
    #[arg(short = 'w', long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// The storage files, each of which gets its part of the report. They are only read.
    #[arg(value_name = "STORE", required = true)]
    stores: Vec<PathBuf>,
}

/// What the page says of the case and of itself.
#[derive(Debug, Args)]
#[command(next_help_heading = "Options for --format html")]
struct CaseArguments {
    /// Name the case.
    #[arg(long, value_name = "TEXT", conflicts_with = "label")]
    case: Option<String>,

    /// Name who made the report.
    #[arg(long, value_name = "TEXT", conflicts_with = "label")]
    analyst: Option<String>,

    /// The title of the page. Without this option, it is the name of the storage file.
    #[arg(long, value_name = "TEXT", conflicts_with = "label")]
    title: Option<String>,

    /// Compute the SHA-256 of the storage file, and name it.
    #[arg(long, conflicts_with = "label")]
    hash: bool,
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

/// The maximum number of commands that a message has.
const MAXIMUM_COMMANDS: usize = 20;

pub(crate) fn report(arguments: &ReportArguments) -> Result<Status, Failure> {
    arguments.case.check(arguments.format)?;
    arguments.refuse_several_pages()?;
    let interval = arguments.interval()?;
    let formats = report::formats(arguments.formatters.as_deref()).map_err(Failure::usage)?;
    let output = arguments.output.as_deref().filter(|path| *path != Path::new("-"));
    // The path is checked before the work, which may take long. The file is made when the report is
    // complete.
    let output = output.map(|path| new_only(path).map(|place| (path, place))).transpose()?;
    let _zone = arguments.time_zone.as_ref().map(report::TimeZone::enter);
    let mut line = Line::new();
    let progress = &mut |what: &'static str, rows| line.at(what, rows);
    // A text in a file has no colours and is not cut to the width of a terminal.
    let (width, mark): (_, &dyn Fn(&str) -> String) = match output {
        Some(_) => (usize::MAX, &str::to_owned),
        None => (width(), &highlighted),
    };
    let reading = Reading { arguments, formats: &formats, interval, width, mark };
    let parts = arguments.stores.iter().map(|store| reading.read(store, progress));
    let parts = parts.collect::<Result<Vec<Part>, Failure>>()?;
    drop(line);
    refuse_unknown_labels(&parts)?;
    let texts = parts.into_iter().map(|part| part.text).collect();
    let text = match arguments.format {
        Format::Json => several::json(texts),
        Format::Text | Format::Markdown | Format::Html => several::text(&texts),
    };
    match output {
        Some((path, place)) => write_new(place, &text).with_context(|| cannot_write(path))?,
        None if arguments.format == Format::Text => deliver_colored(&text)?,
        None => deliver(&text)?,
    }
    Ok(Status::Done)
}

/// Refuses a label that none of the stores has, since that is a slip. A label that only some of
/// them have is none.
fn refuse_unknown_labels(parts: &[Part]) -> Result<(), Failure> {
    let Some((first, others)) = parts.split_first() else { return Ok(()) };
    let is_unknown = |part: &Part, label: &str| part.unknown.iter().any(|unknown| unknown.label() == label);
    let is_nowhere = |unknown: &&UnknownLabel| others.iter().all(|part| is_unknown(part, unknown.label()));
    match first.unknown.iter().find(is_nowhere) {
        Some(unknown) => Err(Failure::usage(unknown.clone())),
        None => Ok(()),
    }
}

impl ReportArguments {
    /// Refuses a page about several stores. A page is the document of one case, with links between
    /// its events, whose numbers are those of one store.
    fn refuse_several_pages(&self) -> Result<(), Failure> {
        if self.format != Format::Html || self.stores.len() < 2 {
            return Ok(());
        }
        let command = |store: &PathBuf| {
            let page = quoted_path(store.with_extension("html"));
            format!("\n  foreman report --format html --output {page} {}", quoted_path(store))
        };
        let commands: String = self.stores.iter().take(MAXIMUM_COMMANDS).map(command).collect();
        Err(Failure::usage(anyhow!("a web page shows one storage file; make a page for each:{commands}")))
    }

    /// Returns the interval to report on, if it is not all of time. As the times of `--slice`, its
    /// ends are whole seconds; the last second belongs to it.
    fn interval(&self) -> Result<Option<TimeRange>, Failure> {
        const SECOND: i64 = 1_000_000;
        if self.from.is_none() && self.to.is_none() {
            return Ok(None);
        }
        let first = self.from.unwrap_or(Timestamp(i64::MIN));
        let last = self.to.map_or(i64::MAX, |to| to.0.saturating_add(SECOND - 1));
        if first.0 > last {
            return Err(Failure::usage(anyhow!("--from is after --to, so no event is between them")));
        }
        Ok(Some(TimeRange { first, last: Timestamp(last) }))
    }
}

impl CaseArguments {
    /// Refuses options that the format does not show.
    fn check(&self, format: Format) -> Result<(), Failure> {
        let given = [
            ("--case", self.case.is_some()),
            ("--analyst", self.analyst.is_some()),
            ("--title", self.title.is_some()),
            ("--hash", self.hash),
        ];
        match given.iter().find(|(_, is_given)| *is_given) {
            Some((option, _)) if format != Format::Html => {
                Err(Failure::usage(anyhow!("{option} is for a web page; add --format html")))
            }
            _ => Ok(()),
        }
    }
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
