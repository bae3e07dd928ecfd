//! What a person sees of a run: its log, its status and its summary. `analyze` and `psort` share it.

use std::path::Path;

use anyhow::{Context as _, anyhow};

use crate::exit::{CliStyle, Failure, Status};
use crate::log::log_run;
use crate::output::{self, Destination};
use crate::run::phases::PhaseTime;
use crate::run::summary::{Results, Summary, psort, text};
use crate::run::{self, Options};
use crate::screen::{Screen, StatusArguments, View, start_logging};
use crate::supervise::os::{self, StopRequests};

/// How a run is shown.
pub(super) struct Presentation<'a> {
    /// How the status is shown.
    pub(super) status: &'a StatusArguments,
    /// The storage file, which nothing else is written to.
    pub(super) store: Option<&'a Path>,
    /// The file for the summary.
    pub(super) summary: Option<&'a Path>,
    /// The file for the log, or `None` for the terminal.
    pub(super) log_file: Option<&'a Path>,
    /// Whether more is logged.
    pub(super) debug: bool,
    /// Whether only errors are shown.
    pub(super) quiet: bool,
}

/// Somebody asked to stop before the summary was read.
struct Unread;

impl Presentation<'_> {
    /// Starts logging. Nothing may start a thread before.
    pub(super) fn start_logging(&self) -> Result<Screen, Failure> {
        // Before any thread is started, which logging may do.
        os::hold_stop_signals().map_err(|error| anyhow!("cannot hold signals: {error}"))?;
        self.start_only_logging()
    }

    /// The same for what is no run: signals end the program as they usually do.
    pub(super) fn start_only_logging(&self) -> Result<Screen, Failure> {
        let screen = Screen::default();
        start_logging(&screen, self.debug, self.quiet, self.log_file, self.store)?;
        Ok(screen)
    }

    /// Runs an analysis and shows it.
    pub(super) fn run(&self, options: &Options, screen: &Screen) -> Result<Status, Failure> {
        let place = self.summary.map(|path| {
            let place = Destination::new(path, self.store);
            place.with_context(|| format!("cannot write the summary {}", path.display()))
        });
        let place = place.transpose()?;
        let stop = StopRequests::watch({
            let screen = screen.clone();
            move || screen.leave()
        })
        .context("cannot start a thread to wait for signals")?;
        let mut view = View::new(self.status, self.quiet, screen, self.store)?;
        let (mut summary, mut result) = run::run(options, &stop, &mut |snapshot| view.show(snapshot));
        let unwritten = place.and_then(|place| summary.write(&place).err());
        if let Some(error) = &unwritten {
            result = result.map(|status| options.style.status_without_summary(status));
            summary.is_unwritten(error, &result);
        }
        view.end(&summary);
        let closed = self.close(&summary, options.style, &stop);
        if let Some(error) = unwritten {
            streams::complain(&format!("{error:#}"));
        }
        match closed {
            Ok(()) => result,
            Err(Unread) => Ok(options.style.status(Status::Aborted)),
        }
    }

    /// Says how the run went, wherever that was asked for. By now the store is released: whoever prints may wait for a
    /// reader.
    fn close(&self, summary: &Summary, style: CliStyle, stop: &StopRequests) -> Result<(), Unread> {
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
        summary.results.as_ref().map_or(Ok(()), |results| self.say_results(summary, results, style, stop))
    }

    fn say_results(
        &self,
        summary: &Summary,
        results: &Results,
        style: CliStyle,
        stop: &StopRequests,
    ) -> Result<(), Unread> {
        if self.log_file.is_some() {
            log_run!("{}", text::summary(summary, usize::MAX));
        }
        if style == CliStyle::Psort && !results.set_aside.is_empty() {
            let count = results.set_aside.len();
            tracing::warn!("done, but {count} things were set aside; see the analysis warnings");
        }
        if self.quiet {
            return Ok(());
        }
        let text = match style {
            CliStyle::Foreman => text::summary(summary, output::width()),
            CliStyle::Psort => psort::reports(summary),
        };
        let earlier = stop.count();
        if output::say_unless(&text, || stop.count() > earlier) {
            return Ok(());
        }
        let stored = if summary.dry_run { "nothing was to be stored" } else { "the results are stored" };
        tracing::warn!("stopped while the summary was printed; {stored}");
        Err(Unread)
    }
}
