//! The worker binary; everything is in the library.

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    let arguments = worker::Arguments::parse_from(analysis::with_hyphens(std::env::args_os()));
    worker::run(arguments)
}
