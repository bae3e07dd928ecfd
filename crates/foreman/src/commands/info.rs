//! `foreman info`: shows the contents of storage files.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use events::Shown as _;
use filter::tagging_file::fitting;
use protocol::RunSpec;
use report::{Info, Time, json};
use storage::Store;

use super::several::{self, Unread};
use super::unchanged::Before;
use crate::exit::{Failure, Status};
use crate::output::{deliver, deliver_colored, width};
use crate::paths::store_path;
use crate::run::record::RunRecord;
use crate::run::resume_command::resume_command;
use crate::screen::reading_line::Line;
use crate::shell::{quoted, quoted_path};
use crate::supervise::run_folder::RunFolder;
use crate::values::{parse_rows, parse_time_zone};

#[derive(Debug, Args)]
pub(crate) struct InfoArguments {
    /// The format of the output.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,

    /// Maximum number of rows of a table in the text, or `all`.
    #[arg(long, value_name = "N", default_value = "20", value_parser = parse_rows)]
    rows: usize,

    /// Show times in this time zone, such as Europe/Berlin. JSON always has UTC.
    #[arg(long, value_name = "ZONE", value_parser = parse_time_zone)]
    time_zone: Option<report::TimeZone>,

    /// Do not count events by data type if Plaso has not counted them. Counting takes long for a
    /// large file.
    #[arg(long)]
    no_data_types: bool,

    /// The storage files. They are only read.
    #[arg(value_name = "STORE", required = true)]
    stores: Vec<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Text for people.
    Text,
    /// JSON.
    Json,
}

pub(crate) fn info(arguments: &InfoArguments) -> Result<Status, Failure> {
    let _zone = arguments.time_zone.as_ref().map(report::TimeZone::enter);
    let stores = several::each_once(arguments.stores.clone());
    let mut line = Line::new();
    let progress = &mut |what: &'static str, rows| line.at(what, rows);
    let mut unread = Unread::of(stores.len());
    let mut parts = Vec::new();
    for store in &stores {
        parts.extend(unread.or_read(store, arguments.part(store, progress))?);
    }
    drop(line);
    unread.check()?;
    match arguments.format {
        Format::Text => deliver_colored(&several::text(&parts))?,
        Format::Json => deliver(&several::json(parts, unread.stores()))?,
    }
    // The user has named each of the files.
    Ok(if unread.stores().is_empty() { Status::Done } else { Status::Failed })
}

impl InfoArguments {
    /// Returns what is said of one store.
    fn part(&self, store: &Path, progress: report::Progress<'_>) -> Result<String, Failure> {
        let path = store_path(store)?;
        let before = Before::of(path.clone())?;
        let store = before.store().open()?;
        let mut info = Info::read(&store, !self.no_data_types, progress)?;
        info.notes.extend(before.check()?);
        // A part is neither analysed nor reported on alone.
        let next = if store.is_part()? { String::new() } else { next(&info, &store) };
        Ok(match self.format {
            Format::Text => info.text(self.rows, width()) + &next,
            Format::Json => json(&info)?,
        })
    }
}

/// Says what to do about a run whose folder lies beside the store. The folder of a store that was
/// copied or renamed names the other file.
fn of_begun_run(record: &RunRecord, store: &Store) -> String {
    let (start, store_word) = (Time(record.start_time), quoted_path(store.path()));
    let has_moved = || store.state().is_ok_and(|state| record.has_moved_to(store, &state));
    if record.run.store != store.path() && !has_moved() {
        return format!(
            "\nThe folder of a run beside this file belongs to {}. To discard this folder:\n  foreman clean {store_word}\n",
            record.run.store.shown()
        );
    }
    if !RunFolder::has_own_record(store.path()) {
        return format!(
            "\nThe folder of a run beside this file was copied, or made on another machine. To discard this folder:\n  \
             foreman clean {store_word}\n"
        );
    }
    if store.has_session(&record.run.id).unwrap_or(false) {
        return format!(
            "\nA run that started at {start} has stored its results. If it is not active any more, discard its folder:\n  \
             foreman clean {store_word}\n"
        );
    }
    format!(
        "\nA run that started at {start} has not ended. If it is not active any more, resume or discard it:\n  {}\n  \
         foreman clean {store_word}\n",
        resume_command(&RunSpec { store: store.path().to_owned(), ..record.run.clone() })
    )
}

/// Returns what to do next: about a run that has not ended, or else a command to try.
fn next(info: &Info, store: &Store) -> String {
    let path = store.path();
    let store_word = quoted_path(path);
    if let Ok(Some(record)) = RunFolder::peek::<RunRecord>(path) {
        return of_begun_run(&record, store);
    }
    // A store has labels of Plaso, such as `recovered`, before any analysis.
    let commands = if !info.reports.is_empty() {
        let mut page = path.file_stem().unwrap_or_default().to_owned();
        page.push(".html");
        let mut commands = vec![
            format!("foreman report {store_word}"),
            format!("foreman report --format html --output {} {store_word}", quoted_path(page)),
        ];
        let serious = info.tags.labels.rows.first();
        commands.extend(
            serious.map(|count| format!("foreman report --label {} {store_word}", quoted(&count.name))),
        );
        commands
    } else {
        let counts: Vec<_> =
            info.data_types.rows.iter().map(|count| (count.name.as_str(), count.number)).collect();
        let rules = if fitting(&counts).is_empty() { "" } else { "tagging,sessionize --tagging-file auto" };
        let analysis = if rules.is_empty() { "sessionize" } else { rules };
        vec![format!("foreman analyze --analysis {analysis} {store_word}")]
    };
    format!("\nTo go on:\n  {}\n", commands.join("\n  "))
}
