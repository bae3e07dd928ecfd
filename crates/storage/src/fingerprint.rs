//! What tells whether the content of a store was changed, without reading all of it.

use std::io;
use std::ops::Range;

use crate::journal::bytes::number;
use crate::journal::pages::Pages;

/// Where the header has the number of changes: every transaction of any SQLite increments it.
pub(crate) const CHANGE_COUNTER: usize = 24;
/// Where the header has the number of pages, and the count of changes for which that number holds.
const PAGES: usize = 28;
const PAGES_VALID_FOR: usize = 92;
/// Where the header has the first page of the list of free pages, and how many pages are free.
const FREE_LIST: usize = 32;
const FREE_PAGES: usize = 36;

/// Of a larger store, only parts are read: this many blocks, spread over it.
const SMALL: u64 = 16 << 20;
const BLOCKS: u64 = 256;
/// How large a block is, if a page is not larger.
const BLOCK: u64 = 16 << 10;

/// How many free pages are looked for at most, and on how many lists of them. A store with more is
/// taken for one without free pages.
const MOST_FREE_PAGES: usize = 1 << 24;
const MOST_LISTS: usize = 1 << 16;

/// The size of the store, SQLite's count of changes, and a digest of what is in it, of a large
/// store in parts of it.
///
/// Free pages hold nothing: SQLite writes to them without keeping their bytes in the journal. So
/// they do not count, and a change that was undone leaves the fingerprint as it was.
pub(crate) fn fingerprint(pages: &Pages<'_>) -> io::Result<String> {
    of_blocks(pages, SMALL)
}

/// The same of all of a store, which takes as long as to read it.
pub(crate) fn whole_fingerprint(pages: &Pages<'_>) -> io::Result<String> {
    of_blocks(pages, u64::MAX)
}

/// Of a store of more than `small` bytes, only parts count.
fn of_blocks(pages: &Pages<'_>, small: u64) -> io::Result<String> {
    let first = page(pages, 1)?;
    let free = free_pages(pages, &first)?;
    let mut digest = blake3::Hasher::new();
    let (page_size, count) = (pages.page_size() as u64, u64::from(pages_in_use(pages, &first)));
    let block = BLOCK.max(page_size);
    let per_block = block / page_size;
    let mut content = Vec::new();
    for begin in blocks(count * page_size, block, small).map(|start| start / page_size + 1) {
        for run in used_pages(begin..(begin + per_block).min(count + 1), &free) {
            pages.read_run(run, &mut content)?;
            digest.update(&content);
        }
    }
    Ok(with_digest(count * page_size, &first, &digest))
}

/// The fingerprint with half of the digest: nobody can make another content for 128 bits.
fn with_digest(size: u64, first: &[u8], digest: &blake3::Hasher) -> String {
    let counter = number(first, CHANGE_COUNTER);
    let digest = digest.finalize().to_hex();
    format!("{size} bytes, change counter {counter}, digest {}", &digest[..32])
}

/// How many bytes the file has behind the last page of its database. SQLite writes over them, and
/// restores them no more than free pages when it undoes a change.
pub(crate) fn bytes_behind(pages: &Pages<'_>, length: u64) -> io::Result<u64> {
    let page_size = pages.page_size() as u64;
    let end = u64::from(pages_in_use(pages, &page(pages, 1)?)) * page_size;
    Ok(if length > end { length - end } else { length % page_size })
}

/// Whether the store with this first page has free pages.
pub(crate) fn has_free_pages(first: &[u8]) -> bool {
    number(first, FREE_LIST) != 0
}

fn page(pages: &Pages<'_>, number: u32) -> io::Result<Vec<u8>> {
    pages.read(number)?.ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
}

/// The number of the database's pages. What follows them in the file is to SQLite as free pages
/// are.
fn pages_in_use(pages: &Pages<'_>, first: &[u8]) -> u32 {
    let in_header = number(first, PAGES);
    let is_valid = number(first, CHANGE_COUNTER) == number(first, PAGES_VALID_FOR);
    if is_valid && (1..=pages.count()).contains(&in_header) { in_header } else { pages.count() }
}

/// Where the blocks begin that are read: all, or always the first and the last, the others at equal
/// distances.
fn blocks(size: u64, block: u64, small: u64) -> impl Iterator<Item = u64> {
    let all = size.div_ceil(block);
    let read = if size <= small { all } else { all.min(BLOCKS) };
    (0..read).map(move |number| number * (all - 1) / (read - 1).max(1) * block)
}

/// The pages of a block that are not free, as runs of pages that follow one another. `free` is in
/// order.
fn used_pages(block: Range<u64>, free: &[u32]) -> impl Iterator<Item = Range<u64>> {
    let free = &free[free.partition_point(|&page| u64::from(page) < block.start)..];
    let free_in_block = free.iter().map(|&page| u64::from(page)).take_while(move |&page| page < block.end);
    let mut begin = block.start;
    let runs = free_in_block.chain([block.end]).map(move |end| std::mem::replace(&mut begin, end + 1)..end);
    runs.filter(|run| !run.is_empty())
}

/// The free pages in order, without those that list them: these are kept in the journal like all
/// others. If a list is not as SQLite writes it, no page counts as free.
fn free_pages(pages: &Pages<'_>, first: &[u8]) -> io::Result<Vec<u32>> {
    let total = (number(first, FREE_PAGES).min(pages.count()) as usize).min(MOST_FREE_PAGES);
    let mut next = number(first, FREE_LIST);
    let (mut lists, mut free) = (0, Vec::new());
    while next != 0 {
        let Some(list) = pages.read(next)? else { return Ok(Vec::new()) };
        let count = number(&list, 4) as usize;
        lists += 1;
        let has_room = count <= list.len() / 4 - 2 && lists + free.len() + count <= total;
        if !has_room || lists > MOST_LISTS {
            return Ok(Vec::new());
        }
        free.extend((0..count).map(|index| number(&list, 8 + 4 * index)));
        next = number(&list, 0);
    }
    free.sort_unstable();
    Ok(free)
}

#[cfg(test)]
pub(crate) mod tests {
    use std::fs::File;
    use std::os::unix::fs::FileExt as _;
    use std::path::Path;

    use rusqlite::Connection;

    use super::*;

    fn of(path: &Path) -> String {
        let file = File::open(path).unwrap();
        fingerprint(&Pages::of_database(&file).unwrap()).unwrap()
    }

    /// The fingerprint as it is defined, which is slow: each page by itself.
    pub(crate) fn page_by_page(pages: &Pages<'_>) -> io::Result<String> {
        let first = page(pages, 1)?;
        let free: std::collections::HashSet<_> = free_pages(pages, &first)?.into_iter().collect();
        let mut digest = blake3::Hasher::new();
        let (page_size, count) = (pages.page_size() as u64, u64::from(pages_in_use(pages, &first)));
        let block = BLOCK.max(page_size);
        for start in blocks(count * page_size, block, SMALL) {
            for at in (start..(start + block).min(count * page_size)).step_by(pages.page_size()) {
                let number = u32::try_from(at / page_size + 1).unwrap();
                if !free.contains(&number) {
                    digest.update(&page(pages, number)?);
                }
            }
        }
        Ok(with_digest(count * page_size, &first, &digest))
    }

    #[test]
    fn runs_of_used_pages() {
        let runs =
            |block, free: &[u32]| used_pages(block, free).map(|run| (run.start, run.end)).collect::<Vec<_>>();
        assert_eq!(runs(5..9, &[]), [(5, 9)]);
        assert_eq!(runs(5..9, &[0, 1, 4, 9, 10]), [(5, 9)]);
        assert_eq!(runs(5..9, &[5, 7, 7, 8]), [(6, 7)]);
        assert_eq!(runs(5..9, &[6, 6]), [(5, 6), (7, 9)]);
        assert_eq!(runs(1..3, &[1, 2, u32::MAX]), []);
    }

    /// Databases with free pages among the others, smaller and larger than what is read of one.
    #[test]
    fn runs_of_pages_count_like_single_pages() {
        let folder = tempfile::tempdir().unwrap();
        for (page_size, rows) in [(512, 400), (512, 30_000), (4_096, 40), (4_096, 4_000), (65_536, 220)] {
            let path = folder.path().join(format!("{page_size} {rows}"));
            // Each row of `gone` takes pages of its own between those of `kept`.
            let sql = format!(
                "PRAGMA page_size = {page_size}; PRAGMA journal_mode = off; \
                 CREATE TABLE kept (a); CREATE TABLE gone (a); \
                 CREATE TEMP TRIGGER both AFTER INSERT ON kept WHEN new.rowid % 3 = 0 \
                 BEGIN INSERT INTO gone VALUES (zeroblob(2 * {page_size})); END; \
                 WITH RECURSIVE row (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM row WHERE n < {rows}) \
                 INSERT INTO kept SELECT printf('%d', n) || zeroblob(({page_size} * (n % 3)) / 2) FROM row; \
                 DELETE FROM gone"
            );
            Connection::open(&path).unwrap().execute_batch(&sql).unwrap();
            let file = File::open(&path).unwrap();
            let pages = Pages::of_database(&file).unwrap();
            assert_eq!(pages.page_size(), page_size);
            assert!(free_pages(&pages, &page(&pages, 1).unwrap()).unwrap().len() > 10);
            assert_eq!(fingerprint(&pages).unwrap(), page_by_page(&pages).unwrap(), "{page_size}, {rows}");
            // The end of the file is missing.
            File::options()
                .write(true)
                .open(&path)
                .unwrap()
                .set_len(file.metadata().unwrap().len() - 1)
                .unwrap();
            let same =
                (fingerprint(&pages).map_err(|e| e.kind()), page_by_page(&pages).map_err(|e| e.kind()));
            assert_eq!(same.0, same.1);
        }
    }

    #[test]
    fn blocks_are_spread_over_the_file() {
        for block in [BLOCK, 64 << 10] {
            let starts = |size| blocks(size, block, SMALL).collect::<Vec<_>>();
            assert!(starts(0).is_empty());
            assert_eq!(starts(1), [0]);
            assert_eq!(starts(2 * block + 1), [0, block, 2 * block]);
            assert_eq!(starts(SMALL), (0..SMALL).step_by(block as usize).collect::<Vec<_>>());
            for size in [SMALL + block, 5 << 30, 1 << 45] {
                let starts = starts(size);
                assert_eq!(starts.len() as u64, BLOCKS);
                assert_eq!((starts[0], starts[255]), (0, size - block));
                assert!(starts.is_sorted_by(|a, b| a < b));
            }
        }
    }

    #[test]
    fn any_change_of_a_small_file_is_seen() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let mut bytes = vec![7; 300_032];
        bytes[..16].copy_from_slice(b"SQLite format 3\0");
        // Pages of 512 bytes, none of which is free.
        bytes[16..18].copy_from_slice(&[2, 0]);
        bytes[32..40].fill(0);
        let mut changed = |position: usize| {
            bytes[position] += 1;
            std::fs::write(&path, &bytes).unwrap();
            of(&path)
        };
        let found: std::collections::BTreeSet<_> = [20, 24, 100_000, 300_031].map(&mut changed).into();
        assert_eq!(found.len(), 4);
    }

    #[test]
    fn any_change_of_a_large_file_is_seen_if_all_of_it_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let size = SMALL + BLOCK;
        let mut first = vec![0; 512];
        first[..16].copy_from_slice(b"SQLite format 3\0");
        first[16..18].copy_from_slice(&[2, 0]);
        std::fs::write(&path, &first).unwrap();
        let file = File::options().read(true).write(true).open(&path).unwrap();
        file.set_len(size).unwrap();
        let read = || {
            let pages = Pages::of_database(&file).unwrap();
            (fingerprint(&pages).unwrap(), whole_fingerprint(&pages).unwrap())
        };
        let before = read();
        let is_read: Vec<_> = blocks(size, BLOCK, SMALL).collect();
        let passed_over = (0..size).step_by(BLOCK as usize).find(|start| !is_read.contains(start)).unwrap();
        file.write_all_at(&[1], passed_over + 100).unwrap();
        let after = read();
        assert_eq!(before.0, after.0);
        assert_ne!(before.1, after.1);
    }

    /// SQLite leaves other bytes in them when it undoes a change.
    #[test]
    fn free_pages_do_not_count() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let database = Connection::open(&path).unwrap();
        database
            .execute_batch(
                "PRAGMA page_size = 512; CREATE TABLE kept (a); CREATE TABLE gone (a); \
                 INSERT INTO kept VALUES (zeroblob(2000)); INSERT INTO gone VALUES (zeroblob(200000)); DROP TABLE gone",
            )
            .unwrap();
        drop(database);
        let file = File::open(&path).unwrap();
        let pages = Pages::of_database(&file).unwrap();
        let free = free_pages(&pages, &page(&pages, 1).unwrap()).unwrap();
        assert!(free.len() > 300, "{}", free.len());
        let (before, original) = (of(&path), std::fs::read(&path).unwrap());
        let with = |number: u32, position: usize, byte: u8| {
            let mut bytes = original.clone();
            bytes[(number as usize - 1) * 512 + position] = byte;
            std::fs::write(&path, bytes).unwrap();
            of(&path)
        };
        for &number in [free.first(), free.last()].into_iter().flatten() {
            assert_eq!(with(number, 17, 99), before, "page {number}");
        }
        let used = (1..).find(|number| !free.contains(number)).unwrap();
        assert_ne!(with(used, 511, 99), before);
        // A list that leads to itself, and one that has more pages than there are.
        let list = number(&original, FREE_LIST);
        for (position, byte) in [(3, u8::try_from(list & 0xff).unwrap()), (4, 0xff)] {
            assert_ne!(with(list, position, byte), before);
        }
    }
}
