//! `foreman plan`: plans an analysis for several machines.

use std::ffi::OsString;
use std::path::PathBuf;

use events::Shown as _;

use analysis::PluginOptions;
use clap::Args;

use super::analyze::SliceArguments;
use crate::exit::{Failure, Status};
use crate::output::say_made;
use crate::run::shards::make_plan::make_plan;
use crate::run::{Options, secrets};
use crate::screen::{Screen, start_logging};
use crate::shell::quoted_path;
use crate::supervise::stop::StopRequests;
use crate::supervise::stopped::Stopped;
use crate::values::whole_number;
use crate::words::number;

#[derive(Debug, Args)]
pub(crate) struct PlanArguments {
    /// The analysis plugins to run, separated by commas, as for analyze.
    #[arg(long, value_name = "LIST", value_delimiter = ',', required = true)]
    analysis: Vec<String>,

    /// The new folder for the plan. All machines must reach it.
    #[arg(short, long, value_name = "PLAN")]
    out: PathBuf,

    /// The storage file. It is only read.
    store: PathBuf,

    /// Analyse only events that match this expression.
    filter: Option<String>,

    /// The approximate number of events of a shard.
    #[arg(long, value_name = "N", default_value = "1000000", value_parser = whole_number(1..=u64::MAX))]
    shard_events: u64,

    #[command(flatten)]
    slice: SliceArguments,

    #[command(flatten)]
    plugin_options: PluginOptions,

    /// Do without what foreman adds to Plaso's plugins and rules, so that fewer results differ from
    /// psort's.
    #[arg(long)]
    strict_compat: bool,

    /// Keep the reports, warnings and results that these plugins left in earlier runs.
    #[arg(long)]
    keep_earlier: bool,
}

pub(crate) fn plan(arguments: PlanArguments, command_line: &[OsString]) -> Result<Status, Failure> {
    let PlanArguments { analysis, out, store, filter, shard_events, slice, .. } = arguments;
    let stop = StopRequests::watch(Stopped::default(), || ())?;
    start_logging(&Screen::default(), false, false, None, Some(&store))?;
    let options = Options {
        command_line: secrets::command_line(command_line),
        store,
        analysis,
        plugin_options: arguments.plugin_options,
        filter,
        times: slice.times(),
        strict_compat: arguments.strict_compat,
        keep_earlier: arguments.keep_earlier,
        ..Options::default()
    };
    let Some(plan) = make_plan(&options, &out, shard_events, &stop)? else {
        tracing::warn!("aborted; no plan was made");
        return Ok(Status::Aborted);
    };
    let (shards, place) = (plan.shards.len(), quoted_path(&out));
    let mut text = format!(
        "{}: {} events, {} tasks, {} shards",
        out.shown(),
        number(plan.events),
        number(plan.tasks.len() as u64),
        number(shards as u64)
    );
    if shards > 0 {
        text += &format!(
            "\ndo each shard N from 0 to {}, on any machine, with:\n  foreman work --plan {place} --shard N\n\
             then merge the results with:\n  foreman merge --plan {place} {}",
            shards - 1,
            quoted_path(&plan.run.store)
        );
    }
    // A full disk changes nothing of what was made.
    Ok(say_made(&text, || stop.count() > 0, "the plan is complete").unwrap_or(Status::Done))
}
