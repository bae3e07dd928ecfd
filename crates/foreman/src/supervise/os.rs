//! Processes and signals. No other module starts or signals a process.

use std::fs::File;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use nix::errno::Errno;
use nix::fcntl::{AT_FDCWD, AtFlags};
use nix::sys::resource::{Resource, UsageWho, getrusage, setrlimit};
use nix::sys::signal::{self, Signal, killpg};
use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid};
use nix::unistd::{AccessFlags, Pid, faccessat};

use crate::supervise::dispatcher::Ended;

/// A worker's process. Dropping it kills the process and all processes of its group, and reaps it.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    reaped: bool,
}

impl Process {
    /// Starts `worker`, which connects to the server `name`. Its output goes to `log`. On the
    /// terminal, the output would damage the status view.
    ///
    /// The worker gets its own process group. So Ctrl-C at the terminal reaches only the foreman,
    /// and the worker can be ended together with all processes that it may have started.
    ///
    /// # Errors
    ///
    /// If the operating system refuses.
    pub(crate) fn start(worker: &Path, name: &str, log: &File) -> std::io::Result<Self> {
        use std::os::unix::process::CommandExt as _;
        let mut command = Command::new(worker);
        for source in analysis::secret_sources() {
            command.env_remove(source.variable);
        }
        let child = command
            .arg("serve")
            .args(["--connect", name])
            .args(["--protocol", &protocol::PROTOCOL.to_string()])
            .args(["--foreman", &std::process::id().to_string()])
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log.try_clone()?)
            .spawn()?;
        Ok(Self { child, reaped: false })
    }

    /// Returns the process ID.
    #[must_use]
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Returns the most memory that the process has had, in bytes, where `/proc` tells it. When it
    /// has ended, nothing tells: `getrusage` counts the memory of the foreman, too, because Linux
    /// keeps `ru_maxrss` when a program is started.
    pub(crate) fn peak_memory(&self) -> Option<u64> {
        if self.reaped { None } else { peak_memory_of(&self.child.id().to_string()) }
    }

    /// Sends a signal to the process and all processes that it started.
    pub(crate) fn signal(&self, signal: Signal) {
        if !self.reaped {
            // The process may just have ended; then nothing is signalled.
            let _ = killpg(self.group(), signal);
        }
    }

    /// Returns how the process ended, or `None` if it has not ended.
    pub(crate) fn ended(&mut self) -> Option<Ended> {
        if self.reaped {
            return None;
        }
        let flags = WaitPidFlag::WEXITED | WaitPidFlag::WNOHANG | WaitPidFlag::WNOWAIT;
        let found = waitid(Id::Pid(self.group()), flags);
        let how = end_of(found)?;
        match found {
            Ok(_) => self.reap(),
            // It may not have ended, and to wait for it could take forever.
            Err(_) => self.give_up(),
        }
        Some(how)
    }

    /// Kills the processes that the process may have left, and reaps it. Before that, the operating
    /// system cannot give its ID to another process.
    fn reap(&mut self) {
        self.signal(Signal::SIGKILL);
        let _ = self.child.wait();
        self.reaped = true;
    }

    /// Kills the process and all processes of its group, and does not wait for their end.
    fn give_up(&mut self) {
        self.signal(Signal::SIGKILL);
        let _ = self.child.try_wait();
        self.reaped = true;
    }

    fn group(&self) -> Pid {
        // Process IDs are positive and far below 2^31 on every system.
        Pid::from_raw(self.child.id().cast_signed())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if !self.reaped {
            self.reap();
        }
    }
}

/// Returns how a process ended, or `None` if it has not ended. If the operating system refuses to
/// tell, the process counts as ended: otherwise, the run would wait for its end forever.
fn end_of(found: nix::Result<WaitStatus>) -> Option<Ended> {
    match found {
        Ok(WaitStatus::Exited(_, code)) => Some(Ended::ExitCode(code)),
        Ok(WaitStatus::Signaled(_, signal, _)) => Some(Ended::Crashed(signal as i32)),
        Ok(_) | Err(Errno::EINTR) => None,
        Err(_) => Some(Ended::Unknown),
    }
}

/// Returns the most memory that this program has had, in bytes.
#[must_use]
pub(crate) fn peak_memory() -> u64 {
    // Kilobytes on Linux, bytes on macOS.
    let unit = if cfg!(target_os = "macos") { 1 } else { 1024 };
    // Also that of the program that started foreman, so it is only the second choice.
    let of_process =
        || getrusage(UsageWho::RUSAGE_SELF).map_or(0, |usage| usage.max_rss().unsigned_abs() * unit);
    peak_memory_of("self").unwrap_or_else(of_process)
}

fn peak_memory_of(process: &str) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let kilobytes = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(kilobytes.trim().strip_suffix(" kB")?.parse::<u64>().ok()? * 1024)
}

/// Limits the memory that this process, and each process that it starts, may allocate, in bytes.
///
/// # Errors
///
/// If the operating system refuses, for example because there already is a lower limit.
pub(crate) fn limit_memory(bytes: u64) -> nix::Result<()> {
    setrlimit(Resource::RLIMIT_DATA, bytes, bytes)
}

/// Returns the processes that have a file open, such as `psort (process 4711)`, as far as this
/// process may know them. Works only on Linux.
#[must_use]
pub(crate) fn holders(path: &Path) -> Vec<String> {
    let own = std::process::id().to_string();
    let holds = |process: &Path| {
        let open = std::fs::read_dir(process.join("fd")).into_iter().flatten().flatten();
        open.take(10_000).any(|file| std::fs::read_link(file.path()).is_ok_and(|target| target == path))
    };
    let mut holders = Vec::new();
    for process in std::fs::read_dir("/proc").into_iter().flatten().flatten() {
        let id = process.file_name().to_string_lossy().into_owned();
        if id != own && id.bytes().all(|b| b.is_ascii_digit()) && holds(&process.path()) {
            let name = std::fs::read_to_string(process.path().join("comm")).unwrap_or_default();
            // A process can choose its own name, so the name is escaped before it gets to the
            // terminal.
            holders.push(format!("{} (process {id})", name.trim().escape_debug()));
        }
    }
    holders.sort();
    holders
}

/// Returns the kind of network file system that a file is on, or `None` if it is on another file
/// system.
#[must_use]
pub(crate) fn network_file_system(path: &Path) -> Option<&'static str> {
    #[cfg(target_os = "linux")]
    {
        use nix::sys::statfs::{FsType, NFS_SUPER_MAGIC, SMB_SUPER_MAGIC, statfs};
        // The other numbers are from linux/magic.h.
        let kinds = [
            (NFS_SUPER_MAGIC, "NFS"),
            (SMB_SUPER_MAGIC, "SMB"),
            (FsType(0xFE53_4D42), "SMB"),
            (FsType(0xFF53_4D42), "CIFS"),
            (FsType(0x5346_414F), "AFS"),
            (FsType(0x00C3_6400), "Ceph"),
        ];
        let kind = statfs(path).ok()?.filesystem_type();
        kinds.into_iter().find(|(known, _)| *known == kind).map(|(_, name)| name)
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = path;
        None
    }
}

/// Returns whether a file is mounted by itself, as `docker run -v FILE:FILE` does. Files beside it
/// are then not beside the file that is mounted. Works only on Linux.
pub(crate) fn is_mounted_alone(path: &Path) -> bool {
    use std::os::unix::ffi::OsStrExt as _;
    let mounts = std::fs::read("/proc/self/mountinfo").unwrap_or_default();
    // The fifth word is the mount point: proc_pid_mountinfo(5).
    let mut points = mounts.split(|&byte| byte == b'\n').filter_map(|line| line.split(|&b| b == b' ').nth(4));
    points.any(|point| unescaped(point) == path.as_os_str().as_bytes())
}

/// Replaces the escapes of blanks in a mount point, such as `\040`.
fn unescaped(point: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(point.len());
    let mut rest = point;
    while let Some((&first, after)) = rest.split_first() {
        let octal = after.get(..3).filter(|_| first == b'\\');
        let value = octal.and_then(|octal| u8::from_str_radix(std::str::from_utf8(octal).ok()?, 8).ok());
        bytes.push(value.unwrap_or(first));
        rest = if value.is_some() { &after[3..] } else { after };
    }
    bytes
}

/// Returns whether a file has more than one name.
pub(crate) fn has_hard_links(path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    std::fs::metadata(path).is_ok_and(|file| file.is_file() && file.nlink() > 1)
}

/// Returns whether this process may make files in the folder, by permissions, attributes and the
/// mount.
#[must_use]
pub(crate) fn may_write(folder: &Path) -> bool {
    let access = AccessFlags::W_OK | AccessFlags::X_OK;
    faccessat(AT_FDCWD, folder, access, AtFlags::AT_EACCESS).is_ok()
}

/// Returns the signal for a way to end a process.
#[must_use]
pub(crate) fn signal_of(step: crate::supervise::dispatcher::Signal) -> Option<signal::Signal> {
    match step {
        crate::supervise::dispatcher::Signal::Ask => None,
        crate::supervise::dispatcher::Signal::Terminate => Some(Signal::SIGTERM),
        crate::supervise::dispatcher::Signal::Kill => Some(Signal::SIGKILL),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_of_processes() {
        let process = Pid::from_raw(4711);
        for (found, how) in [
            (Ok(WaitStatus::Exited(process, 3)), Some(Ended::ExitCode(3))),
            (Ok(WaitStatus::Signaled(process, Signal::SIGKILL, false)), Some(Ended::Crashed(9))),
            (Ok(WaitStatus::StillAlive), None),
            (Err(Errno::EINTR), None),
            (Err(Errno::ECHILD), Some(Ended::Unknown)),
            (Err(Errno::EPERM), Some(Ended::Unknown)),
            (Err(Errno::ENOSYS), Some(Ended::Unknown)),
        ] {
            assert_eq!(end_of(found), how, "{found:?}");
        }
    }
}
