//! Who may read what is written: nobody who may not read the storage files that it comes from.

use std::collections::BTreeSet;
use std::fs::{File, Metadata};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use nix::sys::stat::Mode;

use crate::identity::Identity;

/// The readers of all storage files that this process has been told of.
static LIMITS: Mutex<Option<Limits>> = Mutex::new(None);

/// Who may read all of some storage files.
#[derive(Debug)]
struct Limits {
    /// Those whom the permissions of the files allow it.
    files: Readers,
    /// The folders of the files, and those above, that not everybody may enter, each with those who
    /// may. What is written into such a folder itself needs no more protection.
    folders: BTreeSet<(Identity, Readers)>,
}

/// Those who may read all of some files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
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

    /// Those of a file of this group who may enter a folder with these permissions, or `None` if
    /// everybody may. The members of the folder's group are among the others of the file.
    fn of_folder(mode: u32, is_of_group: bool, group: u32) -> Option<Self> {
        let [members, others] = [0o010, 0o001].map(|enter| mode & enter != 0);
        let all = others && (members || is_of_group);
        let of_group = members && (others || is_of_group);
        let of = |may_enter: bool, all: Mode| if may_enter { all } else { Mode::empty() };
        let allowed = Mode::S_IRWXU | of(of_group, Mode::S_IRWXG) | of(all, Mode::S_IRWXO);
        (!(all && of_group)).then_some(Self { allowed, group: Some(group) })
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
/// cannot read the storage file, because of its permissions or those of the folders above it. After
/// several calls, the strictest permissions count. A file that is not there has no readers to
/// compare with.
pub fn limit_readers_to_those_of(store: &Path) {
    let Ok(status) = store.metadata() else { return };
    limit(&status, closed_folders(store, status.gid()));
}

/// The same of a storage file that was opened: another file may have got its name since the first
/// call.
pub fn limit_readers_to_those_of_opened(store: &File) {
    if let Ok(status) = store.metadata() {
        limit(&status, Vec::new());
    }
}

fn limit(status: &Metadata, closed: Vec<(Identity, Readers)>) {
    let readers = Readers::of(status.permissions().mode(), status.gid());
    let mut all = LIMITS.lock().unwrap_or_else(PoisonError::into_inner);
    let limits = all.get_or_insert_with(|| Limits { files: readers, folders: BTreeSet::new() });
    limits.files = limits.files.and(readers);
    limits.folders.extend(closed);
}

/// Returns the folders above a file of this group that not everybody may enter, with those who may.
fn closed_folders(file: &Path, group: u32) -> Vec<(Identity, Readers)> {
    let path = file.canonicalize().unwrap_or_else(|_| file.to_owned());
    let closed = |folder: &Path| {
        let status = folder.metadata().ok()?;
        let readers = Readers::of_folder(status.mode(), status.gid() == group, group)?;
        Some(((status.dev() as _, status.ino() as _), readers))
    };
    path.ancestors().skip(1).filter_map(closed).collect()
}

/// Takes from the permissions of a new file or folder what readers of the storage files do not
/// have. `group` is the group that it has, and `above` returns the folders in which it is.
pub(crate) fn limited(mode: Mode, group: u32, above: impl FnOnce() -> BTreeSet<Identity>) -> Mode {
    let limits = LIMITS.lock().unwrap_or_else(PoisonError::into_inner);
    limits.as_ref().map_or(mode, |limits| limits.limit(mode, group, above))
}

impl Limits {
    fn limit(&self, mode: Mode, group: u32, above: impl FnOnce() -> BTreeSet<Identity>) -> Mode {
        let mode = self.files.limit(mode, group);
        if self.folders.is_empty() {
            return mode;
        }
        let above = above();
        let others = self.folders.iter().filter(|(folder, _)| !above.contains(folder));
        others.fold(mode, |mode, (_, readers)| readers.limit(mode, group))
    }
}

/// The permissions for a file whose group is another: its members get what all others have.
pub(crate) fn without_group(mode: Mode) -> Mode {
    let of_others = Mode::from_bits_truncate((mode & Mode::S_IRWXO).bits() << 3);
    mode & (Mode::S_IRWXU | of_others | Mode::S_IRWXO)
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;

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

    #[test]
    fn who_may_not_enter_the_folder_reads_nothing_of_its_files() {
        for (folder, expected) in
            [(0o755, 0o666), (0o711, 0o666), (0o700, 0o600), (0o750, 0o660), (0o751, 0o666), (0o705, 0o606)]
        {
            let of_group = Readers::of_folder(folder, true, 7);
            assert_eq!(of_group.map_or(0o666, |readers| limit(readers, 0o666, 7)), expected, "{folder:o}");
        }
        // The members of the file's group are not those of the folder's group, who may enter it or
        // may not.
        for (folder, expected) in [(0o755, 0o666), (0o750, 0o600), (0o705, 0o600), (0o700, 0o600)] {
            let of_other = Readers::of_folder(folder, false, 7);
            assert_eq!(of_other.map_or(0o666, |readers| limit(readers, 0o666, 7)), expected, "{folder:o}");
        }
    }

    #[test]
    fn a_closed_folder_counts_for_what_is_written_outside_of_it() {
        let closed = Readers::of_folder(0o700, true, 7).unwrap();
        let limits = Limits { files: Readers::of(0o644, 7), folders: BTreeSet::from([((1, 5), closed)]) };
        let of = |above| limits.limit(Mode::from_bits_truncate(0o644), 7, || BTreeSet::from(above)).bits();
        assert_eq!((of([(1, 2), (1, 5)]), of([(1, 2), (2, 5)])), (0o644, 0o600));

        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("inner/store");
        std::fs::create_dir(path.parent().unwrap()).unwrap();
        std::fs::write(&path, "").unwrap();
        std::fs::set_permissions(folder.path(), Permissions::from_mode(0o700)).unwrap();
        let status = std::fs::metadata(folder.path()).unwrap();
        let identity = (status.dev() as _, status.ino() as _);
        let found = closed_folders(&path, status.gid());
        assert!(found.iter().any(|(folder, _)| *folder == identity), "{found:?}");
    }
}
