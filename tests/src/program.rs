//! Runs the built programs.

use std::ffi::{OsStr, OsString};
use std::io::{Read, Seek as _, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::wait::{DEADLINE, POLL};
use testing::places;

/// A program to run.
#[derive(Debug)]
pub struct Program {
    command: Command,
    deadline: Duration,
    input: Option<String>,
}

/// A running program. Dropping it kills the program.
#[derive(Debug)]
pub struct Running {
    child: Child,
    command: String,
    deadline: Instant,
    output: Option<[JoinHandle<String>; 2]>,
}

/// A program that has ended.
#[derive(Debug, Clone)]
pub struct Finished {
    /// Its exit status, or `None` if a signal ended it.
    pub status: Option<i32>,
    /// The signal that ended it, if any.
    pub signal: Option<i32>,
    /// Its standard output.
    pub stdout: String,
    /// Its standard error.
    pub stderr: String,
    /// Its command line.
    pub command: String,
}

/// Returns the `PATH` for a process that starts foreman by its name.
///
/// # Panics
///
/// If the folder of the programs has a colon in its name.
#[must_use]
pub fn path_with_foreman() -> OsString {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(places::programs()).chain(std::env::split_paths(&path));
    std::env::join_paths(folders).expect("the folder has no colon")
}

/// Returns the foreman with these arguments.
pub fn foreman<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Program {
    Program::new(&places::program("foreman"), arguments)
}

/// Returns the worker with these arguments.
pub fn worker<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Program {
    Program::new(&places::program("worker"), arguments)
}

impl Program {
    /// Returns a program with these arguments. Its environment sets no options of the programs, and
    /// has a terminal of fixed width.
    pub fn new<S: AsRef<OsStr>>(program: &Path, arguments: impl IntoIterator<Item = S>) -> Self {
        let mut command = Command::new(program);
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("FOREMAN_") {
                command.env_remove(name);
            }
        }
        command.env_remove("RUST_LOG").env("COLUMNS", "100").env("NO_COLOR", "1").args(arguments);
        Self { command, deadline: DEADLINE, input: None }
    }

    /// Returns the command and its time limit.
    pub(crate) fn into_parts(self) -> (Command, Duration) {
        (self.command, self.deadline)
    }

    /// Adds an argument.
    #[must_use]
    pub fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.command.arg(argument);
        self
    }

    /// Adds arguments.
    #[must_use]
    pub fn args<S: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = S>) -> Self {
        self.command.args(arguments);
        self
    }

    /// Sets a variable of the environment.
    #[must_use]
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Removes a variable from the environment.
    #[must_use]
    pub fn without_env(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    /// Runs the program in this folder.
    #[must_use]
    pub fn current_dir(mut self, folder: &Path) -> Self {
        self.command.current_dir(folder);
        self
    }

    /// Sets what the program reads from standard input.
    #[must_use]
    pub fn standard_input(mut self, text: &str) -> Self {
        self.input = Some(text.to_owned());
        self
    }

    /// Sets the time limit.
    #[must_use]
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// Runs the program to its end.
    ///
    /// # Panics
    ///
    /// If the program cannot be run, or does not end in time.
    #[must_use]
    pub fn run(self) -> Finished {
        self.start().wait()
    }

    /// Runs the program to its end, and checks its exit status.
    ///
    /// # Panics
    ///
    /// As [`run`](Self::run), or if the status differs.
    pub fn expect(self, status: i32) -> Finished {
        self.run().expect(status)
    }

    /// Runs the program, which must succeed.
    ///
    /// # Panics
    ///
    /// As [`run`](Self::run), or if the program fails.
    pub fn succeed(self) -> Finished {
        self.expect(0)
    }

    /// Starts the program.
    ///
    /// # Panics
    ///
    /// If the program cannot be started.
    #[must_use]
    pub fn start(mut self) -> Running {
        use std::os::unix::process::CommandExt as _;
        let text = format!("{:?}", self.command);
        let input = self.input.map_or_else(Stdio::null, |text| {
            let mut file = tempfile::tempfile().expect("there is room");
            file.write_all(text.as_bytes()).and_then(|()| file.rewind()).expect("there is room");
            file.into()
        });
        self.command.stdin(input).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
        let mut child = self.command.spawn().unwrap_or_else(|error| panic!("cannot run {text}: {error}"));
        let output = [collect(child.stdout.take()), collect(child.stderr.take())];
        Running { child, command: text, deadline: Instant::now() + self.deadline, output: Some(output) }
    }
}

impl Running {
    /// Returns the program's process ID.
    #[must_use]
    pub fn pid(&self) -> Pid {
        Pid::from_raw(self.child.id().cast_signed())
    }

    /// Sends a signal to the program.
    ///
    /// # Panics
    ///
    /// If the program has ended.
    pub fn signal(&self, signal: Signal) {
        kill(self.pid(), signal).unwrap_or_else(|error| panic!("cannot signal {}: {error}", self.command));
    }

    /// Returns the processes that the program has started and that still run.
    #[must_use]
    pub fn children(&self) -> Vec<Pid> {
        let own = self.child.id();
        let path = format!("/proc/{own}/task");
        let threads = std::fs::read_dir(path).into_iter().flatten().flatten();
        let children = threads.filter_map(|t| std::fs::read_to_string(t.path().join("children")).ok());
        children
            .flat_map(|text| text.split_whitespace().filter_map(|pid| pid.parse().ok()).collect::<Vec<_>>())
            .map(Pid::from_raw)
            .collect()
    }

    /// Waits until `found` returns a value, and returns that value. Returns `None` if the program
    /// ends first.
    ///
    /// # Panics
    ///
    /// If neither happens in time.
    pub fn until<T>(&mut self, mut found: impl FnMut(&Self) -> Option<T>) -> Option<T> {
        loop {
            if let Some(found) = found(self) {
                return Some(found);
            }
            if self.poll().is_some() {
                return None;
            }
            thread::sleep(POLL);
        }
    }

    /// Waits for the program's end.
    ///
    /// # Panics
    ///
    /// If the program does not end in time.
    #[must_use]
    pub fn wait(mut self) -> Finished {
        loop {
            if let Some(status) = self.poll() {
                return self.finished(status);
            }
            thread::sleep(POLL);
        }
    }

    /// Returns the program's status, if it has ended.
    fn poll(&mut self) -> Option<ExitStatus> {
        let status = self.child.try_wait().unwrap();
        if status.is_none() && Instant::now() > self.deadline {
            self.end();
            let status = self.child.wait().unwrap();
            let Finished { stdout, stderr, command, .. } = self.finished(status);
            panic!("not done in time: {command}\nstandard output:\n{stdout}\nstandard error:\n{stderr}");
        }
        status
    }

    fn finished(&mut self, status: ExitStatus) -> Finished {
        let [stdout, stderr] = self.output.take().expect("a program ends once").map(|o| o.join().unwrap());
        Finished {
            status: status.code(),
            signal: status.signal(),
            stdout,
            stderr,
            command: self.command.clone(),
        }
    }

    /// Kills the program and the processes in its process group.
    fn end(&mut self) {
        let _ = nix::sys::signal::killpg(self.pid(), Signal::SIGKILL);
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            self.end();
            let _ = self.child.wait();
        }
    }
}

impl Finished {
    /// Checks the exit status.
    ///
    /// # Panics
    ///
    /// If the status differs.
    pub fn expect(self, status: i32) -> Self {
        let Self { status: found, signal, stdout, stderr, command } = &self;
        assert!(
            *found == Some(status),
            "expected exit status {status}, found {found:?}, signal {signal:?}: {command}\n\
             standard output:\n{stdout}\nstandard error:\n{stderr}"
        );
        self
    }

    /// Returns output and exit status for a snapshot. Folders are replaced by names that do not
    /// change.
    #[must_use]
    pub fn redacted(&self, folders: &[(&Path, &str)]) -> String {
        let mut text = match (self.stdout.trim_end(), self.stderr.trim_end()) {
            ("", stderr) => stderr.to_owned(),
            (stdout, "") => stdout.to_owned(),
            (stdout, stderr) => format!("{stdout}\n---- standard error\n{stderr}"),
        };
        for (folder, name) in folders {
            text = text.replace(&*folder.canonicalize().unwrap().to_string_lossy(), name);
            text = text.replace(&*folder.to_string_lossy(), name);
        }
        format!("exit status {}\n{text}", self.status.map_or("none".into(), |status| status.to_string()))
    }
}

fn collect(stream: Option<impl Read + Send + 'static>) -> JoinHandle<String> {
    let mut stream = stream.expect("its output is piped");
    thread::spawn(move || {
        let mut bytes = Vec::new();
        // After an error, the output so far is still worth showing.
        let _ = stream.read_to_end(&mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    })
}
