//! What a change that failed has left of a store: it is looked at, not assumed.
//!
//! SQLite undoes a change that fails, but that can fail, too: a disk that does not take the change
//! may not take the old pages back either.

use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use events::Shown as _;
use files::Input;

use super::bytes::number;
use super::fit::{self, Fit, InterruptedRun};
use super::pages::Pages;
use super::results::holds_results;
use super::rollback::RollbackJournal;
use super::{Found, Journal, look};
use crate::StorageError;
use crate::fingerprint::{CHANGE_COUNTER, has_free_pages};
use crate::last_write::LastWrite;
use crate::store_state::StoreState;

/// A store before a change.
#[derive(Debug, Clone)]
pub struct Baseline {
    path: PathBuf,
    state: StoreState,
    change_counter: u32,
    has_free_pages: bool,
}

/// What a change that failed has left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Aftermath {
    /// The content of the store is as it was.
    Untouched,
    /// The content of the store is as it was, but the journal lies beside it and could not be
    /// removed.
    UntouchedWithJournal(PathBuf),
    /// The store has the whole change, and no journal undoes it.
    Changed,
    /// The store has all of the change or a part of it, and the journal undoes it.
    Undoable {
        /// What undoes the change.
        journal: PathBuf,
        /// Whether the store has all of the change.
        whole: bool,
    },
    /// The store has a part of the change, or somebody else has written to it, and nothing undoes
    /// that.
    Damaged,
    /// The content of the store is another, but the change had not begun: somebody else has written
    /// to the store.
    ByOthers,
    /// Another file has the store's name.
    Replaced,
    /// No file has the store's name, but the change had not begun.
    Gone,
    /// No file has the store's name, and the change had begun: the store, wherever it is, may have
    /// all of the change or a part of it.
    GoneDuringChange,
    /// It cannot be told, for this reason.
    Unknown(String),
}

impl Baseline {
    pub(crate) fn of(path: &Path, file: &File) -> io::Result<Self> {
        let pages = Pages::of_database(file)?;
        let first = pages.read(1)?.ok_or(io::ErrorKind::UnexpectedEof)?;
        Ok(Self {
            path: path.to_owned(),
            state: StoreState::of(file)?,
            change_counter: number(&first, CHANGE_COUNTER),
            has_free_pages: has_free_pages(&first),
        })
    }

    pub(crate) fn change_counter(&self) -> u32 {
        self.change_counter
    }

    /// What was in the store.
    #[must_use]
    pub fn state(&self) -> &StoreState {
        &self.state
    }

    /// Whether the path still leads to the file that was looked at.
    pub(crate) fn is_in_place(&self) -> bool {
        std::fs::metadata(&self.path)
            .is_ok_and(|there| (there.dev(), there.ino()) == self.state.last_write().identity())
    }

    /// Whether the store had free pages. They hold nothing, and SQLite does not restore their bytes
    /// when it undoes a change.
    #[must_use]
    pub fn has_free_pages(&self) -> bool {
        self.has_free_pages
    }

    /// Looks at what a change by this run has left. `journal` is what
    /// [`StoreWriter::begin`](crate::StoreWriter::begin) returned, if the change has begun, and
    /// `results` what [`StoreWriter::digest_of_results`](crate::StoreWriter::digest_of_results)
    /// did, if it was to be completed. The store must not be open in this process any more.
    ///
    /// That the content is as it was means: the size, the change counter, all bytes of a store of
    /// up to 16 MiB, and those of many parts of a larger one are the same, free pages aside.
    #[must_use]
    pub fn compare(&self, run: &str, journal: Option<&str>, results: Option<&str>) -> Aftermath {
        let run = InterruptedRun { id: run, store: self.state.fingerprint(), journal };
        self.look_at_store(&run, results).unwrap_or_else(Aftermath::Unknown)
    }

    fn look_at_store(&self, run: &InterruptedRun<'_>, results: Option<&str>) -> Result<Aftermath, String> {
        let unreadable = |error: io::Error| error.to_string();
        let file = match self.open() {
            Ok(Some(file)) => file,
            Ok(None) => return Ok(Aftermath::Replaced),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok(match run.journal {
                    None => Aftermath::Gone,
                    Some(_) => Aftermath::GoneDuringChange,
                });
            }
            Err(error) => return Err(unreadable(error)),
        };
        if let Found::Hot(journal) = look(&self.path).map_err(without_advice)? {
            return self.with_journal(&file, journal, run, results);
        }
        let now = StoreState::of(&file).map_err(unreadable)?;
        let is_same = now.fingerprint() == self.state.fingerprint();
        // Before the change, every write is that of somebody else, wherever it was.
        if run.journal.is_none() && (!is_same || self.state.is_before_write(now.last_write())) {
            return Ok(Aftermath::ByOthers);
        }
        Ok(match is_same {
            true => Aftermath::Untouched,
            false if self.holds_all(results).map_err(unreadable)? => Aftermath::Changed,
            false => Aftermath::Damaged,
        })
    }

    /// Whether the store has all of the change.
    fn holds_all(&self, results: Option<&str>) -> io::Result<bool> {
        results.map_or(Ok(false), |results| holds_results(&self.path, results))
    }

    /// Opens the store, or returns `None` if another file has its name.
    fn open(&self) -> io::Result<Option<Input>> {
        let file = files::open_real_path(&self.path)?;
        Ok((LastWrite::of(&file)?.identity() == self.state.last_write().identity()).then_some(file))
    }

    fn with_journal(
        &self,
        store: &File,
        journal: Journal,
        run: &InterruptedRun<'_>,
        results: Option<&str>,
    ) -> Result<Aftermath, String> {
        let length = store.metadata().map_err(|error| error.to_string())?.len();
        let fits = RollbackJournal::read(&journal.file, journal.length).and_then(|content| {
            fit::check((&self.path, store), length, (&content, &*journal.file), Some(run))
        });
        match fits {
            Ok(Fit::Same) => Ok(Aftermath::UntouchedWithJournal(journal.path)),
            Ok(Fit::Undoes) => {
                // It undoes the change in any case.
                let whole = self.holds_all(results).unwrap_or(false);
                Ok(Aftermath::Undoable { journal: journal.path, whole })
            }
            Err(refusal) => Err(without_advice(refusal.of(&self.path, &journal.path, true))),
        }
    }
}

/// Returns why a journal is refused. What to do depends on the change, and follows.
fn without_advice(error: StorageError) -> String {
    match error {
        StorageError::StrangeJournal { journal, reason, .. } => format!("{}: {reason}", journal.shown()),
        StorageError::UnreadableJournal { file, detail, .. } => {
            format!("{} cannot be read: {detail}", file.shown())
        }
        error => error.to_string(),
    }
}
