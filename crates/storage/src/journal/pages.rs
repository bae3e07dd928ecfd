//! The pages of a store: as they are, or as they would be after an interrupted change is undone.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt as _;
use std::sync::OnceLock;

use super::bytes::page_size;
use super::refusal::Refusal;
use super::rollback::RollbackJournal;

/// One state of a store.
pub(crate) struct Pages<'a> {
    store: &'a File,
    page_size: usize,
    /// The number of pages in this state.
    count: u32,
    undone: Option<(&'a RollbackJournal, &'a File)>,
    /// The first error of the operating system, if there was one. Who looks for something in the
    /// pages takes a page that cannot be read for one in which the thing is not.
    failure: OnceLock<Failure>,
}

struct Failure {
    is_of_journal: bool,
    number: i32,
}

impl<'a> Pages<'a> {
    /// The database in this file as it is.
    pub(crate) fn of_database(file: &'a File) -> io::Result<Self> {
        let mut header = [0; 100];
        file.read_exact_at(&mut header, 0)?;
        let page_size = page_size(&header).filter(|_| header.starts_with(b"SQLite format 3\0"));
        let page_size = page_size.ok_or_else(|| io::Error::other("it is no SQLite database"))?;
        Ok(Self::present(file, page_size, file.metadata()?.len()))
    }

    /// The store as it is. SQLite counts a last page that is not whole, too.
    pub(super) fn present(store: &'a File, page_size: usize, length: u64) -> Self {
        let count = u32::try_from(length.div_ceil(page_size as u64)).unwrap_or(u32::MAX);
        Self { store, page_size, count, undone: None, failure: OnceLock::new() }
    }

    /// The store as it was before the change that the journal undoes.
    pub(super) fn undone(store: &'a File, journal: &'a RollbackJournal, file: &'a File) -> Self {
        let (page_size, count) = (journal.page_size, journal.page_count);
        Self { store, page_size, count, undone: Some((journal, file)), failure: OnceLock::new() }
    }

    /// The number of pages in this state.
    pub(crate) fn count(&self) -> u32 {
        self.count
    }

    /// The length of a page, in bytes.
    pub(crate) fn page_size(&self) -> usize {
        self.page_size
    }

    /// Reads a page, or returns `None` if this state has no such page.
    pub(crate) fn read(&self, page: u32) -> io::Result<Option<Vec<u8>>> {
        if page == 0 || page > self.count {
            return Ok(None);
        }
        let mut content = vec![0; self.page_size];
        let in_journal = self.undone.and_then(|(journal, file)| Some((*journal.pages.get(&page)?, file)));
        let read = match in_journal {
            Some((offset, file)) => file.read_exact_at(&mut content, offset),
            None => {
                let offset = u64::from(page - 1) * self.page_size as u64;
                self.store.read_exact_at(&mut content, offset)
            }
        };
        match read {
            Ok(()) => Ok(Some(content)),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
            Err(error) => Err(self.note(error, in_journal.is_some())),
        }
    }

    /// Returns which of the files could not be read, if one could not.
    pub(super) fn failure(&self) -> Option<Refusal> {
        let Failure { is_of_journal, number } = self.failure.get()?;
        let error = io::Error::from_raw_os_error(*number);
        Some(if *is_of_journal { Refusal::Unreadable(error) } else { Refusal::UnreadableStore(error) })
    }

    fn note(&self, error: io::Error, is_of_journal: bool) -> io::Error {
        if let Some(number) = error.raw_os_error() {
            self.failure.get_or_init(|| Failure { is_of_journal, number });
        }
        error
    }

    /// Replaces the content of `buffer` by that of pages that follow one another. Fails if this
    /// state does not have all of them.
    pub(crate) fn read_run(&self, run: Range<u64>, buffer: &mut Vec<u8>) -> io::Result<()> {
        let number = |page| u32::try_from(page).map_err(io::Error::other);
        let pages = number(run.start)?..=number(run.end - 1)?;
        if *pages.start() == 0 || *pages.end() > self.count {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if self.undone.is_none_or(|(journal, _)| journal.pages.range(pages.clone()).next().is_none()) {
            // To call the system for each page would take longer than to read them. A buffer of the
            // same size is not filled with zeros first.
            buffer.resize(pages.count() * self.page_size, 0);
            let read = self.store.read_exact_at(buffer, (run.start - 1) * self.page_size as u64);
            return read.map_err(|error| self.note(error, false));
        }
        buffer.clear();
        for page in pages {
            buffer.extend(self.read(page)?.ok_or(io::ErrorKind::UnexpectedEof)?);
        }
        Ok(())
    }
}
