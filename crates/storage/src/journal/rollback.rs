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
use super::refusal::Refusal;

const MAGIC: [u8; 8] = [0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7];
/// The length of a header's fields; the rest of the header's sector is padding.
const FIELDS: usize = 28;
/// The size of a header on all systems that promise not to damage bytes beside those that are
/// written.
const SECTOR: u64 = 512;
/// In place of a number of records: all that follow, to the end of the file.
const ALL: u32 = u32::MAX;
/// The byte that SQLite locks, whose page is never used.
const PENDING_BYTE: u64 = 0x4000_0000;

/// What a rollback journal would do to its store.
#[derive(Debug)]
pub(super) struct RollbackJournal {
    /// What the header has that tells this journal from all others; see [`header_of`].
    pub(super) header: String,
    pub(super) page_size: usize,
    /// The number of pages that the store had before the change.
    pub(super) page_count: u32,
    /// Where in the journal the old content of a page begins.
    pub(super) pages: BTreeMap<u32, u64>,
    /// Whether it ends before the records that it promises, or one of them is damaged.
    pub(super) is_torn: bool,
}

/// A header of a journal: one at its begin, and one before each later part.
#[derive(PartialEq)]
struct Header {
    records: u32,
    nonce: u32,
    page_count: u32,
    sector_size: u32,
    page_size: u32,
}

impl Header {
    fn of(fields: &[u8; FIELDS]) -> Self {
        Self {
            records: number(fields, 8),
            nonce: number(fields, 12),
            page_count: number(fields, 16),
            sector_size: number(fields, 20),
            page_size: number(fields, 24),
        }
    }

    fn has_possible_sizes(&self) -> bool {
        let in_range = |size: u32, least| size.is_power_of_two() && (least..=65_536).contains(&size);
        in_range(self.sector_size, 32) && in_range(self.page_size, 512)
    }

    /// What stays the same while the journal grows. The nonce is random.
    fn text(&self) -> String {
        let Self { nonce, page_count, sector_size, page_size, .. } = self;
        format!(
            "the nonce {nonce:08x}, {page_count} pages of {page_size} bytes and sectors of {sector_size} bytes"
        )
    }
}

impl RollbackJournal {
    /// Reads a journal, or says why it is not one.
    pub(super) fn read(file: &File, length: u64) -> Result<Self, Refusal> {
        if names_super_journal(file, length)? {
            return Err("it belongs to a change of several databases at once".into());
        }
        let header = read_header(file, 0)?.ok_or("it does not begin as a journal of SQLite does")?;
        if !header.has_possible_sizes() {
            return Err("its header has impossible sizes".into());
        }
        let mut journal = Self {
            header: header.text(),
            page_size: header.page_size as usize,
            page_count: header.page_count,
            pages: BTreeMap::new(),
            is_torn: length < u64::from(header.sector_size),
        };
        journal.read_parts(file, length, header)?;
        Ok(journal)
    }

    fn read_parts(&mut self, file: &File, length: u64, first: Header) -> Result<(), Refusal> {
        let sector = u64::from(first.sector_size);
        let (mut header, mut offset) = (first, 0);
        while !self.is_torn {
            offset = self.read_records(file, length, &header, offset + sector)?.next_multiple_of(sector);
            if self.is_torn || offset.saturating_add(sector) > length {
                break;
            }
            // A part whose header was not completed has changed nothing yet: SQLite stops there,
            // too.
            let Some(next) = read_header(file, offset)? else { break };
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
    ) -> Result<u64, Refusal> {
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
            file.read_exact_at(&mut record, offset)?;
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
                return Err(format!("it has page {page} of a store of {} pages", self.page_count).into());
            }
            if self.pages.insert(page, offset + 4).is_some() {
                return Err(format!("it has page {page} twice").into());
            }
            offset += record_size;
        }
        Ok(offset)
    }
}

/// What the first header of a journal that SQLite has just begun says: the text that
/// [`RollbackJournal`] has later. Its beginning is still zero then; SQLite completes it before it
/// writes to the store.
pub(super) fn header_of(file: &File) -> Result<String, Refusal> {
    let fields = read_fields(file, 0)?.ok_or("it ends within its header")?;
    let header = Header::of(&fields);
    if !header.has_possible_sizes() {
        return Err("its header has impossible sizes".into());
    }
    Ok(header.text())
}

/// Whether the header is complete, so that pages may have been written to the store.
pub(super) fn is_in_use(file: &File) -> io::Result<bool> {
    read_header(file, 0).map(|header| header.is_some())
}

/// Whether a file that begins with zeros can be a journal that SQLite has begun and not used yet,
/// or has finished. SQLite passes such a file over, and later writes over it. `store` is the length
/// of the store.
pub(super) fn is_idle(file: &File, length: u64, store: u64) -> io::Result<bool> {
    let Some(fields) = read_fields(file, 0)? else { return is_zero(file, 0, length) };
    let header = Header::of(&fields);
    if header == Header::of(&[0; FIELDS]) {
        // A finished journal of unknown page size, or the beginning was lost in a power cut.
        let mut page_sizes = (9..=16).map(|power| 1_u64 << power);
        let all_fit = |size| records_fit(file, length, (SECTOR, size, store.div_ceil(size)));
        return Ok(is_zero(file, FIELDS as u64, length)?
            || is_zero(file, FIELDS as u64, length.min(SECTOR))?
                && page_sizes.try_fold(false, |fits, size| io::Result::Ok(fits || all_fit(size)?))?);
    }
    let (sector, page_size) = (u64::from(header.sector_size), u64::from(header.page_size));
    Ok(number(&fields, 8) == 0
        && header.has_possible_sizes()
        && is_zero(file, FIELDS as u64, length.min(sector).min(page_size))?
        && (is_zero(file, sector, length)?
            || records_fit(file, length, (sector, page_size, header.page_count.into()))?))
}

/// Whether there are records, and the numbers of the first ones' pages are those of a store of so
/// many pages. A number is zero only if a power cut has lost the whole block of the file in which
/// it stands.
fn records_fit(file: &File, length: u64, (sector, page_size, pages): (u64, u64, u64)) -> io::Result<bool> {
    const MOST: u64 = 1_024;
    /// What a file system loses at once.
    const BLOCK: u64 = 4_096;
    let mut has_record = false;
    for index in 0..MOST {
        let offset = sector + index * (page_size + 8);
        if offset + 4 > length {
            break;
        }
        let mut page = [0; 4];
        file.read_exact_at(&mut page, offset)?;
        let block = offset / BLOCK * BLOCK;
        match u64::from(number(&page, 0)) {
            0 if !is_zero(file, block, length.min(block + BLOCK))? => return Ok(false),
            0 => {}
            page if page > pages => return Ok(false),
            _ => has_record = true,
        }
    }
    Ok(has_record)
}

/// Whether all bytes of this part of the file are zero. A part of more than 1 GiB counts as one
/// that is not.
pub(super) fn is_zero(file: &File, from: u64, to: u64) -> io::Result<bool> {
    const MOST: u64 = 1 << 30;
    const AT_ONCE: u64 = 1 << 16;
    if to.saturating_sub(from) > MOST {
        return Ok(false);
    }
    let mut bytes = [0; AT_ONCE as usize];
    let mut at = from;
    while at < to {
        let part = &mut bytes[..(to - at).min(AT_ONCE) as usize];
        file.read_exact_at(part, at)?;
        if part.iter().any(|&byte| byte != 0) {
            return Ok(false);
        }
        at += part.len() as u64;
    }
    Ok(true)
}

/// The fields of a header; `None` if the file ends before.
fn read_fields(file: &File, offset: u64) -> io::Result<Option<[u8; FIELDS]>> {
    let mut fields = [0; FIELDS];
    match file.read_exact_at(&mut fields, offset) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
        read => read.map(|()| Some(fields)),
    }
}

fn read_header(file: &File, offset: u64) -> io::Result<Option<Header>> {
    let fields = read_fields(file, offset)?.filter(|fields| fields.starts_with(&MAGIC));
    Ok(fields.as_ref().map(Header::of))
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
