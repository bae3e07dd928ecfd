//! Reading parts of a store in several threads, with the results in the order of the parts.

use std::io;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use crate::{SameStore, StorageError, Store};

/// Reads the parts of the store with a thread for each processor, and shows what `read`
/// makes of each part to `visit`, in the order of the parts. So the result does not depend on the
/// threads. Each thread holds at most two results that `visit` has not seen yet.
///
/// # Errors
///
/// If the store cannot be read, or no thread can be started.
pub fn read_in_order<P, T: Send>(
    store: &SameStore,
    parts: impl Iterator<Item = P> + Clone + Send,
    read: impl Fn(&Store, P) -> Result<T, StorageError> + Sync,
    visit: impl FnMut(T),
) -> Result<(), StorageError> {
    read_with(thread::available_parallelism().map_or(1, Into::into), store, parts, read, visit)
}

fn read_with<P, T: Send>(
    threads: usize,
    store: &SameStore,
    parts: impl Iterator<Item = P> + Clone + Send,
    read: impl Fn(&Store, P) -> Result<T, StorageError> + Sync,
    mut visit: impl FnMut(T),
) -> Result<(), StorageError> {
    let failed = |source| StorageError::Thread { path: store.path().to_owned(), source };
    thread::scope(|scope| {
        let (mut started, mut begins, mut receivers) = (Vec::new(), Vec::new(), Vec::new());
        for number in 0..threads {
            let (begin, wait) = sync_channel(1);
            let (sender, receiver) = sync_channel(1);
            let (parts, read) = (parts.clone(), &read);
            let work = move || match wait.recv() {
                Ok(threads) => read_parts(store, parts.skip(number).step_by(threads), read, &sender),
                Err(_) => None,
            };
            match thread::Builder::new().spawn_scoped(scope, work) {
                Ok(thread) => started.push(thread),
                Err(source) if started.is_empty() => return Err(failed(source)),
                // Without more threads it only takes longer.
                Err(_) => break,
            }
            begins.push(begin);
            receivers.push(receiver);
        }
        // Each thread reads every nth part, so all must know how many they are.
        let threads = started.len();
        for begin in begins {
            // A thread that has panicked is told below.
            let _ = begin.send(threads);
        }
        let read = visit_in_order(receivers, &mut visit);
        let panicked = |_| failed(io::Error::other("it has panicked"));
        // Closing a store lets go of the locks that this process has on the file, so the stores are
        // closed only now that no thread reads any more.
        let stores: Vec<_> = started.into_iter().map(|thread| thread.join().map_err(panicked)).collect();
        read?;
        stores.into_iter().try_for_each(|store| store.map(drop))
    })
}

/// Shows the results of the threads by turns. The first thread without a result is that of the part
/// after the last one.
fn visit_in_order<T>(
    receivers: Vec<Receiver<Result<T, StorageError>>>,
    visit: &mut impl FnMut(T),
) -> Result<(), StorageError> {
    for receiver in receivers.iter().cycle() {
        match receiver.recv() {
            Ok(result) => visit(result?),
            Err(_) => break,
        }
    }
    Ok(())
}

/// Reads parts until none is left or nobody wants them. Returns the store, to be closed later.
fn read_parts<P, T>(
    store: &SameStore,
    mut parts: impl Iterator<Item = P>,
    read: &impl Fn(&Store, P) -> Result<T, StorageError>,
    sender: &SyncSender<Result<T, StorageError>>,
) -> Option<Store> {
    let store = match store.open() {
        Ok(store) => store,
        Err(error) => {
            let _ = sender.send(Err(error));
            return None;
        }
    };
    // After an error, the receiver is gone.
    while let Some(part) = parts.next()
        && sender.send(read(&store, part)).is_ok()
    {}
    Some(store)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(copy: &testing::Store) -> SameStore {
        Store::open(copy.path()).unwrap().same().unwrap()
    }

    #[test]
    fn results_are_in_order() {
        let copy = testing::Store::of("sample");
        for threads in [1, 2, 7] {
            let mut seen = Vec::new();
            read_with(threads, &same(&copy), 0..100, |_, part| Ok(part), |part| seen.push(part)).unwrap();
            assert_eq!(seen, (0..100).collect::<Vec<_>>(), "{threads}");
            read_with(threads, &same(&copy), 0..0, |_, part: i32| Ok(part), |_| panic!()).unwrap();
        }
    }

    #[test]
    fn the_first_error_is_returned() {
        let copy = testing::Store::of("sample");
        for threads in [1, 3] {
            let mut seen = 0;
            let read = |store: &Store, part| match part {
                0..10 => Ok(()),
                _ => Err(StorageError::Thread {
                    path: store.path().to_owned(),
                    source: io::Error::other(format!("part {part}")),
                }),
            };
            let error = read_with(threads, &same(&copy), 0..100, read, |()| seen += 1).unwrap_err();
            assert!(matches!(error, StorageError::Thread { source, .. } if source.to_string() == "part 10"));
            assert_eq!(seen, 10);
        }
        let error = read_in_order(
            &SameStore::of_version("/none".into(), String::new()),
            0..5,
            |_, part| Ok(part),
            |_| (),
        )
        .unwrap_err();
        assert!(error.to_string().contains("/none"), "{error}");
    }

    #[test]
    fn a_panic_is_an_error() {
        let copy = testing::Store::of("sample");
        let read = |_: &Store, part| if part == 5 { panic!("on purpose") } else { Ok(part) };
        let error = read_with(2, &same(&copy), 0..10, read, |_| ()).unwrap_err();
        assert!(matches!(error, StorageError::Thread { .. }), "{error}");
    }
}
