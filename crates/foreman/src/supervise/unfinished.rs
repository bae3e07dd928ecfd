//! What a command makes that cannot be resumed: a request to stop removes it and ends the process.

use std::sync::{Arc, Mutex};

use anyhow::Result;

use super::stop::{StopRequests, lock, wait_for_the_end};

/// Something that a command makes. Until it is complete, the first request to stop drops it, which
/// must remove it, and ends the process.
///
/// While a request removes it, all functions wait for the end of the process: the command must
/// neither go on nor end in another way. A request that comes during one of them waits for it.
pub(crate) struct Unfinished<T> {
    state: Arc<Mutex<State<T>>>,
    stop: StopRequests,
}

enum State<T> {
    Made(T),
    /// A request to stop removes it, and then ends the process.
    Discarded,
    /// It is complete, or was dropped after an error: the process ends by itself.
    Over,
}

impl<T: Send + 'static> Unfinished<T> {
    /// Makes it.
    ///
    /// # Errors
    ///
    /// If it cannot be made.
    pub(crate) fn make(stop: &StopRequests, make: impl FnOnce() -> Result<T>) -> Result<Self> {
        let state = Arc::new(Mutex::new(State::Over));
        // It may be made on a disk that never answers. So a request knows of it before.
        let mut making = lock(&state);
        let discarded = Arc::clone(&state);
        stop.discard_first(move || discard(&discarded));
        *making = State::Made(make()?);
        drop(making);
        Ok(Self { state, stop: stop.clone() })
    }

    /// Changes it.
    pub(crate) fn change<R>(&self, change: impl FnOnce(&mut T) -> R) -> R {
        match &mut *lock(&self.state) {
            State::Made(made) => change(made),
            State::Discarded | State::Over => wait_for_the_end(),
        }
    }

    /// Completes it. From now on, the process ends by itself, unless a third request comes.
    pub(crate) fn complete<R>(self, complete: impl FnOnce(T) -> R) -> R {
        self.stop.begin();
        let made = std::mem::replace(&mut *lock(&self.state), State::Over);
        let State::Made(made) = made else { wait_for_the_end() };
        let completed = complete(made);
        // The command says itself what it has done.
        self.stop.at_once_says("");
        completed
    }
}

impl<T> Drop for Unfinished<T> {
    fn drop(&mut self) {
        // If a request came first, this waits for the end.
        self.stop.begin();
        *lock(&self.state) = State::Over;
    }
}

/// Drops what is not complete.
fn discard<T>(state: &Mutex<State<T>>) {
    let mut state = lock(state);
    // What is complete is no longer here. The lock is held, so whoever needs it waits.
    drop(std::mem::replace(&mut *state, State::Discarded));
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::mpsc;
    use std::thread;
    use std::time::Duration;

    use super::*;

    /// Says when it is removed.
    struct Made(Arc<AtomicBool>);

    impl Drop for Made {
        fn drop(&mut self) {
            self.0.store(true, Ordering::Relaxed);
        }
    }

    fn made(stop: &StopRequests) -> (Unfinished<Made>, Arc<AtomicBool>) {
        let is_removed = Arc::new(AtomicBool::new(false));
        let made = Made(Arc::clone(&is_removed));
        (Unfinished::make(stop, || Ok(made)).unwrap(), is_removed)
    }

    /// Does what a request does. Returns whether it ends the process.
    fn asked(stop: &StopRequests) -> bool {
        let ends = !stop.has_begun();
        if ends {
            stop.discard();
        }
        ends
    }

    /// A command whose work a request removes neither goes on nor ends by itself, for example with
    /// exit status 0.
    #[test]
    fn a_command_waits_while_a_request_removes_what_it_made() {
        let uses: [fn(Unfinished<Made>); 3] =
            [|made| made.change(|_| ()), |made| made.complete(|_| ()), |made| drop(made)];
        for (number, use_it) in uses.into_iter().enumerate() {
            let stop = StopRequests::default();
            let (unfinished, is_removed) = made(&stop);
            assert!(asked(&stop), "{number}");
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
        let stop = StopRequests::default();
        let (unfinished, is_removed) = made(&stop);
        let complete = unfinished.complete(|made| made);
        assert!(!asked(&stop) && !is_removed.load(Ordering::Relaxed));
        drop(complete);
        let stop = StopRequests::default();
        let (unfinished, is_removed) = made(&stop);
        drop(unfinished);
        assert!(is_removed.load(Ordering::Relaxed) && !asked(&stop));
    }
}
