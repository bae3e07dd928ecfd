//! `foreman report`: shows what analyses have found in storage files.

mod arguments;
mod case;
mod new_file;
mod part;

use files::NamedStream;
use report::UnknownLabel;

use super::several::{self, Chosen};
use crate::exit::{Failure, Status};
use crate::output::{deliver, deliver_colored, deliver_on_stderr, highlighted, width};
use crate::paths::limit_readers_to_those_of_quoted;
use crate::screen::reading_line::Line;
use arguments::Format;
pub(crate) use arguments::ReportArguments;
use new_file::Output;
use part::{Part, Reading};

pub(crate) fn report(arguments: &ReportArguments) -> Result<Status, Failure> {
    arguments.case.check(arguments.format)?;
    arguments.refuse_no_label()?;
    let chosen = Chosen::of(&arguments.stores)?;
    let stores = &chosen.stores;
    arguments.refuse_several_pages(stores)?;
    let interval = arguments.interval()?;
    if let Some(folder) = &arguments.formatters {
        limit_readers_to_those_of_quoted(folder);
    }
    let formats = report::formats(arguments.formatters.as_deref()).map_err(Failure::usage)?;
    // The path is checked before the work, which may take long. The file is made when the report is
    // complete.
    let output = Output::new(arguments.output.as_deref())?;
    if let (Format::Html, Some(name)) = (arguments.format, arguments.case_name(stores)) {
        let mut line = Line::new();
        let _zone = arguments.time_zone.as_ref().map(report::TimeZone::enter);
        let reading =
            Reading { arguments, formats: &formats, interval, width: usize::MAX, mark: &str::to_owned };
        return case::write_pages(&reading, &chosen, &name, output, &mut |what, rows| line.at(what, rows));
    }
    let _zone = arguments.time_zone.as_ref().map(report::TimeZone::enter);
    let mut line = Line::new();
    let progress = &mut |what: &'static str, rows| line.at(what, rows);
    // A text in a file has no colours and is not cut to the width of a terminal.
    let (width, mark): (_, &dyn Fn(&str) -> String) = match output {
        Output::Stream(NamedStream::Stdout) => (width(), &highlighted),
        _ => (usize::MAX, &str::to_owned),
    };
    let reading = Reading { arguments, formats: &formats, interval, width, mark };
    let mut unread = chosen.unread();
    let mut parts: Vec<Part> = Vec::new();
    for store in stores {
        parts.extend(unread.or_read(store, reading.read(store, progress))?);
    }
    drop(line);
    unread.check()?;
    refuse_unknown_labels(&parts)?;
    let texts = parts.into_iter().map(|part| part.text).collect();
    let text = match arguments.format {
        Format::Json => several::json(texts, unread.stores()),
        Format::Text | Format::Markdown | Format::Html => several::text(&texts),
    };
    match output {
        Output::File(new) => new.write(&text)?,
        Output::Stream(NamedStream::Stdout) if arguments.format == Format::Text => deliver_colored(&text)?,
        Output::Stream(NamedStream::Stdout) => deliver(&text)?,
        Output::Stream(NamedStream::Stderr) => deliver_on_stderr(&text)?,
        Output::Stream(NamedStream::Nothing) => {}
    }
    Ok(unread.status())
}

/// Refuses a label that none of the stores has, since that is a slip. A label that only some of
/// them have is none.
fn refuse_unknown_labels(parts: &[Part]) -> Result<(), Failure> {
    let Some((first, others)) = parts.split_first() else { return Ok(()) };
    for unknown in &first.unknown {
        let of = |part: &Part| part.unknown.iter().find(|other| other.label() == unknown.label()).cloned();
        let elsewhere: Option<Vec<_>> = others.iter().map(of).collect();
        if let Some(elsewhere) = elsewhere {
            return Err(Failure::usage(elsewhere.into_iter().fold(unknown.clone(), UnknownLabel::and)));
        }
    }
    Ok(())
}
