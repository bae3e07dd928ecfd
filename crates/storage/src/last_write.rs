//! What the file system says about the last write to a file.

use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::time::{SystemTime, UNIX_EPOCH};

/// The last write to a file that was written long ago, so that each later write changes this.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LastWrite {
    /// Device and inode of the file.
    identity: (u64, u64),
    length: u64,
    /// When the content was written, in seconds and nanoseconds. The owner can set this time.
    written: (i64, i64),
    /// When anything of the file was changed, this time included. Nobody can set it.
    changed: (i64, i64),
}

/// How long after a write, in seconds, another write surely gets another time. The clocks of file
/// systems have ticks of up to two seconds, and that of a server may not be ours.
pub(crate) const LONGEST_TICK: i64 = 60;

impl LastWrite {
    /// Returns `None` if the last write is so new that the time of the next one might be the same.
    pub(crate) fn of(file: &File) -> io::Result<Option<Self>> {
        let file = file.metadata()?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_secs());
        let is_old = file.mtime().saturating_add(LONGEST_TICK) < now.cast_signed();
        Ok(is_old.then(|| Self {
            identity: (file.dev(), file.ino()),
            length: file.len(),
            written: (file.mtime(), file.mtime_nsec()),
            changed: (file.ctime(), file.ctime_nsec()),
        }))
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::FileExt as _;
    use std::time::Duration;

    use super::*;

    #[test]
    fn each_write_counts() {
        let file = tempfile::tempfile().unwrap();
        file.write_all_at(b"one", 0).unwrap();
        assert_eq!(LastWrite::of(&file).unwrap(), None);
        let long_ago = SystemTime::now() - Duration::from_secs(LONGEST_TICK.unsigned_abs() + 10);
        let mut before = None;
        for _ in 0..20 {
            file.set_modified(long_ago).unwrap();
            let now = LastWrite::of(&file).unwrap().unwrap();
            assert_ne!(before, Some(now));
            assert_eq!(LastWrite::of(&file).unwrap(), Some(now));
            // The owner sets the time back. The clock of the file system must have moved on.
            std::thread::sleep(Duration::from_millis(20));
            file.write_all_at(b"two", 0).unwrap();
            before = Some(now);
        }
    }
}
