use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::time::{Duration, SystemTime};

use rusqlite::Connection;

use super::bytes::number;
use super::rollback::header_of;
use super::*;
use crate::fingerprint::tests::page_by_page;
use crate::{Store, StoreWriter};

const SIZE: usize = 4_096;

fn journal_of(store: &testing::Store) -> PathBuf {
    companion(store.path(), "-journal")
}

fn fingerprint(store: &testing::Store) -> String {
    Store::open(store.path()).unwrap().fingerprint().unwrap()
}

/// A copy of a store and its journal as a kill leaves them, and the header of the journal.
fn killed(store: &testing::Store, change: &str) -> (testing::Store, String) {
    let writer = StoreWriter::lock(store.path()).unwrap();
    let header = writer.begin().unwrap();
    // So small that SQLite writes to the store ahead of the commit.
    writer.store().connection.execute_batch(&format!("PRAGMA cache_size = 10; {change}")).unwrap();
    let copy = testing::Store::copy_of(store.path());
    std::fs::copy(journal_of(store), journal_of(&copy)).unwrap();
    (copy, header)
}

/// Whether undoing is refused for this reason; if so, nothing has changed.
fn assert_refused(store: &testing::Store, run: Option<&InterruptedRun<'_>>, expected: &str) {
    let journal = || std::fs::read(journal_of(store)).unwrap();
    let before = (store.bytes(), journal());
    match undo_interrupted(store.path(), run) {
        Err(StorageError::StrangeJournal { reason, .. }) => assert!(reason.contains(expected), "{reason}"),
        other => panic!("{expected}: {other:?}"),
    }
    assert!(before == (store.bytes(), journal()), "{expected}: something has changed");
}

/// The sample with 20,000 tags.
fn tagged() -> testing::Store {
    let store = testing::Store::of("sample");
    store.change(
        "CREATE TABLE event_tag (_identifier INTEGER PRIMARY KEY AUTOINCREMENT, _event_identifier TEXT, labels TEXT); \
         WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) \
         INSERT INTO event_tag (_event_identifier, labels) SELECT 'event.' || i, '[\"label\"]' FROM n",
    );
    store
}

const RELABEL: &str = "UPDATE event_tag SET labels = '[\"label\", \"another_label\"]'";

/// A change that outgrows the memory of its program is written in parts, each of which the journal
/// has a header for.
#[test]
fn a_change_in_several_parts_is_undone() {
    let store = tagged();
    let (original, content) = (store.bytes(), fingerprint(&store));
    let (copy, header) = killed(&store, RELABEL);
    let journal = std::fs::read(journal_of(&copy)).unwrap();
    let magic = [0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7];
    assert!(journal.windows(8).filter(|bytes| *bytes == magic).count() > 2, "it is not in parts");
    assert!(copy.bytes() != original, "nothing is written yet");
    let run = InterruptedRun { id: "run", store: &content, journal: Some(&header) };
    assert!(undo_interrupted(copy.path(), Some(&run)).unwrap().is_some());
    assert!(copy.bytes() == original, "the store is not as it was");
    assert_eq!(copy.files(), ["sample.plaso"], "something is left behind");
}

#[test]
fn only_the_recorded_journal_is_played_back() {
    let store = tagged();
    let content = fingerprint(&store);
    let (copy, header) = killed(&store, RELABEL);
    let run = InterruptedRun { id: "run", store: &content, journal: Some(&header) };
    assert_refused(&copy, None, "no interrupted run of foreman is known that has recorded it");
    let not_begun = InterruptedRun { journal: None, ..run };
    assert_refused(&copy, Some(&not_begun), "no interrupted run of foreman is known that has recorded it");
    let (_, of_next) = killed(&store, RELABEL);
    let next = InterruptedRun { journal: Some(&of_next), ..run };
    assert_refused(&copy, Some(&next), "but the interrupted run has recorded one with");
    let other = InterruptedRun { store: "another store", ..run };
    assert_refused(&copy, Some(&other), "but when the run began it had another store");
    assert!(undo_interrupted(copy.path(), Some(&run)).unwrap().is_some());
}

/// A program that is killed before it has recorded its journal has changed nothing.
#[test]
fn a_journal_that_has_just_begun_holds_nothing_up() {
    let store = testing::Store::of("sample");
    let original = store.bytes();
    let writer = StoreWriter::lock(store.path()).unwrap();
    writer.begin().unwrap();
    let copy = testing::Store::copy_of(store.path());
    std::fs::copy(journal_of(&store), journal_of(&copy)).unwrap();
    assert!(std::fs::metadata(journal_of(&copy)).unwrap().len() >= 512, "there is no header");
    assert_eq!(undo_interrupted(copy.path(), None).unwrap(), None);
    drop(StoreWriter::lock(copy.path()).unwrap());
    assert!(copy.bytes() == original, "the store has changed");
}

/// A read error is neither a sign that a journal is that of something else, nor that it fits.
#[test]
fn what_cannot_be_read_says_nothing_of_a_journal() {
    let store = tagged();
    let content = fingerprint(&store);
    let (copy, header) = killed(&store, RELABEL);
    let journal_path = journal_of(&copy);
    let run = InterruptedRun { id: "run", store: &content, journal: Some(&header) };
    let readable = |path: &Path| File::open(path).unwrap();
    // A file that was opened only for writing gives an error of the operating system.
    let unreadable = |path: &Path| File::options().write(true).open(path).unwrap();
    let length = journal_path.metadata().unwrap().len();
    let refused = RollbackJournal::read(&unreadable(&journal_path), length);
    assert!(matches!(refused, Err(Refusal::Unreadable(_))), "{refused:?}");
    assert!(matches!(header_of(&unreadable(&journal_path)), Err(Refusal::Unreadable(_))));
    let journal = RollbackJournal::read(&readable(&journal_path), length).unwrap();
    let length = copy.path().metadata().unwrap().len();
    let check =
        |store: File, file: File| fit::check((copy.path(), &store), length, (&journal, &file), Some(&run));
    let (path, journal) = (copy.path(), &*journal_path);
    check(readable(path), readable(journal)).unwrap();
    let refused = check(readable(path), unreadable(journal));
    assert!(matches!(refused, Err(Refusal::Unreadable(_))), "{refused:?}");
    let refused = check(unreadable(path), readable(journal));
    assert!(matches!(refused, Err(Refusal::UnreadableStore(_))), "{refused:?}");
    assert!(is_journal(path, &header).unwrap() && !is_journal(path, "another").unwrap());
}

fn root(store: &Path, table: &str) -> usize {
    let sql = "SELECT rootpage FROM sqlite_schema WHERE name = ?1";
    Connection::open(store).unwrap().query_row(sql, [table], |row| row.get(0)).unwrap()
}

/// A journal of a store of so many pages.
fn journal(pages: usize, records: &[(usize, Vec<u8>)]) -> Vec<u8> {
    let mut bytes = vec![0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7];
    for number in [records.len(), 7, pages, 512, SIZE] {
        bytes.extend(u32::try_from(number).unwrap().to_be_bytes());
    }
    bytes.resize(512, 0);
    for (number, content) in records {
        bytes.extend(u32::try_from(*number).unwrap().to_be_bytes());
        bytes.extend(content);
        let sum = (1..).map_while(|step| SIZE.checked_sub(200 * step)).filter(|&at| at > 0);
        let sum = sum.fold(7_u32, |sum, at| sum.wrapping_add(u32::from(content[at])));
        bytes.extend(sum.to_be_bytes());
    }
    bytes
}

/// Even if the record were of a made-up journal: each brings the first page or the count of pages
/// that makes it fit.
#[test]
fn made_up_journals_change_no_evidence() {
    let store = testing::Store::of("sample");
    let (bytes, content) = (store.bytes(), fingerprint(&store));
    let pages = bytes.len() / SIZE;
    let page = |number: usize| bytes[(number - 1) * SIZE..number * SIZE].to_vec();
    let put = |mut page: Vec<u8>, at: usize, number: usize| {
        page[at..at + 4].copy_from_slice(&u32::try_from(number).unwrap().to_be_bytes());
        page
    };
    let (event, session) = (root(store.path(), "event"), root(store.path(), "session"));
    // The first page of events.
    let cell = usize::from(page(event)[12]) << 8 | usize::from(page(event)[13]);
    let victim = number(&page(event), cell) as usize;
    let mut forged = page(victim);
    forged[SIZE - 30..].fill(b'A');
    let mut session_page = page(session);
    let words = b"log2timeline --unattended";
    let at = session_page.windows(words.len()).position(|part| part == words).unwrap();
    session_page[at] = b'L';
    let counter = number(&bytes, 24) as usize - 1;
    let first = put(put(page(1), 24, counter), 92, counter);
    let mut schema = first.clone();
    let rows = u16::from_be_bytes([schema[103], schema[104]]) - 1;
    schema[103..105].copy_from_slice(&rows.to_be_bytes());
    let free = put(put(first.clone(), 32, victim), 36, 1);
    for (name, expected, count, records) in [
        ("a page of events", "to which no analysis writes", pages, vec![(victim, forged.clone())]),
        (
            "events in free pages",
            "when the run began",
            pages,
            vec![(1, free), (victim, put(put(forged, 0, 0), 4, 0))],
        ),
        ("fewer tables", "when the run began", pages, vec![(1, schema)]),
        ("fewer pages", "when the run began", 13, vec![(1, put(first, 28, 13))]),
        ("another session", "when the run began", pages, vec![(session, session_page)]),
    ] {
        std::fs::write(journal_of(&store), journal(count, &records)).unwrap();
        assert_refused(&store, None, "no interrupted run of foreman is known that has recorded it");
        let header = header_of(&File::open(journal_of(&store)).unwrap()).unwrap();
        let run = InterruptedRun { id: "run", store: &content, journal: Some(&header) };
        let before = store.bytes();
        assert_refused(&store, Some(&run), expected);
        assert!(store.bytes() == before, "{name}");
    }
}

/// What is left of a damaged journal may change nothing. That does not mean that nothing was
/// changed.
#[test]
fn a_damaged_journal_that_changes_nothing_is_refused() {
    let store = tagged();
    let (bytes, content) = (store.bytes(), fingerprint(&store));
    let page = |number: usize| (number, bytes[(number - 1) * SIZE..number * SIZE].to_vec());
    let whole = journal(bytes.len() / SIZE, &[page(2), page(root(store.path(), "event_tag"))]);
    // A part of the change is in the store.
    store.change("UPDATE event_tag SET labels = '[\"other\"]'");
    type Damage = fn(&mut Vec<u8>);
    let damages: [(Damage, &str); 4] = [
        (|journal| journal.truncate(600), "cut off or damaged"),
        (|journal| journal[512 + 4 + SIZE] ^= 1, "cut off or damaged"),
        (|journal| *journal.last_mut().unwrap() ^= 1, "cut off or damaged"),
        (|journal| journal[8..12].fill(0), "but when the run began it had"),
    ];
    for (damage, expected) in damages {
        let mut damaged = whole.clone();
        damage(&mut damaged);
        std::fs::write(journal_of(&store), damaged).unwrap();
        let header = header_of(&File::open(journal_of(&store)).unwrap()).unwrap();
        let run = InterruptedRun { id: "run", store: &content, journal: Some(&header) };
        assert_refused(&store, Some(&run), expected);
        if expected == "cut off or damaged" {
            assert_refused(&store, None, expected);
        }
    }
}

/// SQLite writes over a journal that begins with zeros, and removes it: so only one that SQLite has
/// made is passed over.
#[test]
fn files_that_begin_with_zeros() {
    let store = testing::Store::of("sample");
    let garbage: Vec<u8> = (0..20_000_u32).flat_map(|number| (number | 0x4000_0000).to_be_bytes()).collect();
    let mut finished = journal(618, &[(1, vec![1; SIZE]), (600, vec![2; SIZE])]);
    let mut begun = finished.clone();
    finished[..28].fill(0);
    begun[..12].fill(0);
    let mut lost = begun.clone();
    lost[..SIZE].fill(0);
    for bytes in [vec![], vec![0; 20], vec![0; 28], vec![0; 50_000], finished, begun.clone(), lost] {
        std::fs::write(journal_of(&store), &bytes).unwrap();
        assert!(matches!(look(store.path()), Ok(Found::Idle(_))), "{} bytes", bytes.len());
    }
    let with_zeros = |count: usize| [vec![0; count], garbage.clone()].concat();
    let notes = |zeros: usize, after: usize| {
        [vec![0; zeros], b"IMPORTANT NOTES ".repeat(40), vec![0; after]].concat()
    };
    let mut other_records = begun.clone();
    other_records.truncate(512);
    other_records.extend(&garbage);
    let mut other_padding = begun;
    other_padding[100] = 1;
    for bytes in [
        with_zeros(12),
        with_zeros(28),
        with_zeros(512),
        with_zeros(SIZE),
        other_records,
        other_padding,
        [&[0; 12], &b"notes"[..]].concat(),
        notes(516, 0),
        notes(1_024, 0),
        notes(4_096, 0),
        notes(4_096, 15_000),
        notes(5_000, 0),
        notes(10_000_000, 0),
    ] {
        std::fs::write(journal_of(&store), &bytes).unwrap();
        let found = look(store.path());
        assert!(
            matches!(found, Err(StorageError::StrangeJournal { .. })),
            "{:?}",
            &bytes[..20.min(bytes.len())]
        );
    }
}

/// The undoing of a change must not depend on how large the table of sessions is.
#[test]
fn a_change_to_a_store_with_large_sessions_is_undone() {
    for sessions in [
        "VALUES ('long', zeroblob(3000000))",
        "WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000) SELECT 'run ' || i, zeroblob(4000) FROM n",
    ] {
        let store = tagged();
        store.change(&format!("INSERT INTO session (identifier, command_line_arguments) {sessions}"));
        let (original, content) = (store.bytes(), fingerprint(&store));
        let own = "0123456789abcdef0123456789abcdef";
        let session = |id| format!("INSERT INTO session (identifier) VALUES ('{id}')");
        let (copy, header) = killed(&store, &format!("{RELABEL}; {}", session(own)));
        let run = InterruptedRun { id: own, store: &content, journal: Some(&header) };
        assert!(undo_interrupted(copy.path(), Some(&run)).unwrap().is_some());
        assert!(copy.bytes() == original, "the store is not as it was");
    }
}

/// The tree of sessions is deeper than SQLite makes one.
#[test]
fn a_store_whose_change_could_not_be_undone_is_not_locked() {
    let store = testing::Store::of("sample");
    let (mut bytes, root) = (store.bytes(), root(store.path(), "session"));
    let last = bytes.len() / SIZE;
    let leaf = bytes[(root - 1) * SIZE..root * SIZE].to_vec();
    let number = |number: usize| u32::try_from(number).unwrap().to_be_bytes();
    for depth in 1..=9 {
        let mut inner = vec![0; SIZE];
        inner[0] = 5;
        inner[8..12].copy_from_slice(&number(last + depth));
        match depth {
            1 => bytes[(root - 1) * SIZE..root * SIZE].copy_from_slice(&inner),
            _ => bytes.extend(inner),
        }
    }
    bytes.extend(leaf);
    bytes[28..32].copy_from_slice(&number(last + 9));
    std::fs::write(store.path(), &bytes).unwrap();
    let refused = StoreWriter::lock(store.path()).unwrap_err().to_string();
    assert!(refused.contains("the sessions cannot be read"), "{refused}");
    assert!(store.bytes() == bytes, "the store has changed");
}

/// SQLite would remove the journal of a store that has no pages.
#[test]
fn the_journal_beside_what_is_no_store_stays() {
    let original = testing::Store::of("sample");
    for length in [0, 1, 20, 99, 100, 511] {
        let store = testing::Store::with_bytes(&original.bytes()[..length]);
        let mut finished = vec![0; 512];
        finished.extend([0; 8]);
        std::fs::write(journal_of(&store), &finished).unwrap();
        StoreWriter::lock(store.path()).unwrap_err();
        Store::open(store.path()).unwrap_err();
        assert!(
            std::fs::read(journal_of(&store)).unwrap() == finished,
            "{length} bytes: the journal is gone"
        );
    }
}

/// Times of a last write: just now, and long ago, which tells each later write.
fn times() -> [SystemTime; 2] {
    [Duration::ZERO, Duration::from_secs(3_600)].map(|age| SystemTime::now() - age)
}

/// Writes this content without a lock, and sets the time of the write.
fn write_as_of(time: SystemTime, store: &testing::Store, content: &[u8]) {
    // The clock of the file system must have moved on since it was written before.
    std::thread::sleep(Duration::from_millis(20));
    std::fs::write(store.path(), content).unwrap();
    File::options().write(true).open(store.path()).unwrap().set_modified(time).unwrap();
}

/// `cp new.plaso case.plaso` heeds no lock.
#[test]
fn a_store_that_was_written_to_without_a_lock_is_not_changed() {
    for time in times() {
        let store = testing::Store::of("sample");
        write_as_of(time, &store, &store.bytes());
        let writer = StoreWriter::lock(store.path()).unwrap();
        let baseline = writer.baseline();
        let other = tagged().bytes();
        write_as_of(time, &store, &other);
        let refused = writer.begin();
        assert!(matches!(refused, Err(StorageError::Changed { .. })), "{refused:?}");
        drop(writer);
        assert_eq!(baseline.compare("run", None, None), Aftermath::ByOthers);
        assert!(store.bytes() == other, "the store has changed");
        assert_eq!(store.files(), ["sample.plaso"], "something is left behind");
    }
}

/// The store, or the folder in which it is, gets another name.
#[test]
fn a_store_that_is_moved_away_is_said_to_be_gone() {
    let store = testing::Store::of("sample");
    let writer = StoreWriter::lock(store.path()).unwrap();
    let baseline = writer.baseline();
    drop(writer);
    std::fs::rename(store.path(), store.folder().join("away")).unwrap();
    assert_eq!(baseline.compare("run", None, None), Aftermath::Gone);
    assert_eq!(baseline.compare("run", Some("journal"), None), Aftermath::GoneDuringChange);
}

/// The write may be in a part of a large store that the fingerprint does not cover.
#[test]
fn a_write_of_the_same_content_is_noticed() {
    for time in times() {
        let store = testing::Store::of("sample");
        write_as_of(time, &store, &store.bytes());
        let writer = StoreWriter::lock(store.path()).unwrap();
        write_as_of(SystemTime::now(), &store, &store.bytes());
        let refused = writer.begin();
        assert!(matches!(refused, Err(StorageError::Changed { .. })), "{refused:?}");
    }
}

/// The same after the change has begun.
#[test]
fn a_store_that_was_written_to_during_the_change_is_not_changed() {
    for time in times() {
        let store = testing::Store::of("sample");
        write_as_of(time, &store, &store.bytes());
        let writer = StoreWriter::lock(store.path()).unwrap();
        writer.begin().unwrap();
        writer.store().connection.execute_batch("INSERT INTO session (identifier) VALUES ('run')").unwrap();
        let other = tagged().bytes();
        write_as_of(time, &store, &other);
        let refused = writer.commit();
        assert!(matches!(refused, Err(StorageError::Changed { .. })), "{refused:?}");
        assert!(store.bytes() == other, "the store has changed");
        assert_eq!(store.files(), ["sample.plaso"], "something is left behind");
    }
}

/// The journal of a change, with the header that SQLite completes before it writes to the store.
fn completed(mut journal: Vec<u8>) -> Vec<u8> {
    let records = u32::try_from((journal.len() - 512) / (SIZE + 8)).unwrap();
    journal[..8].copy_from_slice(&[0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7]);
    journal[8..12].copy_from_slice(&records.to_be_bytes());
    journal
}

/// The journal has all pages of a block, or some of them.
#[test]
fn the_fingerprint_of_an_undone_change_counts_single_pages() {
    let store = tagged();
    let content = fingerprint(&store);
    for change in [RELABEL, "UPDATE event_tag SET labels = '[]' WHERE _identifier % 1000 = 0"] {
        let (copy, _) = killed(&store, change);
        let (file, journal) = (File::open(copy.path()).unwrap(), File::open(journal_of(&copy)).unwrap());
        let read = RollbackJournal::read(&journal, journal.metadata().unwrap().len()).unwrap();
        let undone = Pages::undone(&file, &read, &journal);
        assert_eq!(crate::fingerprint::fingerprint(&undone).unwrap(), content);
        assert_eq!(page_by_page(&undone).unwrap(), content);
    }
}

/// A process may die, or the power may be cut, before each of the pages is written. The pages of
/// the table of sessions that are not written yet have rows of a table that is gone.
#[test]
fn a_change_to_the_sessions_that_was_written_in_part_is_undone() {
    let own = "0123456789abcdef0123456789abcdef";
    for length in [3_500, 6_000] {
        let store = tagged();
        store.change("DROP TABLE event_tag");
        let (original, content) = (store.bytes(), fingerprint(&store));
        let writer = StoreWriter::lock(store.path()).unwrap();
        let header = writer.begin().unwrap();
        let session = format!(
            "INSERT INTO session (command_line_arguments, identifier) VALUES (printf('%{length}d', 1), '{own}')"
        );
        writer.store().connection.execute_batch(&session).unwrap();
        let journal = completed(std::fs::read(journal_of(&store)).unwrap());
        writer.commit().unwrap();
        let after = store.bytes();
        let pages = after.chunks(SIZE).zip(original.chunks(SIZE));
        let changed: Vec<_> = (0..).zip(pages).filter(|(_, (a, b))| a != b).map(|(page, _)| page).collect();
        assert!(changed.len() > 3, "{changed:?}");
        let written = |is_written: &dyn Fn(usize) -> bool| {
            let mut half = after.clone();
            for &page in changed.iter().filter(|&&page| !is_written(page)) {
                half[page * SIZE..][..SIZE].copy_from_slice(&original[page * SIZE..][..SIZE]);
            }
            let copy = testing::Store::with_bytes(&half);
            std::fs::write(journal_of(&copy), &journal).unwrap();
            let run = InterruptedRun { id: own, store: &content, journal: Some(&header) };
            undo_interrupted(copy.path(), Some(&run)).unwrap();
            assert_eq!(fingerprint(&copy), content);
        };
        for &one in &changed {
            written(&|page| page != one);
            written(&|page| page < one);
            written(&|page| page > one);
        }
    }
}

/// Lets go of the store in the middle of a wait for a reader, after `meanwhile`.
fn commit_after(store: &testing::Store, meanwhile: impl Fn()) -> Result<crate::Committed, StorageError> {
    let reader = Connection::open(store.path()).unwrap();
    reader.execute_batch("BEGIN; SELECT count(*) FROM metadata").unwrap();
    let writer = StoreWriter::lock(store.path()).unwrap().returning_content(true);
    writer.begin().unwrap();
    writer.store().connection.execute_batch("INSERT INTO session (identifier) VALUES ('run')").unwrap();
    let mut reader = Some(reader);
    writer.commit_after_readers(|| {
        meanwhile();
        reader.take().is_some()
    })
}

#[test]
fn a_change_waits_for_a_reader() {
    let store = testing::Store::of("sample");
    let committed = commit_after(&store, || ()).unwrap();
    assert_eq!(committed.durability, crate::Durability::Synced);
    assert_eq!(committed.content, Some(Store::open(store.path()).unwrap().fingerprint().unwrap()));
    assert!(Store::open(store.path()).unwrap().has_session("run").unwrap());
}

/// What has the store's name when the wait ends is another file, with a journal that it needs.
#[test]
fn a_store_that_is_replaced_during_the_wait_for_a_reader() {
    let (store, other) = (testing::Store::of("sample"), tagged());
    let elsewhere = testing::Store::of("chrome");
    let away = elsewhere.path().with_file_name("away.plaso");
    let (bytes, original) = (other.bytes(), store.bytes());
    let journal = journal(7, &[(1, vec![1; SIZE])]);
    for has_journal in [false, true] {
        let ended = commit_after(&store, || {
            std::fs::rename(store.path(), &away).unwrap();
            std::fs::write(store.path(), &bytes).unwrap();
            if has_journal {
                std::fs::rename(journal_of(&store), companion(&away, "-journal")).unwrap();
                std::fs::write(journal_of(&store), &journal).unwrap();
            }
        });
        assert!(matches!(ended, Err(StorageError::Moved { .. })), "{ended:?}");
        assert!(store.bytes() == bytes, "the other store has changed");
        let left = std::fs::read(journal_of(&store)).ok();
        assert!(left == has_journal.then(|| journal.clone()), "the journal of the other store has changed");
        assert!(std::fs::read(&away).unwrap() == original, "the store has changed");
        let _ = std::fs::remove_file(journal_of(&store));
        std::fs::rename(&away, store.path()).unwrap();
    }
}

/// The other content has the same size and counts as many changes.
#[test]
fn a_store_that_is_written_to_without_a_lock_during_the_wait_for_a_reader() {
    for time in times() {
        let store = testing::Store::of("sample");
        let mut other = store.bytes();
        write_as_of(time, &store, &other);
        let last = other.len() - 1;
        other[last] ^= 1;
        let ended = commit_after(&store, || write_as_of(time, &store, &other));
        assert!(matches!(ended, Err(StorageError::Changed { .. })), "{ended:?}");
        assert!(store.bytes() == other, "the store has changed");
    }
}

/// As the store is when somebody puts a journal beside it right before SQLite opens it.
#[test]
fn a_store_that_changes_while_it_is_opened_is_not_locked() {
    let store = testing::Store::of("sample");
    let (opened, before) = Store::open_writable(store.path()).unwrap();
    let writer = StoreWriter::lock_opened(opened, before.as_ref()).unwrap();
    drop(writer);
    let (opened, before) = Store::open_writable(store.path()).unwrap();
    store.change("UPDATE event SET timestamp = timestamp + 1 WHERE _identifier = 1");
    let refused = StoreWriter::lock_opened(opened, before.as_ref());
    assert!(matches!(refused, Err(StorageError::ChangedWhileOpened { .. })), "{refused:?}");
    // A journal may change a page that is not read before the analysis.
    let (opened, before) = Store::open_writable(store.path()).unwrap();
    std::thread::sleep(std::time::Duration::from_millis(50));
    let file = File::options().write(true).open(store.path()).unwrap();
    let last = store.bytes().pop().unwrap();
    file.write_all_at(&[last], file.metadata().unwrap().len() - 1).unwrap();
    let refused = StoreWriter::lock_opened(opened, before.as_ref());
    assert!(matches!(refused, Err(StorageError::ChangedWhileOpened { .. })), "{refused:?}");
}

/// As the store is when somebody exchanges the journal that was checked.
#[test]
fn an_undone_change_that_leaves_something_else_is_noticed() {
    let store = testing::Store::of("sample");
    refuse_other_content(store.path(), &fingerprint(&store), whole_fingerprint).unwrap();
    let refused = refuse_other_content(store.path(), "another content", whole_fingerprint);
    assert!(matches!(refused, Err(StorageError::UndoneOtherwise { .. })), "{refused:?}");
}

/// SQLite takes names of tables in any case.
#[test]
fn a_table_whose_name_is_in_another_case_is_written() {
    for name in ["event_tag", "EVENT_TAG", "Sqlite_Sequence", "x_ANALYSIS_result"] {
        assert!(writable::is_written(name.as_bytes()), "{name}");
    }
    assert!(!writable::is_written(b"event"));
}
