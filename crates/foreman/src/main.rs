//! The foreman binary; everything is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    foreman::main(std::env::args_os())
}
