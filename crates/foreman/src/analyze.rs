//! `foreman analyze`: one analysis of one storage file.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use analysis::{Pipeline, PluginConfig};
use anyhow::{Context as _, Result, anyhow, bail};
use events::Session;
use protocol::{HELLO_TIMEOUT, RunSpec};
use storage::merge::{MergePlan, Merged, merge};
use storage::{Store, StoreWriter};

use crate::arguments::{AnalyzeArguments, RunArguments};
use crate::check::pipeline;
use crate::dispatcher::{Limits, Outcome, Phase, Snapshot, Tasks};
use crate::engine::{self, Job, Worked};
use crate::exit::{Failure, Status};
use crate::os::{self, StopRequests};
use crate::plan::map_tasks;
use crate::run_folder::RunFolder;
use crate::secrets;
use crate::summary::{Run, summary};
use crate::view::{Screen, View};

/// How long a worker may take to end after being asked to, and again after being told to.
const GRACE: Duration = Duration::from_secs(5);
/// How long a worker may be stopped by a signal.
const STOPPED_LIMIT: Duration = Duration::from_secs(10);

pub(crate) fn analyze(
    arguments: &AnalyzeArguments,
    command_line: &[OsString],
    screen: Screen,
) -> Result<Status, Failure> {
    let started = Instant::now();
    let start_time = now();
    let store = arguments.store.as_deref();
    let store = store.ok_or_else(|| Failure::usage(anyhow!("no storage file was named")))?;
    let plugins = arguments.plugin_options.configure(&arguments.analysis).map_err(Failure::usage)?;
    let mut pipeline = pipeline(&plugins, arguments.filter.as_deref())?;
    for warning in pipeline.filter_warnings() {
        tracing::warn!("filter: {warning}");
    }
    for plugin in pipeline.plugins() {
        plugin.check_surroundings()?;
    }
    let stop = StopRequests::watch();
    let mut view = View::new(
        arguments.run.status_view,
        arguments.run.quiet,
        arguments.run.status_view_interval,
        &screen,
    );

    let path = store_path(store)?;
    let target = Target::open(&path, &arguments.run)?;
    let folder = target.run_folder(&path, arguments.run.temporary_directory.as_deref())?;
    let run = RunSpec {
        id: uuid::Uuid::new_v4().simple().to_string(),
        store: path.clone(),
        plugins: keep_files(plugins, &folder)?,
        filter: arguments.filter.clone(),
        strict_compat: arguments.run.strict_compat,
    };
    let total = target.store().number_of_events()?;
    let tasks =
        Tasks::new(&map_tasks(target.store().event_range()?), run.plugin_names(), reduces(&mut pipeline));
    let worked = work(&arguments.run, &run, &folder, (tasks, total), &stop, |snapshot| view.show(snapshot))?;
    match worked.outcome {
        Outcome::Finished => {}
        Outcome::Failed(ref reason) => {
            return Err(anyhow!("{reason}; {} is untouched", path.display()).into());
        }
        Outcome::Aborted => return Ok(aborted(&path)),
    }
    let writer = target.into_writer(&folder)?;
    let Some(merged) =
        merge_all(&writer, &run, &worked, &folder, arguments.run.keep_earlier, &stop, &mut view)?
    else {
        return Ok(aborted(&path));
    };
    writer.add_session(&session(&run, command_line, arguments.run.debug, start_time))?;
    writer.commit()?;
    view.finish();
    drop(folder);
    report(arguments, &path, &worked, &merged, started.elapsed());
    Ok(if merged.set_aside.is_empty() { Status::Done } else { Status::Incomplete })
}

/// The store, held for writing or only for reading.
enum Target {
    Locked(StoreWriter),
    ReadOnly(Store),
}

impl Target {
    fn open(path: &Path, arguments: &RunArguments) -> Result<Self> {
        Ok(if arguments.dry_run {
            Self::ReadOnly(Store::open(path)?)
        } else {
            Self::Locked(StoreWriter::lock(path)?)
        })
    }

    fn store(&self) -> &Store {
        match self {
            Self::Locked(writer) => writer.store(),
            Self::ReadOnly(store) => store,
        }
    }

    fn run_folder(&self, path: &Path, parent: Option<&Path>) -> Result<RunFolder> {
        match self {
            Self::Locked(_) => RunFolder::create(path, parent),
            Self::ReadOnly(_) => RunFolder::temporary(parent),
        }
    }

    /// Where the results go: in a dry run to a store of their own that goes with the run's folder.
    fn into_writer(self, folder: &RunFolder) -> Result<StoreWriter> {
        match self {
            Self::Locked(writer) => Ok(writer),
            Self::ReadOnly(store) => Ok(StoreWriter::scratch(&store, &folder.path().join("dry-run.plaso"))?),
        }
    }
}

/// The store's real place: the run's folder goes beside it, and workers must find it whatever their own place.
fn store_path(given: &Path) -> Result<PathBuf> {
    let path = given.canonicalize().with_context(|| format!("cannot open {}", given.display()))?;
    if path.to_str().is_none() {
        bail!("{}: the name of a storage file and its folders must be UTF-8; rename it", path.display());
    }
    Ok(path)
}

/// Settings that are files, as workers get them: tagging files are copied into the run's folder, so that all workers use what
/// was checked, even if somebody saves another version meanwhile; an API key goes to a file.
fn keep_files(mut plugins: Vec<PluginConfig>, folder: &RunFolder) -> Result<Vec<PluginConfig>> {
    for plugin in &mut plugins {
        match plugin {
            PluginConfig::Tagging { tagging_file } if tagging_file.exists() => {
                let kept = folder.path().join("tagging-rules.txt");
                std::fs::copy(&*tagging_file, &kept)
                    .with_context(|| format!("cannot copy {} to {}", tagging_file.display(), kept.display()))?;
                *tagging_file = kept;
            }
            PluginConfig::Bloom { bloom_file, .. } => {
                let found = bloom_file.canonicalize();
                *bloom_file = found.with_context(|| format!("cannot find {}", bloom_file.display()))?;
            }
            PluginConfig::Virustotal { api_key, .. } => {
                *api_key = secrets::keep_key(api_key, folder.path())?;
            }
            _ => {}
        }
    }
    Ok(plugins)
}

/// The positions of the plugins that have a reduce step.
fn reduces(pipeline: &mut Pipeline) -> Vec<usize> {
    let plugins = pipeline.plugins().iter().enumerate();
    plugins.filter(|(_, plugin)| plugin.reduces()).map(|(position, _)| position).collect()
}

fn work(
    arguments: &RunArguments,
    run: &RunSpec,
    folder: &RunFolder,
    (tasks, total): (Tasks, u64),
    stop: &StopRequests,
    show: impl FnMut(&Snapshot),
) -> Result<Worked> {
    let job = Job {
        run,
        folder,
        worker: &worker_binary(arguments.worker.as_deref())?,
        limits: Limits {
            workers: worker_count(arguments),
            memory: Some(arguments.worker_memory_limit).filter(|&limit| limit > 0),
            no_progress: Some(arguments.worker_timeout).filter(|limit| !limit.is_zero()),
            hello: HELLO_TIMEOUT,
            stopped: STOPPED_LIMIT,
            grace: GRACE,
        },
        total,
        stop,
    };
    engine::work(&job, tasks, show)
}

fn worker_count(arguments: &RunArguments) -> usize {
    arguments.workers.map_or_else(|| std::thread::available_parallelism().map_or(1, Into::into), usize::from)
}

fn worker_binary(given: Option<&Path>) -> Result<PathBuf> {
    if let Some(given) = given {
        return Ok(given.to_owned());
    }
    let own = std::env::current_exe().context("cannot find this program's own place")?;
    let worker = own.with_file_name(format!("worker{}", std::env::consts::EXE_SUFFIX));
    if !worker.exists() {
        bail!(
            "there is no worker program at {}; install it there, or name it with --worker",
            worker.display()
        );
    }
    Ok(worker)
}

/// Merges everything into the store; nothing if somebody asked to stop meanwhile.
fn merge_all(
    writer: &StoreWriter,
    run: &RunSpec,
    worked: &Worked,
    folder: &RunFolder,
    keep_earlier: bool,
    stop: &StopRequests,
    view: &mut View,
) -> Result<Option<Merged>> {
    let before = stop.count();
    let plugins = run.plugin_names();
    let map_tasks: Vec<_> =
        worked.tasks.finished_maps().iter().map(|&task| folder.task_store(task)).collect();
    let reduce_tasks: Vec<_> = (0..plugins.len())
        .map(|plugin| worked.tasks.finished_reduce(plugin).map(|task| folder.task_store(task)))
        .collect();
    let plan = MergePlan {
        plugins: &plugins,
        map_tasks: &map_tasks,
        reduce_tasks: &reduce_tasks,
        event_filter: run.filter.as_deref(),
        time_compiled: now(),
        keep_earlier,
        set_aside: worked.tasks.set_aside(),
    };
    let merged = merge(writer, &plan, |done| {
        view.show(&Snapshot::merging(done, map_tasks.len()));
        stop.count() == before
    })?;
    if merged.is_some() {
        view.show(&Snapshot {
            phase: Phase::Finalizing,
            ..Snapshot::merging(map_tasks.len(), map_tasks.len())
        });
    }
    Ok(merged)
}

fn session(run: &RunSpec, command_line: &[OsString], debug_mode: bool, start_time: i64) -> Session {
    Session {
        identifier: run.id.clone(),
        aborted: false,
        command_line_arguments: secrets::command_line(command_line),
        debug_mode,
        start_time,
        completion_time: now(),
        product_name: "foreman".into(),
        product_version: env!("CARGO_PKG_VERSION").into(),
    }
}

fn report(arguments: &AnalyzeArguments, path: &Path, worked: &Worked, merged: &Merged, elapsed: Duration) {
    let (foreman_memory, worker_memory) = os::peak_memory();
    let run = Run {
        store: &path.display().to_string(),
        merged,
        dry_run: arguments.run.dry_run,
        elapsed,
        workers: worker_count(&arguments.run),
        replaced: &worked.replaced,
        foreman_memory,
        worker_memory,
    };
    if !arguments.run.quiet {
        #[expect(clippy::print_stdout, reason = "the result of the command")]
        {
            println!("{}", summary(&run));
        }
    }
}

fn aborted(path: &Path) -> Status {
    tracing::warn!("aborted; {} is untouched", path.display());
    Status::Aborted
}

/// Microseconds since 1970-01-01 00:00:00 UTC.
fn now() -> i64 {
    jiff::Timestamp::now().as_microsecond()
}
