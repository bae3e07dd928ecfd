//! The same work in several threads.

use std::io;
use std::sync::mpsc::{Sender, channel};
use std::thread;

/// Starts a thread for each processor, and returns what the threads return, after all have ended.
/// `work` makes the work of a thread, which sends how many events it has done since it sent last.
/// `progress` is told how many events all threads have done.
///
/// # Errors
///
/// If no thread can be started, or one panics.
pub fn on_each_processor<W, R>(
    mut work: impl FnMut() -> W,
    mut progress: impl FnMut(u64),
) -> io::Result<Vec<R>>
where
    W: FnOnce(&Sender<u64>) -> R + Send,
    R: Send,
{
    let threads = thread::available_parallelism().map_or(1, Into::into);
    thread::scope(|scope| {
        let (sender, receiver) = channel();
        let mut start = || {
            let (work, sender) = (work(), sender.clone());
            thread::Builder::new().spawn_scoped(scope, move || work(&sender))
        };
        let mut started = vec![start()?];
        // Without more threads it only takes longer.
        started.extend((1..threads).map_while(|_| start().ok()));
        drop(sender);
        let mut events = 0;
        for more in receiver {
            events += more;
            progress(events);
        }
        let ended: Vec<_> = started.into_iter().map(|thread| thread.join()).collect();
        let panicked = |_| io::Error::other("a thread has panicked");
        ended.into_iter().map(|ended| ended.map_err(panicked)).collect()
    })
}
