//! What a run is asked to do, whichever command asks for it.

use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use analysis::PluginOptions;
use storage::TimeRange;

use crate::exit::CliStyle;

/// What a run is asked to do.
#[derive(Debug, Default)]
pub(crate) struct Options {
    /// Whose exit statuses the run has.
    pub(crate) style: CliStyle,
    /// The command line without secrets, for the session and the summary.
    pub(crate) command_line: String,
    /// The storage file, as it was named.
    pub(crate) store: PathBuf,
    /// The names of the plugins. Without any, a resumed run has its own.
    pub(crate) analysis: Vec<String>,
    /// The options of the plugins.
    pub(crate) plugin_options: PluginOptions,
    /// An expression that the analysed events match.
    pub(crate) filter: Option<String>,
    /// The time range to analyse, or `None` for all events.
    pub(crate) times: Option<TimeRange>,
    /// Whether to omit what Plaso omits.
    pub(crate) strict_compat: bool,
    /// Whether to write nothing to the storage file.
    pub(crate) dry_run: bool,
    /// Whether to resume the interrupted run over the storage file.
    pub(crate) resume: bool,
    /// Whether the plugins' earlier reports, warnings and results stay.
    pub(crate) keep_earlier: bool,
    /// Whether workers measure what they spend their time on.
    pub(crate) profile: bool,
    /// Whether the session says that the program logged more than usual.
    pub(crate) debug_mode: bool,
    /// The folder for the run's folder, or `None` for the default.
    pub(crate) temporary_directory: Option<PathBuf>,
    /// The workers.
    pub(crate) workers: WorkerOptions,
}

/// How many workers there are, and what they may use.
#[derive(Debug, Default)]
pub(crate) struct WorkerOptions {
    /// The worker program, or `None` for the installed one.
    pub(crate) program: Option<PathBuf>,
    /// The most workers at once, or `None` for one for each processor.
    pub(crate) count: Option<u16>,
    /// The most memory of a worker in bytes; 0 for no limit.
    pub(crate) memory_limit: u64,
    /// How long a worker may show no progress; zero for no limit.
    pub(crate) timeout: Duration,
}

impl WorkerOptions {
    /// Returns the most workers at once.
    pub(crate) fn count(&self) -> usize {
        self.count.map_or_else(|| thread::available_parallelism().map_or(1, Into::into), usize::from)
    }
}
