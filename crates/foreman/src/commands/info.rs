//! `foreman info`: shows the contents of a storage file.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use report::{Info, json};
use storage::Store;

use crate::exit::{Failure, Status};
use crate::output::{deliver, width};
use crate::paths::store_path;
use crate::screen::reading_line::Line;
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

    /// The storage file. It is only read.
    store: PathBuf,
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
    let store = Store::open(&store_path(&arguments.store)?)?;
    let mut line = Line::new();
    let info = Info::read(&store, !arguments.no_data_types, &mut |what, rows| line.at(what, rows))?;
    drop(line);
    deliver(&match arguments.format {
        Format::Text => info.text(arguments.rows, width()),
        Format::Json => json(&info)?,
    })?;
    Ok(Status::Done)
}
