//! The worker: runs one task of an analysis at a time.
//!
//! Under a foreman it connects back, takes tasks and answers until it is told to stop (the module `serve`). Alone it runs
//! one task that is given on its command line; that is the same code, and how a plugin is debugged or a batch
//! system runs a plan.

mod alone;
mod arguments;
mod error;
pub mod manual;
mod profile;
mod progress;
mod reduce;
mod serve;
mod task;
mod task_output;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{CommandFactory as _, FromArgMatches as _};
use events::is_harmful;

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
    std::panic::set_hook(Box::new(|panic| complain(&events::panic_text(panic))));
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let matches = analysis::with_negative_numbers(command())
        .try_get_matches_from(analysis::with_hyphens(arguments.iter().cloned()));
    match matches.and_then(|matches| Arguments::from_arg_matches(&matches)) {
        Ok(arguments) => run(arguments),
        // It repeats arguments, which may be names of files that somebody else has given.
        Err(error) if arguments.iter().any(|argument| argument.to_string_lossy().contains(is_harmful)) => {
            complain(error.render().to_string().trim_start_matches("error: ").trim_end());
            ExitCode::from(2)
        }
        Err(error) => error.exit(),
    }
}

fn run(arguments: Arguments) -> ExitCode {
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
        .with_writer(std::io::stderr)
        .init();
    let result = match arguments.mode {
        Mode::Run(arguments) => alone::run(&arguments),
        Mode::Serve(arguments) => serve::serve(&arguments),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stderr, reason = "the last word of the program, or of a thread")]
fn complain(text: &str) {
    eprintln!("worker: {}", events::printable(text));
}
