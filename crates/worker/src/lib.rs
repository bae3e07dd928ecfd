//! The worker: runs one task of an analysis at a time.
//!
//! Under a foreman, the worker connects to the foreman, and takes tasks until it is told to stop
//! (module `serve`). Alone, it runs the one task on its command line with the same code. This helps
//! to debug a plugin, and lets a batch system run a plan.

mod alone;
mod arguments;
mod error;
mod exported;
mod keys;
pub mod manual;
mod profile;
mod progress;
mod reduce;
mod serve;
mod stop;
mod task;
mod task_output;

use std::ffi::OsString;
use std::io::{self, IsTerminal as _};
use std::process::ExitCode;

use clap::builder::StyledStr;
use clap::{CommandFactory as _, FromArgMatches as _};
use events::{shown_arguments, with_causes};
use files::SharedStream;
use tracing_subscriber::filter::LevelFilter;

pub use arguments::Arguments;
pub use error::TaskError;
pub use progress::Progress;
pub use task::TaskRunner;

use arguments::Mode;

/// Returns the command line for clap, from which completions and manual pages are made.
#[must_use]
pub fn command() -> clap::Command {
    // Only the foreman looks for files in folders, and at what the store holds.
    let rules =
        "tagging: a file with rules, or linux, macos or windows for the built-in rules; may be repeated";
    Arguments::command().mut_subcommand("run", |run| run.mut_arg("tagging-file", |option| option.help(rules)))
}

/// Runs the worker with these arguments. The first argument is the program's name.
#[must_use]
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    files::keep_own_permissions();
    let into_databases = files::streams_into_databases();
    let _streams = streams::start("worker");
    if let Some(files::IntoDatabases { stdout, stderr }) = into_databases {
        streams::refuse_databases(stdout, stderr);
        return ExitCode::from(2);
    }
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    match parse(&arguments) {
        Ok(arguments) => run(arguments),
        Err(error) if error.use_stderr() => {
            // The message repeats arguments.
            let shown = shown_arguments(&arguments).and_then(|shown| parse(&shown).err());
            streams::message(shown.unwrap_or(error).render().to_string().as_bytes());
            ExitCode::from(2)
        }
        Err(help) => print_help(&help.render()),
    }
}

/// Prints the help or the version. It is no error if the reader closes the pipe early.
fn print_help(help: &StyledStr) -> ExitCode {
    let help = if streams::color_on_stdout() { help.ansi().to_string() } else { help.to_string() };
    match streams::print(&help) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            streams::complain(&format!("the help cannot be written to standard output: {error}"));
            ExitCode::FAILURE
        }
        _ => ExitCode::SUCCESS,
    }
}

fn parse(arguments: &[OsString]) -> Result<Arguments, clap::Error> {
    let matches = analysis::with_negative_numbers(command())
        .try_get_matches_from(analysis::with_hyphens(arguments.iter().cloned()))?;
    Arguments::from_arg_matches(&matches)
}

fn run(arguments: Arguments) -> ExitCode {
    start_logging(matches!(arguments.mode, Mode::Run(_)));
    let result = match arguments.mode {
        Mode::Run(arguments) => alone::run(&arguments),
        Mode::Serve(arguments) => serve::serve(&arguments),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let (stdout, stderr) = SharedStream::among_causes(error.as_ref());
            streams::complain_beside(&with_causes(error.as_ref()), stdout, stderr);
            ExitCode::FAILURE
        }
    }
}

/// Starts the log. It goes to standard error, which is the user's terminal or, under a foreman, the
/// worker's log file.
fn start_logging(alone: bool) {
    let (filter, misunderstood) = streams::log_filter(LevelFilter::ERROR);
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(alone && io::stderr().is_terminal())
        // The work continues if the log cannot be written.
        .log_internal_errors(false)
        .fmt_fields(streams::log_fields())
        .with_writer(|| Log)
        .init();
    // A foreman warns itself, and the last line of a worker's log must be about the worker's end.
    if let Some(misunderstood) = misunderstood.filter(|_| alone) {
        streams::complain(&misunderstood);
    }
}

/// The log, as a writer of lines.
struct Log;

impl io::Write for Log {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        streams::message(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
