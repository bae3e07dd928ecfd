//! The options for the status view.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, ValueEnum};

use crate::values::parse_seconds;

/// The file of the view `file`, with the same name as in Plaso.
pub(super) const STATUS_FILE: &str = "status.info";

#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Run options")]
pub(crate) struct StatusArguments {
    /// How to show the status [default: window on a terminal, else linear].
    #[arg(long, value_name = "TYPE")]
    pub(crate) status_view: Option<StatusView>,

    /// The file for the views file and json [default: status.info for file, standard error for
    /// json].
    #[arg(long, value_name = "FILE")]
    pub(crate) status_view_file: Option<PathBuf>,

    /// The interval at which the status is shown, in seconds [default: 0.1 for window, 5 for
    /// linear, 0.5 for file, 1 for json].
    #[arg(long, value_name = "SECONDS", value_parser = parse_seconds)]
    pub(crate) status_view_interval: Option<Duration>,
}

impl StatusArguments {
    /// Returns what is wrong with the options if one of them has no effect on this view.
    pub(super) fn without_effect(&self, view: StatusView) -> Option<&'static str> {
        let has_file = matches!(view, StatusView::File | StatusView::Json);
        if self.status_view_file.is_some() && !has_file {
            return Some(
                "--status-view-file has no effect with this view; add --status-view file or --status-view json",
            );
        }
        if self.status_view_interval.is_some() && view == StatusView::None {
            return Some("--status-view-interval has no effect without a view; name one with --status-view");
        }
        None
    }

    /// Returns the file that the status is written to, if there is one.
    pub(crate) fn file(&self) -> Option<&Path> {
        let default = (self.status_view == Some(StatusView::File)).then_some(Path::new(STATUS_FILE));
        self.status_view_file.as_deref().or(default)
    }
}

/// The forms of the status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum StatusView {
    /// A progress bar and a line for each worker.
    Window,
    /// A line at intervals.
    Linear,
    /// A small file, replaced at intervals.
    File,
    /// A line of JSON at intervals, and the summary as the last line.
    Json,
    /// No status.
    None,
}
