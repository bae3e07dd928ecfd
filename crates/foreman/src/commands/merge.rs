//! `foreman merge`: stores the results of a plan's shards.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Args;

use super::analyze::{MessageArguments, WorkerArguments};
use super::present::Presentation;
use crate::exit::{CliStyle, Failure, Status};
use crate::output::deliver;
use crate::run::{MergeOptions, Options, input_files, run_folder, secrets, shards};
use crate::screen::StatusArguments;

#[derive(Debug, Args)]
pub(crate) struct MergeArguments {
    /// The folder of the plan.
    #[arg(long, value_name = "PLAN")]
    plan: PathBuf,

    /// A folder with results, if they are not in that of the plan; may be given several times.
    #[arg(long, value_name = "FOLDER")]
    from: Vec<PathBuf>,

    /// The storage file, in which the results are stored.
    #[arg(required_unless_present = "missing")]
    store: Option<PathBuf>,

    /// Print the numbers of the shards that are missing, one a line, and merge nothing.
    #[arg(long, conflicts_with_all = ["do_missing", "dry_run"])]
    missing: bool,

    /// Do the missing shards now, on this machine.
    #[arg(long)]
    do_missing: bool,

    /// The address that the plan gives for VirusTotal, if it is another one; for tests.
    #[arg(long, value_name = "URL", hide = true)]
    virustotal_url: Option<String>,

    /// The nsrlsvr server that the plan names, if it is not on this machine.
    #[arg(long, value_name = "HOST")]
    nsrlsvr_host: Option<String>,

    /// The port of that server, if the plan names another than the usual one.
    #[arg(long, value_name = "PORT")]
    nsrlsvr_port: Option<String>,

    /// Show what an analysis would find, and write nothing to the storage file.
    #[arg(long)]
    dry_run: bool,

    /// Store the results even if no event matches the filter. They replace those of earlier runs.
    #[arg(long)]
    force: bool,

    #[command(flatten)]
    workers: WorkerArguments,

    /// The folder for the run's temporary files [default: beside the storage file; for a dry run,
    /// the system's]. The record of the run stays beside the storage file.
    #[arg(long, value_name = "FOLDER", env = "FOREMAN_TEMPORARY_DIRECTORY")]
    temporary_directory: Option<PathBuf>,

    #[command(flatten)]
    status: StatusArguments,

    #[command(flatten)]
    messages: MessageArguments,
}

pub(crate) fn merge(arguments: MergeArguments, command_line: &[OsString]) -> Result<Status, Failure> {
    let MergeArguments { plan, from, store, do_missing, status, messages, .. } = arguments;
    let Some(store) = store.filter(|_| !arguments.missing) else {
        let missing = shards::missing(&plan, &from)?;
        deliver(&missing.iter().map(|shard| format!("{shard}\n")).collect::<String>())?;
        return Ok(if missing.is_empty() { Status::Done } else { Status::Incomplete });
    };
    let MessageArguments { summary, log_file, debug, quiet } = messages;
    let servers = [
        ("--virustotal-url", arguments.virustotal_url),
        ("--nsrlsvr-host", arguments.nsrlsvr_host),
        ("--nsrlsvr-port", arguments.nsrlsvr_port),
    ];
    let servers = servers.into_iter().filter_map(|(option, value)| Some((option, value?))).collect();
    let mut inputs = vec![("--plan", plan.clone())];
    inputs.extend(from.iter().map(|folder| ("--from", folder.clone())));
    let options = Options {
        command_line: secrets::command_line(command_line),
        store,
        dry_run: arguments.dry_run,
        force: arguments.force,
        debug_mode: debug,
        temporary_directory: arguments.temporary_directory,
        merge: Some(MergeOptions { plan, from, do_missing, servers }),
        workers: arguments.workers.options(),
        ..Options::default()
    };
    inputs.extend(input_files(&options));
    let presentation = Presentation {
        status: &status,
        store: Some(&options.store),
        inputs,
        run_folder: run_folder(&options),
        summary: summary.as_deref(),
        log_file: log_file.as_deref(),
        debug,
        quiet,
    };
    let (screen, stop) = presentation.start_logging(CliStyle::Foreman)?;
    presentation.run(&options, &screen, &stop)
}
