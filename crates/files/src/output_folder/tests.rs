use std::os::unix::fs::PermissionsExt as _;

use super::*;

#[test]
fn a_folder_appears_when_it_is_complete() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("out");
    let mut folder = NewFolder::begin(&path).unwrap();
    folder.create("a").unwrap().write_all(b"1").unwrap();
    assert!(folder.create("a").is_err() && !path.exists());
    folder.publish().unwrap();
    assert_eq!(std::fs::read(path.join("a")).unwrap(), b"1");
    assert!(matches!(NewFolder::begin(&path), Err(OutputError::Exists)));
}

/// A file that refers to its files gets its name between the two.
#[test]
fn a_folder_with_its_name_stays_only_when_it_is_completed() {
    let elsewhere = tempfile::tempdir().unwrap();
    for page in ["page".into(), elsewhere.path().join("page")] {
        stays_only_when_it_is_completed(&page);
    }
}

/// A folder that has got its name. A page is to refer to it.
fn named(path: &Path, page: &Path) -> NewFolder {
    let mut folder = NewFolder::begin(path).unwrap();
    folder.create("a").unwrap().write_all(b"1").unwrap();
    assert!(folder.give_name(Path::new("pa\nge")).is_err());
    folder.give_name(page).unwrap();
    folder
}

/// As if the process had been killed.
fn kill(mut folder: NewFolder) {
    folder.is_published = true;
}

fn stays_only_when_it_is_completed(page: &Path) {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("out");
    let named = || named(&path, page);
    drop(named());
    assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 0, "a part is left");

    let killed = named();
    assert!(matches!(NewFolder::begin(&path), Err(OutputError::Exists)), "it is in use");
    kill(killed);
    // The page may have had its name, and may have been renamed or moved.
    assert!(matches!(NewFolder::begin(&path), Err(OutputError::Exists)) && path.join("a").exists());
    // As if the process had been killed when the page had its name.
    std::fs::write(place.path().join(page), "").unwrap();
    assert!(matches!(NewFolder::begin(&path), Err(OutputError::Exists)));
    let files: Vec<_> = path.read_dir().unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(files, ["a"]);
    assert!(matches!(NewFolder::begin(&path), Err(OutputError::Exists)) && path.exists());
}

/// The process was killed before the folder had its name, which it had written down already. A page
/// of this name is that of somebody else.
#[test]
fn a_folder_that_has_not_got_its_name_is_removed() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("out");
    kill(named(&path, Path::new("page")));
    let unfinished = place.path().join(".out.0123456789.unfinished");
    std::fs::rename(&path, &unfinished).unwrap();
    std::fs::write(place.path().join("page"), "").unwrap();
    assert_eq!(NewFolder::begin(&path).unwrap().left().removed, 1);
    assert!(!unfinished.exists());
}

/// An archive can have a marker that names the files beside it, and so can a folder in which others
/// may write.
#[test]
fn a_marker_in_a_folder_of_the_user_removes_nothing() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("evidence");
    std::fs::create_dir(&path).unwrap();
    std::fs::write(path.join("disk.E01"), "evidence").unwrap();
    for more in ["", "../page\n"] {
        let marker = format!("{}disk.E01\n{more}", UNFINISHED.signature);
        std::fs::write(path.join(UNFINISHED.marker), marker).unwrap();
        assert!(matches!(NewFolder::begin(&path), Err(OutputError::Exists)), "{more}");
        assert_eq!(std::fs::read(path.join("disk.E01")).unwrap(), b"evidence", "{more}");
    }
    // A command was killed here, and somebody else has written what it has filled.
    let unfinished = place.path().join(".evidence.0123456789.unfinished");
    std::fs::rename(&path, &unfinished).unwrap();
    if std::os::unix::fs::lchown(unfinished.join(UNFINISHED.marker), Some(65_534), None).is_err() {
        return testing::places::skipped("only root can give a file to another user");
    }
    NewFolder::begin(&path).unwrap();
    assert!(unfinished.join("disk.E01").exists());
}

/// Only the marker cannot be removed.
#[test]
fn a_folder_whose_marker_stays_is_complete() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("out");
    let folder = named(&path, Path::new("page"));
    let marker = path.join(UNFINISHED.marker);
    std::fs::remove_file(&marker).unwrap();
    std::fs::create_dir(&marker).unwrap();
    let said = folder.complete().unwrap_err().to_string();
    assert!(said.starts_with(&format!("{} cannot be removed (", marker.display())), "{said}");
    assert!(said.contains("all other files of its folder are complete"), "{said}");
    assert!(path.join("a").exists());
}

/// SQLite could not make its journal there, so nobody could write to the database.
#[test]
fn the_place_of_a_journal_stays_free() {
    let place = tempfile::tempdir().unwrap();
    for name in ["case.plaso-journal", "case.plaso-wal", "case.plaso-shm"] {
        assert!(matches!(NewFolder::begin(&place.path().join(name)), Err(OutputError::Journal)));
    }
    for name in ["case.plaso.foreman", "case.Foreman"] {
        assert!(matches!(NewFolder::begin(&place.path().join(name)), Err(OutputError::RunFolder)));
    }
    assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 0);
}

/// Its process was killed, so nobody has it locked.
#[test]
fn folders_of_killed_commands_are_removed() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("out");
    let names = || std::fs::read_dir(place.path()).unwrap().count();
    let active = NewFolder::begin(&path).unwrap();
    let killed = |name: &str, with_marker: bool| {
        let folder = place.path().join(name);
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(folder.join("a.parquet"), "x").unwrap();
        if with_marker {
            let marker = format!("{}a.parquet\n", UNFINISHED.signature);
            std::fs::write(folder.join(UNFINISHED.marker), marker).unwrap();
        }
        folder
    };
    let left = killed(".out.0123456789.unfinished", true);
    let of_others = [
        killed(".other.0123456789.unfinished", true),
        killed(".out.0123456789.unfinishe", true),
        killed(".out.1123456789.unfinished", false),
    ];
    let next = NewFolder::begin(&path).unwrap();
    assert_eq!((next.left().removed, left.exists()), (1, false));
    assert!(active.unfinished_path().exists() && of_others.iter().all(|folder| folder.exists()));
    drop((active, next));
    assert_eq!(names(), of_others.len());
}

/// The hidden name has no room for the whole name.
#[test]
fn a_folder_with_a_long_name() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("ä".repeat(127));
    kill(NewFolder::begin(&path).unwrap());
    let next = NewFolder::begin(&path).unwrap();
    assert_eq!(next.left().removed, 1);
    next.publish().unwrap();
    assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 1);
}

#[test]
fn nothing_is_left_or_replaced() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("out");
    let mut folder = NewFolder::begin(&path).unwrap();
    folder.create("a").unwrap();
    drop(folder);
    assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 0);
    let folder = NewFolder::begin(&path).unwrap();
    std::fs::create_dir(&path).unwrap();
    assert!(matches!(folder.publish(), Err(OutputError::Exists)));
    assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 1);
}

/// Another user, who may write beside the folder, puts one of their own in its place.
#[test]
fn a_folder_that_was_exchanged_is_not_published() {
    let place = tempfile::tempdir().unwrap();
    let (path, stolen) = (place.path().join("out"), place.path().join("stolen"));
    let mut folder = NewFolder::begin(&path).unwrap();
    folder.create("a").unwrap().write_all(b"1").unwrap();
    let unfinished = folder.unfinished_path();
    std::fs::rename(&unfinished, &stolen).unwrap();
    std::fs::create_dir(&unfinished).unwrap();
    std::fs::write(unfinished.join("a"), "theirs").unwrap();
    folder.create("b").unwrap();
    assert_eq!(std::io::read_to_string(folder.read("a").unwrap()).unwrap(), "1");
    assert_eq!(folder.sync().unwrap(), 1);
    assert!(matches!(folder.publish(), Err(OutputError::Exchanged)));
    assert!(!path.exists());
    assert_eq!(std::fs::read(unfinished.join("a")).unwrap(), b"theirs");
    assert_eq!(std::fs::read_dir(&stolen).unwrap().count(), 0, "nothing is left of what was written");
}

fn mode(path: &Path) -> u32 {
    path.metadata().unwrap().permissions().mode() & 0o777
}

/// Another command with the same output has opened the folder just before it was completed.
#[test]
fn a_folder_that_was_completed_meanwhile_stays() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("out");
    let mut folder = NewFolder::begin_own(&path).unwrap();
    folder.create("a").unwrap().write_all(b"1").unwrap();
    let unfinished = folder.unfinished_path();
    let before = mode(&unfinished);
    let opened = || Folder::open(&unfinished, UNFINISHED).unwrap().unwrap();
    let seen = opened();
    assert!(remove_one_left(&seen, false).is_none(), "it is being filled");
    assert_eq!(mode(&unfinished), before, "a folder that another process fills is changed");
    folder.publish().unwrap();
    assert!(remove_one_left(&seen, false).is_none(), "it is complete");
    assert_eq!((std::fs::read(path.join("a")).unwrap(), mode(&path)), (b"1".to_vec(), before));
    // It was moved away, and another folder has its name.
    let moved = |name: &str| std::fs::rename(&unfinished, place.path().join(name)).unwrap();
    for name in ["first", "second"] {
        std::fs::create_dir(&unfinished).unwrap();
        std::fs::write(unfinished.join(UNFINISHED.marker), UNFINISHED.signature).unwrap();
        if name == "first" {
            let seen = opened();
            moved(name);
            assert!(remove_one_left(&seen, false).is_none());
            assert!(place.path().join(name).join(UNFINISHED.marker).exists());
        }
    }
    assert!(remove_one_left(&opened(), false).is_some() && !unfinished.exists());
}

/// Somebody has put files of his own into what a killed command has left.
#[test]
fn a_folder_with_files_of_others_stays() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("out");
    let mut killed = NewFolder::begin(&path).unwrap();
    killed.create("a.parquet").unwrap();
    let unfinished = killed.unfinished_path();
    // As if its process had been killed.
    killed.is_published = true;
    drop(killed);
    for (foreign, is_folder) in [("notes.txt", false), ("sub", true), ("a.parquet-journal", true)] {
        let foreign = unfinished.join(foreign);
        if is_folder { std::fs::create_dir(&foreign) } else { std::fs::write(&foreign, "mine") }.unwrap();
        let next = NewFolder::begin(&path).unwrap();
        let expected = LeftFolders { removed: 0, kept: vec![unfinished.clone()] };
        assert_eq!(*next.left(), expected);
        assert!(foreign.exists() && unfinished.join("a.parquet").exists());
        if is_folder { std::fs::remove_dir(&foreign) } else { std::fs::remove_file(&foreign) }.unwrap();
    }
    // A journal belongs to its file.
    std::fs::write(unfinished.join("a.parquet-journal"), "").unwrap();
    assert_eq!(NewFolder::begin(&path).unwrap().left().removed, 1);
    assert!(!unfinished.exists());
}
