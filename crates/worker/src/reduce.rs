//! Runs the reduce step of a plugin over the task stores of all map tasks.

use analysis::Pipeline;
use analysis::plugin::{PluginError, ReduceInput};
use events::{Counter, Key, KeyLabel};
use protocol::{ReduceStep, TaskDone, TaskSpec, WorkState, task_store_name};
use storage::task_store::{Origin, TaskStep, TaskStore, TaskStoreWriter};

use crate::error::TaskError;
use crate::keys::{Keys, KeysInOrder};
use crate::progress::Progress;
use crate::task_output::create;

pub(crate) fn reduce(
    pipeline: &mut Pipeline,
    origin: &Origin,
    task: &TaskSpec,
    &ReduceStep { plugin: position, ref folder, ref map_tasks }: &ReduceStep,
    progress: &Progress,
) -> Result<TaskDone, TaskError> {
    let name = task.run.plugins.get(position).map_or("a plugin that does not exist", |plugin| plugin.name());
    let failed = |source| TaskError::Plugin { plugin: name.to_owned(), source };
    let Some(plugin) = pipeline.plugins().get_mut(position) else {
        return Err(failed(PluginError::Failed("the task belongs to another run".into())));
    };
    let writer = create(task, origin, TaskStep::Reduce(name.to_owned()))?;
    let mut counter = Counter::new();
    let mut keys = Keys::new(&writer, position, plugin.time_slot());
    for number in map_tasks.iter().flat_map(|&(first, last)| first..=last) {
        if progress.is_cancelled() {
            return Err(TaskError::Cancelled);
        }
        let store = TaskStore::open(&folder.join(task_store_name(number)), origin)?;
        keys.collect(&store)?;
        store.add_counts(position, &mut counter)?;
        progress.step();
    }
    let mut input = Input { keys: keys.in_order()?, writer: &writer, counter: &counter, progress };
    let reduced = plugin.reduce(&mut input);
    if progress.is_cancelled() {
        return Err(TaskError::Cancelled);
    }
    progress.enter(WorkState::Writing);
    writer.write_reduced(position, &reduced.map_err(failed)?)?;
    Ok(TaskDone { task: task.task, digest: writer.finish()?, ..TaskDone::default() })
}

struct Input<'a> {
    keys: KeysInOrder<'a>,
    writer: &'a TaskStoreWriter,
    counter: &'a Counter,
    progress: &'a Progress,
}

impl ReduceInput for Input<'_> {
    fn next_key(&mut self) -> Result<Option<Key>, PluginError> {
        if self.progress.is_cancelled() {
            return Err(PluginError::Failed("cancelled".into()));
        }
        self.progress.step();
        self.keys.next().map_err(|error| PluginError::RunContext(error.into()))
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

    fn show_progress(&self) {
        self.progress.step();
    }
}
