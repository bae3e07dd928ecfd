//! Who may read what is written. The limits are those of the process, so this is a process of its
//! own.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::PermissionsExt as _;

use files::{OutputFile, limit_readers_to_those_of, limit_readers_to_those_of_opened};

/// The file with the name of the storage file is exchanged between the look at it and its opening.
#[test]
fn an_opened_file_limits_readers() {
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
    let at = |name: &str| folder.path().join(name);
    for (name, mode) in [("open.plaso", 0o644), ("closed.plaso", 0o600)] {
        fs::write(at(name), name).unwrap();
        fs::set_permissions(at(name), Permissions::from_mode(mode)).unwrap();
    }
    let written = |name: &str| {
        OutputFile::new(&at(name), None, |_| false).unwrap().write(b"evidence").unwrap();
        fs::metadata(at(name)).unwrap().permissions().mode() & 0o077
    };
    limit_readers_to_those_of(&at("open.plaso"));
    assert_ne!(written("before"), 0);
    fs::rename(at("closed.plaso"), at("open.plaso")).unwrap();
    limit_readers_to_those_of_opened(&File::open(at("open.plaso")).unwrap());
    assert_eq!(written("after"), 0);
}
