//! The rows of a small table, read from the pages of a store without SQLite.
//!
//! SQLite would undo the change before it reads a row, so what the change has to do with the store
//! is read by hand.

use super::bytes::{number, short, varint};
use super::overflow::{Overflow, Tree, overflow};
use super::pages::Pages;

/// The number of pages that are read for one table, and the memory that its rows may take: those
/// that are read here have a few.
const MOST_PAGES: usize = 4_096;
const MOST_BYTES: usize = 64 << 20;
/// What a row takes beside its record.
const ROW: usize = 64;
/// How deep a table's tree may be.
const DEEPEST: usize = 8;
/// The length of the file header on the first page.
const FILE_HEADER: usize = 100;
const LEAF: u8 = 13;
const INTERIOR: u8 = 5;

/// A row of a table.
#[derive(Debug, PartialEq)]
pub(super) struct Row {
    pub(super) id: i64,
    /// Its record; `None` if a page that it goes on to is not there.
    pub(super) record: Option<Vec<u8>>,
}

/// A value in a row. The other kinds do not matter here.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Field {
    Integer(i64),
    Text(Vec<u8>),
    Other,
}

/// Reads all rows of the table that begins on page `root`, or returns `None` if its pages are not
/// those of a table.
pub(super) fn rows(pages: &Pages<'_>, root: u32) -> Option<Vec<Row>> {
    rows_after(pages, root, None)
}

/// As [`rows`], but only the rows that follow row `last`. Only they count for the limits, so the
/// table may be as large as it likes.
pub(super) fn rows_after(pages: &Pages<'_>, root: u32, last: Option<i64>) -> Option<Vec<Row>> {
    let is_passed = |id: i64| last.is_some_and(|last| id <= last);
    let mut found = Vec::new();
    let mut budget = Budget { pages: MOST_PAGES, bytes: MOST_BYTES };
    let mut waiting = vec![(root, 0)];
    while let Some((page, depth)) = waiting.pop() {
        budget.take(1, 0)?;
        if depth > DEEPEST {
            return None;
        }
        let content = pages.read(page).ok()??;
        let start = if page == 1 { FILE_HEADER } else { 0 };
        match *content.get(start)? {
            LEAF => {
                for cell in cells(&content, start, 8)? {
                    if !is_passed(id_at(&content, cell)?) {
                        found.push(row(pages, &content, cell, &mut budget)?);
                    }
                }
            }
            INTERIOR => {
                waiting.push((number(content.get(start + 8..start + 12)?, 0), depth + 1));
                for cell in cells(&content, start, 12)?.into_iter().rev() {
                    // The highest number below this child.
                    if !is_passed(varint(&content, cell + 4)?.0.cast_signed()) {
                        waiting.push((number(content.get(cell..cell + 4)?, 0), depth + 1));
                    }
                }
            }
            _ => return None,
        }
    }
    Some(found)
}

/// Returns the number of a table's last row, or `Some(None)` if it has no rows. Returns `None` if
/// its pages are not those of a table.
pub(super) fn last_row(pages: &Pages<'_>, root: u32) -> Option<Option<i64>> {
    let mut page = root;
    for _ in 0..=DEEPEST {
        let content = pages.read(page).ok()??;
        let start = if page == 1 { FILE_HEADER } else { 0 };
        match *content.get(start)? {
            LEAF => {
                let last = cells(&content, start, 8)?.pop();
                return last.map(|cell| id_at(&content, cell)).map_or(Some(None), |id| id.map(Some));
            }
            INTERIOR => page = number(content.get(start + 8..start + 12)?, 0),
            _ => return None,
        }
    }
    None
}

/// The number of the row in a cell.
fn id_at(page: &[u8], cell: usize) -> Option<i64> {
    let (_, at) = varint(page, cell)?;
    Some(varint(page, at)?.0.cast_signed())
}

/// What may still be read of a table: pages of a hostile store can refer to one another again and
/// again.
struct Budget {
    pages: usize,
    bytes: usize,
}

impl Budget {
    fn take(&mut self, pages: usize, bytes: usize) -> Option<()> {
        self.pages = self.pages.checked_sub(pages)?;
        self.bytes = self.bytes.checked_sub(bytes)?;
        Some(())
    }
}

/// The positions of a page's cells.
fn cells(page: &[u8], start: usize, header: usize) -> Option<Vec<usize>> {
    let count = short(page, start + 3)?;
    (0..count).map(|index| short(page, start + header + 2 * index)).collect()
}

fn row(pages: &Pages<'_>, page: &[u8], cell: usize, budget: &mut Budget) -> Option<Row> {
    let (length, at) = varint(page, cell)?;
    let (id, at) = varint(page, at)?;
    let id = id.cast_signed();
    let length = usize::try_from(length).ok()?;
    budget.take(0, ROW.checked_add(length)?)?;
    let Some(Overflow { kept, next }) = overflow(page, Tree::Table, at, length)? else {
        return Some(Row { id, record: Some(page.get(at..at + length)?.to_vec()) });
    };
    let mut record = page.get(at..at + kept)?.to_vec();
    budget.take(length / (page.len() - 4) + 1, 0)?;
    Some(Row { id, record: read_rest(pages, next, length, &mut record).map(|()| record) })
}

/// Reads what of a row lies on pages of its own.
fn read_rest(pages: &Pages<'_>, mut next: u32, length: usize, record: &mut Vec<u8>) -> Option<()> {
    while record.len() < length {
        let page = pages.read(next).ok()??;
        next = number(&page, 0);
        let rest = (length - record.len()).min(page.len() - 4);
        record.extend(&page[4..4 + rest]);
    }
    Some(())
}

/// The values of a record.
pub(super) fn fields(record: &[u8]) -> Option<Vec<Field>> {
    let (header_length, mut at) = varint(record, 0)?;
    let mut content = usize::try_from(header_length).ok()?;
    let header_end = content;
    let mut fields = Vec::new();
    while at < header_end {
        let (kind, next) = varint(record, at)?;
        at = next;
        let length = match kind {
            0 | 8 | 9 => 0,
            1..=4 => usize::try_from(kind).ok()?,
            5 => 6,
            6 | 7 => 8,
            kind => usize::try_from(kind.checked_sub(12)? / 2).ok()?,
        };
        let value = record.get(content..content.checked_add(length)?)?;
        content += length;
        fields.push(match kind {
            1..=6 => Field::Integer(integer(value)),
            8 => Field::Integer(0),
            9 => Field::Integer(1),
            kind if kind >= 13 && kind % 2 == 1 => {
                // Names and identifiers are ASCII: without the zeros, UTF-16 reads like UTF-8.
                Field::Text(value.iter().copied().filter(|&byte| byte != 0).collect())
            }
            _ => Field::Other,
        });
    }
    Some(fields)
}

fn integer(bytes: &[u8]) -> i64 {
    let negative = bytes.first().is_some_and(|&first| first >= 0x80);
    bytes.iter().fold(if negative { -1 } else { 0 }, |value, &byte| value << 8 | i64::from(byte))
}

#[cfg(test)]
mod tests {
    use std::fs::File;

    use rusqlite::Connection;

    use super::*;

    fn table(path: &std::path::Path) -> Option<Vec<Row>> {
        let file = File::open(path).unwrap();
        let length = file.metadata().unwrap().len();
        let root = Connection::open(path)
            .unwrap()
            .query_row("SELECT rootpage FROM sqlite_schema WHERE name = 't'", [], |row| row.get(0))
            .unwrap();
        rows(&Pages::present(&file, 512, length), root)
    }

    #[test]
    fn rows_are_those_that_sqlite_reads() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let database = Connection::open(&path).unwrap();
        database
            .execute_batch(
                "PRAGMA page_size = 512; CREATE TABLE t (a INTEGER PRIMARY KEY, b INTEGER, c TEXT, d, e)",
            )
            .unwrap();
        let numbers = [0, 1, -1, 127, -128, 300, -40_000, 1 << 22, 1 << 30, -(1 << 31), 1 << 40, i64::MIN];
        let lengths = [0, 1, 100, 440, 470, 477, 478, 479, 500, 1_000, 5_000, 40_000];
        let mut expected = Vec::new();
        for (position, (number, length)) in numbers.into_iter().zip(lengths).cycle().take(300).enumerate() {
            let id = position as i64 * 37;
            let text = "x".repeat(length);
            database.execute("INSERT INTO t VALUES (?1, ?2, ?3, NULL, 1.5)", (id, number, &text)).unwrap();
            let values = [Field::Other, Field::Integer(number), Field::Text(text.into())];
            expected.push((id, [values.to_vec(), vec![Field::Other, Field::Other]].concat()));
        }
        let found = table(&path).unwrap();
        let found: Vec<_> =
            found.into_iter().map(|row| (row.id, fields(&row.record.unwrap()).unwrap())).collect();
        assert!(found == expected);
        let file = File::open(&path).unwrap();
        let pages = Pages::present(&file, 512, file.metadata().unwrap().len());
        assert_eq!(last_row(&pages, 2), Some(Some(299 * 37)));
        for last in [-1, 0, 36, 37, 38, 150 * 37, 298 * 37, 299 * 37, i64::MAX] {
            let after: Vec<_> = rows_after(&pages, 2, Some(last)).unwrap().iter().map(|row| row.id).collect();
            let expected: Vec<_> = expected.iter().map(|row| row.0).filter(|&id| id > last).collect();
            assert_eq!(after, expected, "{last}");
        }
    }

    #[test]
    fn pages_that_are_no_table_end_the_reading() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let database = Connection::open(&path).unwrap();
        database.execute_batch("PRAGMA page_size = 512; CREATE TABLE t (a)").unwrap();
        let mut bytes = std::fs::read(&path).unwrap();
        // A page that is its own child, one that is of another kind, and cells that lie beyond the
        // page.
        for page in
            [&[5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2][..], &[2], &[13, 0, 0, 255, 255, 0, 0, 0, 255, 255]]
        {
            bytes[512..512 + page.len()].copy_from_slice(page);
            std::fs::write(&path, &bytes).unwrap();
            assert_eq!(table(&path), None);
        }
        assert_eq!(fields(&[]), None);
        assert_eq!(fields(&[3, 250, 250]), None);
        assert_eq!(fields(&[255; 20]), None);
    }
}
