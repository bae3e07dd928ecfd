//! Sets up the merge of a plan's shards: a run whose tasks other machines have done.

use std::collections::BTreeMap;

use analysis::PluginOptions;
use anyhow::{Context as _, Result, anyhow};
use events::{PluginConfig, Setting, Shown as _};
use protocol::Piece;

use super::plan_folder::PlanFolder;
use super::results::{ShardFolder, ShardInput, check_complete, find};
use crate::exit::Failure;
use crate::paths::{folder_of_runs, store_path};
use crate::run::kept_files::keep_files;
use crate::run::options::{MergeOptions, Options};
use crate::run::preflight;
use crate::run::record::{KeptOptions, RunRecord, RunStart};
use crate::run::setup::Setup;
use crate::run::stored_run::StoredRun;
use crate::run::target::Target;
use crate::shell::quoted;
use crate::supervise::run_folder::DRY_RUN_PREFIX;
use crate::supervise::stop::StopRequests;

/// Sets up the merge. If something is missing, or is not what was planned, nothing is merged.
pub(crate) fn set_up(options: &Options, merge: &MergeOptions, stop: &StopRequests) -> Result<Setup, Failure> {
    let plan = PlanFolder::open(&merge.plan)?;
    let path = store_path(&options.store);
    // The storage file of the merge may be elsewhere than where it was planned.
    let elsewhere = path.as_deref().ok().filter(|path| **path != plan.plan.run.store);
    let input = ShardInput { parts: None, store: elsewhere };
    let found = find(&plan, &merge.from, input)?;
    if !merge.do_missing {
        check_complete(&plan, &merge.from, &found, input)?;
    }
    let path = path?;
    let mut run = plan.run(&path, None);
    for plugin in &mut run.plugins {
        check_servers(plugin, &merge.servers)?;
        give_secret(plugin)?;
    }
    let mut pipeline = preflight::checked(&run.plugins, run.filter.as_deref(), run.strict_compat)?;
    let parent = options.temporary_directory.as_deref().map(folder_of_runs).transpose()?;
    stop.begin();
    let target = Target::open(&path, options.dry_run)?;
    if target.store().has_session(&run.id)? {
        // A merge that was killed after it had stored the results has left its folder.
        if !options.dry_run
            && let Some(left) = StoredRun::with_id(target.store(), &run.id)?
        {
            left.end();
        }
        return Err(
            anyhow!("{} has the results of the plan {} already", path.shown(), plan.path.shown()).into()
        );
    }
    plan.check_store(target.store(), None)?;
    let folder = target.run_folder(&path, parent.as_deref(), DRY_RUN_PREFIX)?;
    // The folder of the plan may be another when the merge is resumed.
    let (plugins, digests) = keep_files(run.plugins, &mut pipeline, &mut &folder)?;
    run.plugins = plugins;
    let start = RunStart { command_line: plan.plan.command_line.clone(), start_time: plan.plan.start_time };
    let kept = KeptOptions { keep_earlier: plan.plan.keep_earlier, ..KeptOptions::of(options) };
    let record = RunRecord::new(run, digests, target.before().state(), kept, &start)?;
    folder.save(&record)?;
    let mut setup = Setup::planned(target, folder, record, &mut pipeline)?;
    plan.check_tasks(setup.target.store(), setup.events.total, &setup.ranges)?;
    if setup.origin != plan.origin() {
        return Err(anyhow!("the files of the plan {} were changed meanwhile", plan.path.shown()).into());
    }
    take_over(&mut setup, &plan, &found, stop)?;
    Ok(setup)
}

/// Takes the results over into the folder of the merge. They are written down as done only after
/// all of them were checked. If the user asks to stop, the rest is left; then the run stops, too.
fn take_over(
    setup: &mut Setup,
    plan: &PlanFolder,
    found: &BTreeMap<u32, ShardFolder>,
    stop: &StopRequests,
) -> Result<()> {
    let mut done = Vec::new();
    for (&number, shard) in found {
        let (first, tasks) = plan.plan.shard(number).context("the plan has the shard")?;
        let pieces = shard.record.pieces();
        let mut pieces = pieces.as_slice();
        for (id, events) in (first..).zip(tasks) {
            if stop.count() > 0 {
                return Ok(());
            }
            let (of_task, rest) = pieces.split_at(pieces.partition_point(|p| p.events().last <= events.last));
            pieces = rest;
            let ids = match of_task {
                [whole] if whole.events() == *events => vec![id],
                parts => setup.tasks.divide_as(id, &parts.iter().map(Piece::events).collect::<Vec<_>>()),
            };
            for (id, piece) in ids.into_iter().zip(of_task) {
                match piece {
                    Piece::Done(task) => {
                        done.push(shard.take(task, id, &setup.folder, &setup.origin)?);
                    }
                    Piece::Skipped(skipped) => {
                        setup.tasks.skip(id, skipped.event, skipped.reason.clone());
                    }
                }
            }
        }
    }
    for record in &done {
        let folder = setup.folder.path().shown();
        setup
            .folder
            .finished(record)
            .with_context(|| format!("cannot write down in {folder} what is done"))?;
    }
    setup.tasks.restore(&done);
    Ok(())
}

/// Refuses a server that the user does not name, unless it is that of the plugin. Whoever made the
/// plan must not decide which server gets a secret or the hashes of the case.
fn check_servers(plugin: &PluginConfig, given: &[(&str, String)]) -> Result<(), Failure> {
    let spec = analysis::spec_of(plugin)?;
    for option in spec.servers(plugin) {
        let planned = match plugin.get(&option.setting()) {
            Some(Setting::Number(number)) => number.to_string(),
            Some(Setting::Text(text)) => text.clone(),
            _ => String::new(),
        };
        if given.iter().any(|(name, value)| *name == option.name && *value == planned) {
            continue;
        }
        let what = spec.secret.as_ref().map_or("what it looks up", |source| source.what);
        return Err(Failure::usage(anyhow!(
            "the plan was made with {}, so its maker would decide which server gets {what}; \
             give {} again if this is your server, or make the plan again without this option",
            option.name,
            format_args!("{}={}", option.name, quoted(&planned))
        )));
    }
    Ok(())
}

/// Gives a plugin its secret, which no plan has.
fn give_secret(plugin: &mut PluginConfig) -> Result<(), Failure> {
    let spec = analysis::spec_of(plugin)?;
    let Some(source) = &spec.secret else { return Ok(()) };
    if !PluginOptions::default().give_secret(source, plugin).map_err(Failure::usage)? {
        return Err(Failure::usage(anyhow!(
            "{} needs {}, which a plan does not have; set {}",
            plugin.name(),
            source.what,
            source.variable
        )));
    }
    Ok(())
}
