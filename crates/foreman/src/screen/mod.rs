//! Shows a run while it lasts.
//!
//! A view gets a [`Snapshot`] at intervals and shows it. There are four forms: a window with a
//! progress bar and a line for each worker; lines at intervals, if there is no terminal; a file;
//! and JSON for programs. The status goes to standard error or to a file, because standard output
//! is only for results.

mod file;
mod json;
mod linear;
mod options;
mod pace;
pub(crate) mod reading_line;
#[expect(clippy::module_inception)]
mod screen;
mod terminal;
mod window;

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use events::{Shown as _, with_causes};

use crate::output::Destination;
use crate::run::summary::Summary;
use crate::run::summary::case::CaseSummary;
use crate::supervise::dispatcher::{Phase, Snapshot};
use file::StatusFile;
use json::Json;
use linear::Linear;
pub(crate) use options::StatusArguments;
use options::{STATUS_FILE, StatusView};
use pace::Pace;
pub(crate) use screen::{Screen, start_logging};
use window::Window;

/// A view that shows a run.
pub(crate) struct View {
    kind: Kind,
    interval: Duration,
    started: Instant,
    shown: Option<Instant>,
    /// The number of events that were done at the first snapshot, because an interrupted run did
    /// them. `None` before the first snapshot.
    before: Option<u64>,
    phase: Option<Phase>,
}

enum Kind {
    Window(Window),
    Linear(Linear),
    File(StatusFile),
    Json(Json),
    None,
}

impl View {
    /// Makes the view that the user chose, or the one that fits standard error. `store` is the
    /// storage file.
    ///
    /// # Errors
    ///
    /// If the view's file cannot be written.
    pub(crate) fn new(
        wanted: &StatusArguments,
        quiet: bool,
        screen: &Screen,
        store: Option<&Path>,
    ) -> anyhow::Result<Self> {
        let file = wanted.file();
        let view = choose(wanted.status_view, quiet, screen.is_terminal());
        if let Some(warning) = wanted.without_effect(view) {
            tracing::warn!("{warning}");
        }
        let (kind, default_interval) = match view {
            StatusView::Window => (Kind::Window(Window::new(screen)), Duration::from_millis(100)),
            StatusView::Linear => (Kind::Linear(Linear::default()), Duration::from_secs(5)),
            StatusView::File => {
                let path = file.unwrap_or(Path::new(STATUS_FILE));
                let place = Destination::new(path, store, is_status).and_then(|mut place| {
                    place.show("")?;
                    Ok(place)
                });
                let place = place.with_context(|| cannot_write(path))?;
                (Kind::File(StatusFile::new(place)), Duration::from_millis(500))
            }
            StatusView::Json => {
                let open = |path| {
                    let place = Destination::new(path, store, is_status);
                    place.and_then(|place| place.stream()).with_context(|| cannot_write(path))
                };
                (Kind::Json(Json::new(file.map(open).transpose()?)), Duration::from_secs(1))
            }
            StatusView::None => (Kind::None, Duration::MAX),
        };
        Ok(Self {
            kind,
            interval: wanted.status_view_interval.unwrap_or(default_interval),
            started: Instant::now(),
            shown: None,
            before: None,
            phase: None,
        })
    }

    /// Shows the state of the run, unless it was shown a moment ago and the phase is still the
    /// same.
    pub(crate) fn show(&mut self, snapshot: &Snapshot) {
        let now = Instant::now();
        let is_new = self.phase.replace(snapshot.phase) != Some(snapshot.phase);
        if !is_new && self.shown.is_some_and(|shown| now - shown < self.interval) {
            return;
        }
        self.shown = Some(now);
        let elapsed = now - self.started;
        let before = *self.before.get_or_insert(snapshot.events);
        let pace = Pace::new(snapshot, before, elapsed);
        match &mut self.kind {
            Kind::Window(window) => window.show(snapshot, pace),
            Kind::Linear(linear) => linear.show(snapshot, pace, elapsed),
            Kind::File(file) => {
                if let Err(error) = file.show(snapshot, pace, elapsed) {
                    tracing::warn!("the status can no longer be written: {}", with_causes(error.as_ref()));
                    self.kind = Kind::None;
                }
            }
            Kind::Json(json) => json.show(snapshot, pace, elapsed),
            Kind::None => {}
        }
    }

    /// Ends the status. A window is removed, so that the summary or an error does not stand below
    /// it.
    pub(crate) fn end(mut self, summary: &Summary) {
        if let Kind::Json(json) = &mut self.kind {
            json.end(summary.json());
        }
    }

    /// Ends the status of one of many runs, and is ready for the next. A window is removed, and the
    /// next run has its own.
    pub(crate) fn end_one(&mut self, summary: &Summary, screen: &Screen) {
        match &mut self.kind {
            Kind::Json(json) => json.end(summary.json()),
            Kind::Window(window) => {
                window.finish();
                *window = Window::new(screen);
            }
            _ => {}
        }
        self.started = Instant::now();
        (self.shown, self.before, self.phase) = (None, None, None);
    }

    /// Ends the status of many runs.
    pub(crate) fn end_all(mut self, summary: &CaseSummary) {
        if let Kind::Json(json) = &mut self.kind {
            json.end(summary.json());
        }
    }
}

impl Drop for View {
    fn drop(&mut self) {
        if let Kind::Window(window) = &self.kind {
            window.finish();
        }
    }
}

/// Returns whether a file that begins so is an earlier status of either form.
fn is_status(start: &[u8]) -> bool {
    file::is_ours(start) || json::is_ours(start)
}

fn cannot_write(path: &Path) -> String {
    format!("cannot write the status to {}", path.shown())
}

/// Chooses the view. A window needs a terminal. With `--quiet`, only views that write for programs
/// or to a file are used.
fn choose(wanted: Option<StatusView>, quiet: bool, is_terminal: bool) -> StatusView {
    match (wanted, quiet, is_terminal) {
        (Some(named @ (StatusView::Json | StatusView::File)), _, _) => named,
        (Some(StatusView::None), _, _) | (_, true, _) => StatusView::None,
        (Some(StatusView::Window) | None, false, true) => StatusView::Window,
        (_, false, _) => StatusView::Linear,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_view_that_fits() {
        use StatusView::{File, Json, Linear, None as Nothing, Window};
        let table = [
            (None, false, true, Window),
            (None, false, false, Linear),
            (Some(Window), false, false, Linear),
            (Some(Linear), false, true, Linear),
            (Some(Nothing), false, true, Nothing),
            (None, true, true, Nothing),
            (Some(Window), true, true, Nothing),
            (Some(Json), true, false, Json),
            (Some(File), false, true, File),
        ];
        for (wanted, quiet, is_terminal, view) in table {
            assert_eq!(choose(wanted, quiet, is_terminal), view, "{wanted:?} {quiet} {is_terminal}");
        }
    }
}
