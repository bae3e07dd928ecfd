//! `foreman report`: shows what analyses have found in a storage file.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use analysis::load_tagging_file;
use anyhow::Context as _;
use clap::{Args, ValueEnum};
use events::{TimeRange, Timestamp};
use files::{OutputError, OutputFile};
use report::{Cover, Describe, Evidence, LabelError, LabelReport, Meanings, Report, Selection, Time, json};
use storage::Store;

use crate::clock;
use crate::exit::{Failure, Status};
use crate::output::{deliver, width};
use crate::paths::store_path;
use crate::screen::reading_line::Line;
use crate::tagging_files::{Places, find_tagging_files};
use crate::values::{parse_moment, parse_rows, parse_time_zone};

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

    /// The storage file. It is only read.
    store: PathBuf,
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

/// The maximum number of rows of a table that are shown.
const ROWS: usize = 20;
/// The maximum number of rows of a table that are shown in a web page, which can be scrolled.
const PAGE_ROWS: usize = 50;
/// The maximum number of events of a label that are shown in a web page of all labels.
const PAGE_EVENTS: usize = 10;
/// The maximum number of events of a label that are shown.
const EVENTS: usize = 1_000;

pub(crate) fn report(arguments: &ReportArguments) -> Result<Status, Failure> {
    arguments.case.check(arguments.format)?;
    let places = Places { data: None, store: Some(&arguments.store) };
    let files = find_tagging_files(&arguments.tagging_file, places)?;
    let rules: Result<Vec<_>, _> = files.iter().map(|path| load_tagging_file(path)).collect();
    let rules = rules.map_err(Failure::usage)?;
    let formats = report::formats(arguments.formatters.as_deref()).map_err(Failure::usage)?;
    let path = store_path(&arguments.store)?;
    let output = arguments.output.as_deref().filter(|path| *path != Path::new("-"));
    // The path is checked before the work, which may take long. The file is made when the report is
    // complete.
    let output = output.map(|path| new_only(path).map(|place| (path, place))).transpose()?;
    let _zone = arguments.time_zone.as_ref().map(report::TimeZone::enter);
    let mut store = Store::open(&path)?;
    if let Some(times) = arguments.interval()? {
        store.only_between(times);
    }
    let mut line = Line::new();
    let progress = &mut |what: &'static str, rows| line.at(what, rows);
    // A text in a file is not cut to the width of a terminal.
    let width = if output.is_some() { usize::MAX } else { width() };
    let text = match &arguments.label {
        Some(label) => {
            let rows = arguments.rows.unwrap_or(EVENTS);
            let kept =
                if arguments.format == Format::Json { arguments.rows.unwrap_or(usize::MAX) } else { rows };
            let describe = Describe { maximum: kept, formats: &formats, whole: arguments.full };
            let report = LabelReport::read(&store, label, &rules, describe, progress);
            let report = report.map_err(|error| match error {
                LabelError::Unknown(_) | LabelError::Rules(_) => Failure::usage(error),
                _ => error.into(),
            })?;
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
            let meanings = Meanings::new(&rules);
            let version = store.data_version()?;
            let cover = arguments.case.cover(&store, progress)?;
            let mut report =
                Report::read(&store, arguments.all, !arguments.no_data_types, meanings, progress)?;
            match arguments.format {
                Format::Text => report.text(rows, width),
                Format::Markdown => report.markdown(rows),
                Format::Json => json(&report)?,
                Format::Html => {
                    let selection = Selection {
                        labels: rows,
                        events: arguments.rows.unwrap_or(PAGE_EVENTS),
                        tagging_files: &rules,
                        formats: &formats,
                    };
                    let evidence = Evidence::read(&store, &report, selection, progress)?;
                    report.info.note_change(&store, version)?;
                    report.html(&evidence, &cover, rows)
                }
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

impl ReportArguments {
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
            return Err(Failure::usage(anyhow::anyhow!("--from is after --to, so no event is between them")));
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
                Err(Failure::usage(anyhow::anyhow!("{option} is for a web page; add --format html")))
            }
            _ => Ok(()),
        }
    }

    fn cover(&self, store: &Store, progress: &mut dyn FnMut(&'static str, u64)) -> anyhow::Result<Cover> {
        let sha256 = match self.hash {
            true => Some(store.sha256(|bytes| progress("bytes for the SHA-256", bytes))?),
            false => None,
        };
        Ok(Cover {
            title: self.title.clone(),
            case: self.case.clone(),
            analyst: self.analyst.clone(),
            made: Time(events::Timestamp(clock::now().as_second().saturating_mul(1_000_000))),
            sha256,
        })
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
