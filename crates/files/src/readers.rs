//! Who may read what is written: nobody who may not read the storage files that it comes from.

use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use nix::sys::stat::Mode;

/// The readers of all storage files that this process has been told of.
static READERS: Mutex<Option<Readers>> = Mutex::new(None);

/// Those who may read all of some files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Readers {
    /// What a new file or folder may allow to others than its owner.
    allowed: Mode,
    /// The group of the files, or `None` if they have different ones.
    group: Option<u32>,
}

impl Readers {
    /// The readers of a file with these permissions and this group.
    fn of(mode: u32, group: u32) -> Self {
        // Who may read the storage file may do with what is written whatever the umask allows.
        let of = |read: u32, all: Mode| if mode & read == 0 { Mode::empty() } else { all };
        let allowed = Mode::S_IRWXU | of(0o040, Mode::S_IRWXG) | of(0o004, Mode::S_IRWXO);
        Self { allowed, group: Some(group) }
    }

    /// Those who may also read other files.
    fn and(self, other: Self) -> Self {
        let group = self.group.filter(|_| self.group == other.group);
        Self { allowed: self.allowed & other.allowed, group }
    }

    /// Takes from the permissions of a file of this group what the others may not have.
    fn limit(self, mode: Mode, group: u32) -> Mode {
        let mode = mode & self.allowed;
        if self.group == Some(group) { mode } else { without_group(mode) }
    }
}

/// Says that what is written from now on comes from this storage file: nobody can read it who
/// cannot read the storage file. After several calls, the strictest permissions count. A file that
/// is not there has no readers to compare with.
pub fn limit_readers_to_those_of(store: &Path) {
    let Ok(status) = store.metadata() else { return };
    let readers = Readers::of(status.permissions().mode(), status.gid());
    let mut all = READERS.lock().unwrap_or_else(PoisonError::into_inner);
    *all = Some(all.map_or(readers, |earlier| earlier.and(readers)));
}

/// Takes from the permissions of a new file or folder what readers of the storage files do not
/// have. `group` is the group that it has.
pub(crate) fn limited(mode: Mode, group: u32) -> Mode {
    let readers = *READERS.lock().unwrap_or_else(PoisonError::into_inner);
    readers.map_or(mode, |readers| readers.limit(mode, group))
}

/// The permissions for a file whose group is another: its members get what all others have.
pub(crate) fn without_group(mode: Mode) -> Mode {
    let of_others = Mode::from_bits_truncate((mode & Mode::S_IRWXO).bits() << 3);
    mode & (Mode::S_IRWXU | of_others | Mode::S_IRWXO)
}

#[cfg(test)]
mod tests {
    use nix::libc::mode_t;

    use super::*;

    fn limit(readers: Readers, mode: mode_t, group: u32) -> mode_t {
        readers.limit(Mode::from_bits_truncate(mode), group).bits()
    }

    #[test]
    fn nobody_reads_more_than_the_storage_files() {
        for (store, file, folder) in
            [(0o600, 0o600, 0o700), (0o400, 0o600, 0o700), (0o640, 0o660, 0o770), (0o644, 0o666, 0o777)]
        {
            let readers = Readers::of(store, 7);
            assert_eq!((limit(readers, 0o666, 7), limit(readers, 0o777, 7)), (file, folder), "{store:o}");
            assert_eq!(limit(readers, 0o600, 7), 0o600);
        }
        // The members of another group are not those who may read the storage file.
        assert_eq!(limit(Readers::of(0o640, 7), 0o666, 8), 0o600);
        assert_eq!(limit(Readers::of(0o644, 7), 0o664, 8), 0o644);
        // A group that is kept out stays out, although all others may read.
        assert_eq!(limit(Readers::of(0o604, 7), 0o666, 7), 0o606);
    }

    #[test]
    fn the_strictest_of_several_storage_files_counts() {
        let open = Readers::of(0o644, 7);
        assert_eq!(open.and(open), open);
        assert_eq!(limit(open.and(Readers::of(0o600, 7)), 0o666, 7), 0o600);
        assert_eq!(limit(Readers::of(0o640, 7).and(Readers::of(0o640, 8)), 0o666, 7), 0o600);
    }
}
