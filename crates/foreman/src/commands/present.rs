//! Shows a run to the user: its log, its status and its summary. `analyze` and `psort` share this
//! code.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use events::{Shown as _, printable};
use files::NamedStream;

use super::shared_files::refuse_shared_files;
use crate::exit::{CliStyle, Failure, Status};
use crate::log::log_run;
use crate::output::{self, Destination};
use crate::run::export::Exported;
use crate::run::phases::PhaseTime;
use crate::run::summary::{Results, Summary, is_summary, psort, text};
use crate::run::{self, Options};
use crate::screen::{Screen, StatusArguments, View, start_logging};
use crate::supervise::stop::StopRequests;
use crate::supervise::stopped::Stopped;

/// How a run is shown.
pub(super) struct Presentation<'a> {
    /// How the status is shown.
    pub(super) status: &'a StatusArguments,
    /// The storage file, over which nothing else is written.
    pub(super) store: Option<&'a Path>,
    /// The files that the run reads, by their options. Nothing is written over them.
    pub(super) inputs: Vec<(&'static str, PathBuf)>,
    /// The folder of the run, in which nothing else is written.
    pub(super) run_folder: Option<PathBuf>,
    /// The file for the summary.
    pub(super) summary: Option<&'a Path>,
    /// The file for the log, or `None` for the terminal.
    pub(super) log_file: Option<&'a Path>,
    /// Whether to log more.
    pub(super) debug: bool,
    /// Whether to show only errors.
    pub(super) quiet: bool,
}

/// Returns how many requests to stop a run that has ended in this way has obeyed. One that came too
/// late for the run is about the printing of its summary.
pub(super) fn obeyed(stop: &StopRequests, status: Status) -> u32 {
    if matches!(status, Status::Done | Status::Incomplete) { 0 } else { stop.count() }
}

/// Why a summary was not read.
pub(super) enum Unread {
    /// The user asked to stop before.
    Stopped,
    /// It could not be printed, and nothing else has the results of the run.
    Lost(io::Error),
}

impl Presentation<'_> {
    /// Watches for requests to stop, and starts logging. If a request ends the process at once, the
    /// screen is left first. No thread may be started before.
    pub(super) fn start_logging(&self, style: CliStyle) -> Result<(Screen, StopRequests), Failure> {
        let screen = Screen::default();
        let left = screen.clone();
        let stop = StopRequests::watch(Stopped::Run(style), move || left.leave())?;
        refuse_shared_files(&self.outputs(), &self.inputs, self.run_folder.as_deref())?;
        start_logging(&screen, self.debug, self.quiet, self.log_file, self.store)?;
        Ok((screen, stop))
    }

    /// Refuses outputs on standard output, which has the results of the command: a program that
    /// reads these would take a line of status for a result.
    pub(super) fn refuse_standard_output(&self) -> Result<(), Failure> {
        let on_stdout =
            |(_, path): &(&str, Option<&Path>)| path.and_then(NamedStream::of) == Some(NamedStream::Stdout);
        match self.outputs().into_iter().find(on_stdout) {
            None => Ok(()),
            Some((option, _)) => Err(Failure::usage(anyhow!(
                "the events go to standard output, and {option} would write between them; give {option} a file, or \
                 /dev/stderr"
            ))),
        }
    }

    /// Returns what is written besides the results, by its options.
    fn outputs(&self) -> [(&'static str, Option<&Path>); 3] {
        [
            ("--log-file", self.log_file),
            ("--summary", self.summary),
            ("--status-view-file", self.status.file()),
        ]
    }

    /// Runs an analysis and shows its status and summary.
    pub(super) fn run(
        &self,
        options: &Options,
        screen: &Screen,
        stop: &StopRequests,
    ) -> Result<Status, Failure> {
        let place = self.place_of_summary()?;
        let mut view = View::new(self.status, self.quiet, screen, self.store)?;
        let (mut summary, mut result) =
            run::run(options, stop, &mut |snapshot| view.show(snapshot), &mut |_| ());
        let ended = *result.as_ref().unwrap_or_else(|Failure { status, .. }| status);
        let earlier = obeyed(stop, ended);
        let stopped = || stop.count() > earlier;
        let unwritten = place.and_then(|place| summary.write(&place, stopped).err());
        let gave_up = unwritten.is_some() && stopped();
        if let Some(error) = &unwritten {
            result = result.map(|status| options.style.status_without_summary(status));
            summary.is_unwritten(error, &result);
        }
        view.end(&summary);
        let closed = self.close(&summary, options.style, &stopped);
        if let Some(error) = unwritten.filter(|_| !gave_up) {
            streams::complain(&format!("{error:#}"));
        }
        match closed {
            // Nothing else was printed, so this is said even if warnings are not wanted.
            Ok(()) if gave_up && result.is_ok() => {
                streams::complain(&stopped_while_printed(summary.dry_run));
                Ok(options.style.status(Status::Aborted))
            }
            Ok(()) => result,
            Err(Unread::Stopped) => Ok(options.style.status(Status::Aborted)),
            Err(Unread::Lost(error)) => Err(lost(error).into()),
        }
    }

    pub(super) fn place_of_summary(&self) -> Result<Option<Destination>, Failure> {
        let place = self.summary.map(|path| {
            let place = Destination::new(path, self.store, is_summary);
            place.with_context(|| format!("cannot write the summary {}", path.shown()))
        });
        Ok(place.transpose()?)
    }

    /// Writes the summary to all places that were asked for. The store is released by now, so
    /// printing may wait for a reader until `stopped` returns `true`.
    pub(super) fn close(
        &self,
        summary: &Summary,
        style: CliStyle,
        stopped: &dyn Fn() -> bool,
    ) -> Result<(), Unread> {
        for PhaseTime { phase, seconds } in &summary.phases {
            log_run!("phase {phase}: {seconds:.3} s");
        }
        log_run!(
            "ended after {:.3} s: {} (exit status {})",
            summary.elapsed,
            summary.outcome,
            summary.exit_status
        );
        if let Some(error) = &summary.error {
            log_run!("{error}");
        }
        if let Some(exported) = &summary.exported {
            self.say_exported(exported, summary.elapsed());
        }
        summary.results.as_ref().map_or(Ok(()), |results| self.say_results(summary, results, style, stopped))
    }

    /// Says what was exported. Standard output may be where the events went, so this is a message.
    fn say_exported(&self, exported: &Exported, elapsed: Duration) {
        let text = exported.text(elapsed);
        log_run!("{text}");
        if !self.quiet || exported.is_flawed() {
            streams::message(format!("{}\n", printable(&text)).as_bytes());
        }
    }

    fn say_results(
        &self,
        summary: &Summary,
        results: &Results,
        style: CliStyle,
        stopped: &dyn Fn() -> bool,
    ) -> Result<(), Unread> {
        if self.log_file.is_some() {
            log_run!("{}", text::summary(summary, usize::MAX));
        }
        if style == CliStyle::Psort && (results.is_short || !results.set_aside.is_empty()) {
            say_that_some_was_skipped(results);
        }
        if self.quiet {
            return Ok(());
        }
        let text = match style {
            CliStyle::Foreman => text::summary(summary, output::width()),
            CliStyle::Psort => psort::reports(summary),
        };
        match output::say_unless(&text, stopped) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {
                tracing::warn!("{}", stopped_while_printed(summary.dry_run));
                Err(Unread::Stopped)
            }
            Err(error) if summary.dry_run && self.summary.is_none() => Err(Unread::Lost(error)),
            // The results are stored, or a file has them.
            Ok(()) | Err(_) => Ok(()),
        }
    }
}

/// Returns the error for a dry run whose results nobody has got.
pub(super) fn lost(error: io::Error) -> anyhow::Error {
    anyhow!(error)
        .context("the results of the dry run cannot be written to standard output, and nothing is stored")
}

pub(super) fn stopped_while_printed(dry_run: bool) -> String {
    let stored = if dry_run { "nothing was to be stored" } else { "the results are stored" };
    format!("stopped while the summary was printed; {stored}")
}

/// Says that the results are not complete. psort's exit status does not, so a message does, even if
/// others are not wanted or go to a file.
fn say_that_some_was_skipped(results: &Results) {
    let message = match results.set_aside.len() {
        0 => "done, but not all events were read; see the analysis warnings".to_owned(),
        count => format!("done, but {count} things were skipped; see the analysis warnings"),
    };
    log_run!("{message}");
    streams::complain(&message);
}
