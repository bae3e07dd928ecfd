//! The files of this process that have a temporary name and are not complete.
//!
//! A request to stop ends the process while other threads write such files, and a file that stays
//! would be clutter in a folder of evidence. So the process removes them first, wherever they are
//! being written.

use std::ffi::{OsStr, OsString};
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::directory::Directory;

/// Removes the unfinished files of this process. From now on, no thread of it makes, completes or
/// removes such a file: it waits for the end of the process instead. Call this to end the process.
///
/// A file that a disk does not answer for may stay. A removal may take as long as the disk takes.
pub fn discard_begun_files() {
    BEGUN.discard();
}

/// Does the same as [`discard_begun_files`], unless this process has completed a file. Returns
/// `false` if it has. Then nothing changes, and the process is to end by itself.
///
/// While a thread completes a file, this waits for it.
#[must_use]
pub fn discard_unless_complete() -> bool {
    BEGUN.discard_unless_complete()
}

/// How long a thread is waited for that is making or removing a file. Its disk may never answer.
const PATIENCE: Duration = Duration::from_millis(500);

pub(crate) static BEGUN: BegunFiles = BegunFiles::new();

pub(crate) struct BegunFiles {
    begun: Mutex<Begun>,
    changed: Condvar,
}

struct Begun {
    /// The folder and the temporary name of each file. A process has few of them at a time.
    named: Vec<(Arc<Directory>, OsString)>,
    /// The number of threads that are making or removing a file.
    busy: usize,
    /// The number of threads that are giving a file its final name.
    completing: usize,
    has_completed: bool,
    /// Whether somebody waits for the threads that are completing a file. No other thread may begin
    /// meanwhile.
    is_asked: bool,
    /// Whether the files were removed, and the process is ending.
    is_over: bool,
}

impl BegunFiles {
    const fn new() -> Self {
        let begun = Begun {
            named: Vec::new(),
            busy: 0,
            completing: 0,
            has_completed: false,
            is_asked: false,
            is_over: false,
        };
        Self { begun: Mutex::new(begun), changed: Condvar::new() }
    }

    /// Makes a file with a temporary name.
    pub(crate) fn make<T>(
        &self,
        folder: &Arc<Directory>,
        name: &OsStr,
        make: impl FnOnce() -> io::Result<T>,
    ) -> io::Result<T> {
        let busy = self.enter(|begun| &mut begun.busy);
        let made = make()?;
        busy.begun().named.push((Arc::clone(folder), name.to_owned()));
        Ok(made)
    }

    /// Gives a file its final name. It may have had a temporary one.
    pub(crate) fn complete<E>(
        &self,
        name: &OsStr,
        complete: impl FnOnce() -> Result<(), E>,
    ) -> Result<(), E> {
        let busy = self.enter(|begun| &mut begun.completing);
        complete()?;
        let mut begun = busy.begun();
        begun.forget(name);
        begun.has_completed = true;
        Ok(())
    }

    /// Removes a file with a temporary name.
    pub(crate) fn remove(&self, folder: &Directory, name: &OsStr) -> io::Result<()> {
        let busy = self.enter(|begun| &mut begun.busy);
        // A request may come meanwhile, and must not end the process before the file is removed.
        let removed = folder.remove_file(name);
        busy.begun().forget(name);
        removed
    }

    /// Counts this thread in a number. Waits for the end of the process if it is ending.
    fn enter(&self, count: fn(&mut Begun) -> &mut usize) -> Busy<'_> {
        let begun = self.changed.wait_while(self.lock(), |begun| begun.is_asked || begun.is_over);
        *count(&mut begun.unwrap_or_else(PoisonError::into_inner)) += 1;
        Busy { begun: self, count }
    }

    fn discard(&self) {
        let mut begun = self.lock();
        begun.is_over = true;
        self.remove_all(begun);
    }

    /// Removes the files.
    fn remove_all(&self, begun: MutexGuard<'_, Begun>) {
        let is_busy = |begun: &mut Begun| begun.busy + begun.completing > 0;
        let waited = self.changed.wait_timeout_while(begun, PATIENCE, is_busy);
        let (mut begun, _) = waited.unwrap_or_else(PoisonError::into_inner);
        let named = std::mem::take(&mut begun.named);
        drop(begun);
        for (folder, name) in named {
            // If one cannot be removed, the others are.
            let _ = folder.remove_file(&name);
        }
    }

    fn discard_unless_complete(&self) -> bool {
        let mut begun = self.lock();
        begun.is_asked = true;
        let waited = self.changed.wait_while(begun, |begun| begun.completing > 0);
        let mut begun = waited.unwrap_or_else(PoisonError::into_inner);
        let is_over = !begun.has_completed;
        begun.is_over |= is_over;
        begun.is_asked = false;
        self.changed.notify_all();
        if is_over {
            self.remove_all(begun);
        }
        is_over
    }

    fn lock(&self) -> MutexGuard<'_, Begun> {
        self.begun.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Begun {
    /// Temporary names are random, so no two files have the same one.
    fn forget(&mut self, name: &OsStr) {
        self.named.retain(|(_, named)| named != name);
    }
}

/// A thread that is making, completing or removing a file.
struct Busy<'a> {
    begun: &'a BegunFiles,
    /// The number in which the thread is counted.
    count: fn(&mut Begun) -> &mut usize,
}

impl Busy<'_> {
    fn begun(&self) -> MutexGuard<'_, Begun> {
        self.begun.lock()
    }
}

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        *(self.count)(&mut self.begun()) -= 1;
        self.begun.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::mpsc;
    use std::thread;

    use super::*;

    fn make(begun: &BegunFiles, folder: &Arc<Directory>, name: &str) {
        let name = OsStr::new(name);
        begun.make(folder, name, || folder.create(name, 0o600)).unwrap();
    }

    fn names(folder: &Path) -> Vec<OsString> {
        let mut names: Vec<_> = folder.read_dir().unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    }

    #[test]
    fn only_unfinished_files_are_removed() {
        let place = tempfile::tempdir().unwrap();
        let (begun, folder) = (BegunFiles::new(), Arc::new(Directory::open(place.path()).unwrap()));
        ["one", "two", "three", "four"].iter().for_each(|name| make(&begun, &folder, name));
        begun
            .complete(OsStr::new("two"), || folder.rename_new(OsStr::new("two"), OsStr::new("named")))
            .unwrap();
        begun.remove(&folder, OsStr::new("three")).unwrap();
        // This process has not made it.
        folder.create(OsStr::new("three"), 0o600).unwrap();
        assert!(!begun.discard_unless_complete());
        assert_eq!(names(place.path()), ["four", "named", "one", "three"]);
        begun.discard();
        assert_eq!(names(place.path()), ["named", "three"]);
    }

    #[test]
    fn a_file_that_cannot_be_made_or_named_changes_nothing() {
        let place = tempfile::tempdir().unwrap();
        let (begun, folder) = (BegunFiles::new(), Arc::new(Directory::open(place.path()).unwrap()));
        let fails = || Err::<(), _>(io::Error::other("a fault"));
        begun.make(&folder, OsStr::new("other"), fails).unwrap_err();
        folder.create(OsStr::new("other"), 0o600).unwrap();
        make(&begun, &folder, "one");
        begun.complete(OsStr::new("one"), fails).unwrap_err();
        assert!(begun.discard_unless_complete());
        assert_eq!(names(place.path()), ["other"]);
    }

    /// A thread that works on a file while the process ends neither leaves one nor ends the process
    /// in another way.
    #[test]
    fn nothing_is_made_or_named_when_the_process_is_ending() {
        let uses: [fn(&BegunFiles, &Arc<Directory>); 3] = [
            |begun, folder| make(begun, folder, "late"),
            |begun, _| begun.complete(OsStr::new("late"), || Ok::<_, io::Error>(())).unwrap(),
            |begun, folder| drop(begun.remove(folder, OsStr::new("late"))),
        ];
        for (number, use_it) in uses.into_iter().enumerate() {
            let place = tempfile::tempdir().unwrap();
            let (begun, folder) =
                (Arc::new(BegunFiles::new()), Arc::new(Directory::open(place.path()).unwrap()));
            begun.discard();
            let (sender, came_back) = mpsc::channel();
            thread::spawn(move || {
                use_it(&begun, &folder);
                sender.send(())
            });
            let waits = came_back.recv_timeout(Duration::from_millis(100));
            assert_eq!(waits, Err(mpsc::RecvTimeoutError::Timeout), "{number}");
            assert!(names(place.path()).is_empty(), "{number}");
        }
    }

    #[test]
    fn a_disk_that_never_answers_keeps_no_process_alive() {
        let place = tempfile::tempdir().unwrap();
        let folder = Arc::new(Directory::open(place.path()).unwrap());
        type Use = fn(&BegunFiles, &Arc<Directory>, &mpsc::Receiver<()>);
        let uses: [Use; 2] = [
            |begun, folder, end| drop(begun.make(folder, OsStr::new("late"), || Ok(end.recv()))),
            |begun, _, end| begun.complete(OsStr::new("late"), || end.recv()).unwrap(),
        ];
        for use_it in uses {
            let (begun, folder) = (&BegunFiles::new(), &folder);
            make(begun, folder, "one");
            let (end, ended) = mpsc::channel();
            thread::scope(|scope| {
                scope.spawn(move || use_it(begun, folder, &ended));
                let is_busy = |begun: &Begun| begun.busy + begun.completing > 0;
                while !is_busy(&begun.lock()) {
                    thread::yield_now();
                }
                begun.discard();
                assert!(names(place.path()).is_empty());
                end.send(()).unwrap();
            });
        }
    }

    /// A request to stop lets no other thread begin in its turn.
    #[test]
    fn a_request_waits_only_for_what_is_being_done() {
        let place = tempfile::tempdir().unwrap();
        let (begun, folder) = (BegunFiles::new(), Arc::new(Directory::open(place.path()).unwrap()));
        let (begun, folder) = (&begun, &folder);
        thread::scope(|scope| {
            let asked = begun.make(folder, OsStr::new("one"), || {
                let asked = scope.spawn(|| begun.discard_unless_complete());
                while !begun.lock().is_over {
                    thread::yield_now();
                }
                folder.create(OsStr::new("one"), 0o600).map(|_| asked)
            });
            let completes = scope.spawn(|| begun.complete(OsStr::new("other"), || Ok::<_, io::Error>(())));
            assert!(asked.unwrap().join().unwrap());
            assert!(!completes.is_finished());
            // Only this test lets it go on.
            begun.lock().is_over = false;
            begun.changed.notify_all();
        });
        assert!(names(place.path()).is_empty());
    }
}
