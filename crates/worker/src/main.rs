//! The worker's binary. All code is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    worker::main(std::env::args_os())
}
