//! Signals that ask to stop, and what they end.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, mpsc};
use std::thread;
use std::time::Duration;

use anyhow::Context as _;
use files::{discard_begun_files, hold_stop_signals, stop_signals};
use nix::unistd::getppid;

use super::stopped::{NOT_COMPLETE, Stopped};

/// How long the last output to the terminal may take before the process exits at once. On a busy
/// machine, the thread that writes it may wait longer for a processor than for the terminal.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// How often foreman looks whether the program that started it is still there.
const PARENT_INTERVAL: Duration = Duration::from_secs(1);

/// How long workers have to end before they are killed, and then foreman itself, if the program
/// that started it has ended.
const ASK_AGAIN: Duration = Duration::from_secs(15);

/// Whether a request is ending this process before anything has begun.
static IS_ENDING: AtomicBool = AtomicBool::new(false);

/// A function that removes something.
type Discard = Box<dyn FnOnce() + Send>;

/// A function that ends something.
type Interrupt = Box<dyn Fn() + Send>;

/// Counts the signals that ask to stop.
#[derive(Clone)]
pub(crate) struct StopRequests {
    stopped: Stopped,
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
    /// The functions that remove what was made before anything has begun. `None` if a request has
    /// had them called.
    discards: Arc<Mutex<Option<Vec<Discard>>>>,
    /// The function that each request calls.
    interrupt: Arc<Mutex<Option<Interrupt>>>,
}

impl Default for StopRequests {
    fn default() -> Self {
        Self {
            stopped: Stopped::default(),
            before_exit: None,
            count: Arc::default(),
            has_begun: Arc::default(),
            storing: Arc::default(),
            state: Arc::default(),
            discards: Arc::new(Mutex::new(Some(Vec::new()))),
            interrupt: Arc::default(),
        }
    }
}

impl StopRequests {
    /// Holds the signals that ask to stop and starts to count them in a separate thread. Call this
    /// before any other thread is started, and before any file is opened: a disk that never answers
    /// would hold back the requests. `before_exit` is called if the process must exit at once.
    /// `stopped` is what the requests end.
    ///
    /// # Errors
    ///
    /// If the operating system refuses to hold signals, or no thread can be started.
    pub(crate) fn watch(
        stopped: Stopped,
        before_exit: impl Fn() + Send + Sync + 'static,
    ) -> anyhow::Result<Self> {
        hold_stop_signals().context("cannot hold signals")?;
        let requests = Self { stopped, before_exit: Some(Arc::new(before_exit)), ..Self::default() };
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
        let has_begun = self.has_begun();
        if earlier >= 2 {
            // Something cannot be stopped, such as a worker that waits for a broken disk.
            // The store is safe: the next command undoes an unfinished change.
            let state = || self.storing().or_else(|| self.state_to_tell());
            self.exit_at_once(if has_begun { state() } else { Some(self.stopped.unremoved().into()) });
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
        IS_ENDING.store(true, Ordering::Relaxed);
        self.discard();
        discard_begun_files();
        self.exit_at_once(Some(self.stopped.unbegun().into()));
    }

    /// Calls the functions that remove what was made before anything has begun.
    pub(super) fn discard(&self) {
        let discards = lock(&self.discards).take();
        discards.into_iter().flatten().for_each(|discard| discard());
    }

    /// Ends the process, and says these words.
    fn exit_at_once(&self, words: Option<String>) -> ! {
        self.before_exit.iter().for_each(|before_exit| before_exit());
        words.iter().for_each(|words| streams::complain(words));
        within(LAST_WORDS, protocol::remove_own_sockets);
        within(LAST_WORDS, discard_begun_files);
        streams::flush_within(LAST_WORDS);
        let status = self.stopped.status(self.storing().is_some());
        std::process::exit(i32::from(status as u8));
    }

    fn storing(&self) -> Option<String> {
        lock(&self.storing).clone()
    }

    /// Calls this function if a request ends the process before anything has begun, to remove what
    /// was made until then. If a request has come already, this never returns: the process is
    /// ending, and must make nothing.
    pub(crate) fn discard_first(&self, discard: impl FnOnce() + Send + 'static) {
        let Some(()) = lock(&self.discards).as_mut().map(|discards| discards.push(Box::new(discard))) else {
            wait_for_the_end();
        };
    }

    /// Returns whether requests end in order what has begun. If not, they end the process, and
    /// nothing may begin from now on.
    pub(super) fn has_begun(&self) -> bool {
        *self.has_begun.get_or_init(|| false)
    }

    /// Lets requests end the run in order from now on. Before, no storage file is locked, and to
    /// prepare many rules may take long, so the first request ends the process.
    /// If one has come already, this never returns: the process is ending, and must make nothing.
    pub(crate) fn begin(&self) {
        if !self.has_begun.get_or_init(|| true) {
            wait_for_the_end();
        }
    }

    /// Sets what is said if a request ends the process at once from now on, while no results are
    /// being stored: the state of the results, and what to do. If it is empty, the user knows it
    /// already.
    pub(crate) fn at_once_says(&self, state: impl Into<String>) {
        *lock(&self.state) = Some(state.into());
    }

    /// Returns what to say when the process exits at once, or `None` if the user knows it already.
    fn state_to_tell(&self) -> Option<String> {
        // Whoever holds the lock sets the text, which waits for nothing.
        let state = lock(&self.state).clone();
        Some(state.unwrap_or_else(|| NOT_COMPLETE.to_owned())).filter(|state| !state.is_empty())
    }

    /// Sets what is said if a request ends the process at once from now on, because results are
    /// being stored, or `None` if none are.
    pub(crate) fn stores(&self, state: Option<String>) {
        *lock(&self.storing) = state;
    }

    /// Returns whether a request has come. If it came before anything has begun, this never
    /// returns: the process is ending, and says so itself.
    #[must_use]
    pub(crate) fn has_come(&self) -> bool {
        let has_come = self.count() > 0;
        if has_come && !self.has_begun() {
            wait_for_the_end();
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

/// Waits for the end of the process if a request is ending it. What a command made is being removed
/// then, and it must not complain that it is gone.
pub(crate) fn wait_if_ending() {
    if IS_ENDING.load(Ordering::Relaxed) {
        wait_for_the_end();
    }
}

/// Waits while another thread ends the process.
pub(super) fn wait_for_the_end() -> ! {
    loop {
        thread::park();
    }
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
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

    /// What it makes afterwards would stay.
    #[test]
    fn nothing_is_made_after_a_request_has_removed_all() {
        let requests = StopRequests::default();
        requests.discard();
        let (sender, came_back) = mpsc::channel();
        thread::spawn(move || {
            requests.discard_first(|| ());
            sender.send(())
        });
        let waits = came_back.recv_timeout(Duration::from_millis(100));
        assert_eq!(waits, Err(mpsc::RecvTimeoutError::Timeout));
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
