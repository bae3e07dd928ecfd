//! `worker run`: one task, without a foreman.

use anyhow::{Context as _, Result, bail};
use events::printable;
use protocol::{RunSpec, Step, TaskDone, TaskSpec};
use storage::{EventRange, Store};

use crate::arguments::RunArguments;
use crate::progress::Progress;
use crate::task::TaskRunner;

pub(crate) fn run(arguments: &RunArguments) -> Result<()> {
    let task = match &arguments.task {
        Some(json) => serde_json::from_str(json).context("the task is not one that a foreman sends")?,
        None => task(arguments)?,
    };
    let done = TaskRunner::default().run(&task, &Progress::default())?;
    let TaskDone { task: _, events, filtered, tagged, set_aside, digest: _ } = done;
    let said = format!(
        "{}: {events} events, {filtered} filtered, {tagged} tagged, {set_aside} set aside",
        task.output.display()
    );
    // Whoever closes the pipe has seen enough.
    let _ = streams::print(&format!("{}\n", printable(&said)));
    Ok(())
}

fn task(arguments: &RunArguments) -> Result<TaskSpec> {
    let (Some(store), Some(output)) = (&arguments.store, &arguments.output) else {
        bail!("--store and --output are needed");
    };
    let range = match arguments.events {
        Some(range) => range,
        // A store without events makes a task without events.
        None => Store::open(store)?.event_range()?.unwrap_or(EventRange { first: 1, last: 1 }),
    };
    let run = RunSpec {
        id: "alone".into(),
        store: store.clone(),
        plugins: arguments.plugin_options.configure(&arguments.plugin)?,
        filter: arguments.filter.clone(),
        times: None,
        strict_compat: arguments.strict_compat,
    };
    Ok(TaskSpec { run, task: 0, step: Step::Map(range), output: output.clone(), trace: None, profile: false })
}
