//! The folder of a plan: the plan, the rules that it names, and what is known of the parts of its
//! storage file.

use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use analysis::{FileRole, is_kept_file};
use anyhow::{Context as _, Result, anyhow, bail};
use events::{PluginConfig, Shown as _};
use filter::tagging_file::is_built_in;
use protocol::{Part, Parts, Plan, RunSpec, StorePart};
use storage::task_store::Origin;
use storage::{EventRange, Store};

use crate::exit::Failure;
use crate::shell::quoted_path;

/// The file with the plan.
pub(super) const PLAN: &str = "plan.json";
/// The file that says which parts of the storage file belong to the plan.
pub(super) const PARTS: &str = "parts.json";
/// The maximum number of bytes of a plan that are read. A plan of ten billion events has a quarter
/// of them.
const LONGEST_PLAN: u64 = 128 << 20;

/// A plan and its folder.
pub(crate) struct PlanFolder {
    pub(super) plan: Plan,
    pub(super) path: PathBuf,
    /// The parts of the storage file, if it was split.
    pub(super) parts: Option<Parts>,
    plugins: Vec<PluginConfig>,
}

impl PlanFolder {
    /// Reads the plan in a folder, and checks that the rules beside it are those that were planned.
    pub(crate) fn open(given: &Path) -> Result<Self, Failure> {
        let path = real_folder(given)?;
        let file = path.join(PLAN);
        files::refuse_streams_into(&plan_files(&path)).map_err(Failure::usage)?;
        let json =
            read(&file)?.ok_or_else(|| anyhow!("there is no plan in {}: {PLAN} is missing", path.shown()))?;
        let unusable = |error: anyhow::Error| {
            Failure::usage(error.context(format!("cannot use the plan {}", file.shown())))
        };
        let plan = Plan::from_json(&json).map_err(|error| unusable(error.into()))?;
        let plugins = with_files_in(&path, &plan.run.plugins).map_err(unusable)?;
        let RunSpec { filter, times, strict_compat, .. } = &plan.run;
        let found = analysis::settings_digest(&plugins, filter.as_deref(), *times, *strict_compat)?;
        if found != plan.settings {
            return Err(unusable(anyhow!(
                "its settings or the files that it names are not those that were planned; make a new plan"
            )));
        }
        let file = path.join(PARTS);
        let parts = read(&file)?.map(|json| Parts::from_json(&json, &plan)).transpose();
        let parts = parts.with_context(|| format!("cannot use {}", file.shown())).map_err(Failure::usage)?;
        Ok(Self { plan, path, parts, plugins })
    }

    /// Returns the run of the plan, over the storage file at this path, or over this part of it.
    pub(super) fn run(&self, store: &Path, part: Option<&Part>) -> RunSpec {
        let of = |part: &Part| StorePart { part: part.store.clone(), whole: self.plan.store.clone() };
        RunSpec {
            store: store.to_owned(),
            part: part.map(of),
            plugins: self.plugins.clone(),
            ..self.plan.run.clone()
        }
    }

    /// Returns what the task stores of the plan are results of.
    pub(super) fn origin(&self) -> Origin {
        let Plan { run, store, settings, .. } = &self.plan;
        Origin { run: run.id.clone(), store: store.clone(), settings: settings.clone() }
    }

    /// Refuses a storage file that is not as it was when the plan or its part was made.
    pub(super) fn check_store(&self, store: &Store, part: Option<&Part>) -> Result<(), Failure> {
        let found = store.fingerprint()?;
        let (what, planned) = match part {
            None => ("is not the storage file of the plan", &self.plan.store),
            Some(part) => ("is not the part of the storage file for this shard of the plan", &part.store),
        };
        if found == *planned {
            return Ok(());
        }
        Err(Failure::usage(anyhow!(
            "{} {what} {}, or was changed since then: it is {found}, and the plan is for {planned:?}",
            store.path().shown(),
            self.path.shown()
        )))
    }

    /// Refuses a plan that was changed, so that its tasks are not these of its storage file.
    pub(super) fn check_tasks(
        &self,
        store: &Store,
        events: u64,
        tasks: &[EventRange],
    ) -> Result<(), Failure> {
        if (events, tasks) == (self.plan.events, &self.plan.tasks) {
            return Ok(());
        }
        Err(Failure::usage(anyhow!(
            "the plan {} was changed: its tasks are not those of {}; make a new plan",
            self.path.shown(),
            store.path().shown()
        )))
    }

    /// Returns the part of the storage file for a shard.
    pub(super) fn part(&self, shard: u32) -> Result<&Part, Failure> {
        let part = self.parts.as_ref().and_then(|parts| parts.of_shard(shard));
        part.ok_or_else(|| {
            Failure::usage(anyhow!(
                "the plan {} has no parts; make them with:\n  foreman split --plan {} --out PARTS STORE",
                self.path.shown(),
                quoted_path(&self.path)
            ))
        })
    }

    /// Refuses a number of which the plan has no shard.
    pub(super) fn check_number(&self, shard: u32) -> Result<(), Failure> {
        if self.plan.shard(shard).is_some() {
            return Ok(());
        }
        let plan = self.path.shown();
        Err(Failure::usage(match self.plan.shards.len() {
            0 => anyhow!("the plan {plan} has no shards, because its storage file has no events"),
            count => anyhow!("the plan {plan} has the shards 0 to {}, and no shard {shard}", count - 1),
        }))
    }
}

/// Returns the files in the folder of a plan that foreman has made there and reads.
pub(super) fn plan_files(folder: &Path) -> Vec<PathBuf> {
    let is_ours = |name: &str| [PLAN, PARTS].contains(&name) || is_kept_file(name);
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let ours = entries.filter(|entry| entry.file_name().to_str().is_some_and(is_ours));
    let mut files: Vec<_> = ours.map(|entry| entry.path()).collect();
    files.sort();
    files
}

/// Returns the content of a file of the plan, or `None` if there is no such file.
fn read(file: &Path) -> Result<Option<Vec<u8>>, Failure> {
    let mut json = Vec::new();
    let opened = files::open_input(file);
    match opened.and_then(|plan| plan.take(LONGEST_PLAN + 1).read_to_end(&mut json)) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        read => read.with_context(|| format!("cannot read {}", file.shown()))?,
    };
    if json.len() as u64 > LONGEST_PLAN {
        let limit = LONGEST_PLAN >> 20;
        return Err(Failure::usage(anyhow!("{} has more than {limit} MiB", file.shown())));
    }
    Ok(Some(json))
}

/// Returns the plugins with their files in this folder. A plan names them by their names alone, so
/// that the folder can be anywhere, and no plan leads to other files.
pub(super) fn with_files_in(folder: &Path, plugins: &[PluginConfig]) -> Result<Vec<PluginConfig>> {
    let mut plugins = plugins.to_vec();
    for plugin in &mut plugins {
        let files = analysis::spec_of(plugin)?.input_files(plugin);
        for of_option in files.chunk_by(|a, b| a.option == b.option) {
            let mut paths = Vec::new();
            for file in of_option {
                paths.push(match file.role {
                    FileRole::Rules(_) if is_built_in(&file.path) => file.path.clone(),
                    FileRole::Rules(_) | FileRole::Collection(_) => match file.path.to_str() {
                        Some(name) if is_kept_file(name) => folder.join(name),
                        _ => bail!("it names {}, which is no file of a plan", file.path.shown()),
                    },
                    FileRole::Data | FileRole::Secret => file.path.clone(),
                });
            }
            plugin.set(&of_option[0].option.setting(), paths);
        }
    }
    Ok(plugins)
}

/// Returns the real path of a folder, which must exist, and be UTF-8 so that a task can contain it.
/// No link of another user may lead to it if that user may not list it.
pub(super) fn real_folder(given: &Path) -> Result<PathBuf> {
    let real = files::check_links_to(given).and_then(|()| given.canonicalize());
    let path = real.with_context(|| format!("cannot use the folder {}", given.shown()))?;
    if path.to_str().is_none() {
        bail!("{}: the name of the folder must be UTF-8; rename it", path.shown());
    }
    Ok(path)
}
