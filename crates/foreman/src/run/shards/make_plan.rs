//! Makes the plan of a run, and changes nothing.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use analysis::RulesRead;
use anyhow::{Context as _, Result, anyhow};
use events::{PluginConfig, Shown as _};
use files::{NewFolder, WrittenFile};
use protocol::{Plan, RunSpec, Shard};
use storage::Store;

use super::plan_folder::{PLAN, with_files_in};
use crate::clock;
use crate::exit::Failure;
use crate::output::begun;
use crate::paths::{on_each_file, open_store, store_path};
use crate::run::input_files::quoted_places;
use crate::run::kept_files::{Keeper, KeptDigests, keep_files};
use crate::run::options::Options;
use crate::run::plan::tasks_of;
use crate::run::preflight::{Servers, checked_with};
use crate::run::record::RunRecord;
use crate::run::setup::{requested_plugins, run_spec};
use crate::supervise::stop::StopRequests;

/// Plans the run with these options in a new folder `out`, with shards of about this number of
/// events. Returns the plan, or `None` if the user asked to stop.
pub(crate) fn make_plan(
    options: &Options,
    out: &Path,
    shard_events: u64,
    stop: &StopRequests,
) -> Result<Option<Plan>, Failure> {
    let plugins = requested_plugins(options)?.context("a plan names its plugins")?;
    let filter = options.filter.as_deref();
    let mut pipeline = checked_with(&plugins, filter, options.strict_compat, Servers::Leave)?;
    let path = store_path(&options.store)?;
    let store = open_store(&path)?;
    // What the merge would refuse is refused before any machine begins.
    if store.is_part()? {
        return Err(anyhow!(
            "{} is a part of a storage file, made by foreman split, so its results would not be those of the whole file; plan \
             the whole storage file",
            path.shown()
        )
        .into());
    }
    RunRecord::refuse_partly_changed(&store)?;
    store.check_for_results(analysis::result_tables())?;
    limit_readers(&plugins);
    let cannot_make = || format!("cannot make the folder {} for the plan", out.shown());
    // From now on there is something to remove if the user asks to stop.
    stop.begin();
    // Who may write to the plan decides what is done.
    let mut folder = begun(NewFolder::begin_own(out).with_context(cannot_make)?);
    let (plugins, digests) = keep_files(plugins, &mut pipeline, &mut &mut folder)?;
    let run = run_spec(options, &path, plugins);
    let plan = planned(options, run, &store, (&folder.unfinished_path(), digests), shard_events)?;
    let json = plan.to_json().context("the plan cannot be written as JSON")?;
    folder.create(PLAN).and_then(|mut file| file.write_all(&json)).with_context(cannot_make)?;
    folder.sync().with_context(cannot_make)?;
    if stop.count() > 0 {
        return Ok(None);
    }
    folder.publish().with_context(cannot_make)?;
    Ok(Some(plan))
}

/// Sees to it that nobody reads the plan's copies of rules and lists who may not read the files
/// that they are copied from.
fn limit_readers(plugins: &[PluginConfig]) {
    for place in plugins.iter().flat_map(quoted_places) {
        on_each_file(&place, files::limit_readers_to_those_of);
    }
}

fn planned(
    options: &Options,
    run: RunSpec,
    store: &Store,
    (folder, digests): (&Path, KeptDigests),
    shard_events: u64,
) -> Result<Plan, Failure> {
    let kept = with_files_in(folder, &run.plugins)?;
    let digests = digests.into_iter().map(|(name, digest)| (folder.join(name), digest)).collect();
    let settings = analysis::settings_digest_of_read(
        &kept,
        run.filter.as_deref(),
        run.times,
        run.strict_compat,
        &RulesRead::of(digests),
    )?;
    let (events, tasks) = tasks_of(store)?;
    if u32::try_from(tasks.len()).is_err() {
        return Err(anyhow!("{} has too many events for one plan", store.path().shown()).into());
    }
    Ok(Plan {
        run,
        keep_earlier: options.keep_earlier,
        command_line: options.command_line.clone(),
        start_time: clock::stored_now(),
        store: store.fingerprint()?,
        events,
        settings,
        shards: Shard::divide(tasks.len(), events, shard_events),
        tasks,
        digest: String::new(),
    })
}

impl Keeper for &mut NewFolder {
    fn new_file(&mut self, name: &str) -> io::Result<WrittenFile> {
        self.create(name)
    }

    fn path_of(&self, name: &str) -> PathBuf {
        name.into()
    }

    /// A plan has no secrets: only the merge needs them.
    fn keep_secret(&mut self, plugin: &mut PluginConfig) -> Result<()> {
        if let Some(source) = analysis::spec_of(plugin)?.secret {
            plugin.set_secret(None);
            plugin.set(&source.file.setting(), source.kept_as);
        }
        Ok(())
    }
}
