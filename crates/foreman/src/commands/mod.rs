//! The command line: one file for each command, with its arguments.

mod analyze;
mod candidates;
mod check;
mod clean;
mod completions;
mod export;
mod from_environment;
mod info;
pub mod manual;
mod merge;
pub(crate) mod own_streams;
mod plan;
mod plugins;
mod present;
mod present_all;
mod psort;
mod psort_export;
mod psort_output;
mod report;
mod rules;
mod several;
mod shared_files;
mod split;
mod unchanged;
mod work;

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory as _, Parser, Subcommand, ValueEnum};

use crate::exit::{Failure, Status};
use analyze::AnalyzeArguments;
use check::CheckArguments;
use clean::CleanArguments;
use completions::CompletionsArguments;
use export::ExportArguments;
use info::InfoArguments;
use manual::{examples_and_exit_status, exit_status};
use merge::MergeArguments;
use plan::PlanArguments;
use plugins::PluginsArguments;
use psort::PsortArguments;
use report::ReportArguments;
use rules::RulesArguments;
use split::SplitArguments;
use work::WorkArguments;

/// Analyses Plaso timelines with many processes.
#[derive(Debug, Parser)]
#[command(name = "foreman", version, max_term_width = 100)]
#[command(after_help = exit_status(), after_long_help = examples_and_exit_status("foreman"))]
pub(crate) struct Arguments {
    /// When output has colours; `auto` means on a terminal, unless NO_COLOR is set.
    #[arg(long, value_name = "WHEN", global = true, default_value = "auto")]
    color: When,

    #[command(subcommand)]
    command: Command,
}

/// When output has colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum When {
    /// On a terminal.
    Auto,
    /// Always, also in files and pipes.
    Always,
    /// Never.
    Never,
}

/// Sets when output has colours. The arguments are read before clap reads them, because its
/// messages about other arguments may have colours.
pub(crate) fn set_color(arguments: &[OsString]) {
    let mut words = arguments.iter().map(|argument| argument.to_string_lossy());
    let mut chosen = None;
    while let Some(word) = words.next().filter(|word| word != "--") {
        chosen = match word.strip_prefix("--color") {
            Some("") => words.next().map(|value| value.into_owned()),
            Some(value) => value.strip_prefix('=').map(str::to_owned),
            None => chosen,
        };
    }
    streams::set_color(match chosen.as_deref() {
        Some("always") => streams::Color::Always,
        Some("never") => streams::Color::Never,
        _ => streams::Color::Auto,
    });
    console::set_colors_enabled(streams::color_on_stdout());
    console::set_colors_enabled_stderr(streams::color_on_stderr());
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Analyse the events of a storage file and store the results in it.
    #[command(after_help = exit_status(), after_long_help = examples_and_exit_status("analyze"))]
    Analyze(Box<AnalyzeArguments>),
    /// Discard what an interrupted run has left beside a storage file.
    Clean(CleanArguments),
    /// Check tagging files or a filter expression, and show errors, warnings and hints.
    #[command(after_help = exit_status(), after_long_help = examples_and_exit_status("check"))]
    Check(CheckArguments),
    /// Show what analyses have found: labels, sessions, results, reports and warnings, as text or
    /// as a page.
    #[command(after_help = exit_status(), after_long_help = examples_and_exit_status("report"))]
    Report(ReportArguments),
    /// Write events for other tools: as JSON lines, CSV or Parquet.
    #[command(after_help = exit_status(), after_long_help = examples_and_exit_status("export"))]
    Export(Box<ExportArguments>),
    /// Show the contents of a storage file: sources, sessions, events, tags, reports and warnings.
    Info(InfoArguments),
    /// Print what a shell needs to complete command lines of this program.
    Completions(CompletionsArguments),
    /// Show the analysis plugins: what each does, reads and writes, and its options.
    Plugins(PluginsArguments),
    /// Show the built-in rules: their labels and what these mean, or the rules themselves.
    Rules(RulesArguments),
    /// Plan an analysis for several machines.
    #[command(after_help = exit_status(), after_long_help = examples_and_exit_status("plan"))]
    Plan(Box<PlanArguments>),
    /// Divide the storage file of a plan into parts, one for each shard, for machines that do not
    /// have the file.
    #[command(after_help = exit_status(), after_long_help = examples_and_exit_status("split"))]
    Split(SplitArguments),
    /// Do one shard of a plan, on any machine, and print what was done as a line of JSON.
    #[command(after_help = exit_status(), after_long_help = examples_and_exit_status("work"))]
    Work(Box<WorkArguments>),
    /// Store the results of a plan's shards in the storage file.
    #[command(after_help = exit_status(), after_long_help = examples_and_exit_status("merge"))]
    Merge(Box<MergeArguments>),
    /// Analyse like psort with `-o null`: with its options, its output and its exit statuses.
    Psort(Box<PsortArguments>),
}

impl Arguments {
    /// Runs the command. `command_line` is the whole command line.
    pub(crate) fn run(self, command_line: &[OsString]) -> Result<Status, Failure> {
        match self.command {
            Command::Analyze(arguments) => analyze::analyze(*arguments, command_line),
            Command::Clean(arguments) => Ok(clean::clean(&arguments)?),
            Command::Check(arguments) => check::check(&arguments),
            Command::Export(arguments) => export::export(*arguments, command_line),
            Command::Info(arguments) => info::info(&arguments),
            Command::Report(arguments) => report::report(&arguments),
            Command::Completions(arguments) => Ok(completions::completions(&arguments, command())?),
            Command::Plan(arguments) => plan::plan(*arguments, command_line),
            Command::Split(arguments) => split::split(arguments),
            Command::Work(arguments) => work::work(*arguments),
            Command::Merge(arguments) => merge::merge(*arguments, command_line),
            Command::Psort(arguments) => psort::psort(*arguments, command_line),
            Command::Rules(arguments) => rules::rules(&arguments),
            Command::Plugins(arguments) => plugins::plugins(&arguments),
        }
    }
}

/// Returns the command line for clap, from which completions and manual pages are made.
#[must_use]
pub fn command() -> clap::Command {
    Arguments::command()
}

/// Returns the script that completes command lines of foreman in this shell.
///
/// # Errors
///
/// If the script is not UTF-8. This does not happen with the shells that clap knows.
pub fn completion_script(shell: clap_complete::Shell) -> Result<String, std::string::FromUtf8Error> {
    completions::script(shell, command())
}

/// Points a user who gives an option of another command to `foreman analyze` or `foreman psort`,
/// instead of suggesting an option with a similar spelling.
pub(crate) fn point_to_command(error: &mut clap::Error) {
    let Some(ContextValue::String(option)) = error.get(ContextKind::InvalidArg) else { return };
    let command = Arguments::command();
    let arguments_of =
        |name| command.find_subcommand(name).into_iter().flat_map(clap::Command::get_arguments);
    let spelling = |argument: &clap::Arg| {
        let short = argument.get_short().map(|short| format!("-{short}"));
        short.into_iter().chain(argument.get_long().map(|long| format!("--{long}"))).collect::<Vec<_>>()
    };
    let has = |name| arguments_of(name).flat_map(spelling).any(|known| known == *option);
    if error.kind() == ErrorKind::UnknownArgument && (has("analyze") || has("psort")) {
        let tip = if has("analyze") {
            format!("'foreman analyze' takes {option}")
        } else {
            format!("{option} is an option of psort; 'foreman psort' takes it")
        };
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip.into()]));
        error.remove(ContextKind::SuggestedArg);
        error.remove(ContextKind::TrailingArg);
    }
}

/// Names the environment variable that a wrong value comes from. clap names only the option, which
/// the user has not given.
pub(crate) fn name_variable(error: &mut clap::Error, arguments: &[OsString]) {
    let Some(ContextValue::String(shown)) = error.get(ContextKind::InvalidArg) else { return };
    let Some(option) = shown.split([' ', '=']).next().and_then(|option| option.strip_prefix("--")) else {
        return;
    };
    let is_given = |argument: &OsString| {
        let argument = argument.to_string_lossy().replace('_', "-");
        argument.strip_prefix("--").is_some_and(|given| given.split('=').next() == Some(option))
    };
    let is_about_value = matches!(error.kind(), ErrorKind::InvalidValue | ErrorKind::ValueValidation);
    let command = Arguments::command();
    let mut known = command.get_subcommands().flat_map(clap::Command::get_arguments);
    let variable = known.find(|known| known.get_long() == Some(option)).and_then(clap::Arg::get_env);
    let variable = variable.filter(|variable| is_about_value && std::env::var_os(variable).is_some());
    if let Some(variable) = variable.filter(|_| !arguments.iter().any(is_given)) {
        let variable = variable.to_string_lossy();
        let tip =
            format!("the value is that of the environment variable {variable}; unset it, or give --{option}");
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip.into()]));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Arguments::command().debug_assert();
    }
}
