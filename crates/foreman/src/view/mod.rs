//! Showing a run while it lasts.
//!
//! A view gets a [`Snapshot`] now and then and shows it: as a window with a progress bar and a line a worker, or as a line
//! now and then where nobody watches a terminal. Everything goes to standard error; results have
//! standard output for themselves.

mod linear;
mod screen;
mod text;
mod window;

use std::io::IsTerminal as _;
use std::time::{Duration, Instant};

use crate::arguments::StatusView;
use crate::dispatcher::Snapshot;
use linear::Linear;
pub use screen::Screen;
pub(crate) use screen::start_logging;
pub(crate) use text::{bytes, duration, number};
use window::Window;

/// Shows a run.
pub(crate) struct View {
    kind: Kind,
    interval: Duration,
    started: Instant,
    shown: Option<Instant>,
}

enum Kind {
    Window(Window),
    Linear(Linear),
    None,
}

impl View {
    /// The view that was asked for, or the one that fits where standard error goes.
    pub(crate) fn new(
        wanted: Option<StatusView>,
        quiet: bool,
        interval: Option<Duration>,
        screen: &Screen,
    ) -> Self {
        let is_terminal =
            std::io::stderr().is_terminal() && std::env::var_os("TERM").is_none_or(|term| term != "dumb");
        let (kind, default_interval) = match choose(wanted, quiet, is_terminal) {
            StatusView::Window => (Kind::Window(Window::new(screen)), Duration::from_millis(100)),
            StatusView::Linear => (Kind::Linear(Linear::default()), Duration::from_secs(5)),
            StatusView::None => (Kind::None, Duration::MAX),
        };
        Self { kind, interval: interval.unwrap_or(default_interval), started: Instant::now(), shown: None }
    }

    /// Shows the run as it is now, unless it was shown a moment ago.
    pub(crate) fn show(&mut self, snapshot: &Snapshot) {
        if self.shown.is_some_and(|shown| shown.elapsed() < self.interval) {
            return;
        }
        self.shown = Some(Instant::now());
        let elapsed = self.started.elapsed();
        match &mut self.kind {
            Kind::Window(window) => window.show(snapshot, elapsed),
            Kind::Linear(linear) => linear.show(snapshot, elapsed),
            Kind::None => {}
        }
    }
}

impl Drop for View {
    /// Takes the status away: the summary, or an error, must not stand below it.
    fn drop(&mut self) {
        if let Kind::Window(window) = &self.kind {
            window.finish();
        }
    }
}

/// The truth table: a window needs a terminal to be drawn on.
fn choose(wanted: Option<StatusView>, quiet: bool, is_terminal: bool) -> StatusView {
    match (quiet, wanted, is_terminal) {
        (true, _, _) | (_, Some(StatusView::None), _) => StatusView::None,
        (false, Some(StatusView::Window) | None, true) => StatusView::Window,
        (false, _, _) => StatusView::Linear,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_view_that_fits() {
        use StatusView::{Linear, None as Nothing, Window};
        let table = [
            (None, false, true, Window),
            (None, false, false, Linear),
            (Some(Window), false, false, Linear),
            (Some(Linear), false, true, Linear),
            (Some(Nothing), false, true, Nothing),
            (None, true, true, Nothing),
            (Some(Window), true, true, Nothing),
        ];
        for (wanted, quiet, is_terminal, view) in table {
            assert_eq!(choose(wanted, quiet, is_terminal), view, "{wanted:?} {quiet} {is_terminal}");
        }
    }
}
