//! The names of the run's folder and of its files, by which a later run recognises them.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use files::Kind;
use protocol::{SHARD_SIGNATURE, is_part_name, is_task_store_name};

use crate::supervise::dispatcher::WorkerId;

/// The file with the record of the run. A folder without this file is not foreman's, and is never
/// removed.
pub(super) const RUN: &str = "run.json";
/// The file beside the record that says in which folder the other files of the run are, if they are
/// not there.
pub(super) const ELSEWHERE: &str = "elsewhere.json";
/// The file with the finished tasks, one per line.
pub(super) const FINISHED: &str = "finished.jsonl";
/// The store for the results of a dry run.
pub(crate) const DRY_RUN: &str = "dry-run.plaso";

/// The beginning of [`RUN`], by which the folder of a run is recognised. If a run is killed at
/// once, the file has only this.
pub(super) const SIGNATURE: &str = "{\n  \"format\": \"foreman run 1\"";
pub(super) const FORMAT: &str = "foreman run 1";

/// How the folder of a run is recognised, and which of its files are removed with it.
pub(super) const KIND: Kind = Kind { marker: RUN, signature: SIGNATURE, is_ours };

/// The file with the record of a shard, in the folder that a machine hands over.
pub(crate) const SHARD: &str = "shard.json";

/// How the folder of a shard is recognised, and which of its files are removed with it.
pub(crate) const SHARD_KIND: Kind = Kind { marker: SHARD, signature: SHARD_SIGNATURE, is_ours };

/// Returns the name of the folder of a shard.
pub(crate) fn shard_name(shard: u32) -> String {
    format!("shard-{shard:06}")
}

/// The file with the columns of the Parquet files of an export.
pub(crate) const SCHEMA: &str = "schema.json";

/// Returns the name of a file for lines of an export between two passes of their merge.
pub(crate) fn merged_name(number: u32) -> String {
    format!("merged-{number:06}.lines")
}

fn is_merged_name(name: &str) -> bool {
    let number = name.strip_prefix("merged-").and_then(|rest| rest.strip_suffix(".lines"));
    number.and_then(|number| number.parse().ok()).is_some_and(|number| merged_name(number) == name)
}

pub(super) fn trace_name(worker: WorkerId) -> String {
    format!("worker-{:03}.event", worker.0)
}

pub(super) fn log_name(worker: WorkerId) -> String {
    format!("worker-{:03}.log", worker.0)
}

/// Returns whether a run makes a file of this name, in addition to its record.
fn is_ours(name: &str) -> bool {
    let of_worker = || {
        let (number, kind) = name.strip_prefix("worker-")?.split_once('.')?;
        let is_number = number.len() >= 3 && number.bytes().all(|b| b.is_ascii_digit());
        Some(is_number && matches!(kind, "event" | "log"))
    };
    let journal = name.strip_suffix("-journal");
    [ELSEWHERE, FINISHED, DRY_RUN].contains(&name)
        || analysis::is_kept_file(name)
        || journal == Some(DRY_RUN)
        || is_task_store_name(name)
        || is_part_name(name)
        || is_merged_name(name)
        || name == SCHEMA
        || of_worker() == Some(true)
}

/// Returns the path of the folder with the record of a run: `case.plaso` → `case.plaso.foreman`.
pub(super) fn path_for(store: &Path) -> Result<PathBuf> {
    let mut name = OsString::from(store.file_name().context("the store has no file name")?);
    name.push(".foreman");
    Ok(store.with_file_name(name))
}

#[cfg(test)]
mod tests {
    use protocol::task_store_name;

    use super::*;

    #[test]
    fn a_folder_has_the_same_name_in_all_versions() {
        assert_eq!(path_for(Path::new("/cases/case.plaso")).unwrap(), Path::new("/cases/case.plaso.foreman"));
    }

    #[test]
    fn files_of_ours() {
        let worker = WorkerId(7);
        for name in
            [log_name(worker), trace_name(worker), task_store_name(7), DRY_RUN.to_owned(), SCHEMA.to_owned()]
        {
            assert!(is_ours(&name), "{name}");
        }
        assert!(is_ours("task-000007.part") && is_ours(&merged_name(7)) && !is_ours("merged-7.lines"));
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
