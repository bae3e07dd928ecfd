//! What is not a storage file, or a hostile one, is refused with the reason.

use std::io::Write as _;
use std::path::Path;

use rusqlite::Connection;
use storage::{StorageError, Store, StoreWriter};
use tempfile::TempDir;

use crate::support::{FORMATS, session, store};

#[test]
fn stores_that_cannot_be_read_without_writing_are_refused() {
    let made = store(FORMATS[2]);
    let path = made.path();
    let journal = made.folder().join("case.plaso-journal");
    std::fs::write(&journal, "an interrupted change").unwrap();
    let refused = Store::open(path).unwrap_err();
    assert!(matches!(refused, StorageError::Unfinished { .. }));
    assert!(refused.to_string().ends_with(&format!("\n  foreman clean '{}'", path.display())), "{refused}");
    std::fs::remove_file(&journal).unwrap();
    // What the header of a store in WAL mode says; our own SQLite has no such mode.
    let mut bytes = std::fs::read(path).unwrap();
    bytes[18..20].fill(2);
    std::fs::write(path, bytes).unwrap();
    let message = Store::open(path).unwrap_err().to_string();
    assert!(message.contains("journal mode \"wal\""), "{message}");
    // A copy without it lacks what was written last.
    assert!(message.contains("copy the file with its -wal file"), "{message}");
    assert!(StoreWriter::lock(path).is_err());
    assert_eq!(made.files(), ["case.plaso"], "something was left beside the store");
}

/// SQLite is built without WAL: reading is as without the file, but another program may read it.
#[test]
fn a_write_ahead_log_beside_a_store_is_read_by_nobody_and_refused_for_writing() {
    let made = store(FORMATS[2]);
    std::fs::write(made.folder().join("case.plaso-wal"), "x").unwrap();
    assert_eq!(Store::open(made.path()).unwrap().number_of_events().unwrap(), 0);
    let message = StoreWriter::lock(made.path()).unwrap_err().to_string();
    assert!(message.contains("case.plaso-wal lies beside"), "{message}");
    assert_eq!(made.files(), ["case.plaso", "case.plaso-wal"]);
}

/// A change to such a store could not be undone: where its pages are is not looked at.
#[test]
fn settings_that_plaso_never_makes_are_refused_for_writing() {
    let made = store(FORMATS[2]);
    for setting in ["full", "incremental"] {
        made.change(&format!("PRAGMA auto_vacuum = {setting}; VACUUM"));
        Store::open(made.path()).unwrap();
        let message = StoreWriter::lock(made.path()).unwrap_err().to_string();
        assert!(message.contains("has the setting auto_vacuum \"on\"; supported: off"), "{message}");
    }
    // What the message advises.
    made.change("PRAGMA auto_vacuum = none; VACUUM");
    StoreWriter::lock(made.path()).unwrap();
}

#[test]
fn bytes_behind_the_last_page_are_not_written_over() {
    for tail in [100, 12_288] {
        let made = store(FORMATS[2]);
        let mut file = std::fs::File::options().append(true).open(made.path()).unwrap();
        file.write_all(&vec![b'E'; tail]).unwrap();
        let before = std::fs::read(made.path()).unwrap();
        Store::open(made.path()).unwrap();
        let message = StoreWriter::lock(made.path()).unwrap_err().to_string();
        let expected = format!("has a number of bytes behind its last page \"{tail}\"; supported: 0");
        assert!(message.contains(&expected), "{message}");
        assert!(std::fs::read(made.path()).unwrap() == before);
        // What the message advises.
        made.change("VACUUM");
        StoreWriter::lock(made.path()).unwrap();
    }
}

#[test]
fn what_is_no_storage_file_is_refused_with_the_reason() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("x.plaso");
    let message =
        |path: &Path| Store::open(path).unwrap_err().to_string().replace(path.to_str().unwrap(), "X");
    assert_eq!(message(&path), "cannot open X");
    assert_eq!(message(folder.path()), "cannot open X");
    std::fs::write(&path, "").unwrap();
    assert_eq!(message(&path), "X is not a Plaso storage file: it is empty");
    std::fs::write(&path, "x".repeat(5_000)).unwrap();
    assert_eq!(message(&path), "X is not a Plaso storage file: it is a text file, and no SQLite database");
    for (metadata, expected) in [
        (
            "('format_version', '20300101')",
            "X is a storage file of a Plaso that is newer than this program knows (storage format 20300101)",
        ),
        (
            "('format_version', '20180101')",
            "X is a storage file of a Plaso that is from before 2023, which this program does not read (storage format \
             20180101)",
        ),
        ("('format_version', 'x')", "X is not a Plaso storage file: it has no format version"),
        (
            "('format_version', '20260516'), ('serialization_format', 'json'), ('compression_format', 'lzma')",
            "X has compression format \"lzma\"; supported: none, zlib",
        ),
        (
            "('format_version', '20260516'), ('serialization_format', 'xml')",
            "X has serialization format \"xml\"; supported: json",
        ),
    ] {
        std::fs::remove_file(&path).unwrap();
        let connection = Connection::open(&path).unwrap();
        connection.execute_batch("CREATE TABLE metadata (key TEXT, value TEXT)").unwrap();
        connection.execute(&format!("INSERT INTO metadata VALUES {metadata}"), []).unwrap();
        assert!(message(&path).starts_with(expected), "{}", message(&path));
    }
}

/// The definition of a table is read up to this length; longer ones are never Plaso's.
#[test]
fn a_definition_of_more_than_100_000_characters_is_refused() {
    for (length, is_refused) in [(100_000, false), (100_001, true)] {
        let made = store(FORMATS[2]);
        let connection = Connection::open(made.path()).unwrap();
        let definition = "CREATE TABLE event_label_count (_identifier INTEGER PRIMARY KEY AUTOINCREMENT, label TEXT, number_of_events INTEGER";
        let padding = " ".repeat(length - definition.len() - 1);
        connection.execute_batch(&format!("{definition}{padding})")).unwrap();
        drop(connection);
        for error in [Store::open(made.path()).err(), StoreWriter::lock(made.path()).err()] {
            let message = error.map(|error| error.to_string()).unwrap_or_default();
            let expected = "its definition is longer than 100,000 characters";
            assert_eq!(message.contains(expected), is_refused, "{length}: {message}");
            assert_eq!(message.is_empty(), !is_refused, "{length}: {message}");
        }
    }
}

/// SQLite would write its journal into whatever lies in the journal's place when the first change
/// is made.
#[test]
fn what_takes_the_place_of_the_journal_after_the_lock_is_refused() {
    let made = store(FORMATS[2]);
    let journal = made.folder().join("case.plaso-journal");
    let other = made.beside("notes.txt", "not ours");
    let writer = StoreWriter::lock(made.path()).unwrap();
    std::os::unix::fs::symlink(&other, &journal).unwrap();
    let refused = writer.begin();
    assert!(matches!(refused, Err(StorageError::StrangeJournal { .. })), "{refused:?}");
    std::fs::remove_file(&journal).unwrap();
    std::fs::write(&journal, "a change of somebody else").unwrap();
    let refused = writer.begin();
    assert!(matches!(refused, Err(StorageError::Unfinished { .. })), "{refused:?}");
    assert_eq!(std::fs::read_to_string(&other).unwrap(), "not ours");
    std::fs::remove_file(&journal).unwrap();
    writer.begin().unwrap();
    writer.add_session(&session()).and_then(|()| writer.commit()).unwrap();
}
