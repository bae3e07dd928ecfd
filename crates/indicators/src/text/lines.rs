//! Lines of limited length.

use std::borrow::Cow;
use std::io::{self, BufRead};

/// The longest line, in bytes. The rest of a longer one is passed over.
pub(crate) const LONGEST_LINE: usize = 64 << 10;

/// The mark at the beginning of a text in UTF-8, which some programs write.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// Reads lines one by one, in memory for one line.
pub(crate) struct LineReader<'s> {
    source: &'s mut dyn BufRead,
    buffer: Vec<u8>,
    line: u32,
    /// The last line ended with a CR. A LF behind it belongs to the same end.
    after_cr: bool,
}

/// A line.
pub(crate) struct Line<'b> {
    /// Its number, from 1.
    pub(crate) number: u32,
    /// Its text without white space around it. What is not UTF-8 is replaced.
    pub(crate) text: Cow<'b, str>,
    /// It is longer than [`LONGEST_LINE`], and the text is only its beginning.
    pub(crate) is_cut: bool,
}

impl<'s> LineReader<'s> {
    pub(crate) fn new(source: &'s mut dyn BufRead) -> Self {
        Self { source, buffer: Vec::new(), line: 0, after_cr: false }
    }

    /// Returns the next line, or `None` at the end.
    pub(crate) fn next_line(&mut self) -> io::Result<Option<Line<'_>>> {
        self.buffer.clear();
        let mut is_cut = false;
        let mut is_at_end = true;
        loop {
            let available = match self.source.fill_buf() {
                Ok(available) => available,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            if available.is_empty() {
                break;
            }
            if std::mem::take(&mut self.after_cr) && available.starts_with(b"\n") {
                self.source.consume(1);
                continue;
            }
            is_at_end = false;
            let end = memchr::memchr2(b'\n', b'\r', available);
            self.after_cr = end.is_some_and(|end| available[end] == b'\r');
            let part = &available[..end.unwrap_or(available.len())];
            let room = LONGEST_LINE - self.buffer.len();
            is_cut |= part.len() > room;
            self.buffer.extend_from_slice(&part[..part.len().min(room)]);
            let used = end.map_or(available.len(), |end| end + 1);
            self.source.consume(used);
            if end.is_some() {
                break;
            }
        }
        if is_at_end {
            return Ok(None);
        }
        self.line = self.line.saturating_add(1);
        if self.line == 1 && self.buffer.starts_with(MARK) {
            self.buffer.drain(..MARK.len());
        }
        // As a whole, UTF-8 is checked much faster than with replacements.
        let text = match std::str::from_utf8(&self.buffer) {
            Ok(text) => Cow::Borrowed(text.trim()),
            Err(_) => Cow::Owned(String::from_utf8_lossy(&self.buffer).trim().to_owned()),
        };
        Ok(Some(Line { number: self.line, text, is_cut }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_are_cut() {
        let mut source = Vec::from("a\r\n\n");
        source.extend(vec![b'x'; 3 * LONGEST_LINE]);
        source.extend(b"\nb\xff");
        let mut source = io::BufReader::with_capacity(100, &source[..]);
        let mut lines = LineReader::new(&mut source);
        let mut seen = Vec::new();
        while let Some(line) = lines.next_line().unwrap() {
            seen.push((line.number, line.text.len(), line.is_cut));
        }
        assert_eq!(seen, [(1, 1, false), (2, 0, false), (3, LONGEST_LINE, true), (4, 4, false)]);
    }

    #[test]
    fn all_ends_of_lines() {
        for capacity in [1, 2, 3, 100] {
            let text = b"\xef\xbb\xbfa\rb\r\nc\n\nd\r\re";
            let mut source = io::BufReader::with_capacity(capacity, &text[..]);
            let mut lines = LineReader::new(&mut source);
            let mut seen = Vec::new();
            while let Some(line) = lines.next_line().unwrap() {
                seen.push(line.text.into_owned());
            }
            assert_eq!(seen, ["a", "b", "c", "", "d", "", "e"], "{capacity}");
        }
    }
}
