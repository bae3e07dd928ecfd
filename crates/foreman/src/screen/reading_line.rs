//! A progress line for commands that only read a storage file.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use super::Screen;
use crate::words::number;

/// Shorter waits are not worth a message.
const PATIENCE: Duration = Duration::from_secs(1);

/// A line on the terminal that shows the progress, if reading takes long. Without a terminal,
/// nothing is shown.
pub(crate) struct Line {
    screen: Screen,
    bar: ProgressBar,
    since: Instant,
}

impl Line {
    pub(crate) fn new() -> Self {
        let bar = ProgressBar::no_length();
        bar.set_style(
            ProgressStyle::with_template("{msg}").unwrap_or_else(|_| ProgressStyle::default_spinner()),
        );
        let screen = Screen::default();
        screen.show(&bar);
        Self { screen, bar, since: Instant::now() }
    }

    pub(crate) fn at(&mut self, what: &str, rows: u64) {
        if self.since.elapsed() > PATIENCE {
            self.screen.measure();
            self.bar.set_message(format!("reading {what}: {}", number(rows)));
            self.bar.tick();
        }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
