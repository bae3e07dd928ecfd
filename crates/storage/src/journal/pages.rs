//! The pages of a store: as they are, or as they would be after an interrupted change is undone.

use std::cell::Cell;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;

use super::rollback::RollbackJournal;

/// One state of a store.
pub(super) struct Pages<'a> {
    store: &'a File,
    page_size: usize,
    /// The number of pages in this state.
    count: u32,
    undone: Option<(&'a RollbackJournal, &'a File)>,
    /// Whether any page that was read came from the journal.
    from_journal: Cell<bool>,
}

impl<'a> Pages<'a> {
    /// The store as it is.
    pub(super) fn present(store: &'a File, page_size: usize, length: u64) -> Self {
        let count = u32::try_from(length / page_size as u64).unwrap_or(u32::MAX);
        Self { store, page_size, count, undone: None, from_journal: Cell::new(false) }
    }

    /// The store as it was before the change that the journal undoes.
    pub(super) fn undone(store: &'a File, journal: &'a RollbackJournal, file: &'a File) -> Self {
        Self {
            store,
            page_size: journal.page_size,
            count: journal.page_count,
            undone: Some((journal, file)),
            from_journal: Cell::new(false),
        }
    }

    /// The number of pages in this state.
    pub(super) fn count(&self) -> u32 {
        self.count
    }

    /// Reads a page, or returns `None` if this state has no such page.
    pub(super) fn read(&self, page: u32) -> io::Result<Option<Vec<u8>>> {
        if page == 0 || page > self.count {
            return Ok(None);
        }
        let mut content = vec![0; self.page_size];
        let read = match self.undone.and_then(|(journal, file)| Some((*journal.pages.get(&page)?, file))) {
            Some((offset, file)) => {
                self.from_journal.set(true);
                file.read_exact_at(&mut content, offset)
            }
            None => {
                let offset = u64::from(page - 1) * self.page_size as u64;
                self.store.read_exact_at(&mut content, offset)
            }
        };
        match read {
            Ok(()) => Ok(Some(content)),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Returns whether a page that was read since the last call came from the journal.
    pub(super) fn take_from_journal(&self) -> bool {
        self.from_journal.replace(false)
    }
}
