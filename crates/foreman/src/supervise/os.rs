//! Processes and signals. No other module starts or signals a process.

use std::fs::File;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::thread;
use std::time::Duration;

use nix::errno::Errno;
use nix::fcntl::{AT_FDCWD, AtFlags};
use nix::sys::resource::{Resource, UsageWho, getrusage, setrlimit};
use nix::sys::signal::{self, SigSet, Signal, killpg};
use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid};
use nix::unistd::{AccessFlags, Pid, faccessat, getppid};

use crate::exit::Status;
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
        let how = match waitid(Id::Pid(self.group()), flags) {
            Ok(WaitStatus::Exited(_, code)) => Ended::ExitCode(code),
            Ok(WaitStatus::Signaled(_, signal, _)) => Ended::Crashed(signal as i32),
            Err(Errno::ECHILD) => Ended::Lost,
            _ => return None,
        };
        self.reap();
        Some(how)
    }

    /// Kills the processes that the process may have left, and reaps it. Before that, the operating
    /// system cannot give its ID to another process.
    fn reap(&mut self) {
        self.signal(Signal::SIGKILL);
        let _ = self.child.wait();
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

/// Returns the signals that ask to stop. Those that the program was started to ignore stay ignored:
/// `nohup` ignores SIGHUP, and a shell ignores SIGINT for programs in the background of a script.
fn stop_signals() -> SigSet {
    let ignored = ignored_signals();
    [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP]
        .into_iter()
        .filter(|signal| ignored & (1 << (*signal as u32 - 1)) == 0)
        .collect()
}

/// Returns the signals that this process ignores, one bit each, from the lowest for signal 1. Linux
/// keeps a signal for a thread that waits for it, even if the process ignores it.
fn ignored_signals() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default()
}

/// Blocks the signals that ask to stop, so that they do not end this process, and a thread can wait
/// for them. Call this before any thread is started, because threads inherit it.
///
/// # Errors
///
/// If the operating system refuses.
pub(crate) fn hold_stop_signals() -> nix::Result<()> {
    // If the reader of a status view goes away, this must not end the run.
    stop_signals().thread_block()?;
    SigSet::from(Signal::SIGPIPE).thread_block()
}

/// How long the last output to the terminal may take before the process exits at once.
const LAST_WORDS: Duration = Duration::from_millis(100);

/// How often foreman looks whether the program that started it is still there.
const PARENT_INTERVAL: Duration = Duration::from_secs(1);

/// How long workers have to end before they are killed, and then foreman itself, if the program
/// that started it has ended.
const ASK_AGAIN: Duration = Duration::from_secs(15);

/// What is said when the process exits while results are being stored.
const STORED_IN_PART: &str = "stopped while the results were being stored: the storage file may have all of them, a part of them, or \
                              nothing; keep it together with its journal and the folder of the run, and resume the run, or undo the \
                              change with foreman clean";

/// A function that removes something.
type Discard = Box<dyn FnOnce() + Send>;

/// A function that ends something.
type Interrupt = Box<dyn Fn() + Send>;

/// Counts the signals that ask to stop.
#[derive(Clone, Default)]
pub(crate) struct StopRequests {
    count: Arc<AtomicU32>,
    /// Whether there is something to end in order. The run or the first request decides it,
    /// whichever comes first: a request before the run ends the process.
    has_begun: Arc<OnceLock<bool>>,
    /// Whether results are being stored. Then an exit at once may leave a part of them.
    is_storing: Arc<AtomicBool>,
    /// The functions that remove what was made before anything has begun.
    discards: Arc<Mutex<Vec<Discard>>>,
    /// The function that each request calls.
    interrupt: Arc<Mutex<Option<Interrupt>>>,
}

impl StopRequests {
    /// Starts to count in a separate thread. Call [`hold_stop_signals`] before. `before_exit` is
    /// called if the process must exit at once.
    ///
    /// # Errors
    ///
    /// If no thread can be started.
    pub(crate) fn watch(before_exit: impl Fn() + Send + 'static) -> std::io::Result<Self> {
        let requests = Self::default();
        let counted = requests.clone();
        let signals = stop_signals();
        thread::Builder::new().spawn(move || {
            while signals.wait().is_ok() {
                counted.request(&before_exit);
            }
        })?;
        Ok(requests)
    }

    /// Asks to stop when the program that started this one has ended. A scheduler that is killed
    /// cannot ask.
    ///
    /// # Errors
    ///
    /// If no thread can be started.
    pub(crate) fn watch_parent(&self) -> std::io::Result<()> {
        let parent = getppid();
        let requests = self.clone();
        let watch = move || {
            while getppid() == parent {
                thread::sleep(PARENT_INTERVAL);
            }
            tracing::warn!("stopping, because the program that started foreman has ended");
            // Nobody is there to ask again, and the third request ends the process in any case.
            loop {
                requests.request(&|| ());
                thread::sleep(ASK_AGAIN);
            }
        };
        thread::Builder::new().spawn(watch).map(drop)
    }

    /// Asks to stop. Ends the process if nothing has begun, or after the third request.
    fn request(&self, before_exit: &dyn Fn()) {
        let earlier = self.count.fetch_add(1, Ordering::Relaxed);
        if let Ok(interrupt) = self.interrupt.lock()
            && let Some(interrupt) = &*interrupt
        {
            interrupt();
        }
        let has_begun = *self.has_begun.get_or_init(|| false);
        if !has_begun {
            let discards = self.discards.lock().map(|mut all| std::mem::take(&mut *all)).unwrap_or_default();
            discards.into_iter().for_each(|discard| discard());
            streams::complain("aborted before the run began; nothing was stored");
        }
        if earlier >= 2 || !has_begun {
            // Something cannot be stopped, such as a worker that waits for a broken disk.
            // The store is safe: the next command undoes an unfinished change.
            before_exit();
            let is_storing = self.is_storing.load(Ordering::Acquire);
            if is_storing {
                streams::complain(STORED_IN_PART);
            }
            streams::flush_within(LAST_WORDS);
            let status = if is_storing { Status::Failed } else { Status::Aborted };
            std::process::exit(i32::from(status as u8));
        }
    }

    /// Calls this function if a request ends the process before anything has begun, to remove what
    /// was made until then.
    pub(crate) fn discard_first(&self, discard: impl FnOnce() + Send + 'static) {
        if let Ok(mut discards) = self.discards.lock() {
            discards.push(Box::new(discard));
        }
    }

    /// Lets requests end the run in order from now on. Before, no storage file is locked, and to
    /// prepare many rules may take long, so the first request ends the process.
    /// If one has come already, this never returns: the process is ending, and must make nothing.
    pub(crate) fn begin(&self) {
        while !self.has_begun.get_or_init(|| true) {
            thread::park();
        }
    }

    /// Says whether results are being stored from now on.
    pub(crate) fn stores(&self, is_storing: bool) {
        self.is_storing.store(is_storing, Ordering::Release);
    }

    /// Returns the number of requests so far.
    #[must_use]
    pub(crate) fn count(&self) -> u32 {
        self.count.load(Ordering::Relaxed)
    }

    /// Makes each request call this function from now on, for example to interrupt a long statement
    /// of SQLite.
    pub(crate) fn interrupt(&self, what: impl Fn() + Send + 'static) {
        if let Ok(mut interrupt) = self.interrupt.lock() {
            *interrupt = Some(Box::new(what));
        }
    }
}

/// Lets the first signal that asks to stop end the process, for a command that only makes an
/// output. Call [`hold_stop_signals`] before. `discard` removes what is not complete. It returns
/// `false` if the output is complete; then the process ends by itself.
///
/// # Errors
///
/// If no thread can be started.
pub(crate) fn end_when_asked(discard: impl Fn() -> bool + Send + 'static) -> std::io::Result<()> {
    let signals = stop_signals();
    let wait = move || {
        while signals.wait().is_ok() {
            if discard() {
                streams::complain("aborted; nothing was written");
                streams::flush_within(LAST_WORDS);
                std::process::exit(i32::from(Status::Aborted as u8));
            }
        }
    };
    thread::Builder::new().spawn(wait).map(drop)
}

/// Returns the most memory of this process, and the most memory of an ended worker, in bytes.
#[must_use]
pub(crate) fn peak_memory() -> (u64, u64) {
    // Kilobytes on Linux, bytes on macOS.
    let unit = if cfg!(target_os = "macos") { 1 } else { 1024 };
    let of = |who| getrusage(who).map_or(0, |usage| usage.max_rss().unsigned_abs() * unit);
    let own = own_peak_memory().unwrap_or_else(|| of(UsageWho::RUSAGE_SELF));
    (own, of(UsageWho::RUSAGE_CHILDREN))
}

/// Returns the most memory of this program, where `/proc` tells it.
///
/// `getrusage` also counts what the process had before it became this program: Linux keeps
/// `ru_maxrss` when a program is started, so it has at least the memory of the program that started
/// foreman.
fn own_peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
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
