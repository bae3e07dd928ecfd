//! `worker run`: one task, without a foreman.

use std::borrow::Cow;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use events::{Shown as _, printable};
use files::{check_folder, would_replace};
use protocol::{RunSpec, Step, TaskDone, TaskSpec, part_of};
use storage::{EventRange, Store, task_store};

use crate::arguments::RunArguments;
use crate::progress::Progress;
use crate::stop::end_when_asked;
use crate::task::TaskRunner;

pub(crate) fn run(arguments: &RunArguments) -> Result<()> {
    end_when_asked()?;
    let mut task: TaskSpec = match &arguments.task {
        Some(given) => untrusted(&task_text(given)?)?,
        None => task(arguments)?,
    };
    // A wrong path must be reported before the work, not after it.
    refuse_inputs(&task)?;
    let place = real_place(&task.output).unwrap_or_else(|_| task.output.clone());
    task_store::check_place(&place, &task.run.store)?;
    // A task of a foreman has its place in the folder of the run.
    if arguments.task.is_none() {
        check_folder(&task.output).with_context(|| format!("cannot write {}", task.output.shown()))?;
        refuse_journal_beside(&task.output)?;
    }
    // The user's folder may be a link. In a run, a link is refused.
    let output = real_place(&task.output)?;
    let named = std::mem::replace(&mut task.output, output);
    // If the reader of what is printed closes the pipe early, this is not an error.
    let done = TaskRunner::default().run(&task, &Progress::default())?;
    if arguments.task.is_some() {
        let _ = streams::print(&format!("{}\n", serde_json::to_string(&done)?));
        return Ok(());
    }
    let TaskDone { task: _, events, filtered, tagged, set_aside, .. } = done;
    let said = format!(
        "{}: {events} events, {filtered} filtered, {tagged} tagged, {set_aside} skipped",
        named.shown()
    );
    let _ = streams::print(&format!("{}\n", printable(&said)));
    Ok(())
}

/// The maximum number of bytes of a task. A filter, its longest part, has at most 1 MiB.
const LONGEST_TASK: u64 = 16 << 20;

/// Returns the task of the option `--task`, from standard input if it is `-`. An argument can have
/// only 128 KiB on Linux.
fn task_text(given: &str) -> Result<Cow<'_, str>> {
    if given != "-" {
        return Ok(given.into());
    }
    let mut text = String::new();
    std::io::stdin()
        .take(LONGEST_TASK + 1)
        .read_to_string(&mut text)
        .context("cannot read the task from standard input")?;
    if text.len() as u64 > LONGEST_TASK {
        bail!("the task on standard input has more than {} MiB, as no task has", LONGEST_TASK >> 20);
    }
    Ok(text.into())
}

/// Reads a task that somebody else may have written. It must not send anything away, or replace
/// files that are not named as results.
fn untrusted(text: &str) -> Result<TaskSpec> {
    let mut task: TaskSpec =
        serde_json::from_str(text).context("the task is not valid; pass it exactly as a foreman sends it")?;
    for plugin in &task.run.plugins {
        if analysis::spec_of(plugin)?.asks_server(plugin) {
            bail!(
                "the plugin {} of the task sends something to a server that the task names; such a task is done only by a \
                 foreman: use foreman analyze",
                printable(plugin.name())
            );
        }
    }
    // Only a foreman reads it.
    task.trace = None;
    if task.run.export.is_some() {
        let part = part_of(&task.output);
        if part.symlink_metadata().is_ok() {
            bail!(
                "the task would replace {}; move this file away, or change the output of the task",
                part.shown()
            );
        }
    }
    Ok(task)
}

/// Refuses an output that would replace a file which the task reads, and a standard stream that
/// goes to one of them.
fn refuse_inputs(task: &TaskSpec) -> Result<()> {
    let mut inputs = Vec::new();
    for plugin in &task.run.plugins {
        let files = analysis::spec_of(plugin)?.input_files(plugin);
        let places =
            files.iter().flat_map(|file| file.places().into_iter().map(|path| (file.option.name, path)));
        inputs.extend(places);
    }
    let output = &task.output;
    if let Some((other, input)) = inputs.iter().find(|(_, input)| would_replace(output, input)) {
        let place = output.shown();
        if input.is_dir() {
            bail!(
                "--output names a file in a folder that {other} reads, {place}; name another file for --output"
            );
        }
        bail!("--output and {other} name the same file, {place}; name another file for --output");
    }
    // Whether the output is the storage file, the check of its place says.
    inputs.extend([("--output", output.clone()), ("the storage file", task.run.store.clone())]);
    // Those of folders are known when the folders are read.
    let named: Vec<_> = inputs.into_iter().map(|(_, path)| path).collect();
    Ok(files::refuse_streams_into(&named)?)
}

/// Refuses an output beside which a journal of an earlier database lies: SQLite would change the
/// new one with it as soon as somebody opens that.
fn refuse_journal_beside(output: &Path) -> Result<()> {
    for suffix in ["-journal", "-wal"] {
        let journal = storage::companion(output, suffix);
        if journal.symlink_metadata().is_ok() {
            bail!(
                "{} lies beside the output, and SQLite would take it for a part of it; move it away, or name another file \
                 for --output",
                journal.shown()
            );
        }
    }
    Ok(())
}

fn real_place(path: &Path) -> Result<PathBuf> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let real = folder.canonicalize().with_context(|| format!("cannot find {}", folder.shown()))?;
    Ok(real.join(path.file_name().unwrap_or_default()))
}

fn task(arguments: &RunArguments) -> Result<TaskSpec> {
    let (Some(store), Some(output)) = (&arguments.store, &arguments.output) else {
        bail!("--store and --output are needed");
    };
    // The storage file's real path, because no link to it is followed later.
    let store = store.canonicalize().with_context(|| format!("cannot open {}", store.shown()))?;
    let range = match arguments.events {
        Some(range) => range,
        // A store without events gets a task without events.
        None => Store::open(&store)?.event_range()?.unwrap_or(EventRange { first: 1, last: 1 }),
    };
    let run = RunSpec {
        id: "alone".into(),
        store,
        part: None,
        plugins: arguments.plugin_options.configure(&arguments.plugin)?,
        filter: arguments.filter.clone(),
        times: None,
        strict_compat: arguments.strict_compat,
        export: None,
    };
    Ok(TaskSpec {
        run,
        task: 0,
        step: Step::Map(range),
        found: None,
        output: output.clone(),
        trace: None,
        profile: false,
    })
}
