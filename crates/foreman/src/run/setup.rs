//! Setting up a run, anew or where an interrupted one has left off.

use analysis::{Pipeline, PluginConfig, PluginOptions};
use anyhow::{Context as _, Result, anyhow};
use protocol::RunSpec;

use super::options::Options;
use super::plan::map_tasks;
use super::preflight;
use super::record::{ResumeRequest, RunRecord, RunStart};
use super::secrets;
use super::target::Target;
use crate::exit::Failure;
use crate::paths::{existing_folder, store_path};
use crate::plaso_data::find_tagging_file;
use crate::supervise::dispatcher::Tasks;
use crate::supervise::run_folder::{RunFolder, TAGGING_RULES};

/// A run that can begin.
pub(crate) struct Setup {
    pub(crate) target: Target,
    pub(crate) run: RunSpec,
    pub(crate) folder: RunFolder,
    pub(crate) tasks: Tasks,
    /// Events of the store.
    pub(crate) total: u64,
    /// How the run started, perhaps before it was interrupted.
    pub(crate) start: RunStart,
    /// Whether the plugins' earlier results stay.
    pub(crate) keep_earlier: bool,
}

impl Setup {
    /// Checks everything that can be checked beforehand, takes hold of the store, and makes or finds the run's folder.
    pub(crate) fn new(options: &Options, start: RunStart) -> Result<Self, Failure> {
        // Without plugins on the command line, an interrupted run knows its own.
        let asked = match options.analysis.as_slice() {
            [] if options.resume => {
                options.plugin_options.none_given().map_err(Failure::usage)?;
                None
            }
            names => Some(configured(&options.plugin_options, names)?),
        };
        let checked = asked
            .as_deref()
            .map(|plugins| preflight::checked(plugins, options.filter.as_deref()))
            .transpose()?;
        let path = store_path(&options.store)?;
        let target = Target::open(&path, options.dry_run)?;
        let parent = options.temporary_directory.as_deref().map(existing_folder).transpose()?;
        let parent = parent.as_deref();
        // Without another place, making the run's folder tells.
        if parent.is_some() && !options.dry_run {
            preflight::check_folder(&path)?;
        }
        let (folder, record, mut pipeline) = match checked {
            Some(pipeline) if !options.resume => {
                let folder = target.run_folder(&path, parent)?;
                let run = RunSpec {
                    id: uuid::Uuid::new_v4().simple().to_string(),
                    store: path.clone(),
                    plugins: keep_files(asked.unwrap_or_default(), &folder)?,
                    filter: options.filter.clone(),
                    times: options.times,
                    strict_compat: options.strict_compat,
                };
                let record = RunRecord::new(run, target.store(), options.keep_earlier, &start)?;
                folder.save(&record)?;
                (folder, record, pipeline)
            }
            _ => {
                let nothing = || anyhow!("there is no interrupted run of {} to go on with", path.display());
                let folder = RunFolder::left_by_interrupted(&path, parent)?.ok_or_else(nothing)?;
                let request = ResumeRequest {
                    plugins: asked.as_deref(),
                    filter: options.filter.as_deref(),
                    times: options.times,
                    strict_compat: options.strict_compat,
                    keep_earlier: options.keep_earlier,
                };
                let mut record = RunRecord::resume(&folder, target.store(), &request, parent)?;
                let hashes = &options.plugin_options.hashes;
                secrets::renew_key(&mut record.run.plugins, hashes, &folder)?;
                let pipeline = preflight::checked(&record.run.plugins, record.run.filter.as_deref())?;
                (folder, record, pipeline)
            }
        };
        let RunRecord { run, keep_earlier, command_line, start_time, .. } = record;
        let start = RunStart { command_line, start_time };
        let ranges = map_tasks(target.store().event_range()?, |row| target.store().event_from(row))?;
        let mut tasks = Tasks::new(&ranges, run.plugin_names(), reduces(&mut pipeline));
        tasks.restore(&folder.all_finished());
        let (done, of) = tasks.counts();
        if options.resume {
            tracing::info!("going on with the interrupted run: {done} of {of} tasks are done");
        }
        let total = target.store().number_of_events()?;
        Ok(Self { target, run, folder, tasks, total, start, keep_earlier })
    }
}

/// The plugins of these names, with the files that are meant.
fn configured(options: &PluginOptions, names: &[String]) -> Result<Vec<PluginConfig>, Failure> {
    let mut plugins = options.configure(names).map_err(Failure::usage)?;
    for plugin in &mut plugins {
        if let PluginConfig::Tagging { tagging_file } = plugin {
            *tagging_file = find_tagging_file(tagging_file, None)?;
        }
    }
    Ok(plugins)
}

/// Settings that are files, as workers get them: tagging files are copied into the run's folder, so that all workers use what
/// was checked, even if somebody saves another version meanwhile; an API key goes to a file.
fn keep_files(mut plugins: Vec<PluginConfig>, folder: &RunFolder) -> Result<Vec<PluginConfig>> {
    for plugin in &mut plugins {
        match plugin {
            PluginConfig::Tagging { tagging_file } if tagging_file.exists() => {
                let kept = folder.path().join(TAGGING_RULES);
                let copied = std::fs::File::open(&*tagging_file)
                    .and_then(|mut from| std::io::copy(&mut from, &mut folder.new_file(TAGGING_RULES)?));
                copied.with_context(|| {
                    format!("cannot copy {} to {}", tagging_file.display(), kept.display())
                })?;
                *tagging_file = kept;
            }
            PluginConfig::Bloom { bloom_file, .. } => {
                let found = bloom_file.canonicalize();
                *bloom_file = found.with_context(|| format!("cannot find {}", bloom_file.display()))?;
            }
            PluginConfig::Virustotal { api_key, .. } => {
                *api_key = secrets::keep_key(api_key, folder)?;
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
