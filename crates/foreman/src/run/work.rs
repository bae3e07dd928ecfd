//! Does the tasks of a run with workers, and repeats those whose task stores are damaged.

use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use events::Shown as _;
use protocol::{HELLO_TIMEOUT, RunSpec, Sockets};
use storage::StoreState;

use super::options::Options;
use crate::supervise::dispatcher::{Limits, Outcome, Snapshot, Tasks};
use crate::supervise::engine::{self, Job, Worked};
use crate::supervise::open_files::most_workers;
use crate::supervise::run_folder::RunFolder;
use crate::supervise::stop::StopRequests;
use crate::supervise::worker_program::worker_program;

/// How long a worker may take to exit after the request to stop, and again after SIGTERM.
const GRACE: Duration = Duration::from_secs(5);
/// How many times damaged task stores are made again.
const REPAIRS: u32 = 3;
/// How long a worker may be stopped by a signal.
const STOPPED_LIMIT: Duration = Duration::from_secs(10);

/// Does the tasks. `store` is the storage file as it was before the work, and no worker reads
/// another one. If a task store is damaged afterwards, its task is done again.
pub(super) fn work(
    options: &Options,
    (run, store): (&RunSpec, &StoreState),
    folder: &RunFolder,
    (tasks, total): (Tasks, u64),
    stop: &StopRequests,
    show: &mut dyn FnMut(&Snapshot),
) -> Result<Worked> {
    // The sockets are removed when this function returns.
    let _sockets = (!options.is_one_of_many).then(sockets).transpose()?;
    do_tasks(options, (run, store), folder, (tasks, total), stop, show)
}

/// Makes the folder for sockets, which a process can do only once.
pub(crate) fn sockets() -> Result<Sockets> {
    Sockets::open().context("cannot make a folder for sockets in the system's temporary directory")
}

/// Does the tasks, while there is a folder for [`sockets`].
pub(super) fn do_tasks(
    options: &Options,
    (run, store): (&RunSpec, &StoreState),
    folder: &RunFolder,
    (tasks, total): (Tasks, u64),
    stop: &StopRequests,
    show: &mut dyn FnMut(&Snapshot),
) -> Result<Worked> {
    let job = Job {
        run,
        store,
        folder,
        worker: &worker_program(options.workers.program.as_deref())?,
        limits: Limits {
            workers: most_workers(options.workers.count())?,
            failures: options.workers.maximum_failures,
            memory: Some(options.workers.memory_limit).filter(|&limit| limit > 0),
            no_progress: Some(options.workers.timeout).filter(|limit| !limit.is_zero()),
            hello: HELLO_TIMEOUT,
            stopped: STOPPED_LIMIT,
            grace: GRACE,
        },
        total,
        profile: options.profile,
        stop,
    };
    let mut worked = engine::work(&job, tasks, &mut *show)?;
    for repair in 0..=REPAIRS {
        let mut damaged = worked.tasks.records();
        // A damaged task store may also be the reason why a reduce step has failed.
        damaged.retain(|record| worked.outcome != Outcome::Aborted && !folder.is_intact(record));
        if damaged.is_empty() {
            return Ok(worked);
        }
        if repair == REPAIRS {
            break;
        }
        for record in &damaged {
            tracing::warn!(
                "the task store of {} was damaged; it is made again",
                worked.tasks.describe(record.work)
            );
            worked.tasks.redo(record.done.task);
        }
        let (replaced, worker_memory) = (worked.replaced, worked.worker_memory);
        worked = engine::work(&job, worked.tasks, &mut *show)?;
        worked.replaced.splice(0..0, replaced);
        worked.worker_memory = worked.worker_memory.max(worker_memory);
    }
    bail!(
        "task stores in {} are damaged repeatedly; check the disk, or name another folder with --temporary-directory",
        folder.path().shown()
    );
}
