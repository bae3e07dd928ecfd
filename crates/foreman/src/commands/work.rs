//! `foreman work`: does one shard of a plan.
//!
//! The program that starts it on many machines sees its exit status and one line of JSON.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};
use clap::Args;
use events::Shown as _;

use super::analyze::WorkerArguments;
use super::shared_files::refuse_shared_files;
use crate::exit::{Failure, Status};
use crate::output::say_made;
use crate::run::shards::work::{WorkOptions, work_on_shard};
use crate::screen::{Screen, start_logging};
use crate::supervise::stop::StopRequests;
use crate::supervise::stopped::Stopped;
use crate::values::whole_number;

/// The variables in which schedulers pass the number of a part of a job: Kubernetes, Slurm and AWS
/// Batch.
const NUMBERS: [&str; 3] = ["JOB_COMPLETION_INDEX", "SLURM_ARRAY_TASK_ID", "AWS_BATCH_JOB_ARRAY_INDEX"];

#[derive(Debug, Args)]
pub(crate) struct WorkArguments {
    /// The folder of the plan.
    #[arg(long, value_name = "PLAN")]
    plan: PathBuf,

    /// The number of the shard, from 0 [default: JOB_COMPLETION_INDEX, SLURM_ARRAY_TASK_ID or
    /// AWS_BATCH_JOB_ARRAY_INDEX].
    #[arg(long, value_name = "N", value_parser = whole_number(0..=u32::MAX))]
    shard: Option<u32>,

    /// The storage file, if it is elsewhere on this machine than where it was planned.
    #[arg(long, value_name = "FILE")]
    store: Option<PathBuf>,

    /// The folder with the parts that `foreman split` has made. Only that of the shard is read,
    /// instead of the storage file.
    #[arg(long, value_name = "FOLDER", conflicts_with = "store")]
    parts: Option<PathBuf>,

    /// The folder for the result [default: the folder of the plan].
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,

    /// Stop if the program that started foreman ends, also if it was killed. Use this if the
    /// scheduler does not end the processes of its tasks itself.
    #[arg(long)]
    end_with_parent: bool,

    #[command(flatten)]
    workers: WorkerArguments,

    /// Write the log to this file instead of standard error.
    #[arg(long, value_name = "FILE")]
    log_file: Option<PathBuf>,
}

pub(crate) fn work(arguments: WorkArguments) -> Result<Status, Failure> {
    let WorkArguments { plan, shard, store, parts, out, end_with_parent, workers, log_file } = arguments;
    let shard = shard.map_or_else(|| number_from(|name| std::env::var(name).ok()), Ok)?;
    let stop = StopRequests::watch(Stopped::default(), || ())?;
    if end_with_parent {
        stop.watch_parent().context("cannot start a thread to watch the program that started foreman")?;
    }
    let options = WorkOptions { plan, shard, store, parts, out, workers: workers.options() };
    refuse_shared_files(&[("--log-file", log_file.as_deref())], &options.input_files(), None)?;
    if let Some((log, out)) = log_file.as_deref().zip(options.out.as_deref()) {
        refuse_place_of_result(log, out)?;
    }
    // The storage file of the plan need not be on this machine, and the plan holds evidence, too.
    files::limit_readers_to_those_of(&options.plan);
    start_logging(&Screen::default(), false, false, log_file.as_deref(), options.store.as_deref())?;
    let Some(json) = work_on_shard(options, &stop)? else {
        tracing::warn!("aborted; shard {shard} is not done");
        return Ok(Status::Aborted);
    };
    let json = report::harmless_json(&String::from_utf8_lossy(&json));
    let said = say_made(json.trim_end(), || stop.count() > 0, "the shard is done");
    Ok(said.context("the result cannot be written to standard output")?)
}

/// Refuses a log in the place of a shard's result. In the folder of a plan, all outputs are refused
/// there, but only this command knows another folder for results.
fn refuse_place_of_result(log: &Path, out: &Path) -> Result<(), Failure> {
    let place = |path: &Path| path.join(".").canonicalize().ok();
    let is_in_out = log.parent().and_then(place).is_some_and(|folder| Some(folder) == place(out));
    if is_in_out && log.file_name().is_some_and(files::is_name_in_plan) {
        return Err(Failure::usage(anyhow!(
            "--log-file names the place for the result of a shard, {}; name another file",
            log.shown()
        )));
    }
    Ok(())
}

/// Returns the number that a scheduler passes.
fn number_from(variable: impl Fn(&str) -> Option<String>) -> Result<u32, Failure> {
    let mut found: Option<(&str, u32)> = None;
    for name in NUMBERS {
        let Some(text) = variable(name) else { continue };
        let not_a_number = || Failure::usage(anyhow!("{name} is {text:?}, not the number of a shard"));
        let number = text.trim().parse().map_err(|_| not_a_number())?;
        match found {
            Some((other, earlier)) if earlier != number => {
                return Err(Failure::usage(anyhow!(
                    "{other} is {earlier}, but {name} is {number}; say which shard is meant with --shard"
                )));
            }
            _ => found = Some((name, number)),
        }
    }
    let none =
        || Failure::usage(anyhow!("no shard was named; add --shard N, or set one of {}", NUMBERS.join(", ")));
    found.map(|(_, number)| number).ok_or_else(none)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_schedulers() {
        let number = |set: &[(&str, &str)]| {
            let value =
                |name: &str| set.iter().find(|(set, _)| *set == name).map(|(_, value)| (*value).to_owned());
            number_from(value).map_err(|failure| failure.error.to_string())
        };
        for name in NUMBERS {
            assert_eq!(number(&[(name, "7")]), Ok(7));
        }
        assert_eq!(number(&[(NUMBERS[0], "7"), (NUMBERS[1], "7\n")]), Ok(7));
        for (set, problem) in [
            (&[][..], "add --shard N"),
            (&[(NUMBERS[0], "-1")], "JOB_COMPLETION_INDEX is \"-1\""),
            (&[(NUMBERS[1], "")], "SLURM_ARRAY_TASK_ID is \"\""),
            (
                &[(NUMBERS[0], "7"), (NUMBERS[2], "8")],
                "JOB_COMPLETION_INDEX is 7, but AWS_BATCH_JOB_ARRAY_INDEX is 8",
            ),
        ] {
            let error = number(set).unwrap_err();
            assert!(error.contains(problem), "{error}");
        }
    }
}
