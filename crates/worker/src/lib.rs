//! The worker: runs one task of an analysis at a time.
//!
//! Under a foreman it connects back, takes tasks and answers until it is told to stop ([`serve`]). Alone it runs
//! one task that is given on its command line; that is the same code, and how a plugin is debugged or a batch
//! system runs a plan.

mod alone;
mod arguments;
mod profile;
mod progress;
mod reduce;
mod serve;
mod task;

use std::process::ExitCode;

pub use arguments::Arguments;
pub use progress::Progress;
pub use task::{TaskError, TaskRunner};

use arguments::Mode;

/// Runs the worker as its command line asks.
#[must_use]
pub fn run(arguments: Arguments) -> ExitCode {
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
            #[expect(clippy::print_stderr, reason = "the last word of the program")]
            {
                eprintln!("worker: {}", events::printable(&format!("{error:#}")));
            }
            ExitCode::FAILURE
        }
    }
}
