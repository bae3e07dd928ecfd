//! `foreman report`: shows what analyses have found in storage files.

mod arguments;
mod part;

use std::io::Write as _;
use std::path::Path;

use anyhow::Context as _;
use files::{OutputError, OutputFile};
use report::UnknownLabel;

use super::several;
use crate::exit::{Failure, Status};
use crate::output::{deliver, deliver_colored, highlighted, width};
use crate::screen::reading_line::Line;
use arguments::Format;
pub(crate) use arguments::ReportArguments;
use part::{Part, Reading};

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
