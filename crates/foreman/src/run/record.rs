//! The record of a run, with which an interrupted run can be resumed.
//!
//! A run writes its record before it starts. It can be resumed only if nothing has changed that
//! could change its results: the program, the store, the plugins with all their settings and files,
//! and the filter.

mod moved;
mod needed;

use std::path::{Path, PathBuf};

use analysis::RulesRead;
use anyhow::{Error, Result, anyhow, bail};
use events::{PluginConfig, Shown as _, Timestamp, with_causes};
use protocol::{RunSpec, check_session};
use serde::{Deserialize, Serialize};
use storage::task_store::Origin;
use storage::{InterruptedRun, Store, StoreState, TimeRange, counts_as_write};

use crate::exit::CliStyle;
use crate::run::data_files::DataFiles;
use crate::run::kept_files::KeptDigests;
use crate::run::options::Options;
use crate::run::slice;
use crate::shell::interrupted_run;
use crate::supervise::run_folder::RunFolder;
pub(super) use needed::is_last_session;
pub(crate) use needed::{Needed, with_lost_journal};

/// What a run records before it starts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RunRecord {
    /// The program's version.
    program: String,
    /// [`Store::fingerprint`](storage::Store::fingerprint).
    store: String,
    /// Device and inode of the store, when it was made, and its [version](StoreState::version).
    #[serde(default)]
    store_file: ((u64, u64, Option<Timestamp>), String),
    /// The run.
    pub(crate) run: RunSpec,
    /// The large files that the run reads.
    #[serde(default)]
    data_files: DataFiles,
    /// Whether the plugins' earlier results stay.
    pub(crate) keep_earlier: bool,
    /// Whether the results are stored even if no event matches the filter.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) stores_nothing_found: bool,
    /// The command line, without secrets, for the session.
    pub(crate) command_line: String,
    /// The start of the run.
    pub(crate) start_time: Timestamp,
    /// Which journal is that of its change, once that has begun:
    /// [`StoreWriter::begin`](storage::StoreWriter::begin).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    journal: Option<String>,
    /// The digest of all results in the store when its change is complete:
    /// [`StoreWriter::digest_of_results`](storage::StoreWriter::digest_of_results).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    results: Option<String>,
    /// Whether the results that it is about to store are not complete.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) is_incomplete: bool,
    /// The digest of all settings that decide what is found, and of the rules and lists as the run
    /// has kept or read them.
    #[serde(default)]
    settings: String,
}

/// The options that decide what a run stores, besides those of its workers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct KeptOptions {
    pub(crate) keep_earlier: bool,
    pub(crate) stores_nothing_found: bool,
}

impl KeptOptions {
    pub(crate) fn of(options: &Options) -> Self {
        // psort stores its reports in any case.
        let stores_nothing_found = options.force || options.style == CliStyle::Psort;
        Self { keep_earlier: options.keep_earlier, stores_nothing_found }
    }
}

/// How and when a run started.
#[derive(Debug, Clone)]
pub(crate) struct RunStart {
    /// The command line, without secrets.
    pub(crate) command_line: String,
    pub(crate) start_time: Timestamp,
}

/// What the command line requires of the run to resume. Options that were not given are `None`, and
/// fit any run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ResumeRequest<'a> {
    pub(crate) plugins: Option<&'a [PluginConfig]>,
    pub(crate) filter: Option<&'a str>,
    pub(crate) times: Option<TimeRange>,
    pub(crate) strict_compat: bool,
    pub(crate) keep_earlier: bool,
    pub(crate) force: bool,
    /// Whether options that were not given fit only a run without them. All runs of a queue are
    /// alike, so an interrupted run of a storage file alone is not one of its runs.
    pub(crate) is_exact: bool,
}

impl<'a> ResumeRequest<'a> {
    pub(crate) fn of(options: &'a Options, plugins: Option<&'a [PluginConfig]>) -> Self {
        Self {
            plugins,
            filter: options.filter.as_deref(),
            times: options.times,
            strict_compat: options.strict_compat,
            keep_earlier: options.keep_earlier,
            force: options.force,
            is_exact: options.is_one_of_many,
        }
    }
}

/// A change of a run to its store.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Change {
    /// Which journal is its own.
    pub(super) journal: String,
    /// The digest of all results in the store when it is complete, if it came so far.
    pub(super) results: Option<String>,
}

impl RunRecord {
    /// The record of a new run over the store in this state. `files` are the digests of the
    /// files that the run has kept or read.
    pub(crate) fn new(
        run: RunSpec,
        files: KeptDigests,
        store: &StoreState,
        kept: KeptOptions,
        start: &RunStart,
    ) -> Result<Self> {
        let KeptOptions { keep_earlier, stores_nothing_found } = kept;
        Ok(Self {
            settings: settings_of(&run, files)?,
            program: env!("CARGO_PKG_VERSION").to_owned(),
            store: store.fingerprint().to_owned(),
            store_file: (store.identity(), store.version()),
            data_files: DataFiles::of(&run.plugins)?,
            run,
            keep_earlier,
            stores_nothing_found,
            command_line: start.command_line.clone(),
            start_time: start.start_time,
            journal: None,
            results: None,
            is_incomplete: false,
        })
    }

    /// Refuses to go on if the rules or lists, which have these digests now, are not those with
    /// which the run in `folder` began.
    pub(crate) fn check_settings(&self, files: KeptDigests, folder: &RunFolder) -> Result<()> {
        if settings_of(&self.run, files)? == self.settings {
            return Ok(());
        }
        Err(self.changed_rules("", folder))
    }

    /// Returns the error that the rules or lists that the run in `folder` has kept are not as they
    /// were; `why` says what is wrong with them.
    pub(crate) fn changed_rules(&self, why: &str, folder: &RunFolder) -> Error {
        let why = if why.is_empty() { String::new() } else { format!(" ({why})") };
        anyhow!(
            "the interrupted run cannot be resumed: the rules or lists that it has kept in {} were changed or damaged since it \
             began{why}; start it anew without --resume, or discard it with:\n  foreman clean {}",
            folder.path().shown(),
            interrupted_run(&self.run.store)
        )
    }

    /// Writes down which journal is that of the change of the run in `folder`.
    pub(crate) fn keep_journal(folder: &RunFolder, journal: String) -> Result<()> {
        let record = Self { journal: Some(journal), results: None, ..folder.load()? };
        folder.save_durably(&record)?;
        // SQLite has the disk keep the name of the journal, too, but ignores an error.
        folder.sync_place()
    }

    /// Writes down what the run in `folder` is about to store: the digest of all results, and
    /// whether something was skipped. If it is killed in the commit or after it, nothing else says
    /// so.
    pub(crate) fn keep_results(folder: &RunFolder, results: String, is_incomplete: bool) -> Result<()> {
        folder.save_durably(&Self { results: Some(results), is_incomplete, ..folder.load()? })
    }

    /// Returns the storage file of an interrupted run in `place` that has recorded the journal
    /// beside `path` as its own, and the folder of that run.
    ///
    /// # Errors
    ///
    /// If there is none among the records that can be read, and another one or the journal cannot
    /// be read.
    pub(crate) fn of_journal(path: &Path, place: &Path) -> Result<Option<(PathBuf, PathBuf)>> {
        let mut unreadable = None;
        for record in RunFolder::records_in::<Self>(place)? {
            match record {
                Ok((folder, record)) => {
                    if let Some(journal) = &record.journal
                        && storage::is_journal(path, journal)?
                    {
                        return Ok(Some((record.run.store, folder)));
                    }
                }
                Err(error) => unreadable = unreadable.or(Some(error)),
            }
        }
        unreadable.map_or(Ok(None), Err)
    }

    /// Returns the last change of the run in `folder`, if one has begun.
    ///
    /// # Errors
    ///
    /// If the record cannot be read: the run may have begun a change.
    pub(super) fn change(folder: &RunFolder) -> Result<Option<Change>> {
        let record = folder.load_left::<Self>()?;
        let change = record.map(|Self { journal, results, .. }| Some(Change { journal: journal?, results }));
        Ok(change.flatten())
    }

    /// Checks that the large files of the run in `folder` are those that it began with.
    pub(crate) fn check_data_files(folder: &RunFolder) -> Result<()> {
        folder.load::<Self>()?.data_files.check_unchanged()
    }

    /// Returns what the task stores of the run are results of.
    pub(crate) fn origin(&self) -> Origin {
        let Self { store, run, settings, .. } = self;
        Origin { run: run.id.clone(), store: store.clone(), settings: settings.clone() }
    }

    /// What is needed to undo the change of the run.
    pub(crate) fn interrupted(&self) -> InterruptedRun<'_> {
        InterruptedRun { id: &self.run.id, store: &self.store, journal: self.journal.as_deref() }
    }

    /// Loads the interrupted run in `folder`, if it meets the request and the store is still in the
    /// state in which it was.
    pub(crate) fn resume(
        folder: &RunFolder,
        (store, state): (&Store, &StoreState),
        asked: &ResumeRequest<'_>,
    ) -> Result<Self> {
        let begun = folder.load::<Self>()?;
        let at = begun.run.store.clone();
        let record = begun.where_it_is_now(folder, (store, state));
        if store.has_session(&record.run.id)? {
            record.check_complete(store)?;
            bail!(
                "the interrupted run has stored all its results in {}, so nothing is left to do; discard its folder with:\n  \
                 foreman clean {}",
                store.path().shown(),
                interrupted_run(store.path())
            );
        }
        // The advice to discard it would be wrong.
        Self::check_discardable(store)?;
        let checked = folder.check_files().and_then(|()| record.check((store, state), asked));
        let checked = checked.and_then(|()| folder.check_own());
        checked.map_err(|error| {
            anyhow!(
                "the interrupted run cannot be resumed: {}; start it anew without --resume, or discard it \
                 with:\n  foreman clean {}",
                with_causes(error.as_ref()),
                interrupted_run(store.path())
            )
        })?;
        if record.run.store != at {
            tracing::info!("the folder of {} was renamed or moved since the run began", at.shown());
            folder.save_durably(&record)?;
        }
        Ok(record)
    }

    fn check(&self, (store, state): (&Store, &StoreState), asked: &ResumeRequest<'_>) -> Result<()> {
        let Self { program, store: fingerprint, run, .. } = self;
        if program != env!("CARGO_PKG_VERSION") {
            bail!("foreman {program} started it, but this is foreman {}", env!("CARGO_PKG_VERSION"));
        }
        if run.store != store.path() {
            bail!(
                "it belongs to {}, and can be resumed when the storage file and the run's folder have their old paths again",
                run.store.shown()
            );
        }
        if let Err(problem) = check_session(&run.id, self.start_time) {
            bail!("its record is damaged: {problem}");
        }
        if fingerprint != state.fingerprint() {
            bail!("the storage file has changed since then");
        }
        // The fingerprint covers a part of a large store. The time tells of a write wherever it
        // was, if this is the same file, and until the run itself begins to write.
        let (file, version) = &self.store_file;
        if self.journal.is_none() && *file == state.identity() && *version != state.version() {
            bail!("somebody has written to the storage file since then {}", counts_as_write(&self.run.store));
        }
        self.data_files.check_unchanged()?;
        self.check_request(asked)
    }

    /// Checks that the run does what was asked for.
    fn check_request(&self, asked: &ResumeRequest<'_>) -> Result<()> {
        let run = &self.run;
        let ResumeRequest { plugins, filter, times, is_exact, .. } = *asked;
        if (is_exact || filter.is_some()) && without_empty(filter) != without_empty(run.filter.as_deref()) {
            bail!("its filter was {}", run.filter.as_deref().unwrap_or("empty"));
        }
        if (is_exact || times.is_some()) && times != run.times {
            let was = slice::as_filter(None, run.times);
            bail!("its slice was {}", was.as_deref().unwrap_or("all of the time"));
        }
        check_options(self, asked)?;
        let Some(plugins) = plugins else { return check_unnamed(&run.plugins) };
        let names =
            |plugins: &[PluginConfig]| plugins.iter().map(PluginConfig::name).collect::<Vec<_>>().join(",");
        if names(plugins) != names(&run.plugins) {
            bail!("its plugins were {}", names(&run.plugins));
        }
        for (asked, begun) in plugins.iter().zip(&run.plugins) {
            if !analysis::spec_of(begun)?.is_same_run(asked, begun)? {
                bail!("the settings of {}, or its files, were different", begun.name());
            }
        }
        Ok(())
    }
}

/// Returns the digest of all settings of a run that decide what is found, and of its files, which
/// have these digests.
fn settings_of(run: &RunSpec, files: KeptDigests) -> Result<String> {
    let RunSpec { plugins, filter, times, strict_compat, .. } = run;
    let read = RulesRead::of(files);
    Ok(analysis::settings_digest_of_read(plugins, filter.as_deref(), *times, *strict_compat, &read)?)
}

/// Returns the filter, or `None` if it is empty. An empty filter is the same as none.
fn without_empty(filter: Option<&str>) -> Option<&str> {
    filter.filter(|filter| !filter.is_empty())
}

/// Refuses to ask a server because of the record alone. The record may come from somebody else, who
/// must not decide that a server gets the hashes of the case, or which one gets the user's key.
fn check_unnamed(begun: &[PluginConfig]) -> Result<()> {
    let Some(asking) = begun.iter().find(|plugin| is_asking(plugin)) else { return Ok(()) };
    let other = analysis::spec_of(asking)?.servers(asking).next();
    let how = other.map(|option| format!("was started with {}", option.name));
    let how = how.unwrap_or_else(|| format!("asks a server for {}", asking.name()));
    bail!("it {how}, so name its plugins and their options again")
}

/// Returns whether one of these plugins sends something to a server.
pub(super) fn asks_server(plugins: &[PluginConfig]) -> bool {
    plugins.iter().any(is_asking)
}

fn is_asking(plugin: &PluginConfig) -> bool {
    analysis::spec_of(plugin).is_ok_and(|spec| spec.asks_server(plugin))
}

/// Checks that the options that would change the results are the same.
fn check_options(begun: &RunRecord, request: &ResumeRequest<'_>) -> Result<()> {
    for (asked, begun, option) in [
        (request.strict_compat, begun.run.strict_compat, "--strict-compat"),
        (request.keep_earlier, begun.keep_earlier, "--keep-earlier"),
    ] {
        match (asked, begun) {
            (true, false) => bail!("it was started without {option}"),
            (false, true) if request.is_exact => bail!("it was started with {option}"),
            _ => {}
        }
    }
    if request.is_exact && begun.stores_nothing_found && !request.force {
        bail!("it was started with --force, or by foreman psort");
    }
    Ok(())
}
