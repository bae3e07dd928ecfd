//! What the file system says about the last write to a file.

use std::fs::{File, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use events::Timestamp;
use nix::unistd::geteuid;

/// The last write to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LastWrite {
    /// Device and inode of the file.
    identity: (u64, u64),
    /// When the file was made, if its file system tells: a new file may get the inode of one that
    /// was removed.
    born: Option<SystemTime>,
    length: u64,
    /// When the content was written, in seconds and nanoseconds. The owner can set this time.
    written: (i64, i64),
    /// When anything of the file was changed, this time included. Nobody can set it.
    changed: (i64, i64),
    /// Whether the file belongs to somebody else than this user or root, who could set the time of
    /// a write back. Then each change counts as a write.
    is_of_others: bool,
    /// Whether the write was long ago, so that each later one has another time.
    is_old: bool,
}

/// How long after a write, in seconds, another write surely gets another time. The clocks of file
/// systems have ticks of up to two seconds, and that of a server may not be ours.
pub(crate) const LONGEST_TICK: i64 = 60;

impl LastWrite {
    pub(crate) fn of(file: &File) -> io::Result<Self> {
        let file = file.metadata()?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_secs());
        let is_of_others = is_of_others(&file);
        let last = if is_of_others { file.mtime().max(file.ctime()) } else { file.mtime() };
        Ok(Self {
            identity: (file.dev(), file.ino()),
            born: file.created().ok(),
            length: file.len(),
            written: (file.mtime(), file.mtime_nsec()),
            changed: (file.ctime(), file.ctime_nsec()),
            is_of_others,
            is_old: last.saturating_add(LONGEST_TICK) < now.cast_signed(),
        })
    }

    /// Device and inode of the file.
    pub(crate) fn identity(&self) -> (u64, u64) {
        self.identity
    }

    /// When the file was made, if its file system tells.
    pub(crate) fn born(&self) -> Option<Timestamp> {
        let since = self.born?.duration_since(UNIX_EPOCH).ok()?;
        i64::try_from(since.as_micros()).ok().map(Timestamp)
    }

    /// Whether the write was so long ago that each later one has another time.
    pub(crate) fn is_old(&self) -> bool {
        self.is_old
    }

    /// Whether nobody has written to the file between this and `now`, whoever it was.
    pub(crate) fn is_certainly(&self, now: &Self) -> bool {
        self.is_old && self == now
    }

    /// Whether somebody has written to the file between this and `now`. What only changed the name
    /// or the mode of a file that this user or root owns is no write.
    pub(crate) fn is_before_another(&self, now: &Self) -> bool {
        self.version() != now.version()
    }

    /// Which file this is, and its last write, as a text for another process of this user on this
    /// machine.
    pub(crate) fn version(&self) -> String {
        let Self { identity: (device, inode), length, written: (seconds, nanoseconds), .. } = self;
        let changed = if self.is_of_others { format!(", changed {:?}", self.changed) } else { String::new() };
        format!("file {device}:{inode}, {length} bytes, written {seconds}.{nanoseconds:09}{changed}")
    }
}

/// Whether a file belongs to somebody else than this user or root.
fn is_of_others(file: &Metadata) -> bool {
    file.uid() != 0 && file.uid() != geteuid().as_raw()
}

/// What counts as a write to the file at `path` besides a write, to follow a sentence about one.
#[must_use]
pub fn counts_as_write(path: &Path) -> &'static str {
    if path.metadata().is_ok_and(|file| is_of_others(&file)) {
        "(or its time, its mode or one of its names was changed: it belongs to another user, so each change counts)"
    } else {
        "(or its time was set)"
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::FileExt as _;
    use std::time::Duration;

    use super::*;

    /// The owner has set the time back, or has set the mode, which is not told apart.
    #[test]
    fn each_change_of_the_file_of_somebody_else_counts() {
        let of = |is_of_others, changed| {
            let file = tempfile::tempfile().unwrap();
            let identity = (1, 2);
            LastWrite { identity, is_of_others, changed: (changed, 0), ..LastWrite::of(&file).unwrap() }
        };
        for is_of_others in [false, true] {
            let (before, now) = (of(is_of_others, 5), of(is_of_others, 6));
            let now = LastWrite { written: before.written, ..now };
            assert_eq!(before.is_before_another(&now), is_of_others);
            assert!(!before.is_before_another(&before));
        }
    }

    /// The owner may have set the time of a recent write back, and may write through memory, which
    /// moves the times later: only the content tells.
    #[test]
    fn a_change_of_the_file_of_somebody_else_is_recent() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let long_ago = SystemTime::now() - Duration::from_secs(LONGEST_TICK.unsigned_abs() + 10);
        file.as_file().set_modified(long_ago).unwrap();
        assert!(LastWrite::of(file.as_file()).unwrap().is_old());
        assert_eq!(counts_as_write(file.path()), "(or its time was set)");
        if !geteuid().is_root() {
            return testing::places::skipped("only root can give a file to another user");
        }
        std::os::unix::fs::chown(file.path(), Some(65_534), None).unwrap();
        assert!(!LastWrite::of(file.as_file()).unwrap().is_old());
        assert!(counts_as_write(file.path()).contains("belongs to another user"));
    }

    #[test]
    fn each_write_counts() {
        let file = tempfile::tempfile().unwrap();
        file.write_all_at(b"one", 0).unwrap();
        let new = LastWrite::of(&file).unwrap();
        assert!(!new.is_old() && !new.is_certainly(&new) && !new.is_before_another(&new));
        let long_ago = SystemTime::now() - Duration::from_secs(LONGEST_TICK.unsigned_abs() + 10);
        let mut before: Option<LastWrite> = None;
        for _ in 0..20 {
            file.set_modified(long_ago).unwrap();
            let now = LastWrite::of(&file).unwrap();
            assert!(now.is_old() && now.is_certainly(&LastWrite::of(&file).unwrap()));
            // The owner has set the time back.
            if let Some(before) = before {
                assert!(!before.is_certainly(&now) && !before.is_before_another(&now));
            }
            // The clock of the file system must have moved on.
            std::thread::sleep(Duration::from_millis(20));
            file.write_all_at(b"two", 0).unwrap();
            assert!(now.is_before_another(&LastWrite::of(&file).unwrap()));
            before = Some(now);
        }
    }
}
