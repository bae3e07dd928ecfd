//! Outputs that are written as long as a run takes: logs and statuses.
//!
//! Two runs with the same log would each write a file of their own under its name, and the earlier
//! one would be lost without a word. So a process locks such a file while it writes it, and the
//! next process refuses the name. The operating system releases the lock when the process ends,
//! however it ends. Where the file system has no locks, the file is written without.

use std::fs::TryLockError;
use std::io::Write as _;

use crate::directory::FileStatus;
use crate::open_database::Input;
use crate::output_file::{NewFile, OutputError, OutputFile};
use crate::written_file::WrittenFile;

/// How often the name is tried. Each failure but the last needs another process that takes the name
/// at the same moment.
const MOST_ATTEMPTS: usize = 10;

impl OutputFile {
    /// Makes an empty file to which data is appended over time. No other process replaces it before
    /// it is closed.
    ///
    /// # Errors
    ///
    /// If another process writes the file at the path, if that must not be replaced, or if nothing
    /// can be written there.
    pub fn stream(&self) -> Result<WrittenFile, OutputError> {
        self.publish_locked(&[])
    }

    /// Writes the whole file, for the first time or again. Readers see all of it or nothing. No
    /// other process replaces it before this value is dropped.
    ///
    /// # Errors
    ///
    /// Those of [`stream`](Self::stream).
    pub fn rewrite(&mut self, content: &[u8]) -> Result<(), OutputError> {
        self.held = Some(self.publish_locked(content)?);
        Ok(())
    }

    fn publish_locked(&self, content: &[u8]) -> Result<WrittenFile, OutputError> {
        for _ in 1..MOST_ATTEMPTS {
            match self.try_publish_locked(content) {
                Err(OutputError::Changed | OutputError::Exists) => {}
                done => return done,
            }
        }
        self.try_publish_locked(content)
    }

    fn try_publish_locked(&self, content: &[u8]) -> Result<WrittenFile, OutputError> {
        // It stays locked until the new file has its name.
        let replaced = self.lock_replaced()?;
        let mut new = NewFile::begin(self)?;
        new.file().write_all(content)?;
        // Nobody else knows the file yet, so only a file system without locks can refuse.
        let _ = new.file().as_file().try_lock();
        new.publish_in_place(matches!(replaced, Replaced::Nothing))
    }

    /// Locks the file at the path, unless this process has it locked already.
    fn lock_replaced(&self) -> Result<Replaced, OutputError> {
        self.check()?;
        let Some(status) = self.folder.status(&self.name)? else { return Ok(Replaced::Nothing) };
        if let Some(held) = &self.held
            && FileStatus::of(held.as_file())?.identity() == status.identity()
        {
            return Ok(Replaced::Own);
        }
        let file = self.folder.read(&self.name)?;
        if let Err(TryLockError::WouldBlock) = file.try_lock() {
            return Err(OutputError::BeingWritten);
        }
        // Another process may have put a new file here before the lock was taken.
        let now = self.folder.status(&self.name)?.map(|status| status.identity());
        if now != Some(FileStatus::of(&file)?.identity()) {
            return Err(OutputError::Changed);
        }
        Ok(Replaced::Other(file))
    }
}

/// What a new file replaces.
enum Replaced {
    Nothing,
    /// What this process has written before.
    Own,
    /// A file that no other process writes. It is locked.
    #[expect(dead_code, reason = "it is kept for its lock")]
    Other(Input),
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Barrier;
    use std::thread;

    use super::*;

    fn place(path: &Path) -> OutputFile {
        OutputFile::new(path, None, |start| start.starts_with(b"ours")).unwrap()
    }

    /// Locks belong to open files, so two places in one process are like those of two processes.
    #[test]
    fn a_file_that_is_being_written_is_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let mut log = place(&path).stream().unwrap();
        for text in ["", "ours 1\n"] {
            log.write_all(text.as_bytes()).unwrap();
            assert!(matches!(place(&path).stream(), Err(OutputError::BeingWritten)), "{text}");
            assert!(matches!(place(&path).rewrite(b"ours 2"), Err(OutputError::BeingWritten)), "{text}");
        }
        log.write_all(b"ours 3\n").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "ours 1\nours 3\n");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        drop(log);
        place(&path).stream().unwrap().write_all(b"ours 4\n").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "ours 4\n");
    }

    #[test]
    fn a_file_that_is_written_again_and_again_is_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("status");
        let mut status = place(&path);
        for text in ["", "ours 1", "ours 2"] {
            status.rewrite(text.as_bytes()).unwrap();
            assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
            assert!(matches!(place(&path).rewrite(b"ours 0"), Err(OutputError::BeingWritten)), "{text}");
            assert!(matches!(place(&path).stream(), Err(OutputError::BeingWritten)), "{text}");
        }
        std::fs::remove_file(&path).unwrap();
        status.rewrite(b"ours 3").unwrap();
        drop(status);
        place(&path).rewrite(b"ours 4").unwrap();
    }

    /// Of those that take the name at the same moment, one gets it.
    #[test]
    fn only_one_gets_the_name() {
        let folder = tempfile::tempdir().unwrap();
        for round in 0..20 {
            let path = folder.path().join("log");
            if round % 2 == 0 {
                let _ = std::fs::remove_file(&path);
            }
            let (start, end) = (Barrier::new(4), Barrier::new(4));
            let streams = || {
                let place = place(&path);
                start.wait();
                let log = place.stream();
                end.wait();
                log.is_ok()
            };
            let got = thread::scope(|scope| {
                let all: Vec<_> = (0..4).map(|_| scope.spawn(streams)).collect();
                all.into_iter().map(|one| one.join().unwrap()).filter(|got| *got).count()
            });
            assert_eq!(got, 1, "round {round}");
        }
    }
}
