//! The options of a run, whichever command fills them.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use analysis::PluginOptions;
use events::ExportSpec;
use storage::TimeRange;

use crate::exit::CliStyle;

/// The digests of what plugins read, by the names of the plugins.
pub(crate) type InputDigests = BTreeMap<String, String>;

/// The options of a run.
#[derive(Debug, Clone, Default)]
pub(crate) struct Options {
    /// The program whose exit statuses the run imitates.
    pub(crate) style: CliStyle,
    /// The command line without secrets, for the session and the summary.
    pub(crate) command_line: String,
    /// The storage file, as the user named it.
    pub(crate) store: PathBuf,
    /// The names of the plugins. If there are none, a resumed run has the plugins of its record.
    pub(crate) analysis: Vec<String>,
    /// The options of the plugins.
    pub(crate) plugin_options: PluginOptions,
    /// The expression that analysed events must match.
    pub(crate) filter: Option<String>,
    /// The time range to analyse, or `None` for all events.
    pub(crate) times: Option<TimeRange>,
    /// Whether plugins and rules do without what foreman adds to Plaso's.
    pub(crate) strict_compat: bool,
    /// Whether to write nothing to the storage file.
    pub(crate) dry_run: bool,
    /// Whether to resume the interrupted run over the storage file.
    pub(crate) resume: bool,
    /// Whether to store the results even if no event matches the filter.
    pub(crate) force: bool,
    /// Whether the plugins' earlier reports, warnings and results stay.
    pub(crate) keep_earlier: bool,
    /// Whether workers measure how they spend their time.
    pub(crate) profile: bool,
    /// Whether the session records that the program logged more than usual.
    pub(crate) debug_mode: bool,
    /// The parent of the run's folder, or `None` for the default.
    pub(crate) temporary_directory: Option<PathBuf>,
    /// What is exported, and where to, or `None` for an analysis.
    pub(crate) export: Option<ExportOptions>,
    /// Whether the process has more such runs, so that the folder for sockets, which it can make
    /// only once, is there already.
    pub(crate) is_one_of_many: bool,
    /// What the plugins of the other runs of a queue have read, or `None` for a run of its own.
    pub(crate) rules_of_queue: Option<InputDigests>,
    /// What to do after the run over several storage files was aborted, or `None` if it cannot be
    /// resumed.
    pub(crate) resume_of_queue: Option<String>,
    /// Why a run over several storage files refuses this one, or `None` if it does not.
    pub(crate) refused: Option<String>,
    /// What is merged of a plan, or `None` if this run does its own tasks.
    pub(crate) merge: Option<MergeOptions>,
    /// The workers.
    pub(crate) workers: WorkerOptions,
}

/// What is exported, and where to.
#[derive(Debug, Clone)]
pub(crate) struct ExportOptions {
    pub(crate) spec: ExportSpec,
    /// The file or folder, or `None` for standard output.
    pub(crate) output: Option<PathBuf>,
    /// The folder of the file or folder, for temporary files if the user names no other.
    pub(crate) beside: Option<PathBuf>,
}

/// What is merged of a plan.
#[derive(Debug, Clone)]
pub(crate) struct MergeOptions {
    /// The folder of the plan.
    pub(crate) plan: PathBuf,
    /// The folders with the results, or none if they are beside the plan.
    pub(crate) from: Vec<PathBuf>,
    /// Whether to do the shards that are missing.
    pub(crate) do_missing: bool,
    /// The options of plugins that say to which server something goes, with what the user gives
    /// for them. For all others, the plan must have the default.
    pub(crate) servers: Vec<(&'static str, String)>,
}

/// The number of workers, and their limits.
#[derive(Debug, Clone, Default)]
pub(crate) struct WorkerOptions {
    /// The worker program, or `None` for the installed one.
    pub(crate) program: Option<PathBuf>,
    /// The maximum number of workers at a time, or `None` for one per processor.
    pub(crate) count: Option<u16>,
    /// The maximum memory of a worker, in bytes; 0 for no limit.
    pub(crate) memory_limit: u64,
    /// How long a worker may show no progress; zero for no limit.
    pub(crate) timeout: Duration,
    /// How many workers may end without having been asked to before the run fails.
    pub(crate) maximum_failures: u32,
}

impl WorkerOptions {
    /// Returns the most workers at a time.
    pub(crate) fn count(&self) -> usize {
        self.count.map_or_else(|| thread::available_parallelism().map_or(1, Into::into), usize::from)
    }
}
