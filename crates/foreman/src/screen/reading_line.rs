//! What the commands that only read a storage file share.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use super::Screen;
use crate::words::number;

/// Who waits less than this needs no word of it.
const PATIENCE: Duration = Duration::from_secs(1);

/// A line on the terminal that says how far the reading is, if that takes long. Nothing is shown elsewhere.
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
