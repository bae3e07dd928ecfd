//! A worker that misbehaves as the variable `BAD_WORKER` says. With the value `faults`, it does its
//! tasks except for some faults (see [`faults`]).
//!
//! A foreman gets it as `--worker`. Its output goes to its log in the run's folder, where a test
//! can read it.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "tests read its output")]

mod faults;

use std::process::ExitCode;

use ipc_channel::ipc::{self, IpcReceiver, IpcSender};
use nix::sys::signal::{SigSet, Signal};
use protocol::{Command, FromWorker, Hello, MAGIC, PROTOCOL, Status, WorkState, receive};

const USAGE: &str = "usage: BAD_WORKER=BEHAVIOUR bad_worker worker --connect NAME
The behaviours: faults, exits-before-hello, hangs-before-hello, wrong-protocol, wrong-magic, exits-in-task, stops-after-hello, ignores-everything";

fn main() -> ExitCode {
    // A test that fails must not leave this process running.
    #[cfg(target_os = "linux")]
    nix::sys::prctl::set_pdeathsig(Signal::SIGKILL).expect("a process may ask for that");
    let mut arguments = std::env::args().skip(1);
    if arguments.any(|argument| argument == "--help") {
        println!("{USAGE}");
        return ExitCode::SUCCESS;
    }
    let Ok(behaviour) = std::env::var("BAD_WORKER") else {
        eprintln!("BAD_WORKER is not set\n\n{USAGE}");
        return ExitCode::from(2);
    };
    let Some(name) = std::env::args().skip_while(|argument| argument != "--connect").nth(1) else {
        eprintln!("the argument --connect NAME is missing\n\n{USAGE}");
        return ExitCode::from(2);
    };
    let (magic, protocol) = match behaviour.as_str() {
        "exits-before-hello" => return ExitCode::from(7),
        "hangs-before-hello" => hang(),
        "wrong-protocol" => (MAGIC, 4711),
        "wrong-magic" => (0, PROTOCOL),
        "faults" | "exits-in-task" | "stops-after-hello" | "ignores-everything" => (MAGIC, PROTOCOL),
        _ => {
            eprintln!("BAD_WORKER is {behaviour:?}, which is no behaviour\n\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    if behaviour == "ignores-everything" {
        SigSet::from(Signal::SIGTERM).thread_block().expect("a process may block signals");
    }
    let (foreman, commands) = match say_hello(name, magic, protocol) {
        Ok(hello) => hello,
        Err(error) => {
            eprintln!("no foreman can be greeted under the name after --connect: {error}");
            return ExitCode::FAILURE;
        }
    };
    match behaviour.as_str() {
        "faults" => faults::work(foreman, commands),
        "exits-in-task" => match receive(&commands) {
            Ok(Command::Task(_)) => {
                let status = Status { state: WorkState::Analyzing, ..Status::default() };
                foreman.send(FromWorker::Status(status)).expect("the foreman listens");
                ExitCode::from(8)
            }
            _ => ExitCode::SUCCESS,
        },
        "stops-after-hello" => {
            nix::sys::signal::raise(Signal::SIGSTOP).expect("a process may stop itself");
            hang()
        }
        "ignores-everything" => {
            while let Ok(command) = receive(&commands) {
                println!("ignored: {}", if command == Command::Stop { "a stop" } else { "a task" });
            }
            hang()
        }
        // Nothing more comes after a wrong hello.
        _ => {
            drop((foreman, commands));
            hang()
        }
    }
}

fn hang() -> ! {
    loop {
        std::thread::park();
    }
}

/// Says hello to the foreman of this name.
fn say_hello(
    name: String,
    magic: u64,
    protocol: u32,
) -> Result<(IpcSender<FromWorker>, IpcReceiver<Command>), ipc_channel::IpcError> {
    let foreman = IpcSender::connect(name)?;
    let (commands, receiver) = ipc::channel()?;
    let hello = Hello { magic, protocol, program: "bad".into(), pid: std::process::id(), commands };
    foreman.send(FromWorker::Hello(hello))?;
    Ok((foreman, receiver))
}
