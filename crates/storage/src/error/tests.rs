use super::*;

/// Who is told that a file is damaged throws it away, and the work of hours with it.
#[test]
fn errors_of_the_system_do_not_speak_of_content() {
    let path = || PathBuf::from("/case/task.sqlite");
    let sqlite = |code| {
        StorageError::sqlite("read", &path(), rusqlite::Error::SqliteFailure(ffi::Error::new(code), None))
    };
    for error in [
        StorageError::ReadFailure { path: path(), detail: "Input/output error".into() },
        StorageError::Denied { path: path(), what: "you may not read it".into() },
        sqlite(ffi::SQLITE_IOERR_READ),
        sqlite(ffi::SQLITE_NOMEM),
        sqlite(ffi::SQLITE_FULL),
    ] {
        assert!(error.is_of_system(), "{error}");
    }
    for error in [
        StorageError::Damaged { path: path(), detail: "database disk image is malformed".into() },
        StorageError::NotPlaso { path: path(), found: "no database".into() },
    ] {
        assert!(!error.is_of_system(), "{error}");
    }
}

/// A reader meets the journal of a program that was killed in its commit meanwhile.
#[test]
fn a_change_that_was_interrupted_is_no_missing_permission() {
    let failure = rusqlite::Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_READONLY_ROLLBACK), None);
    let error = StorageError::sqlite("read", Path::new("/case/a.plaso"), failure).to_string();
    assert!(error.contains("a.plaso-journal may undo it"), "{error}");
}
