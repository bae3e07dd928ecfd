//! Creates the task store of a map or reduce task.

use std::path::Path;

use protocol::TaskSpec;
use storage::StorageError;
use storage::task_store::{Origin, TaskHeader, TaskStep, TaskStoreWriter};

/// Creates the task store of a task.
pub(crate) fn create(
    task: &TaskSpec,
    origin: &Origin,
    step: TaskStep,
) -> Result<TaskStoreWriter, StorageError> {
    let header =
        TaskHeader { origin: origin.clone(), task: task.task, plugins: task.run.plugin_names(), step };
    TaskStoreWriter::create(&task.output, &header)
}

/// Returns the digest of the part of an export that was just written.
pub(crate) fn digest(path: &Path) -> Result<u64, StorageError> {
    files::open_database(path)
        .and_then(storage::task_store::digest)
        .map_err(|source| StorageError::cannot_open(path, source))
}
