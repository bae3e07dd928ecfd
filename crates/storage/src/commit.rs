//! The end of a change to a store: all of it, or nothing.

use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode, ffi};

use crate::journal::{digest, is_of_another};
use crate::{StorageError, StoreWriter};

/// How long a commit waits for a reader before it asks whether to go on.
const PATIENCE: Duration = if cfg!(test) { Duration::from_millis(100) } else { Duration::from_secs(5) };
/// How long it waits between two looks at the store.
const PAUSE: Duration = Duration::from_millis(100);

/// How safe a completed change is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// A power cut does not undo it.
    Synced,
    /// The folder could not be synced: until the system does so by itself, a power cut may bring
    /// the journal back, which undoes the change.
    Unsynced,
}

/// A completed change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Committed {
    /// How safe the change is.
    pub durability: Durability,
    /// The [fingerprint](crate::Store::fingerprint) of the file that was changed, with the change,
    /// if it was [wanted](StoreWriter::returning_content) and the file could be read. Another file
    /// may have its name by now.
    pub content: Option<String>,
}

impl StoreWriter {
    /// Has the commit return the fingerprint of the changed file, which is read for that.
    #[must_use]
    pub fn returning_content(self, wanted: bool) -> Self {
        let mut writer = self;
        writer.returns_content = wanted;
        writer
    }

    /// Returns the digest of all results that the store has when the change is completed, for
    /// [`holds_results`](crate::holds_results).
    ///
    /// # Errors
    ///
    /// If the results cannot be read, or reading them was interrupted.
    pub fn digest_of_results(&self) -> Result<String, StorageError> {
        digest(&self.store.connection).map_err(|source| self.store.error("read the results in", source))
    }

    /// Makes everything written so far permanent, and lets go of the store.
    ///
    /// # Errors
    ///
    /// If the transaction cannot be completed, for example because another program reads the store.
    /// [`Baseline::compare`](crate::Baseline::compare) tells what that has left of the store.
    pub fn commit(self) -> Result<Committed, StorageError> {
        self.commit_after_readers(|| false)
    }

    /// Like [`commit`](Self::commit), but waits for programs that read the store. `go_on` is asked
    /// every few seconds whether to try again.
    ///
    /// # Errors
    ///
    /// As [`commit`](Self::commit); and if another file has the store's name or that of its journal
    /// by now, or somebody has written to the store without SQLite's lock.
    pub fn commit_after_readers(
        mut self,
        mut go_on: impl FnMut() -> bool,
    ) -> Result<Committed, StorageError> {
        // SQLite would look at nothing while it waits.
        let no_wait = self.store.connection.busy_timeout(Duration::ZERO);
        no_wait.map_err(|source| self.store.error("complete the changes to", source))?;
        let mut until = Instant::now() + PATIENCE;
        loop {
            // The wait may take an hour, in which somebody may do anything to the file.
            self.refuse_other_change()?;
            match self.store.connection.execute_batch("COMMIT") {
                Ok(()) => return Ok(self.committed(Durability::Synced)),
                // The last step: the journal is gone by then, which completes the change.
                Err(rusqlite::Error::SqliteFailure(error, _))
                    if error.extended_code == ffi::SQLITE_IOERR_DIR_FSYNC =>
                {
                    return Ok(self.committed(Durability::Unsynced));
                }
                Err(rusqlite::Error::SqliteFailure(error, _))
                    if error.code == ErrorCode::DatabaseBusy && (Instant::now() < until || go_on()) =>
                {
                    if Instant::now() >= until {
                        until = Instant::now() + PATIENCE;
                    }
                    std::thread::sleep(PAUSE);
                }
                Err(source) => return Err(self.store.error("complete the changes to", source)),
            }
        }
    }

    fn committed(&mut self, durability: Durability) -> Committed {
        self.journal.take();
        let content = self.returns_content.then(|| self.store.fingerprint().ok());
        Committed { durability, content: content.flatten() }
    }
}

impl Drop for StoreWriter {
    /// SQLite undoes what was not committed, and then removes the file that has the journal's name.
    /// If that is the journal of another store by now, SQLite must not come to that: then this
    /// store keeps its own journal, wherever somebody has moved both.
    fn drop(&mut self) {
        let path = self.store.path().to_owned();
        if self.journal.get().is_some_and(|own| is_of_another(&path, own))
            && let Ok(empty) = Connection::open_in_memory()
        {
            std::mem::forget(std::mem::replace(&mut self.store.connection, empty));
        }
    }
}
