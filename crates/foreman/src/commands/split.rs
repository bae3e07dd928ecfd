//! `foreman split`: divides the storage file of a plan into parts.

use std::path::PathBuf;

use clap::Args;
use events::Shown as _;

use crate::exit::{Failure, Status};
use crate::output::say_made;
use crate::run::shards::split::split_store;
use crate::screen::reading_line::Line;
use crate::screen::{Screen, start_logging};
use crate::shell::quoted_path;
use crate::supervise::stop::StopRequests;
use crate::supervise::stopped::Stopped;
use crate::words::number;

#[derive(Debug, Args)]
pub(crate) struct SplitArguments {
    /// The folder of the plan. The file `parts.json` in it will say which parts belong to it.
    #[arg(long, value_name = "PLAN")]
    plan: PathBuf,

    /// The new folder for the parts, which need about as much room as the storage file.
    #[arg(short, long, value_name = "PARTS")]
    out: PathBuf,

    /// The storage file. It is only read.
    store: PathBuf,
}

pub(crate) fn split(arguments: SplitArguments) -> Result<Status, Failure> {
    let SplitArguments { plan, out, store } = arguments;
    let stop = StopRequests::watch(Stopped::default(), || ())?;
    start_logging(&Screen::default(), false, false, None, Some(&store))?;
    let mut line = Line::new();
    let made = split_store(&plan, &store, &out, &stop, &mut |events| line.at("events", events))?;
    drop(line);
    let Some((parts, bytes)) = made else {
        tracing::warn!("aborted; no part was made");
        return Ok(Status::Aborted);
    };
    let next = match parts.parts.len() {
        0 => "the storage file has no events, so there is no shard to do".to_owned(),
        count => format!(
            "do each shard N from 0 to {}, on any machine that has the plan and the part of the shard, with:\n  \
             foreman work --plan {} --parts {} --shard N",
            count - 1,
            quoted_path(&plan),
            quoted_path(&out)
        ),
    };
    let count = number(parts.parts.len() as u64);
    let text = format!("{}: {count} parts, {} bytes\n{next}", out.shown(), number(bytes));
    // A full disk changes nothing of what was made.
    Ok(say_made(&text, || stop.count() > 0, "all parts are complete").unwrap_or(Status::Done))
}
