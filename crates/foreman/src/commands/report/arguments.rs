//! The arguments of `foreman report`.

use std::path::PathBuf;

use anyhow::anyhow;
use clap::{Args, ValueEnum};
use events::{LabelPatterns, Shown as _, TimeRange, Timestamp};

use crate::exit::Failure;
use crate::shell::{quoted, quoted_path};
use crate::values::{parse_moment, parse_rows, parse_time_zone};
use crate::words::number;

#[derive(Debug, Args)]
pub(crate) struct ReportArguments {
    /// Show the events that have this label, instead of everything. Several labels are separated by
    /// commas; `*` stands for any letters, as in `ssh_*`.
    #[arg(long, value_name = "LABEL")]
    pub(super) label: Option<String>,

    /// Take from this tagging file (or from `linux`, `macos` or `windows`) what labels mean. With
    /// `--label`, name its rules that match the events. Folders and several files are possible, as
    /// in `foreman analyze`.
    #[arg(long, value_name = "FILE")]
    pub(super) tagging_file: Vec<PathBuf>,

    /// Make messages with the formatter files in this folder of a Plaso installation
    /// (`plaso/data/formatters`), as psort does.
    #[arg(long, value_name = "DIR", requires = "label")]
    pub(super) formatters: Option<PathBuf>,

    /// Show whole messages and values. Without this option, long texts are cut to the part that a
    /// rule matched.
    #[arg(long, requires = "label")]
    pub(super) full: bool,

    /// Show all reports of each plugin, not only the newest one.
    #[arg(long, conflicts_with = "label")]
    pub(super) all: bool,

    /// The format of the report.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(super) format: Format,

    /// Maximum number of rows of a table, or of events of a label, or `all` [default: 20, in a page
    /// 50, of events 1000; JSON has all that are kept].
    #[arg(long, value_name = "N", value_parser = parse_rows)]
    pub(super) rows: Option<usize>,

    /// Show only labels, sessions and events from this time on, such as 2026-09-07T23:17:27+02:00.
    /// Without a time zone, it is UTC. Counts of parsers and data types, and the results and
    /// warnings of plugins, are those of the whole file.
    #[arg(long, value_name = "DATE_TIME", value_parser = parse_moment)]
    pub(super) from: Option<Timestamp>,

    /// Show only labels, sessions and events up to this time.
    #[arg(long, value_name = "DATE_TIME", value_parser = parse_moment)]
    pub(super) to: Option<Timestamp>,

    /// Show times in this time zone, such as Europe/Berlin. JSON always has UTC.
    #[arg(long, value_name = "ZONE", value_parser = parse_time_zone)]
    pub(super) time_zone: Option<report::TimeZone>,

    /// Do not count events by data type if Plaso has not counted them. Counting takes long for a
    /// large file.
    #[arg(long, conflicts_with = "label")]
    pub(super) no_data_types: bool,

    #[command(flatten)]
    pub(super) case: CaseArguments,

    /// Write to this file, which must not exist yet. `-` means standard output, which is the
    /// default; /dev/stderr and /dev/null are possible, too.
    #[arg(short = 'w', long, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,

    /// The storage files, or folders of them, each of which gets its part of the report. They are
    /// only read.
    #[arg(value_name = "STORE", required = true)]
    pub(super) stores: Vec<PathBuf>,
}

/// What the page says of the case and of itself.
#[derive(Debug, Args)]
#[command(next_help_heading = "Options for --format html")]
pub(super) struct CaseArguments {
    /// Name the case.
    #[arg(long, value_name = "TEXT", conflicts_with = "label")]
    pub(super) case: Option<String>,

    /// Name who made the report.
    #[arg(long, value_name = "TEXT", conflicts_with = "label")]
    pub(super) analyst: Option<String>,

    /// The title of the page. Without this option, it is the name of the storage file.
    #[arg(long, value_name = "TEXT", conflicts_with = "label")]
    pub(super) title: Option<String>,

    /// Compute the SHA-256 of the storage file, and name it.
    #[arg(long, conflicts_with = "label")]
    pub(super) hash: bool,
}

/// The forms of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
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

impl ReportArguments {
    /// Refuses an option for labels that names none, such as an empty variable of a script.
    pub(super) fn refuse_no_label(&self) -> Result<(), Failure> {
        if self.label.is_some() && LabelPatterns::of(self.label.as_deref()).is_empty() {
            return Err(Failure::usage(anyhow!("--label names no label")));
        }
        Ok(())
    }

    /// Refuses a page about a label in several stores: the numbers of its events are those of one
    /// store.
    pub(super) fn refuse_several_pages(&self, stores: &[PathBuf]) -> Result<(), Failure> {
        let Some(label) = self.label.as_deref().filter(|_| self.format == Format::Html && stores.len() > 1)
        else {
            return Ok(());
        };
        let command = |store: &PathBuf| {
            let (label, page) = (quoted(label), quoted_path(store.with_extension("html")));
            format!("\n  foreman report --label {label} --format html --output {page} {}", quoted_path(store))
        };
        let commands: String = stores.iter().take(MAXIMUM_COMMANDS).map(command).collect();
        Err(Failure::usage(anyhow!(
            "the page of a label shows one storage file; make a page for each, with your other options:{commands}"
        )))
    }

    /// Returns a name for the case if the report is about a folder or several stores.
    pub(super) fn case_name(&self, stores: &[PathBuf]) -> Option<String> {
        let named = match self.stores.as_slice() {
            _ if self.label.is_some() => return None,
            [folder] if folder.is_dir() => folder.canonicalize().ok()?.file_name().map(PathBuf::from),
            [_] => return None,
            _ => None,
        };
        let count = || format!("{} storage files", number(stores.len() as u64));
        Some(named.map_or_else(count, |name| format!("Report on {}", name.shown())))
    }

    /// Returns the interval to report on, if it is not all of time. As the times of `--slice`, its
    /// ends are whole seconds; the last second belongs to it.
    pub(super) fn interval(&self) -> Result<Option<TimeRange>, Failure> {
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
    pub(super) fn check(&self, format: Format) -> Result<(), Failure> {
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
