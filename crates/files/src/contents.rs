//! Recognises the kind of a file by its first bytes, whatever its name is.

use std::ffi::OsStr;

/// The number of bytes that [`content`] examines: the size of SQLite's header.
pub(crate) const LENGTH: usize = 100;

/// The file with a plan.
pub(crate) const PLAN: &[u8] = b"plan.json";

/// The kind of a file. Databases and journals must not be lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Content {
    /// An SQLite database, with its application ID.
    Database(u32),
    /// A rollback journal, a write-ahead log or its index.
    Journal,
    /// The record of a run of foreman.
    Record,
    /// Anything else.
    Other,
}

/// Returns the kind of a file that begins with these bytes.
pub(crate) fn content(start: &[u8]) -> Content {
    const JOURNAL: [u8; 8] = [0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7];
    const LOG: [u8; 3] = [0x37, 0x7f, 0x06];
    // The version of the index's format. It is there twice, in the machine's byte order.
    const INDEX: [u8; 4] = 3_007_000_u32.to_ne_bytes();
    // Without it, nobody knows any more which journal undoes the change of the run.
    const RECORD: &[u8] = b"{\n  \"format\": \"foreman run ";
    if start.starts_with(b"SQLite format 3\0") {
        let id = start.get(68..72).and_then(|bytes| bytes.try_into().ok());
        return Content::Database(id.map_or(0, u32::from_be_bytes));
    }
    let is_log = start.starts_with(&LOG) && matches!(start.get(3), Some(0x82 | 0x83));
    if start.starts_with(&JOURNAL) || is_log || start.starts_with(&INDEX) {
        return Content::Journal;
    }
    if start.starts_with(RECORD) {
        return Content::Record;
    }
    Content::Other
}

/// Returns whether SQLite would take a file of this name for the journal or log of a database. Such
/// a file changes the database beside it.
pub(crate) fn is_name_of_companion(name: &[u8]) -> bool {
    [&b"-journal"[..], b"-wal", b"-shm"].iter().any(|suffix| ends_with(name, suffix))
}

/// Returns whether the folder of a run, or the record of a run over several storage files, has such
/// a name. What else has it is in the way of the next run.
pub(crate) fn is_name_of_run_folder(name: &[u8]) -> bool {
    ends_with(name, b".foreman")
}

/// Returns whether the folder of a plan has such a name for something of its own: the plan, the
/// list of its parts, or the result of a shard. What else has it makes the plan or the shard
/// unusable.
#[must_use]
pub fn is_name_in_plan(name: &OsStr) -> bool {
    let name = name.as_encoded_bytes();
    let starts_with = |prefix: &[u8]| {
        name.split_at_checked(prefix.len()).filter(|(start, _)| start.eq_ignore_ascii_case(prefix))
    };
    name.eq_ignore_ascii_case(PLAN)
        || name.eq_ignore_ascii_case(b"parts.json")
        || starts_with(b"shard-").is_some_and(|(_, number)| number.iter().all(u8::is_ascii_digit))
}

/// On some file systems, names that differ only by case are the same.
fn ends_with(name: &[u8], suffix: &[u8]) -> bool {
    let end = name.len().checked_sub(suffix.len()).map(|start| &name[start..]);
    end.is_some_and(|end| end.eq_ignore_ascii_case(suffix))
}

#[cfg(test)]
mod tests {
    use std::os::unix::ffi::OsStrExt as _;

    use super::*;

    #[test]
    fn databases_and_journals() {
        let mut database = b"SQLite format 3\0".to_vec();
        assert_eq!(content(&database), Content::Database(0));
        database.resize(LENGTH, 0);
        database[71] = 7;
        assert_eq!(content(&database), Content::Database(7));
        assert_eq!(content(b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7\0"), Content::Journal);
        assert_eq!(content(b"\x37\x7f\x06\x82\0"), Content::Journal);
        assert_eq!(content(&3_007_000_u32.to_ne_bytes()), Content::Journal);
        assert_eq!(content(b"{\n  \"format\": \"foreman run 1\",\n  \"program\""), Content::Record);
        for other in [&b""[..], b"{\"kind\": ", b"SQLite format 3", b"\x37\x7f\x06"] {
            assert_eq!(content(other), Content::Other, "{other:?}");
        }
        assert!(is_name_of_companion(b"case.plaso-wal") && !is_name_of_companion(b"journal"));
        assert!(is_name_of_companion(b"CASE.PLASO-JOURNAL") && !is_name_of_companion(b"case.plaso-wal.txt"));
        for name in [&b"plan.json"[..], b"PARTS.json", b"shard-000000", b"Shard-7"] {
            assert!(is_name_in_plan(OsStr::from_bytes(name)), "{name:?}");
        }
        for name in [&b"plan.json.log"[..], b"shard-1.log", b"shards", b"log"] {
            assert!(!is_name_in_plan(OsStr::from_bytes(name)), "{name:?}");
        }
        assert!(is_name_of_run_folder(b"case.plaso.foreman") && is_name_of_run_folder(b"CASE.FOREMAN"));
        assert!(!is_name_of_run_folder(b"foreman") && !is_name_of_run_folder(b"case.foreman.json"));
    }
}
