//! `worker run`: one task, without a foreman.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use events::printable;
use files::is_same_file;
use protocol::{RunSpec, Step, TaskDone, TaskSpec};
use storage::{EventRange, Store, task_store};

use crate::arguments::RunArguments;
use crate::progress::Progress;
use crate::task::TaskRunner;

pub(crate) fn run(arguments: &RunArguments) -> Result<()> {
    let mut task: TaskSpec = match &arguments.task {
        Some(json) => serde_json::from_str(json)
            .context("the task is not valid; pass it exactly as a foreman sends it")?,
        None => task(arguments)?,
    };
    // A wrong path must be reported before the work, not after it.
    task_store::check_place(&task.output, &task.run.store)?;
    refuse_inputs(&task)?;
    // The user's folder may be a link. In a run, a link is refused.
    let output = real_place(&task.output)?;
    let named = std::mem::replace(&mut task.output, output);
    let done = TaskRunner::default().run(&task, &Progress::default())?;
    let TaskDone { task: _, events, filtered, tagged, set_aside, .. } = done;
    let said = format!(
        "{}: {events} events, {filtered} filtered, {tagged} tagged, {set_aside} skipped",
        named.display()
    );
    // If the reader closes the pipe early, this is not an error.
    let _ = streams::print(&format!("{}\n", printable(&said)));
    Ok(())
}

/// Refuses an output or a trace that would replace a file which the task reads, or one another.
fn refuse_inputs(task: &TaskSpec) -> Result<()> {
    let mut inputs = vec![("the storage file", task.run.store.clone())];
    for plugin in &task.run.plugins {
        let files = analysis::spec_of(plugin)?.input_files(plugin);
        inputs.extend(files.into_iter().map(|file| (file.option.name, file.path)));
    }
    for (what, output) in [("--output", Some(&task.output)), ("the trace", task.trace.as_ref())] {
        let Some(output) = output else { continue };
        if let Some((other, _)) = inputs.iter().find(|(_, input)| is_same_file(output, input)) {
            bail!(
                "{what} and {other} name the same file, {}; name another file for {what}",
                output.display()
            );
        }
        inputs.push((what, output.clone()));
    }
    Ok(())
}

fn real_place(path: &Path) -> Result<PathBuf> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let real = folder.canonicalize().with_context(|| format!("cannot find {}", folder.display()))?;
    Ok(real.join(path.file_name().unwrap_or_default()))
}

fn task(arguments: &RunArguments) -> Result<TaskSpec> {
    let (Some(store), Some(output)) = (&arguments.store, &arguments.output) else {
        bail!("--store and --output are needed");
    };
    let range = match arguments.events {
        Some(range) => range,
        // A store without events gets a task without events.
        None => Store::open(store)?.event_range()?.unwrap_or(EventRange { first: 1, last: 1 }),
    };
    let run = RunSpec {
        id: "alone".into(),
        store: store.clone(),
        plugins: arguments.plugin_options.configure(&arguments.plugin)?,
        filter: arguments.filter.clone(),
        times: None,
        strict_compat: arguments.strict_compat,
        export: None,
    };
    Ok(TaskSpec { run, task: 0, step: Step::Map(range), output: output.clone(), trace: None, profile: false })
}
