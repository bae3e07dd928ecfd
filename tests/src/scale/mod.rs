//! Runs on several machines by the engines that distribute work: Spark and Celery
//! (docs/scale-out.md).
//!
//! In each case, an engine does the shards of a plan, and something of it may be killed. The rows
//! of every table must then equal those of a run on this machine.

mod break_even;
mod case;
mod celery;
mod machines;
mod openrelik;
mod setup;
mod spark;
mod table;

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::bench::replicated;
use crate::places;
use case::{Case, Engine, Original};
use setup::Setup;

pub use break_even::{BreakEven, break_even};
pub use table::Table;

/// The cases, and what each does to the engine.
const CASES: [(&str, Engine); 10] = [
    ("spark-local", spark::local),
    ("spark-connect", spark::connect),
    ("spark-parts", spark::parts),
    ("spark-cluster", spark::cluster),
    ("spark-executor-killed", spark::executor_killed),
    ("spark-machine-lost", spark::machine_lost),
    ("spark-straggler", spark::straggler),
    ("celery", celery::pool),
    ("celery-child-killed", celery::child_killed),
    ("openrelik", openrelik::task),
];

/// Runs the cases whose names contain one of these texts, or all cases, on a storage file with so
/// many events. `say` tells people what is done.
///
/// # Errors
///
/// If an engine is missing and cannot be installed, or no case has such a name.
///
/// # Panics
///
/// If the local run fails.
pub fn scale(events: u64, names: &[String], say: fn(&str)) -> Result<Table, String> {
    let is_chosen = |name: &str| names.is_empty() || names.iter().any(|text| name.contains(&**text));
    let chosen: Vec<_> = CASES.into_iter().filter(|(name, _)| is_chosen(name)).collect();
    if chosen.is_empty() {
        return Err(format!(
            "there is no such case; the cases are {}",
            CASES.map(|(name, _)| name).join(", ")
        ));
    }
    let setup = Setup::new(say)?;
    let original = Original::new(replicated(&places::data("sample.plaso"), events), events);
    let mut table = Table { events, local: original.local, rows: Vec::new() };
    for (name, engine) in chosen {
        say(name);
        // A panic has printed its reason.
        let run = AssertUnwindSafe(|| Case::run(&setup, &original, engine));
        table.rows.push((name, catch_unwind(run).ok()));
    }
    Ok(table)
}
