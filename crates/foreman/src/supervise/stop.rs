//! Signals that ask to stop, and what they end.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, mpsc};
use std::thread;
use std::time::Duration;

use anyhow::Context as _;
use nix::sys::signal::{SigSet, Signal};
use nix::unistd::getppid;

use crate::exit::Status;
use crate::supervise::ignored_signals::ignored_signals;

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

/// How long the last output to the terminal may take before the process exits at once. On a busy
/// machine, the thread that writes it may wait longer for a processor than for the terminal.
pub(super) const LAST_WORDS: Duration = Duration::from_secs(1);

/// How often foreman looks whether the program that started it is still there.
const PARENT_INTERVAL: Duration = Duration::from_secs(1);

/// How long workers have to end before they are killed, and then foreman itself, if the program
/// that started it has ended.
const ASK_AGAIN: Duration = Duration::from_secs(15);

/// What is said when the process exits at once and nothing else is known.
pub(super) const NOT_COMPLETE: &str =
    "ended at once, as asked for the third time; what was begun is not complete";

/// A function that removes something.
type Discard = Box<dyn FnOnce() + Send>;

/// A function that ends something.
type Interrupt = Box<dyn Fn() + Send>;

/// Counts the signals that ask to stop.
#[derive(Clone, Default)]
pub(crate) struct StopRequests {
    /// Called if the process must exit at once.
    before_exit: Option<Arc<dyn Fn() + Send + Sync>>,
    count: Arc<AtomicU32>,
    /// Whether there is something to end in order. The run or the first request decides it,
    /// whichever comes first: a request before the run ends the process.
    has_begun: Arc<OnceLock<bool>>,
    /// What is said when the process exits at once while results are being stored, of which it may
    /// leave a part. `None` if none are.
    storing: Arc<Mutex<Option<String>>>,
    /// What is said when the process exits at once while no results are being stored. `None` if
    /// nothing else is known than that the work is not complete.
    state: Arc<Mutex<Option<String>>>,
    /// The functions that remove what was made before anything has begun.
    discards: Arc<Mutex<Vec<Discard>>>,
    /// The function that each request calls.
    interrupt: Arc<Mutex<Option<Interrupt>>>,
}

impl StopRequests {
    /// Holds the signals that ask to stop and starts to count them in a separate thread. Call this
    /// before any other thread is started, and before any file is opened: a disk that never answers
    /// would hold back the requests. `before_exit` is called if the process must exit at once.
    ///
    /// # Errors
    ///
    /// If the operating system refuses to hold signals, or no thread can be started.
    pub(crate) fn watch(before_exit: impl Fn() + Send + Sync + 'static) -> anyhow::Result<Self> {
        hold_stop_signals().context("cannot hold signals")?;
        let requests = Self { before_exit: Some(Arc::new(before_exit)), ..Self::default() };
        let counted = requests.clone();
        let signals = stop_signals();
        let count = move || {
            while signals.wait().is_ok() {
                counted.request();
            }
        };
        thread::Builder::new().spawn(count).context("cannot start a thread to wait for signals")?;
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
                requests.request();
                thread::sleep(ASK_AGAIN);
            }
        };
        thread::Builder::new().spawn(watch).map(drop)
    }

    /// Asks to stop. Ends the process if nothing has begun, or after the third request.
    fn request(&self) {
        let earlier = self.count.fetch_add(1, Ordering::Relaxed);
        if let Ok(interrupt) = self.interrupt.lock()
            && let Some(interrupt) = &*interrupt
        {
            interrupt();
        }
        let has_begun = *self.has_begun.get_or_init(|| false);
        if earlier >= 2 {
            // Something cannot be stopped, such as a worker that waits for a broken disk.
            // The store is safe: the next command undoes an unfinished change.
            self.exit_at_once(has_begun);
        }
        if !has_begun && earlier == 0 {
            let this = self.clone();
            // What is to be removed may be on a broken disk, too, so further requests are heard.
            if thread::Builder::new().spawn(move || this.discard_and_exit()).is_err() {
                self.discard_and_exit();
            }
        }
    }

    /// Ends the process before anything has begun, and removes what was made.
    fn discard_and_exit(&self) {
        let discards = self.discards.lock().map(|mut all| std::mem::take(&mut *all)).unwrap_or_default();
        discards.into_iter().for_each(|discard| discard());
        self.exit_at_once(false);
    }

    fn exit_at_once(&self, has_begun: bool) -> ! {
        self.before_exit.iter().for_each(|before_exit| before_exit());
        let storing = self.storing.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let is_storing = storing.is_some();
        let words = match has_begun {
            true => storing.or_else(|| self.state_to_tell()),
            false => Some("aborted before the run began; nothing was stored".into()),
        };
        words.iter().for_each(|words| streams::complain(words));
        within(LAST_WORDS, protocol::remove_own_sockets);
        streams::flush_within(LAST_WORDS);
        let status = if is_storing { Status::Failed } else { Status::Aborted };
        std::process::exit(i32::from(status as u8));
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

    /// Sets what is said if a request ends the process at once from now on, while no results are
    /// being stored: the state of the results, and what to do. If it is empty, the user knows it
    /// already.
    pub(crate) fn at_once_says(&self, state: impl Into<String>) {
        *self.state.lock().unwrap_or_else(PoisonError::into_inner) = Some(state.into());
    }

    /// Returns what to say when the process exits at once, or `None` if the user knows it already.
    fn state_to_tell(&self) -> Option<String> {
        // Whoever holds the lock sets the text, which waits for nothing.
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Some(state.unwrap_or_else(|| NOT_COMPLETE.to_owned())).filter(|state| !state.is_empty())
    }

    /// Sets what is said if a request ends the process at once from now on, because results are
    /// being stored, or `None` if none are.
    pub(crate) fn stores(&self, state: Option<String>) {
        *self.storing.lock().unwrap_or_else(PoisonError::into_inner) = state;
    }

    /// Returns whether a request has come. If it came before anything has begun, this never
    /// returns: the process is ending, and says so itself.
    #[must_use]
    pub(crate) fn has_come(&self) -> bool {
        let has_come = self.count() > 0;
        while has_come && !self.has_begun.get_or_init(|| false) {
            thread::park();
        }
        has_come
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

/// Calls a function in another thread, and waits for its end up to a limit: a disk may be broken.
fn within(limit: Duration, what: impl FnOnce() + Send + 'static) {
    let (done, ended) = mpsc::channel::<()>();
    let call = move || {
        what();
        drop(done);
    };
    if thread::Builder::new().spawn(call).is_ok() {
        // The channel is closed at the end.
        let _ = ended.recv_timeout(limit);
    }
}

/// Returns the signals that ask to stop. Those that the program was started to ignore stay ignored:
/// `nohup` ignores SIGHUP, and a shell ignores SIGINT for programs in the background of a script.
pub(super) fn stop_signals() -> SigSet {
    let asking = [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP];
    let is_ignored = ignored_signals();
    asking.into_iter().filter(|signal| !is_ignored(*signal)).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    /// The command ends only when what it has made is removed, and the user is told.
    #[test]
    fn a_request_before_the_run_lets_nothing_go_on() {
        let requests = StopRequests::default();
        assert!(!requests.has_come());
        requests.count.fetch_add(1, Ordering::Relaxed);
        let (sender, came_back) = mpsc::channel();
        let asked = requests.clone();
        thread::spawn(move || sender.send(asked.has_come()));
        assert!(came_back.recv_timeout(Duration::from_millis(200)).is_err());
        assert_eq!(requests.has_begun.get(), Some(&false));
    }

    #[test]
    fn the_state_at_an_exit_at_once() {
        let requests = StopRequests::default();
        assert_eq!(requests.state_to_tell().as_deref(), Some(NOT_COMPLETE));
        for (state, told) in [("nothing was stored", Some("nothing was stored")), ("", None)] {
            requests.at_once_says(state);
            assert_eq!(requests.state_to_tell().as_deref(), told);
        }
    }

    /// What hangs is not waited for, and what is done is done.
    #[test]
    fn a_call_with_a_limit() {
        let started = Instant::now();
        within(Duration::from_millis(50), || thread::sleep(Duration::from_secs(60)));
        let (sender, called) = mpsc::channel();
        within(Duration::from_secs(60), move || sender.send(()).unwrap());
        assert!(started.elapsed() < Duration::from_secs(30));
        assert_eq!(called.try_recv(), Ok(()));
    }

    #[test]
    fn a_request_during_the_run_is_told() {
        let requests = StopRequests::default();
        requests.begin();
        assert!(!requests.has_come());
        requests.count.fetch_add(1, Ordering::Relaxed);
        assert!(requests.has_come());
    }
}
