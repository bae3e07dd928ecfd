//! The possible contents of a disk after a power cut in the middle of a run.

use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::random::Random;
use crate::{Running, Store};

/// A store, its journal and the record of the run at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    store: Vec<u8>,
    journal: Option<Vec<u8>>,
    run: Option<Vec<u8>>,
}

impl Moment {
    /// Stops the program for a moment and copies what it has written. Returns `None` if the program
    /// has ended.
    ///
    /// # Panics
    ///
    /// If the store cannot be read.
    #[must_use]
    pub fn of(running: &Running, store: &Store) -> Option<Self> {
        let process = running.pid();
        kill(process, Signal::SIGSTOP).ok()?;
        // After the signal is sent, a thread may still be in a system call.
        let stopped = (0..5_000).any(|_| {
            std::thread::sleep(Duration::from_micros(200));
            is_stopped(process)
        });
        let moment = stopped.then(|| Self::after(store));
        let _ = kill(process, Signal::SIGCONT);
        moment
    }

    /// Copies what a program has left after its end.
    ///
    /// # Panics
    ///
    /// If the store cannot be read.
    #[must_use]
    pub fn after(store: &Store) -> Self {
        Self {
            store: store.bytes(),
            journal: std::fs::read(journal_of(store.path())).ok(),
            run: std::fs::read(record_of(store.path())).ok(),
        }
    }

    /// Returns whether SQLite would undo a change with the journal.
    #[must_use]
    pub fn is_hot(&self) -> bool {
        self.journal.as_ref().is_some_and(|journal| journal.first().is_some_and(|&byte| byte != 0))
    }

    /// Returns the same moment on a disk that had not yet written the whole store. A journal is on
    /// the disk before the first page of the store is written. So each page may be the old or the
    /// new one, and added pages may be missing.
    #[must_use]
    pub fn with_lost_writes(&self, original: &[u8], random: &mut Random) -> Self {
        const PAGE: usize = 4_096;
        let mut store = self.store.clone();
        for (new, old) in store.chunks_mut(PAGE).zip(original.chunks(PAGE)) {
            if random.below(2) == 0 && new.len() == old.len() {
                new.copy_from_slice(old);
            }
        }
        if store.len() > original.len() {
            let added = (store.len() - original.len()) as u64;
            store.truncate(original.len() + usize::try_from(random.below(added + 1)).unwrap_or(0));
        }
        Self { store, ..self.clone() }
    }

    /// Puts the disk's content in the place of the store, its journal and the run's record.
    ///
    /// # Panics
    ///
    /// If this fails.
    pub fn restore(&self, store: &Store) {
        let file = std::fs::File::create(store.path()).unwrap();
        file.write_all_at(&self.store, 0).unwrap();
        let journal = journal_of(store.path());
        match &self.journal {
            Some(bytes) => std::fs::write(journal, bytes).unwrap(),
            None => drop(std::fs::remove_file(journal)),
        }
        if let Some(bytes) = &self.run {
            let record = record_of(store.path());
            std::fs::create_dir_all(record.parent().unwrap()).unwrap();
            std::fs::write(record, bytes).unwrap();
        }
    }
}

/// What the run over a store has written down of itself.
fn record_of(store: &Path) -> PathBuf {
    let mut folder = store.as_os_str().to_owned();
    folder.push(".foreman");
    PathBuf::from(folder).join("run.json")
}

/// Returns the path of a store's journal.
#[must_use]
pub fn journal_of(store: &Path) -> PathBuf {
    let mut journal = store.as_os_str().to_owned();
    journal.push("-journal");
    journal.into()
}

/// Returns whether all threads of a process are stopped.
fn is_stopped(process: Pid) -> bool {
    let threads = std::fs::read_dir(format!("/proc/{process}/task")).into_iter().flatten().flatten();
    let mut states = threads.map(|thread| {
        let text = std::fs::read_to_string(thread.path().join("stat")).unwrap_or_default();
        text.rsplit(')').next().and_then(|rest| rest.split_whitespace().next()).map(str::to_owned)
    });
    states.all(|state| state.is_some_and(|state| state == "T"))
}
