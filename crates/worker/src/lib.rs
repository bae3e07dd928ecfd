//! The worker: runs one task of an analysis at a time.
//!
//! Under a foreman it connects back, takes tasks and answers until it is told to stop (the module `serve`). Alone it runs
//! one task that is given on its command line; that is the same code, and how a plugin is debugged or a batch
//! system runs a plan.

mod alone;
mod arguments;
mod error;
mod keys;
pub mod manual;
mod profile;
mod progress;
mod reduce;
mod serve;
mod task;
mod task_output;

use std::ffi::OsString;
use std::io::{self, IsTerminal as _};
use std::process::ExitCode;

use clap::{CommandFactory as _, FromArgMatches as _};
use events::is_harmful;
use tracing_subscriber::filter::LevelFilter;

pub use arguments::Arguments;
pub use error::TaskError;
pub use progress::Progress;
pub use task::TaskRunner;

use arguments::Mode;

/// The command line as clap has it, for what is made from it: completions, manual pages.
#[must_use]
pub fn command() -> clap::Command {
    Arguments::command()
}

/// Runs the worker with these arguments, the first of which is its name.
#[must_use]
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let _streams = streams::start("worker");
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let matches = analysis::with_negative_numbers(command())
        .try_get_matches_from(analysis::with_hyphens(arguments.iter().cloned()));
    match matches.and_then(|matches| Arguments::from_arg_matches(&matches)) {
        Ok(arguments) => run(arguments),
        // It repeats arguments, which may be names of files that somebody else has given.
        Err(error) if arguments.iter().any(|argument| argument.to_string_lossy().contains(is_harmful)) => {
            streams::complain(error.render().to_string().trim_start_matches("error: ").trim_end());
            ExitCode::from(2)
        }
        Err(error) if error.use_stderr() => {
            streams::message(error.render().to_string().as_bytes());
            ExitCode::from(2)
        }
        Err(error) => error.exit(),
    }
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
            streams::complain(&format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}

/// Starts logging to standard error: the terminal of whoever runs the worker alone, the worker's log under a foreman.
fn start_logging(alone: bool) {
    let (filter, misunderstood) = streams::log_filter(LevelFilter::ERROR);
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(alone && io::stderr().is_terminal())
        // A log that cannot be written is no reason to end the work.
        .log_internal_errors(false)
        .fmt_fields(streams::log_fields())
        .with_writer(|| Log)
        .init();
    // A foreman says it itself, and its workers' last words must be about their end.
    if let Some(misunderstood) = misunderstood.filter(|_| alone) {
        streams::complain(&misunderstood);
    }
}

/// The log, as something to write lines to.
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
