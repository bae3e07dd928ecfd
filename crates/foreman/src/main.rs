//! The foreman's binary. All code is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    foreman::main(std::env::args_os())
}
