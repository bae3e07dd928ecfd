//! Runs the reduce step of a plugin over the task stores of all map tasks.

use std::path::Path;

use analysis::Pipeline;
use analysis::plugin::{PluginError, ReduceInput};
use events::{Counter, Key, KeyLabel};
use protocol::{TaskDone, TaskSpec, WorkState, task_store_name};
use storage::task_store::{TaskStore, TaskStoreWriter};

use crate::error::TaskError;
use crate::progress::Progress;
use crate::task_output::{create, digest};

/// The number of keys that are read from the task store at a time.
const BATCH: usize = 1_024;

pub(crate) fn reduce(
    pipeline: &mut Pipeline,
    task: &TaskSpec,
    position: usize,
    (folder, map_tasks): (&Path, &[(u32, u32)]),
    progress: &Progress,
) -> Result<TaskDone, TaskError> {
    progress.enter(WorkState::Reducing);
    let name = task.run.plugins.get(position).map_or("a plugin that does not exist", |plugin| plugin.name());
    let failed = |source| TaskError::Plugin { plugin: name.to_owned(), source };
    let Some(plugin) = pipeline.plugins().get_mut(position) else {
        return Err(failed(PluginError::Failed("the task belongs to another run".into())));
    };
    let writer = create(task, format!("reduce {name}"))?;
    let mut counter = Counter::new();
    for number in map_tasks.iter().flat_map(|&(first, last)| first..=last) {
        if progress.is_cancelled() {
            return Err(TaskError::Cancelled);
        }
        let store = TaskStore::open(&folder.join(task_store_name(number)), &task.run.id)?;
        writer.collect_keys(&store, position)?;
        store.add_counts(position, &mut counter)?;
        progress.step();
    }
    let mut input = Input {
        position,
        writer: &writer,
        counter: &counter,
        batch: Vec::new().into_iter(),
        last: None,
        progress,
    };
    let reduced = plugin.reduce(&mut input);
    if progress.is_cancelled() {
        return Err(TaskError::Cancelled);
    }
    progress.enter(WorkState::Writing);
    writer.write_reduced(position, &reduced.map_err(failed)?)?;
    writer.finish()?;
    Ok(TaskDone { task: task.task, digest: digest(task)?, ..TaskDone::default() })
}

struct Input<'a> {
    position: usize,
    writer: &'a TaskStoreWriter,
    counter: &'a Counter,
    batch: std::vec::IntoIter<Key>,
    last: Option<Key>,
    progress: &'a Progress,
}

impl ReduceInput for Input<'_> {
    fn next_key(&mut self) -> Result<Option<Key>, PluginError> {
        if self.progress.is_cancelled() {
            return Err(PluginError::Failed("cancelled".into()));
        }
        self.progress.step();
        if let Some(key) = self.batch.next() {
            return Ok(Some(key));
        }
        let batch = self
            .writer
            .keys_after(self.position, self.last.as_ref(), BATCH)
            .map_err(|e| PluginError::RunContext(e.into()))?;
        self.last = batch.last().cloned().or(self.last.take());
        self.batch = batch.into_iter();
        Ok(self.batch.next())
    }

    fn label(&mut self, label: KeyLabel) -> Result<(), PluginError> {
        self.writer.add_label(&label).map_err(|error| PluginError::RunContext(error.into()))
    }

    fn counter(&self) -> &Counter {
        self.counter
    }

    fn is_cancelled(&self) -> bool {
        self.progress.is_cancelled()
    }
}
