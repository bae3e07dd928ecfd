//! The names of the run's folder and of the files in it, by which a later run recognizes them.

use std::ffi::OsString;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use files::Kind;
use protocol::is_task_store_name;

use crate::supervise::dispatcher::WorkerId;

/// What the run is. A folder without this file is not ours, and never removed.
pub(super) const RUN: &str = "run.json";
/// The tasks that are done, a line each.
pub(super) const FINISHED: &str = "finished.jsonl";
/// Where a dry run stores its results.
pub(crate) const DRY_RUN: &str = "dry-run.plaso";

/// How [`RUN`] begins, by which the folder of a run is known again. A run that was killed at once leaves
/// no more than this.
pub(super) const SIGNATURE: &str = "{\n  \"format\": \"foreman run 1\"";
pub(super) const FORMAT: &str = "foreman run 1";

/// How a folder of a run is known again, and which of its files are removed with it.
pub(super) const KIND: Kind = Kind { marker: RUN, signature: SIGNATURE, is_ours };

pub(super) fn trace_name(worker: WorkerId) -> String {
    format!("worker-{:03}.event", worker.0)
}

pub(super) fn log_name(worker: WorkerId) -> String {
    format!("worker-{:03}.log", worker.0)
}

/// Returns whether a run makes a file of this name, beside its record.
fn is_ours(name: &str) -> bool {
    let of_worker = || {
        let (number, kind) = name.strip_prefix("worker-")?.split_once('.')?;
        let is_number = number.len() >= 3 && number.bytes().all(|b| b.is_ascii_digit());
        Some(is_number && matches!(kind, "event" | "log"))
    };
    let journal = name.strip_suffix("-journal");
    [FINISHED, DRY_RUN].contains(&name)
        || analysis::kept_files().any(|kept| kept == name)
        || journal == Some(DRY_RUN)
        || is_task_store_name(name)
        || of_worker() == Some(true)
}

/// `case.plaso` → `case.plaso.foreman`, with a number between if it does not lie beside the store: other stores may have
/// that name.
pub(super) fn path_for(store: &Path, parent: Option<&Path>) -> Result<PathBuf> {
    let mut name = OsString::from(store.file_name().context("the store has no file name")?);
    if parent.is_some() {
        let mut hasher = DefaultHasher::new();
        store.hash(&mut hasher);
        name.push(format!(".{:016x}", hasher.finish()));
    }
    name.push(".foreman");
    let beside = store.parent().unwrap_or(Path::new(""));
    Ok(parent.unwrap_or(beside).join(name))
}

#[cfg(test)]
mod tests {
    use protocol::task_store_name;

    use super::*;

    #[test]
    fn files_of_ours() {
        let worker = WorkerId(7);
        for name in [log_name(worker), trace_name(worker), task_store_name(7), DRY_RUN.to_owned()] {
            assert!(is_ours(&name), "{name}");
        }
        for name in [
            "notes.txt",
            "task.sqlite",
            "worker-.log",
            "worker-x.log",
            "worker-007.txt",
            "task-000001.sqlite/",
        ] {
            assert!(!is_ours(name), "{name}");
        }
    }
}
