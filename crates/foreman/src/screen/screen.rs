//! The one writer for standard error while a status may be shown there.

use std::io::{self, Write};
use std::path::Path;
use std::sync::Mutex;

use anyhow::Context as _;
use events::Shown as _;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt::MakeWriter;

use super::terminal::Terminal;
use crate::log::{FIRST_LINE, RUN_LOG, is_log};
use crate::output::Destination;

/// Standard error, with or without a status. Clones are the same screen.
#[derive(Debug, Clone)]
pub(crate) struct Screen {
    progress: MultiProgress,
    terminal: Option<Terminal>,
    /// Rows and columns, if there is no terminal to ask.
    size: (u16, u16),
}

impl Default for Screen {
    fn default() -> Self {
        let terminal = Terminal::of_stderr();
        let target = match &terminal {
            Some(terminal) => ProgressDrawTarget::term_like(Box::new(terminal.clone())),
            None => ProgressDrawTarget::hidden(),
        };
        Self { terminal, ..Self::on(target, (0, 0)) }
    }
}

impl Screen {
    /// Makes a screen of this size that draws the status on `target`.
    #[must_use]
    pub(crate) fn on(target: ProgressDrawTarget, size: (u16, u16)) -> Self {
        Self { progress: MultiProgress::with_draw_target(target), terminal: None, size }
    }

    /// Returns whether a status can be drawn.
    pub(super) fn is_terminal(&self) -> bool {
        self.terminal.is_some()
    }

    /// Returns the current number of rows, and the number of columns that may be used.
    pub(crate) fn measure(&self) -> (u16, u16) {
        self.terminal.as_ref().map_or(self.size, Terminal::measure)
    }

    /// Shows this percentage in the terminal's own progress display. `None` removes it.
    pub(super) fn progress(&self, percent: Option<u64>) {
        if let Some(terminal) = &self.terminal {
            terminal.progress(percent);
        }
    }

    /// Leaves the status as it is, because the process is about to exit at once.
    pub(crate) fn leave(&self) {
        if let Some(terminal) = &self.terminal {
            terminal.progress(None);
            streams::message(b"\r\n");
        }
    }

    pub(crate) fn show(&self, bar: &ProgressBar) -> MultiProgress {
        self.progress.add(bar.clone());
        self.progress.clone()
    }
}

/// A writer for log lines, which appear above the status.
pub(crate) struct Line<'a>(&'a MultiProgress);

impl Write for Line<'_> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.suspend(|| streams::message(line));
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Screen {
    type Writer = Line<'a>;

    fn make_writer(&'a self) -> Line<'a> {
        Line(&self.progress)
    }
}

/// The file of the log, until it cannot be written any more. The run continues then.
struct LogFile(Option<Box<dyn Write + Send>>);

impl Write for LogFile {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if let Some(Err(error)) = self.0.as_mut().map(|file| file.write_all(line)) {
            streams::complain(&format!("the log can no longer be written: {error}"));
            self.0 = None;
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Starts logging to a file, if there is one, or else to the screen. Who may not read the store may
/// not read the log.
///
/// # Errors
///
/// If the file cannot be written.
pub(crate) fn start_logging(
    screen: &Screen,
    debug: bool,
    quiet: bool,
    file: Option<&Path>,
    store: Option<&Path>,
) -> anyhow::Result<()> {
    if let Some(store) = store {
        files::limit_readers_to_those_of(store);
    }
    let level = match (debug, quiet) {
        (true, _) => LevelFilter::DEBUG,
        // `--quiet` does not apply to a file, because the user asked for it.
        (false, true) if file.is_none() => LevelFilter::ERROR,
        (false, _) => LevelFilter::INFO,
    };
    let (mut filter, misunderstood) = streams::log_filter(level);
    if file.is_none() && !debug {
        filter = filter.add_directive(format!("{RUN_LOG}=off").parse().context("a constant")?);
    }
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_target(false)
        // The run continues if the log cannot be written.
        .log_internal_errors(false)
        .fmt_fields(streams::log_fields());
    match file {
        Some(path) => {
            let place = Destination::new(path, store, is_log);
            let log = place.and_then(|place| place.stream());
            let log = log.with_context(|| format!("cannot write the log {}", path.shown()))?;
            let mut log = LogFile(Some(log));
            log.write_all(FIRST_LINE.as_bytes())?;
            builder.with_ansi(false).with_writer(Mutex::new(log)).init();
        }
        None => {
            builder.without_time().with_ansi(streams::color_on_stderr()).with_writer(screen.clone()).init()
        }
    }
    if let Some(misunderstood) = misunderstood {
        tracing::warn!("{misunderstood}");
    }
    Ok(())
}
