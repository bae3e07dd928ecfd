use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use tempfile::tempdir;

use super::*;

const KIND: Kind = Kind {
    marker: "run.json",
    signature: "{\"format\": \"test\"",
    is_ours: |name| name == "task.sqlite" || name == "inner/" || name == "inner/socket",
};

fn mode(path: &Path) -> u32 {
    path.metadata().unwrap().permissions().mode() & 0o777
}

#[test]
fn a_folder_is_made_known_again_and_removed() {
    let place = tempdir().unwrap();
    let path = place.path().join("folder");
    let folder = Folder::make(&path, KIND).unwrap();
    assert!(matches!(Folder::make(&path, KIND), Err(FolderError::System(_))), "it is there");
    folder.create("task.sqlite").unwrap();
    folder.replace("run.json", b"{\"format\": \"test\", \"more\": 1}").unwrap();
    folder.append("log").unwrap().write_all(b"a line").unwrap();
    assert_eq!(
        [mode(&path), mode(&path.join("task.sqlite")), mode(&path.join("log"))],
        [0o700, 0o600, 0o600]
    );
    drop(folder);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o777)).unwrap();
    let folder = Folder::open(&path, KIND).unwrap().unwrap();
    assert_eq!(mode(&path), 0o777, "another process may be using it");
    let lock = folder.try_lock().unwrap().unwrap();
    assert_eq!(mode(&path), 0o700);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    assert!(Folder::open(&path, KIND).unwrap().unwrap().try_lock().unwrap().is_none());
    assert_eq!(mode(&path), 0o755, "another process uses it");
    drop(lock);
    assert_eq!(folder.foreign_files().unwrap(), ["log"]);
    folder.remove_file("log").unwrap();
    // A file that a worker was writing when it was killed.
    fs::write(path.join(unfinished_name(OsStr::new("task.sqlite"))), "").unwrap();
    folder.remove().unwrap();
    assert!(Folder::open(&path, KIND).unwrap().is_none());
}

/// Somebody has put a link in the place of the folder above it, to one with such a folder.
#[test]
fn no_folder_behind_a_link_is_taken() {
    let place = tempdir().unwrap();
    let at = |name: &str| place.path().canonicalize().unwrap().join(name);
    for folder in ["own", "other"] {
        fs::create_dir(at(folder)).unwrap();
    }
    Folder::make(&at("other/run"), KIND).unwrap();
    let own = Folder::make(&at("own/run"), KIND).unwrap();
    fs::rename(at("own"), at("away")).unwrap();
    symlink(at("other"), at("own")).unwrap();
    let said = Folder::open(&at("own/run"), KIND).unwrap_err().to_string();
    assert!(said.contains("a part of its path is a link"), "{said}");
    assert!(own.remove().is_err() && Folder::make(&at("own/new"), KIND).is_err());
    assert!(at("other/run/run.json").exists() && !at("other/new").exists());
}

/// The run has ended since its folder was opened.
#[test]
fn a_folder_that_is_gone_when_it_is_locked() {
    let place = tempdir().unwrap();
    let path = place.path().join("folder");
    let folder = Folder::make(&path, KIND).unwrap();
    let seen = Folder::open(&path, KIND).unwrap().unwrap();
    folder.remove().unwrap();
    assert!(seen.try_lock().unwrap_err().to_string().contains("has just removed or replaced it"));
    fs::create_dir(&path).unwrap();
    assert!(seen.try_lock().is_err() && seen.lock_left().is_none(), "it is another folder");
}

#[test]
fn files_of_others_stay() {
    let place = tempdir().unwrap();
    let path = place.path().join("folder");
    let folder = Folder::make(&path, KIND).unwrap();
    fs::write(path.join("notes.txt"), "mine").unwrap();
    fs::write(path.join("task.sqlite"), "ours").unwrap();
    fs::create_dir(path.join("inner")).unwrap();
    fs::write(path.join("inner/notes.txt"), "mine").unwrap();
    let said = folder.remove().unwrap_err().to_string();
    assert!(said.contains("inner, notes.txt"), "{said}");
    assert_eq!(folder.directory.names().unwrap().len(), 4, "the folder of an ended process stays whole");
    let said = folder.remove_own_files().unwrap_err().to_string();
    assert!(said.contains("inner, notes.txt"), "{said}");
    assert_eq!(folder.directory.names().unwrap(), ["inner", "notes.txt"]);
    assert!(matches!(Folder::open(&path, KIND), Err(FolderError::Foreign)));
    assert!(path.join("inner/notes.txt").exists());
}

#[test]
fn folders_of_others_are_not_taken_for_ours() {
    let place = tempdir().unwrap();
    let at = |name: &str| place.path().join(name);
    for (name, marker) in [("theirs", "{\"name\": \"a run of theirs\"}"), ("notes", "")] {
        fs::create_dir(at(name)).unwrap();
        fs::write(at(name).join("run.json"), marker).unwrap();
        fs::write(at(name).join("notes.txt"), "mine").unwrap();
        assert!(matches!(Folder::open(&at(name), KIND), Err(FolderError::Foreign)), "{name}");
    }
    // An empty folder, which a killed process may have left, is closed to others.
    for (mode, is_ours) in [(0o755, false), (0o750, false), (0o700, true)] {
        fs::create_dir_all(at("empty")).unwrap();
        fs::set_permissions(at("empty"), fs::Permissions::from_mode(mode)).unwrap();
        assert_eq!(Folder::open(&at("empty"), KIND).is_ok(), is_ours, "{mode:o}");
        fs::write(at("empty/run.json"), "").unwrap();
        assert_eq!(Folder::open(&at("empty"), KIND).is_ok(), is_ours, "{mode:o}");
        fs::remove_file(at("empty/run.json")).unwrap();
    }
    Folder::make(&at("ours"), KIND).unwrap();
    symlink("ours", at("link")).unwrap();
    fs::write(at("file"), "").unwrap();
    for name in ["link", "file"] {
        assert!(matches!(Folder::open(&at(name), KIND), Err(FolderError::NoFolder)), "{name}");
    }
    fs::create_dir(at("linked")).unwrap();
    symlink("../ours/run.json", at("linked/run.json")).unwrap();
    assert!(matches!(Folder::open(&at("linked"), KIND), Err(FolderError::Foreign)));
}

/// Somebody puts a link in the place of the folder while it is used.
#[test]
fn a_folder_that_is_swapped() {
    let place = tempdir().unwrap();
    let at = |name: &str| place.path().join(name);
    let folder = Folder::make(&at("folder"), KIND).unwrap();
    fs::create_dir(at("precious")).unwrap();
    for name in ["run.json", "task.sqlite"] {
        fs::write(at("precious").join(name), "mine").unwrap();
    }
    folder.create("task.sqlite").unwrap();
    fs::rename(at("folder"), at("moved")).unwrap();
    symlink("precious", at("folder")).unwrap();
    folder.replace("run.json", b"ours").unwrap();
    assert!(matches!(folder.remove(), Err(FolderError::Replaced)));
    for name in ["run.json", "task.sqlite"] {
        assert_eq!(fs::read(at("precious").join(name)).unwrap(), b"mine");
    }
    assert!(folder.directory.names().unwrap().is_empty());
}

/// A folder above it gets another name while it is used.
#[test]
fn a_folder_that_was_moved_with_the_one_above_it_is_removed() {
    let place = tempdir().unwrap();
    let at = |name: &str| place.path().join(name);
    for there_is_another in [false, true] {
        fs::create_dir(at("above")).unwrap();
        let folder = Folder::make(&at("above/folder"), KIND).unwrap();
        folder.create("task.sqlite").unwrap();
        fs::rename(at("above"), at("moved")).unwrap();
        if there_is_another {
            fs::create_dir_all(at("above/folder")).unwrap();
        }
        folder.remove().unwrap();
        assert_eq!(fs::read_dir(at("moved")).unwrap().count(), 0);
        assert_eq!(at("above/folder").exists(), there_is_another);
        fs::remove_dir(at("moved")).unwrap();
    }
}

#[test]
fn a_folder_without_a_marker_is_not_left_behind() {
    let place = tempdir().unwrap();
    let path = place.path().join("folder");
    let folder = Folder::make_unmarked(&path, KIND).unwrap();
    // A marker that is in the way lets the writing of the marker fail.
    fs::write(path.join("run.json"), "").unwrap();
    assert!(folder.mark().is_err());
    assert!(!path.exists());
}

/// Two attempts at the same work: the second finds the folder of the first.
#[test]
fn a_name_is_given_once() {
    let place = tempdir().unwrap();
    let at = |name: &str| place.path().join(name);
    let [mut first, mut second] =
        [(); 2].map(|()| Folder::make_beside_others(place.path(), ".attempt-", KIND).unwrap());
    assert_ne!(first.path(), second.path());
    first.create("task.sqlite").unwrap();
    assert!(first.rename("done").unwrap() && !second.rename("done").unwrap());
    assert_eq!(first.path(), at("done"));
    assert_eq!(first.file_names().unwrap(), ["run.json", "task.sqlite"]);
    second.remove().unwrap();
    assert_eq!(fs::read_dir(place.path()).unwrap().count(), 1);
    fs::rename(at("done"), at("moved")).unwrap();
    fs::create_dir(at("done")).unwrap();
    assert!(matches!(first.rename("again"), Err(FolderError::Replaced)));
}

/// A marker that cannot be read does not make the folder another program's.
#[test]
fn a_marker_that_cannot_be_read_may_be_ours() {
    let place = tempdir().unwrap();
    let folder = Folder::make(&place.path().join("folder"), KIND).unwrap();
    for error in [Errno::EIO, Errno::EMFILE, Errno::EACCES] {
        let error = folder.is_unreadable_marker(error.into()).unwrap_err();
        assert!(error.to_string().starts_with("run.json in it cannot be read: "), "{error}");
    }
    let marker = folder.path().join("run.json");
    fs::remove_file(&marker).unwrap();
    symlink("elsewhere", &marker).unwrap();
    assert!(!folder.is_unreadable_marker(Errno::ELOOP.into()).unwrap());
}
