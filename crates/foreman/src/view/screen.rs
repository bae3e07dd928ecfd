//! One writer for everything that goes to standard error while a status may stand there.

use std::io::{self, IsTerminal as _, Write};
use std::path::Path;

use anyhow::Context as _;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

use crate::output;
use crate::story::STORY;

/// Standard error, with or without a status on it. Clones are the same screen.
#[derive(Debug, Clone)]
pub struct Screen {
    progress: MultiProgress,
}

impl Default for Screen {
    fn default() -> Self {
        Self::on(ProgressDrawTarget::stderr())
    }
}

impl Screen {
    /// A screen that draws the status on `target`.
    #[must_use]
    pub(crate) fn on(target: ProgressDrawTarget) -> Self {
        Self { progress: MultiProgress::with_draw_target(target) }
    }

    pub(super) fn show(&self, bar: &ProgressBar) -> MultiProgress {
        self.progress.add(bar.clone());
        self.progress.clone()
    }
}

/// Log lines, written above the status.
pub struct Line<'a>(&'a MultiProgress);

impl Write for Line<'_> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.suspend(|| io::stderr().write_all(line)).map(|()| line.len())
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

/// Starts logging: to a file if there is one, else to the screen.
///
/// # Errors
///
/// If the file cannot be written.
pub(crate) fn start_logging(
    screen: &Screen,
    debug: bool,
    quiet: bool,
    file: Option<&Path>,
) -> anyhow::Result<()> {
    let level = match (debug, quiet) {
        (true, _) => "debug",
        (false, true) => "error",
        (false, false) => "info",
    };
    let mut filter =
        EnvFilter::builder().with_default_directive(level.parse().context("a constant")?).from_env_lossy();
    if file.is_none() && !debug {
        filter = filter.add_directive(format!("{STORY}=off").parse().context("a constant")?);
    }
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_target(false);
    match file {
        Some(path) => {
            let file =
                output::new_file(path).with_context(|| format!("cannot write the log {}", path.display()))?;
            builder.with_ansi(false).with_writer(file).init();
        }
        None => builder
            .without_time()
            .with_ansi(std::io::stderr().is_terminal())
            .with_writer(screen.clone())
            .init(),
    }
    Ok(())
}
