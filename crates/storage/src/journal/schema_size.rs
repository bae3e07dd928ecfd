//! Whether SQLite can load the schema of a store in a bounded time.
//!
//! SQLite reads the list of tables, and the tables of statistics, as a whole when it opens a file.
//! In a hostile file, many ways can lead to the same page, so that this never ends.

use super::pages::Pages;
use super::rows::{Field, Row, fields, rows};

/// Checks the tables that SQLite reads when it opens the store, or says what is wrong with them.
pub(crate) fn check_schema_size(pages: &Pages<'_>) -> Result<(), String> {
    let schema = rows(pages, 1).ok_or("its list of tables has too many pages, or they cannot be read")?;
    for root in schema.iter().filter_map(statistics) {
        rows(pages, root).ok_or("its table of statistics has too many pages, or they cannot be read")?;
    }
    Ok(())
}

/// The first page of a table of statistics, such as `sqlite_stat1`.
fn statistics(row: &Row) -> Option<u32> {
    match &*fields(row.record.as_ref()?)? {
        [_, Field::Text(name), _, Field::Integer(root), ..] => {
            name.to_ascii_lowercase().starts_with(b"sqlite_stat").then(|| u32::try_from(*root).ok()).flatten()
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;

    use super::*;

    const PAGE: usize = 512;
    const CELLS: u8 = 40;

    /// A page whose cells all lead to the page `next`.
    fn interior(start: usize, next: u8) -> Vec<u8> {
        let mut page = vec![0; PAGE];
        page[start] = 5;
        page[start + 4] = CELLS;
        page[start + 11] = next;
        for cell in 0..usize::from(CELLS) {
            let at = start + 12 + 2 * cell;
            page[at..at + 2].copy_from_slice(&u16::try_from(PAGE - 8).unwrap().to_be_bytes());
        }
        page[PAGE - 5] = next;
        page
    }

    fn checked(pages: &[Vec<u8>]) -> Result<(), String> {
        let mut content = pages.concat();
        content[..16].copy_from_slice(b"SQLite format 3\0");
        content[16..18].copy_from_slice(&u16::try_from(PAGE).unwrap().to_be_bytes());
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store");
        std::fs::write(&path, content).unwrap();
        check_schema_size(&Pages::of_database(&File::open(&path).unwrap()).unwrap())
    }

    #[test]
    fn ways_without_end_are_not_followed() {
        let mut leaf = vec![0; PAGE];
        leaf[0] = 13;
        let few = [interior(100, 2), leaf.clone()];
        assert_eq!(checked(&few), Ok(()));
        let many = [interior(100, 2), interior(0, 3), interior(0, 4), interior(0, 5), leaf];
        assert!(checked(&many).unwrap_err().contains("list of tables"));
    }
}
