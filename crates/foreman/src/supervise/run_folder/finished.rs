//! The finished tasks of a run, in the run's folder.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;

use anyhow::{Context as _, Result};
use events::Shown as _;
use protocol::{Step, is_task_store_name, part_of, task_store_name};
use serde::{Deserialize, Serialize};
use storage::task_store::{Origin, TaskStep, TaskStore};

use super::names::FINISHED;
use super::{Place, RunFolder, Sizes};
use crate::supervise::dispatcher::{TaskId, TaskRecord};
use crate::supervise::stop::StopRequests;

/// How many bytes of the list of finished tasks are read: a billion events have 60,000 tasks, and
/// each has a line of some 200 bytes.
const LONGEST_LIST: u64 = 256 << 20;

/// A line of the list.
#[derive(Debug, Serialize, Deserialize)]
struct Line {
    sizes: Sizes,
    task: TaskRecord,
}

impl RunFolder {
    /// Records that a task is done. Only a run that can be resumed has a list of its finished
    /// tasks.
    ///
    /// # Errors
    ///
    /// If the record cannot be written.
    pub(crate) fn finished(&self, task: &TaskRecord) -> io::Result<()> {
        let can_be_resumed = matches!(self.place, Place::Known { .. });
        self.worth_keeping.set(can_be_resumed);
        let sizes = self.sizes_of(task);
        self.sizes.borrow_mut().insert(task.done.task, sizes);
        if !can_be_resumed {
            return Ok(());
        }
        let mut line = serde_json::to_string(&Line { sizes, task: *task })?;
        line.push('\n');
        self.folder().append(FINISHED)?.write_all(line.as_bytes())
    }

    /// Returns the records of the finished tasks whose stores are unchanged and of this origin. If
    /// the user asks to stop, further ones are not looked at.
    ///
    /// # Errors
    ///
    /// If the list of them cannot be read: the work of hours may be done.
    pub(crate) fn all_finished(
        &self,
        origin: &Origin,
        plugins: &[String],
        stop: &StopRequests,
    ) -> Result<Vec<TaskRecord>> {
        let is_of_origin = |record: &TaskRecord| {
            let step = match record.work {
                Step::Map(events) => TaskStep::Map(events),
                Step::Reduce(plugin) => TaskStep::Reduce(plugins.get(plugin).cloned().unwrap_or_default()),
            };
            let store = TaskStore::open(&self.task_store(record.done.task), origin);
            store.and_then(|store| store.check_step(&step)).is_ok()
        };
        let cannot_read = || {
            format!(
                "cannot read {}, which tells what the interrupted run has done; look for the cause, and give the command again",
                self.path().join(FINISHED).shown()
            )
        };
        let records = self.last_records().with_context(cannot_read)?;
        let records = records.into_values().take_while(|_| stop.count() == 0);
        let finished: Vec<_> =
            records.filter(|record| self.is_intact(record) && is_of_origin(record)).collect();
        if stop.count() == 0 {
            self.discard_task_stores_but(&finished);
        }
        Ok(finished)
    }

    /// Removes the task stores of all other tasks, which are made again. A power cut can leave a
    /// file of zeros, and a worker writes over nothing that it does not know.
    fn discard_task_stores_but(&self, finished: &[TaskRecord]) {
        let kept: BTreeSet<_> = finished.iter().map(|record| task_store_name(record.done.task)).collect();
        let names = self.folder().file_names().unwrap_or_default();
        for name in names.iter().filter_map(|name| name.to_str()) {
            if is_task_store_name(name) && !kept.contains(name) {
                // What stays is an error of the task.
                let _ = self.folder().remove_file(name);
            }
        }
    }

    /// Returns the last record of each task: a task store that was damaged is made again. So a task
    /// store is looked at once, however often the list names it.
    fn last_records(&self) -> io::Result<BTreeMap<TaskId, TaskRecord>> {
        let mut records = BTreeMap::new();
        let list = match self.folder().read(FINISHED) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(records),
            list => list?,
        };
        for line in BufReader::new(list.take(LONGEST_LIST)).split(b'\n') {
            // If the interruption cut off a line, its task will be done again.
            if let Ok(Line { sizes, task }) = serde_json::from_slice(&line?) {
                self.sizes.borrow_mut().insert(task.done.task, sizes);
                records.insert(task.done.task, task);
            }
        }
        Ok(records)
    }

    /// Returns whether a finished task's store is the same that the worker reported.
    #[must_use]
    pub(crate) fn is_intact(&self, task: &TaskRecord) -> bool {
        if self.sizes.borrow().get(&task.done.task) != Some(&self.sizes_of(task)) {
            return false;
        }
        let store = task_store_name(task.done.task);
        let part = part_of(Path::new(&store));
        let has = |name: &Path, digest| {
            let file = self.folder().read(&name.to_string_lossy());
            file.and_then(storage::task_store::digest).is_ok_and(|found| found == digest)
        };
        has(Path::new(&store), task.done.digest) && task.done.part.is_none_or(|digest| has(&part, digest))
    }

    /// Returns the sizes of what a task has written. A file that is not there has none.
    fn sizes_of(&self, task: &TaskRecord) -> Sizes {
        let store = task_store_name(task.done.task);
        let size = |name: &Path| {
            let file = self.folder().read(&name.to_string_lossy());
            file.and_then(|file| Ok(file.metadata()?.len())).unwrap_or_default()
        };
        let part = task.done.part.map(|_| part_of(Path::new(&store)));
        [size(Path::new(&store)), part.map_or(0, |part| size(&part))]
    }
}

#[cfg(test)]
mod tests {
    use protocol::TaskDone;
    use storage::EventRange;

    use super::super::DRY_RUN_PREFIX;
    use super::*;

    /// Without `--resume`, a list would only be one more file that a full disk has no room for.
    #[test]
    fn only_a_run_that_can_be_resumed_has_a_list() {
        let place = tempfile::tempdir().unwrap();
        let store = place.path().join("case.plaso");
        std::fs::write(&store, "").unwrap();
        let work = Step::Map(EventRange { first: 1, last: 2 });
        let record = TaskRecord { work, done: TaskDone::default() };
        for (folder, has_list) in [
            (RunFolder::create(&store, None).unwrap(), true),
            (RunFolder::temporary(place.path(), DRY_RUN_PREFIX).unwrap(), false),
            (RunFolder::attempt(place.path(), 0).unwrap(), false),
        ] {
            folder.finished(&record).unwrap();
            assert_eq!(folder.path().join(FINISHED).exists(), has_list, "{}", folder.path().display());
            assert!(folder.sizes.borrow().contains_key(&0), "what is merged is compared with its size");
        }
    }
}
