//! SQLite's rollback journal, read without SQLite (<https://www.sqlite.org/fileformat.html>,
//! section 3).
//!
//! A journal holds the pages of a store as they were before a change. It is read exactly as far as
//! SQLite would play it back.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;

use super::bytes::number;

const MAGIC: [u8; 8] = [0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7];
/// The length of a header's fields; the rest of the header's sector is padding.
const FIELDS: usize = 28;
/// In place of a number of records: all that follow, to the end of the file.
const ALL: u32 = u32::MAX;
/// The byte that SQLite locks, whose page is never used.
const PENDING_BYTE: u64 = 0x4000_0000;

/// What a rollback journal would do to its store.
#[derive(Debug)]
pub(super) struct RollbackJournal {
    pub(super) page_size: usize,
    /// The number of pages that the store had before the change.
    pub(super) page_count: u32,
    /// Where in the journal the old content of a page begins.
    pub(super) pages: BTreeMap<u32, u64>,
    /// Whether it ends before the records that it promises, or one of them is damaged.
    pub(super) is_torn: bool,
}

/// A header of a journal: one at its begin, and one before each later part.
struct Header {
    records: u32,
    nonce: u32,
    page_count: u32,
    sector_size: u32,
    page_size: u32,
}

impl RollbackJournal {
    /// Reads a journal, or says why it is not one.
    pub(super) fn read(file: &File, length: u64) -> Result<Self, String> {
        let unreadable = |error: io::Error| format!("it cannot be read: {error}");
        if names_super_journal(file, length).map_err(unreadable)? {
            return Err("it belongs to a change of several databases at once".into());
        }
        let header = read_header(file, 0).map_err(unreadable)?;
        let header = header.ok_or("it does not begin as a journal of SQLite does")?;
        let in_range = |size: u32, least| size.is_power_of_two() && (least..=65_536).contains(&size);
        if !in_range(header.sector_size, 32) || !in_range(header.page_size, 512) {
            return Err("its header has impossible sizes".into());
        }
        let mut journal = Self {
            page_size: header.page_size as usize,
            page_count: header.page_count,
            pages: BTreeMap::new(),
            is_torn: length < u64::from(header.sector_size),
        };
        journal.read_parts(file, length, header)?;
        Ok(journal)
    }

    fn read_parts(&mut self, file: &File, length: u64, first: Header) -> Result<(), String> {
        let sector = u64::from(first.sector_size);
        let (mut header, mut offset) = (first, 0);
        while !self.is_torn {
            offset = self.read_records(file, length, &header, offset + sector)?.next_multiple_of(sector);
            if self.is_torn || offset.saturating_add(sector) > length {
                break;
            }
            // A part whose header was not completed has changed nothing yet: SQLite stops there,
            // too.
            let next = read_header(file, offset).map_err(|error| format!("it cannot be read: {error}"))?;
            let Some(next) = next else { break };
            header = next;
        }
        Ok(())
    }

    /// Reads the records of a part, and returns where they end.
    fn read_records(
        &mut self,
        file: &File,
        length: u64,
        header: &Header,
        mut offset: u64,
    ) -> Result<u64, String> {
        let record_size = self.page_size as u64 + 8;
        let records = match header.records {
            ALL => length.saturating_sub(offset) / record_size,
            records => u64::from(records),
        };
        let mut record = vec![0; self.page_size + 8];
        for _ in 0..records {
            if offset + record_size > length {
                self.is_torn = true;
                break;
            }
            file.read_exact_at(&mut record, offset).map_err(|error| format!("it cannot be read: {error}"))?;
            let page = number(&record, 0);
            let content = &record[4..4 + self.page_size];
            let is_lock_page = u64::from(page) == PENDING_BYTE / self.page_size as u64 + 1;
            if page == 0
                || is_lock_page
                || checksum(header.nonce, content) != number(&record, record.len() - 4)
            {
                self.is_torn = true;
                break;
            }
            if page > self.page_count {
                return Err(format!("it has page {page} of a store of {} pages", self.page_count));
            }
            if self.pages.insert(page, offset + 4).is_some() {
                return Err(format!("it has page {page} twice"));
            }
            offset += record_size;
        }
        Ok(offset)
    }
}

fn read_header(file: &File, offset: u64) -> io::Result<Option<Header>> {
    let mut fields = [0; FIELDS];
    match file.read_exact_at(&mut fields, offset) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        read => read?,
    }
    Ok(fields.starts_with(&MAGIC).then(|| Header {
        records: number(&fields, 8),
        nonce: number(&fields, 12),
        page_count: number(&fields, 16),
        sector_size: number(&fields, 20),
        page_size: number(&fields, 24),
    }))
}

/// Whether the journal ends with the name of a super-journal, which would decide if it is played
/// back.
fn names_super_journal(file: &File, length: u64) -> io::Result<bool> {
    let mut end = [0; MAGIC.len()];
    let Some(offset) = length.checked_sub(MAGIC.len() as u64) else { return Ok(false) };
    file.read_exact_at(&mut end, offset)?;
    Ok(end == MAGIC)
}

/// The checksum of a record: a sum over every 200th byte, counted from the end.
fn checksum(nonce: u32, page: &[u8]) -> u32 {
    let positions =
        (1..).map(|step| page.len().checked_sub(200 * step)).map_while(|at| at.filter(|&at| at > 0));
    positions.fold(nonce, |sum, at| sum.wrapping_add(u32::from(page[at])))
}
