//! Creates the task store of a map or reduce task.

use std::fs::File;
use std::path::Path;

use protocol::TaskSpec;
use storage::StorageError;
use storage::task_store::{TaskHeader, TaskStoreWriter};

/// Creates the task store of a task. `step` says in words what the task does.
pub(crate) fn create(task: &TaskSpec, step: String) -> Result<TaskStoreWriter, StorageError> {
    let header =
        TaskHeader { run: task.run.id.clone(), task: task.task, plugins: task.run.plugin_names(), step };
    TaskStoreWriter::create(&task.output, &header)
}

/// Returns the digest of a file that was just written: the task store, or a part of an export.
pub(crate) fn digest(path: &Path) -> Result<u64, StorageError> {
    File::open(path)
        .and_then(storage::task_store::digest)
        .map_err(|source| StorageError::Open { path: path.to_owned(), source })
}
