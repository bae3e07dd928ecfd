//! What a run reads or keeps besides the storage file: nothing else may be written there.

use std::path::PathBuf;

use analysis::{FileRole, InputFile};
use events::PluginConfig;
use filter::tagging_file::is_built_in;

use super::options::Options;
use super::record::RunRecord;
use super::setup::requested_plugins;
use crate::paths::{limit_readers_to_those_of_quoted, store_path};
use crate::supervise::run_folder::RunFolder;
use crate::supervise::worker_program::worker_program;

/// Returns the files that the run with these options reads, each with the option that names it.
/// Nothing may be written over them. Messages and results quote rules and lists, so from now on,
/// nothing is written that somebody may read who may not read these.
///
/// An option that cannot be understood is no error here, because the run says so.
pub(crate) fn input_files(options: &Options) -> Vec<(&'static str, PathBuf)> {
    let given = options.plugin_options.input_files().map(|(option, path)| (option, path.to_owned()));
    let worker = worker_program(options.workers.program.as_deref()).ok();
    let worker = worker.or_else(|| options.workers.program.clone()).map(|program| ("--worker", program));
    let exported = options.export.as_ref().and_then(|export| export.spec.formatters.clone());
    let formatters = exported.map(|folder| ("--formatters", folder));
    formatters.iter().for_each(|(_, folder)| limit_readers_to_those_of_quoted(folder));
    let mut files: Vec<_> = given.chain(worker).chain(formatters).collect();
    let requested = requested_plugins(options).ok().flatten().unwrap_or_default();
    let recorded = if options.resume { recorded_plugins(options) } else { Vec::new() };
    for plugin in &requested {
        quoted_places(plugin).iter().for_each(|place| limit_readers_to_those_of_quoted(place));
    }
    for plugin in requested.iter().chain(&recorded) {
        if let Ok(spec) = analysis::spec_of(plugin) {
            let named = spec.input_files(plugin).into_iter().filter(|file| !is_built_in(&file.path));
            files.extend(
                named.flat_map(|file| file.places().into_iter().map(move |path| (file.option.name, path))),
            );
        }
    }
    files
}

/// Returns the files and folders of a plugin that messages and results quote: those with rules and
/// lists.
pub(super) fn quoted_places(plugin: &PluginConfig) -> Vec<PathBuf> {
    let files = analysis::spec_of(plugin).map(|spec| spec.input_files(plugin)).unwrap_or_default();
    let is_quoted = |file: &InputFile| match file.role {
        FileRole::Rules(_) | FileRole::Collection(_) => !is_built_in(&file.path),
        FileRole::Data | FileRole::Secret => false,
    };
    files.into_iter().filter(is_quoted).flat_map(|file| file.places()).collect()
}

/// Returns the folder with the record of the interrupted run, without links, if there is one.
pub(crate) fn run_folder(options: &Options) -> Option<PathBuf> {
    let store = store_path(&options.store).ok()?;
    RunFolder::find(&store)?.canonicalize().ok()
}

/// Returns whether the storage file has an interrupted run to resume. A folder without a record is
/// of one that had done nothing. If the record cannot be read, resuming says why.
pub(crate) fn is_interrupted(options: &Options) -> bool {
    let store = store_path(&options.store).ok();
    store.is_some_and(|store| !matches!(RunFolder::peek::<RunRecord>(&store), Ok(None)))
}

/// Returns the plugins of the interrupted run, if there is one.
fn recorded_plugins(options: &Options) -> Vec<PluginConfig> {
    let store = store_path(&options.store).ok();
    let record = store.and_then(|store| RunFolder::peek::<RunRecord>(&store).ok()?);
    record.map(|record| record.run.plugins).unwrap_or_default()
}
