//! The worker's command line.

use std::path::PathBuf;

use analysis::PluginOptions;
use clap::{Args, Parser, Subcommand};
use storage::EventRange;

use crate::manual;

/// Runs one task of an analysis at a time, under a foreman or alone.
#[derive(Debug, Parser)]
#[command(name = "worker", version, max_term_width = 100)]
pub struct Arguments {
    #[command(subcommand)]
    pub(crate) mode: Mode,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Mode {
    /// Run one task and write its task store.
    ///
    /// The task store is an SQLite file. Show its table of labels with `sqlite3 FILE 'SELECT * FROM
    /// event_tag'`. Labels that depend on all events of a store (sessions) are not in it; the table
    /// `deferred` has the keys that decide these labels.
    #[command(after_long_help = manual::help())]
    Run(Box<RunArguments>),
    /// Take tasks from a foreman. Only the foreman starts this command.
    #[command(hide = true)]
    Serve(ServeArguments),
}

#[derive(Debug, Args)]
pub(crate) struct RunArguments {
    /// The task as JSON, exactly as a foreman sends it (see `foreman analyze -d`), or `-` to read
    /// it from standard input.
    ///
    /// The result is printed as JSON, with the digest of the task store.
    #[arg(long, value_name = "JSON", conflicts_with_all = ["store", "plugin", "events", "filter", "output"])]
    pub(crate) task: Option<String>,

    /// The storage file.
    #[arg(long, value_name = "FILE", required_unless_present = "task")]
    pub(crate) store: Option<PathBuf>,

    /// The plugins to run, separated by commas.
    #[arg(long, value_name = "LIST", value_delimiter = ',', required_unless_present = "task")]
    pub(crate) plugin: Vec<String>,

    /// The rows of the events to analyse, from the first to the last [default: all].
    #[arg(long, value_name = "FIRST..LAST", value_parser = parse_range)]
    pub(crate) events: Option<EventRange>,

    /// Analyse only events that match this filter expression.
    #[arg(long, value_name = "EXPRESSION")]
    pub(crate) filter: Option<String>,

    /// Do without what foreman adds to Plaso's plugins and rules.
    #[arg(long)]
    pub(crate) strict_compat: bool,

    /// Where to write the task store.
    #[arg(long, value_name = "FILE", required_unless_present = "task")]
    pub(crate) output: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) plugin_options: PluginOptions,
}

#[derive(Debug, Args)]
pub(crate) struct ServeArguments {
    /// The name of the foreman's server.
    #[arg(long)]
    pub(crate) connect: String,

    /// The protocol version that the foreman speaks.
    #[arg(long)]
    pub(crate) protocol: u32,

    /// Process ID of the foreman. The worker exits when that process exits.
    #[arg(long)]
    pub(crate) foreman: i32,
}

fn parse_range(text: &str) -> Result<EventRange, String> {
    let parse = |text: &str| text.trim().parse::<i64>().ok().filter(|&row| row > 0);
    let (first, last) = text
        .split_once("..")
        .and_then(|(a, b)| parse(a).zip(parse(b)))
        .ok_or("expected FIRST..LAST, such as 1..5000")?;
    if first > last {
        return Err(format!("the range is empty: {first} comes after {last}"));
    }
    Ok(EventRange { first, last })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges() {
        assert_eq!(parse_range("1..5000"), Ok(EventRange { first: 1, last: 5000 }));
        for text in ["", "1", "1..", "..1", "0..1", "2..1", "a..b", "1...2", "-1..2"] {
            assert!(parse_range(text).is_err(), "{text}");
        }
    }
}
