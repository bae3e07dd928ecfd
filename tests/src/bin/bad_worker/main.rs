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
use protocol::{Command, FromWorker, Hello, MAGIC, PROTOCOL, receive};

const USAGE: &str = "usage: BAD_WORKER=BEHAVIOUR bad_worker worker --connect NAME
The behaviours: faults, exits-before-hello, hangs-before-hello, wrong-protocol, wrong-magic, exits-in-task, ignores-everything";

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
    if !std::env::args().any(|argument| argument == "--connect") {
        eprintln!("the argument --connect is missing\n\n{USAGE}");
        return ExitCode::from(2);
    }
    match behaviour.as_str() {
        "faults" => {
            let (foreman, commands) = say_hello(MAGIC, PROTOCOL);
            faults::work(foreman, commands)
        }
        "exits-before-hello" => ExitCode::from(7),
        "hangs-before-hello" => hang(),
        "wrong-protocol" => {
            say_hello(MAGIC, 4711);
            hang()
        }
        "wrong-magic" => {
            say_hello(0, PROTOCOL);
            hang()
        }
        "exits-in-task" => {
            let (_foreman, commands) = say_hello(MAGIC, PROTOCOL);
            match receive(&commands) {
                Ok(Command::Task(_)) => ExitCode::from(8),
                _ => ExitCode::SUCCESS,
            }
        }
        "ignores-everything" => {
            SigSet::from(Signal::SIGTERM).thread_block().expect("a process may block signals");
            let (_foreman, commands) = say_hello(MAGIC, PROTOCOL);
            while let Ok(command) = receive(&commands) {
                println!("ignored: {}", if command == Command::Stop { "a stop" } else { "a task" });
            }
            hang()
        }
        _ => {
            eprintln!("BAD_WORKER is {behaviour:?}, which is no behaviour\n\n{USAGE}");
            ExitCode::from(2)
        }
    }
}

fn hang() -> ! {
    loop {
        std::thread::park();
    }
}

/// Says hello to the foreman.
fn say_hello(magic: u64, protocol: u32) -> (IpcSender<FromWorker>, IpcReceiver<Command>) {
    let mut arguments = std::env::args().skip_while(|argument| argument != "--connect").skip(1);
    let name = arguments.next().expect("--connect names the foreman");
    let foreman = IpcSender::connect(name).expect("the foreman waits");
    let (commands, receiver) = ipc::channel().expect("a channel can be made");
    let hello = Hello { magic, protocol, program: "bad".into(), pid: std::process::id(), commands };
    foreman.send(FromWorker::Hello(hello)).expect("the foreman listens");
    (foreman, receiver)
}
