//! Setting up a run, anew or where an interrupted one has left off.

use std::path::{Path, PathBuf};

use analysis::{ApiKeySource, Pipeline, PluginConfig};
use anyhow::{Context as _, Result, anyhow, bail};
use filter::Severity;
use protocol::RunSpec;
use storage::{Baseline, Store, StoreWriter};

use crate::commands::AnalyzeArguments;
use crate::commands::check::{check_tagging_file, pipeline};
use crate::exit::Failure;
use crate::log::tell;
use crate::run::plan::map_tasks;
use crate::run::record::{Asked, Begun, RunRecord};
use crate::run::secrets;
use crate::run::store_lock::lock_store;
use crate::supervise::dispatcher::Tasks;
use crate::supervise::os;
use crate::supervise::run_folder::RunFolder;

/// A run that can begin.
pub(crate) struct Setup {
    pub(crate) target: Target,
    pub(crate) run: RunSpec,
    pub(crate) folder: RunFolder,
    pub(crate) tasks: Tasks,
    /// Events of the store.
    pub(crate) total: u64,
    /// How the run began, perhaps before it was interrupted.
    pub(crate) begun: Begun,
    /// Whether the plugins' earlier results stay.
    pub(crate) keep_earlier: bool,
}

impl Setup {
    /// Checks everything that can be checked beforehand, takes hold of the store, and makes or finds the run's folder.
    pub(crate) fn new(arguments: &AnalyzeArguments, store: &Path, begun: Begun) -> Result<Self, Failure> {
        // Without plugins on the command line, an interrupted run knows its own.
        let asked = match arguments.analysis.as_slice() {
            [] if arguments.run.resume => {
                arguments.plugin_options.none_given().map_err(Failure::usage)?;
                None
            }
            names => Some(arguments.plugin_options.configure(names).map_err(Failure::usage)?),
        };
        let checked =
            asked.as_deref().map(|plugins| checked(plugins, arguments.filter.as_deref())).transpose()?;
        let path = store_path(store)?;
        let parent = arguments.run.temporary_directory.as_deref().map(existing_folder).transpose()?;
        let parent = parent.as_deref();
        let target = Target::open(&path, parent, arguments.run.dry_run)?;
        let (folder, record, mut pipeline) = match checked {
            Some(pipeline) if !arguments.run.resume => {
                let folder = target.run_folder(&path, parent)?;
                let run = RunSpec {
                    id: uuid::Uuid::new_v4().simple().to_string(),
                    store: path.clone(),
                    plugins: keep_files(asked.unwrap_or_default(), &folder)?,
                    filter: arguments.filter.clone(),
                    times: arguments.slice.times(),
                    strict_compat: arguments.run.strict_compat,
                };
                let record = RunRecord::new(run, target.store(), arguments.run.keep_earlier, &begun)?;
                folder.begin(&record)?;
                (folder, record, pipeline)
            }
            _ => {
                let nothing = || anyhow!("there is no interrupted run of {} to go on with", path.display());
                let folder = RunFolder::left_by_interrupted(&path, parent)?.ok_or_else(nothing)?;
                let asked = Asked {
                    plugins: asked.as_deref(),
                    filter: arguments.filter.as_deref(),
                    times: arguments.slice.times(),
                    strict_compat: arguments.run.strict_compat,
                    keep_earlier: arguments.run.keep_earlier,
                };
                let mut record = RunRecord::resumed(&folder, target.store(), &asked)?;
                let options = &arguments.plugin_options.hashes;
                secrets::renew_key(&mut record.run.plugins, options, folder.path())?;
                let pipeline = self::checked(&record.run.plugins, record.run.filter.as_deref())?;
                (folder, record, pipeline)
            }
        };
        let RunRecord { run, keep_earlier, command_line, start_time, .. } = record;
        let begun = Begun { command_line, start_time };
        let ranges = map_tasks(target.store().event_range()?, |row| target.store().event_from(row))?;
        let mut tasks = Tasks::new(&ranges, run.plugin_names(), reduces(&mut pipeline));
        tasks.restore(&folder.all_finished());
        let (done, of) = tasks.counts();
        if arguments.run.resume {
            tracing::info!("going on with the interrupted run: {done} of {of} tasks are done");
        }
        let total = target.store().number_of_events()?;
        Ok(Self { target, run, folder, tasks, total, begun, keep_earlier })
    }
}

/// The store, held for writing or only for reading.
pub(crate) enum Target {
    Locked(StoreWriter),
    ReadOnly(Store),
}

impl Target {
    fn open(path: &Path, parent: Option<&Path>, dry_run: bool) -> Result<Self> {
        if dry_run {
            return Ok(Self::ReadOnly(Store::open(path)?));
        }
        if let Some(kind) = os::network_file_system(path) {
            tracing::warn!(
                "{} is on a network file system ({kind}), where SQLite's locks cannot be relied on: let nothing else use it meanwhile",
                path.display()
            );
        }
        Ok(Self::Locked(lock_store(path, parent)?))
    }

    pub(crate) fn store(&self) -> &Store {
        match self {
            Self::Locked(writer) => writer.store(),
            Self::ReadOnly(store) => store,
        }
    }

    /// The store before it is changed; `None` if it will not be.
    pub(crate) fn baseline(&self) -> Option<Baseline> {
        match self {
            Self::Locked(writer) => Some(writer.baseline()),
            Self::ReadOnly(_) => None,
        }
    }

    fn run_folder(&self, path: &Path, parent: Option<&Path>) -> Result<RunFolder> {
        match self {
            Self::Locked(_) => RunFolder::create(path, parent),
            Self::ReadOnly(_) => RunFolder::temporary(parent),
        }
    }

    /// Where the results go: in a dry run to a store of their own that goes with the run's folder.
    pub(crate) fn into_writer(self, folder: &RunFolder) -> Result<StoreWriter> {
        match self {
            Self::Locked(writer) => Ok(writer),
            Self::ReadOnly(store) => Ok(StoreWriter::scratch(&store, &folder.path().join("dry-run.plaso"))?),
        }
    }
}

/// The store's real place: the run's folder goes beside it, and workers must find it whatever their own place.
pub(crate) fn store_path(given: &Path) -> Result<PathBuf> {
    let path = given.canonicalize().with_context(|| format!("cannot open {}", given.display()))?;
    if path.to_str().is_none() {
        bail!("{}: the name of a storage file and its folders must be UTF-8; rename it", path.display());
    }
    Ok(path)
}

/// The real place of a folder that must be there, and that workers can be told of.
fn existing_folder(given: &Path) -> Result<PathBuf> {
    let path = given.canonicalize().with_context(|| format!("cannot use the folder {}", given.display()))?;
    if path.to_str().is_none() {
        bail!("{}: the name of the folder for temporary files must be UTF-8", path.display());
    }
    Ok(path)
}

/// The analysis that is asked for, if all that it needs is there.
fn checked(plugins: &[PluginConfig], filter: Option<&str>) -> Result<Pipeline, Failure> {
    let mut pipeline = pipeline(plugins, filter)?;
    for warning in pipeline.filter_warnings() {
        tracing::warn!("filter: {warning}");
    }
    for plugin in plugins {
        if let PluginConfig::Tagging { tagging_file } = plugin {
            warn_of_rules(tagging_file)?;
        }
    }
    for (config, plugin) in plugins.iter().zip(pipeline.plugins()) {
        plugin.check_surroundings().map_err(|error| match config {
            // A wrong file, as a wrong tagging file is; a server may only be down.
            PluginConfig::Bloom { .. } => Failure::usage(error),
            PluginConfig::Virustotal { api_key: ApiKeySource::File(path), .. } if !path.is_file() => {
                Failure::usage(error)
            }
            _ => error.into(),
        })?;
    }
    Ok(pipeline)
}

/// Says what rules do not do what they seem to; the first few, there may be thousands.
fn warn_of_rules(tagging_file: &Path) -> Result<(), Failure> {
    const SHOWN: usize = 5;
    // A file of some ten thousand rules, which was made by a program. Looking for what is odd takes longer than all else
    // before the first task.
    const LARGEST: u64 = 1 << 20;
    if tagging_file.metadata().is_ok_and(|file| file.len() > LARGEST) {
        tell!("{} is large: not looked through for odd rules", tagging_file.display());
        return Ok(());
    }
    let found = check_tagging_file(tagging_file)?.filtered(|found| found.severity == Severity::Warning);
    for warning in found.iter().take(SHOWN) {
        let line = warning.position.as_ref().map_or(0, |position| position.line);
        tracing::warn!("{}:{line}: {}", found.name(), warning.message);
    }
    let more = found.iter().count().saturating_sub(SHOWN);
    if more > 0 {
        tracing::warn!(
            "{}: {more} more; foreman check --tagging-file {} shows all",
            found.name(),
            tagging_file.display()
        );
    }
    Ok(())
}

/// Settings that are files, as workers get them: tagging files are copied into the run's folder, so that all workers use what
/// was checked, even if somebody saves another version meanwhile; an API key goes to a file.
fn keep_files(mut plugins: Vec<PluginConfig>, folder: &RunFolder) -> Result<Vec<PluginConfig>> {
    for plugin in &mut plugins {
        match plugin {
            PluginConfig::Tagging { tagging_file } if tagging_file.exists() => {
                let kept = folder.path().join("tagging-rules.txt");
                std::fs::copy(&*tagging_file, &kept).with_context(|| {
                    format!("cannot copy {} to {}", tagging_file.display(), kept.display())
                })?;
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
