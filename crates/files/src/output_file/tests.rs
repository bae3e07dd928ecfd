use std::fs::File;
use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::os::unix::net::UnixListener;

use nix::unistd::mkfifo;
use tempfile::{TempDir, tempdir};

use super::*;

const DATABASE: &[u8] = b"SQLite format 3\0 and so on";
const JOURNAL: &[u8] = b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7 and so on";

/// What these tests write, in place of a summary.
fn is_ours(start: &[u8]) -> bool {
    [&b"one"[..], b"two", b"before", b"after"].iter().any(|ours| start.starts_with(ours))
}

fn names(folder: &TempDir) -> Vec<OsString> {
    Directory::open(folder.path()).unwrap().names().unwrap()
}

fn refused(path: &Path) -> String {
    let said = OutputFile::new(path, None, is_ours).unwrap_err().to_string();
    assert_eq!(OutputFile::database(path, 7, None).unwrap_err().to_string(), said);
    said
}

#[test]
fn a_file_is_replaced_as_a_whole() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("summary.json");
    let place = OutputFile::new(&path, None, is_ours).unwrap();
    assert!(names(&folder).is_empty(), "nothing is there before it is written");
    place.write(b"one").unwrap();
    let mut open = File::open(&path).unwrap();
    place.write(b"two").unwrap();
    let mut before = String::new();
    open.read_to_string(&mut before).unwrap();
    assert_eq!((before.as_str(), fs::read(&path).unwrap()), ("one", b"two".to_vec()));
    place.stream().unwrap().write_all(b"three").unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"three");
    assert_eq!(names(&folder), ["summary.json"]);
}

/// Only root may give a file to a group that root is not in.
#[test]
fn the_group_of_the_replaced_file_is_kept() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("summary.json");
    fs::write(&path, "before").unwrap();
    if std::os::unix::fs::chown(&path, None, Some(12_345)).is_err() {
        testing::places::skipped("only root may give a file to any group");
        return;
    }
    fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
    OutputFile::new(&path, None, is_ours).unwrap().write(b"after").unwrap();
    let metadata = path.metadata().unwrap();
    assert_eq!((metadata.gid(), metadata.permissions().mode() & 0o777), (12_345, 0o640));
}

#[test]
fn the_permissions_of_the_replaced_file_are_kept() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("summary.json");
    let mode = || path.metadata().unwrap().permissions().mode() & 0o777;
    fs::write(&path, "before").unwrap();
    for (before, after) in [(0o600, 0o600), (0o640, 0o640), (0o666, 0o666), (0o755, 0o644)] {
        fs::set_permissions(&path, Permissions::from_mode(before)).unwrap();
        OutputFile::new(&path, None, is_ours).unwrap().write(b"after").unwrap();
        assert_eq!(mode(), after, "{before:o}");
    }
    fs::set_permissions(&path, Permissions::from_mode(0o666)).unwrap();
    OutputFile::private(&path).unwrap().stream().unwrap();
    assert_eq!(mode(), 0o600);
}

/// Another user may have made the file to get access to what is written.
#[test]
fn the_permissions_of_a_file_of_another_user_are_not_kept() {
    let folder = tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    OutputFile::new(&at("new"), None, is_ours).unwrap().write(b"").unwrap();
    let of_new = mode(&at("new"));
    for before in [0o666, 0o644, 0o640, 0o604, 0o600, 0o060] {
        let path = at(&format!("{before:o}"));
        fs::write(&path, "").unwrap();
        fs::set_permissions(&path, Permissions::from_mode(before)).unwrap();
        if std::os::unix::fs::chown(&path, Some(65_534), Some(12_345)).is_err() {
            testing::places::skipped("only root can give a file to another user");
            return;
        }
        OutputFile::new(&path, None, is_ours).unwrap().write(b"after").unwrap();
        let (metadata, new) = (path.metadata().unwrap(), at("new").metadata().unwrap());
        assert_eq!((metadata.uid(), metadata.gid()), (new.uid(), new.gid()), "{before:o}");
        // Members of the new group get no more than all others.
        let expected = before & of_new & (0o707 | (before & 0o7) << 3);
        assert_eq!(mode(&path), expected, "{before:o}");
    }
}

#[test]
fn what_must_not_be_lost_is_refused() {
    let folder = tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("evidence"), DATABASE).unwrap();
    fs::write(at("undo"), JOURNAL).unwrap();
    symlink("evidence", at("link")).unwrap();
    symlink("nothing", at("dangling")).unwrap();
    mkfifo(&at("pipe"), Mode::S_IRWXU).unwrap();
    let _listening = UnixListener::bind(at("socket")).unwrap();
    fs::write(at("one"), "text").unwrap();
    fs::hard_link(at("one"), at("other")).unwrap();
    for (name, why) in [
        ("evidence", "a database"),
        ("undo", "journal, so SQLite"),
        ("new-journal", "journal, so SQLite"),
        ("case.plaso-wal", "journal, so SQLite"),
        ("case.plaso-shm", "journal, so SQLite"),
        ("link", "a symbolic link"),
        ("dangling", "a symbolic link"),
        ("pipe", "a pipe"),
        ("socket", "a pipe, a socket"),
        ("one", "a hard link"),
        ("", "a folder"),
        ("..", "a folder"),
        ("new/", "a folder"),
    ] {
        let said = refused(&at(name));
        assert!(said.contains(why), "{name}: {said}");
    }
    assert!(refused(Path::new("/dev/null")).contains("a device"));
    assert!(OutputFile::new(&at("no/folder"), None, is_ours).is_err());
    let store = at("two");
    fs::write(&store, "damaged").unwrap();
    assert!(
        OutputFile::new(&store, Some(&store), is_ours).unwrap_err().to_string().contains("the storage file")
    );
    assert_eq!(names(&folder).len(), 9, "nothing new, and nothing lost");
    assert_eq!(fs::read(at("evidence")).unwrap(), DATABASE);
}

/// A file that appears at the path after the first check is not lost either, and no temporary file
/// stays.
#[test]
fn what_comes_later_is_refused() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("summary.json");
    let place = OutputFile::new(&path, None, is_ours).unwrap();
    let mut new = NewFile::begin(&place).unwrap();
    new.file().write_all(b"text").unwrap();
    fs::write(&path, DATABASE).unwrap();
    assert!(matches!(new.publish(), Err(OutputError::Database)));
    assert!(matches!(place.write(b"text"), Err(OutputError::Database)));
    assert_eq!(names(&folder), ["summary.json"]);

    let path = folder.path().join("report.html");
    let place = OutputFile::new_only(&path).unwrap();
    fs::write(&path, "theirs").unwrap();
    assert!(matches!(place.write(b"text"), Err(OutputError::Exists)));
    fs::remove_file(&path).unwrap();
    let new = NewFile::begin(&place).unwrap();
    fs::write(&path, "theirs").unwrap();
    assert!(matches!(new.publish(), Err(OutputError::Exists)));
    assert_eq!(fs::read(&path).unwrap(), b"theirs");
    assert_eq!(names(&folder), ["report.html", "summary.json"]);
}

#[test]
fn a_database_replaces_its_like() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("task.sqlite");
    let mut ours = DATABASE.to_vec();
    ours.resize(LENGTH, 0);
    ours[71] = 7;
    for _ in 0..2 {
        OutputFile::database(&path, 7, None).unwrap().write(&ours).unwrap();
    }
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    assert!(matches!(OutputFile::database(&path, 8, None), Err(OutputError::Database)));
    assert!(matches!(OutputFile::new(&path, None, is_ours), Err(OutputError::Database)));
}

/// A slip must not cost a disk image, notes, or a file that foreman itself needs.
#[test]
fn what_is_not_an_earlier_output_is_refused() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("file");
    for content in
        [&b"EVF\x09\x0d\x0a\xff\x00"[..], b"# Notes", b"{\n  \"format\": \"foreman plan 1\"", b"\n", b"on"]
    {
        fs::write(&path, content).unwrap();
        assert!(matches!(OutputFile::new(&path, None, is_ours), Err(OutputError::Foreign)));
        assert_eq!(fs::read(&path).unwrap(), content);
    }
    for content in [&b""[..], b"one"] {
        fs::write(&path, content).unwrap();
        OutputFile::new(&path, None, is_ours).unwrap().write(b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
    }
    // A file that appears meanwhile is not lost either.
    let place = OutputFile::new(&path, None, is_ours).unwrap();
    let new = NewFile::begin(&place).unwrap();
    fs::write(&path, "# Notes").unwrap();
    assert!(matches!(new.publish(), Err(OutputError::Foreign)));
    assert_eq!(fs::read(&path).unwrap(), b"# Notes");
}

/// If the process is killed, nothing of the file is left.
#[cfg(target_os = "linux")]
#[test]
fn a_new_file_has_no_name_until_it_is_complete() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("out");
    let mut new = OutputFile::new_only(&path).and_then(OutputFile::begin).unwrap();
    new.file().write_all(b"one").unwrap();
    if !new.has_name {
        assert!(names(&folder).is_empty());
    }
    fs::write(&path, "mine").unwrap();
    assert!(matches!(new.publish(), Err(OutputError::Exists)));
    assert_eq!((fs::read(&path).unwrap(), names(&folder).len()), (b"mine".to_vec(), 1));
    fs::remove_file(&path).unwrap();
    let mut new = OutputFile::new_only(&path).and_then(OutputFile::begin).unwrap();
    new.file().write_all(b"two").unwrap();
    new.publish().unwrap().write_all(b", three").unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"two, three");
}

/// Some file systems give no name to a file that has none.
#[cfg(target_os = "linux")]
#[test]
fn a_file_that_gets_no_name_is_copied() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("out");
    let begin = || OutputFile::new_only(&path).and_then(OutputFile::begin).unwrap();
    let mut new = begin();
    new.file().write_all(b"one").unwrap();
    if new.has_name {
        return;
    }
    let late = begin();
    new.copy().unwrap().write_all(b", two").unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"one, two");
    assert!(matches!(late.copy(), Err(OutputError::Exists)));
    assert_eq!(names(&folder), ["out"]);
}

/// A run makes its folder beside a storage file that may not exist yet.
#[test]
fn names_that_a_run_needs_are_refused() {
    let folder = tempdir().unwrap();
    for name in ["case.plaso.foreman", "case.foreman", "CASE.PLASO.FOREMAN"] {
        let path = folder.path().join(name);
        refused(&path);
        assert!(matches!(OutputFile::new(&path, None, is_ours), Err(OutputError::RunFolder)), "{name}");
        assert!(matches!(OutputFile::new_only(&path), Err(OutputError::RunFolder)), "{name}");
    }
    assert!(matches!(
        OutputFile::new_only(&folder.path().join("new.plaso-Journal")),
        Err(OutputError::Journal)
    ));
    let of_run = folder.path().join("run");
    fs::create_dir(&of_run).unwrap();
    fs::write(of_run.join("run.json"), "{\n  \"format\": \"foreman run 1\"").unwrap();
    let inside = of_run.join("summary.json");
    assert!(matches!(OutputFile::new(&inside, None, is_ours), Err(OutputError::InRunFolder)));
    assert!(matches!(crate::NewFolder::begin(&inside), Err(OutputError::InRunFolder)));
    assert!(matches!(crate::check_parent(&of_run), Err(OutputError::InRunFolder)));
    // What a run writes itself.
    OutputFile::private(&inside).unwrap();
    assert_eq!(names(&folder), ["run"]);
}

/// The plan, or the shard, could not be used any more.
#[test]
fn places_of_what_a_plan_needs() {
    let folder = tempfile::tempdir().unwrap();
    let is_ours = |_: &[u8]| true;
    let [plan, parts, shard, log] =
        ["plan.json", "parts.json", "shard-000000", "shard-0.log"].map(|name| folder.path().join(name));
    OutputFile::new(&shard, None, is_ours).unwrap();
    fs::write(&plan, "{\"kind\":\"plan\",\"version\":2").unwrap();
    for path in [&plan, &parts, &shard] {
        assert!(matches!(OutputFile::new(path, None, is_ours), Err(OutputError::InPlan)), "{path:?}");
    }
    assert!(matches!(crate::NewFolder::begin(&shard), Err(OutputError::InPlan)));
    OutputFile::new(&log, None, is_ours).unwrap();
    OutputFile::own(&parts).unwrap();
}

#[test]
fn folders_for_what_runs_make() {
    let folder = tempfile::tempdir().unwrap();
    crate::check_parent(folder.path()).unwrap();
    let named = folder.path().join("case.plaso.Foreman");
    fs::create_dir(&named).unwrap();
    assert!(matches!(crate::check_parent(&named), Err(OutputError::RunFolder)));
}
