//! Copies a file while it is read.

use std::io::{self, BufRead, Read, Write};

/// A file of which all that is read is copied, so that the copy is what the reader has seen, even
/// if somebody changes the file meanwhile.
pub(super) struct Copied<'c, C> {
    pub(super) content: &'c mut C,
    pub(super) to: &'c mut dyn Write,
    /// How much was copied of what the reader has not taken yet.
    pub(super) unread: usize,
    /// How much was copied.
    pub(super) copied: u64,
}

impl<C: BufRead> BufRead for Copied<'_, C> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        let filled = self.content.fill_buf()?;
        if self.unread == 0 {
            self.to.write_all(filled)?;
            self.copied += filled.len() as u64;
            self.unread = filled.len();
        }
        Ok(filled)
    }

    fn consume(&mut self, size: usize) {
        self.unread = self.unread.saturating_sub(size);
        self.content.consume(size);
    }
}

impl<C: BufRead> Read for Copied<'_, C> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(buffer)?;
        self.consume(read);
        Ok(read)
    }
}
