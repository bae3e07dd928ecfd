//! How the status is shown, as options of a command.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

use crate::values::parse_seconds;

#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Run options")]
pub(crate) struct StatusArguments {
    /// How to show the status [default: window on a terminal, else linear].
    #[arg(long, value_name = "TYPE")]
    pub(crate) status_view: Option<StatusView>,

    /// Where the views file and json write [default: status.info for file, standard error for json].
    #[arg(long, value_name = "FILE")]
    pub(crate) status_view_file: Option<PathBuf>,

    /// How often to show the status, in seconds [default: 0.1 for window, 5 for linear, 0.5 for file, 1 for json].
    #[arg(long, value_name = "SECONDS", value_parser = parse_seconds)]
    pub(crate) status_view_interval: Option<Duration>,
}

/// How the status is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum StatusView {
    /// A progress bar and a line for each worker.
    Window,
    /// A line now and then.
    Linear,
    /// A small file, written anew each time.
    File,
    /// JSON, a line each time, and the summary as the last.
    Json,
    /// Not at all.
    None,
}
