//! Processes that stand for a machine, and can be lost together.

use std::ffi::OsStr;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::{Program, Running, is_gone, wait_until};

/// The variable that names the machine of a process. All its children inherit it.
const MACHINE: &str = "SCALE_MACHINE";

/// The processes of a machine. Dropping it kills them.
#[derive(Debug)]
pub(super) struct Machine {
    /// An entry of the environment of all its processes.
    mark: String,
    name: String,
    running: Vec<Running>,
}

impl Machine {
    pub(super) fn new(name: &str) -> Self {
        // Other runs of this program may have machines of the same name.
        let name = format!("{name} of {}", std::process::id());
        Self { mark: format!("{MACHINE}={name}"), name, running: Vec::new() }
    }

    /// Returns a program of this machine.
    pub(super) fn program<S: AsRef<OsStr>>(
        &self,
        path: &Path,
        arguments: impl IntoIterator<Item = S>,
    ) -> Program {
        Program::new(path, arguments).env(MACHINE, &self.name)
    }

    /// Starts a program that runs as long as the machine.
    pub(super) fn start(&mut self, program: Program) {
        self.running.push(program.start());
    }

    /// Kills all processes, as if the machine had lost its power.
    pub(super) fn cut_power(&self) {
        // A process may start another one while they are killed.
        wait_until("the machine is off", || {
            let processes = self.processes();
            for &process in &processes {
                // It may just have ended.
                let _ = kill(process, Signal::SIGKILL);
            }
            processes.is_empty()
        });
    }

    /// Returns whether the process is one of this machine.
    pub(super) fn has(&self, process: Pid) -> bool {
        let variables = std::fs::read(format!("/proc/{process}/environ")).unwrap_or_default();
        variables.split(|&byte| byte == 0).any(|variable| variable == self.mark.as_bytes())
    }

    /// Returns whether a process of this name runs.
    pub(super) fn runs(&self, name: &str) -> bool {
        let is_it = |process: &Pid| {
            let found = std::fs::read_to_string(format!("/proc/{process}/comm")).unwrap_or_default();
            found.trim_end() == name
        };
        self.processes().iter().any(is_it)
    }

    fn processes(&self) -> Vec<Pid> {
        let all = std::fs::read_dir("/proc").unwrap().flatten();
        let pids = all.filter_map(|entry| entry.file_name().to_string_lossy().parse().ok());
        pids.map(Pid::from_raw).filter(|&process| self.has(process) && !is_gone(process)).collect()
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        self.cut_power();
    }
}

/// Returns the parent of a process.
pub(super) fn parent(process: Pid) -> Option<Pid> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let parent = status.lines().find_map(|line| line.strip_prefix("PPid:"))?;
    parent.trim().parse().ok().filter(|&parent| parent > 0).map(Pid::from_raw)
}

/// Returns the nearest ancestor of a process whose command line has this text.
pub(super) fn ancestor(process: Pid, text: &str) -> Option<Pid> {
    let is_it = |&process: &Pid| {
        let line = std::fs::read(format!("/proc/{process}/cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&line).contains(text)
    };
    std::iter::successors(parent(process), |&process| parent(process)).find(is_it)
}

/// Returns a port that no server has.
pub(super) fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
}

/// Waits until a server listens.
pub(super) fn wait_for_port(port: u16) {
    wait_until("the server listens", || TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok());
}
