//! What a command makes that cannot be resumed: a request to stop removes it and ends the process.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread;

use anyhow::{Context as _, Result};

use super::stop::{LAST_WORDS, NOT_COMPLETE, stop_signals};
use crate::exit::Status;

/// The request to stop that ends the process at once.
const LAST_REQUEST: usize = 3;

/// Something that a command makes. Until it is complete, the first request to stop drops it, which
/// must remove it, and ends the process. The third request ends the process at once: what is made
/// may be on a disk that never answers.
///
/// While a request removes it, all functions wait for the end of the process: the command must
/// neither go on nor end in another way. A request that comes during one of them waits for it.
pub(crate) struct Unfinished<T>(Arc<Mutex<State<T>>>);

enum State<T> {
    Made(T),
    /// A request to stop removes it, and then ends the process.
    Discarded,
    /// It is complete, or was dropped after an error: the process ends by itself.
    Over,
}

impl<T: Send + 'static> Unfinished<T> {
    /// Makes it. Call [`hold_stop_signals`](super::stop::hold_stop_signals) before.
    ///
    /// # Errors
    ///
    /// If it cannot be made, or no threads can be started that wait for requests.
    pub(crate) fn make(make: impl FnOnce() -> Result<T>) -> Result<Self> {
        let this = Self(Arc::new(Mutex::new(State::Over)));
        // It may be made on a disk that never answers, so requests are waited for before.
        let mut state = lock(&this.0);
        end_when_asked(Arc::clone(&this.0)).context("cannot start a thread to wait for signals")?;
        *state = State::Made(make()?);
        drop(state);
        Ok(this)
    }

    /// Changes it.
    pub(crate) fn change<R>(&self, change: impl FnOnce(&mut T) -> R) -> R {
        match &mut *lock(&self.0) {
            State::Made(made) => change(made),
            State::Discarded | State::Over => wait_for_the_end(),
        }
    }

    /// Completes it. From now on, the process ends by itself, unless a third request comes.
    pub(crate) fn complete<R>(self, complete: impl FnOnce(T) -> R) -> R {
        let mut state = lock(&self.0);
        match std::mem::replace(&mut *state, State::Over) {
            State::Made(made) => complete(made),
            State::Discarded | State::Over => wait_for_the_end(),
        }
    }
}

impl<T> Drop for Unfinished<T> {
    fn drop(&mut self) {
        let mut state = lock(&self.0);
        if matches!(*state, State::Discarded) {
            wait_for_the_end();
        }
        *state = State::Over;
    }
}

/// Starts threads that wait for requests to stop.
fn end_when_asked<T: Send + 'static>(state: Arc<Mutex<State<T>>>) -> std::io::Result<()> {
    let signals = stop_signals();
    let (ask, asked) = mpsc::channel();
    let discarded = Arc::clone(&state);
    thread::Builder::new().spawn(move || {
        if asked.recv().is_ok() && discard(&discarded) {
            end(Some("aborted; nothing was written"));
        }
    })?;
    let count = move || {
        for number in 1_usize.. {
            if signals.wait().is_err() {
                return;
            }
            // Only the first one is received.
            let _ = ask.send(());
            if number >= LAST_REQUEST {
                // If it is over, the command says itself what it has done.
                let is_over = state.try_lock().is_ok_and(|state| matches!(*state, State::Over));
                end((!is_over).then_some(NOT_COMPLETE));
            }
        }
    };
    thread::Builder::new().spawn(count).map(drop)
}

/// Drops what is not complete. Returns `false` if there is nothing to drop.
fn discard<T>(state: &Mutex<State<T>>) -> bool {
    let mut state = lock(state);
    match std::mem::replace(&mut *state, State::Discarded) {
        State::Over => {
            *state = State::Over;
            false
        }
        unfinished => {
            // The lock is held, so whoever needs it waits.
            drop(unfinished);
            true
        }
    }
}

fn end(words: Option<&str>) -> ! {
    words.into_iter().for_each(streams::complain);
    streams::flush_within(LAST_WORDS);
    std::process::exit(i32::from(Status::Aborted as u8))
}

fn wait_for_the_end() -> ! {
    loop {
        thread::park();
    }
}

fn lock<T>(state: &Mutex<State<T>>) -> MutexGuard<'_, State<T>> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::time::Duration;

    use super::*;

    /// Says when it is removed.
    struct Made(Arc<AtomicBool>);

    impl Drop for Made {
        fn drop(&mut self) {
            self.0.store(true, Ordering::Relaxed);
        }
    }

    fn made() -> (Unfinished<Made>, Arc<AtomicBool>) {
        let is_removed = Arc::new(AtomicBool::new(false));
        let made = Made(Arc::clone(&is_removed));
        (Unfinished(Arc::new(Mutex::new(State::Made(made)))), is_removed)
    }

    /// A command whose work a request removes neither goes on nor ends by itself, for example with
    /// exit status 0.
    #[test]
    fn a_command_waits_while_a_request_removes_what_it_made() {
        let uses: [fn(Unfinished<Made>); 3] =
            [|made| made.change(|_| ()), |made| made.complete(|_| ()), |made| drop(made)];
        for (number, use_it) in uses.into_iter().enumerate() {
            let (unfinished, is_removed) = made();
            assert!(discard(&unfinished.0), "{number}");
            assert!(is_removed.load(Ordering::Relaxed), "{number}");
            let (sender, came_back) = mpsc::channel();
            thread::spawn(move || {
                use_it(unfinished);
                sender.send(())
            });
            let waits = came_back.recv_timeout(Duration::from_millis(100));
            assert_eq!(waits, Err(mpsc::RecvTimeoutError::Timeout), "{number}");
        }
    }

    #[test]
    fn what_is_over_is_not_removed() {
        let (unfinished, is_removed) = made();
        let state = Arc::clone(&unfinished.0);
        let complete = unfinished.complete(|made| made);
        assert!(!discard(&state) && !is_removed.load(Ordering::Relaxed));
        drop(complete);
        let (unfinished, is_removed) = made();
        let state = Arc::clone(&unfinished.0);
        drop(unfinished);
        assert!(is_removed.load(Ordering::Relaxed) && !discard(&state));
    }
}
