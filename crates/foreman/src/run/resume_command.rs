//! How to resume a run: the command that messages give.

use events::PluginConfig;
use protocol::RunSpec;

use super::record::asks_server;
use crate::shell::interrupted_run;

/// Returns the words `resume with` and the command, whose line a user can copy.
pub(super) fn resume_with(run: &RunSpec) -> String {
    let again = if asks_server(&run.plugins) { ", and with the options of its plugins again" } else { "" };
    format!("resume with{again}:\n  {}", resume_command(run))
}

/// Returns the command that resumes the run, which works in every folder. If the run asks a server,
/// only a command that names its plugins does.
pub(crate) fn resume_command(run: &RunSpec) -> String {
    let names = run.plugins.iter().map(PluginConfig::name).collect::<Vec<_>>().join(",");
    let analysis = if asks_server(&run.plugins) { format!("--analysis {names} ") } else { String::new() };
    format!("foreman analyze --resume {analysis}{}", interrupted_run(&run.store))
}
