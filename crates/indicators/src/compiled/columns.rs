//! Numbers, bytes and texts in a file, one column after the other, with a checksum at its end.

use std::io::{self, BufRead, Write};

use libdeflater::Crc;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// How many bytes of numbers are read or written at once.
const BLOCK: usize = 60 << 10;

/// Writes a file.
pub(crate) struct Writer<'w> {
    to: &'w mut dyn Write,
    checksum: Crc,
}

/// A file is not what was written.
#[derive(Debug)]
pub(crate) enum Unloaded {
    /// It cannot be read.
    Io(io::Error),
    /// It was cut or changed.
    Damaged,
}

impl From<io::Error> for Unloaded {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Self::Damaged,
            _ => Self::Io(error),
        }
    }
}

impl<'w> Writer<'w> {
    pub(crate) fn new(to: &'w mut dyn Write) -> Self {
        Self { to, checksum: Crc::new() }
    }

    /// Writes bytes whose number the reader knows.
    pub(crate) fn raw(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.checksum.update(bytes);
        self.to.write_all(bytes)
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.raw(&(bytes.len() as u64).to_le_bytes())?;
        self.raw(bytes)
    }

    pub(crate) fn json(&mut self, value: &impl Serialize) -> io::Result<()> {
        self.bytes(&serde_json::to_vec(value)?)
    }

    /// Writes records of numbers.
    pub(crate) fn records<const N: usize>(
        &mut self,
        records: impl ExactSizeIterator<Item = [u32; N]>,
    ) -> io::Result<()> {
        self.raw(&(records.len() as u64).to_le_bytes())?;
        let mut block = Vec::with_capacity(BLOCK + 4 * N);
        for record in records {
            record.iter().for_each(|number| block.extend(number.to_le_bytes()));
            if block.len() >= BLOCK {
                self.raw(&block)?;
                block.clear();
            }
        }
        self.raw(&block)
    }

    /// Writes the checksum.
    pub(crate) fn finish(self) -> io::Result<()> {
        self.to.write_all(&self.checksum.sum().to_le_bytes())
    }
}

/// Reads a file that [`Writer`] has made. Nothing is believed: no more memory is taken than the
/// file has bytes, and the caller checks what the numbers mean.
pub(crate) struct Reader<'r> {
    from: &'r mut dyn BufRead,
    /// The number of bytes that the file has left.
    left: u64,
    checksum: Crc,
}

impl<'r> Reader<'r> {
    pub(crate) fn new(from: &'r mut dyn BufRead, size: u64) -> Self {
        Self { from, left: size, checksum: Crc::new() }
    }

    pub(crate) fn raw<const N: usize>(&mut self) -> Result<[u8; N], Unloaded> {
        let mut bytes = [0; N];
        self.fill(&mut bytes)?;
        Ok(bytes)
    }

    pub(crate) fn bytes(&mut self) -> Result<Vec<u8>, Unloaded> {
        let mut bytes = vec![0; self.length(1)?];
        self.fill(&mut bytes)?;
        Ok(bytes)
    }

    pub(crate) fn text(&mut self) -> Result<String, Unloaded> {
        String::from_utf8(self.bytes()?).map_err(|_| Unloaded::Damaged)
    }

    pub(crate) fn json<T: DeserializeOwned>(&mut self) -> Result<T, Unloaded> {
        serde_json::from_slice(&self.bytes()?).map_err(|_| Unloaded::Damaged)
    }

    /// Reads records of numbers. `of` returns `None` if a record cannot be right.
    pub(crate) fn records<T, const N: usize>(
        &mut self,
        of: impl Fn([u32; N]) -> Option<T>,
    ) -> Result<Vec<T>, Unloaded> {
        let count = self.length(4 * N)?;
        let mut records = Vec::with_capacity(count);
        let mut block = vec![0; BLOCK.min(4 * N * count) / (4 * N) * (4 * N)];
        while records.len() < count {
            let size = block.len().min((count - records.len()) * 4 * N);
            self.fill(&mut block[..size])?;
            let (numbers, _) = block[..size].as_chunks::<4>();
            for record in numbers.as_chunks::<N>().0 {
                records.push(of(record.map(u32::from_le_bytes)).ok_or(Unloaded::Damaged)?);
            }
        }
        Ok(records)
    }

    /// Checks that there is nothing left, and that it is what was written.
    pub(crate) fn finish(&mut self) -> Result<(), Unloaded> {
        let sum = self.checksum.sum();
        let is_right = self.raw()? == sum.to_le_bytes() && self.left == 0;
        if is_right { Ok(()) } else { Err(Unloaded::Damaged) }
    }

    /// Reads how many records of this size follow, which must be there.
    fn length(&mut self, size: usize) -> Result<usize, Unloaded> {
        let count = u64::from_le_bytes(self.raw()?);
        let is_there = count.checked_mul(size as u64).is_some_and(|bytes| bytes <= self.left);
        usize::try_from(count).ok().filter(|_| is_there).ok_or(Unloaded::Damaged)
    }

    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), Unloaded> {
        self.left = self.left.checked_sub(bytes.len() as u64).ok_or(Unloaded::Damaged)?;
        self.from.read_exact(bytes)?;
        self.checksum.update(bytes);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written() -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut writer = Writer::new(&mut bytes);
        writer.raw(b"head").unwrap();
        writer.records((0..10_000).map(|number| [number, number + 1, number + 2])).unwrap();
        writer.bytes("é".as_bytes()).unwrap();
        writer.json(&[1, 2]).unwrap();
        writer.finish().unwrap();
        bytes
    }

    fn read(bytes: &[u8]) -> Result<Vec<[u32; 3]>, Unloaded> {
        let mut from = bytes;
        let mut reader = Reader::new(&mut from, bytes.len() as u64);
        reader.raw::<4>()?;
        let records = reader.records(Some)?;
        reader.text()?;
        reader.json::<Vec<u32>>()?;
        reader.finish().map(|()| records)
    }

    #[test]
    fn what_is_written_is_read() {
        let records = read(&written()).unwrap();
        assert_eq!((records.len(), records[9_999]), (10_000, [9_999, 10_000, 10_001]));
    }

    #[test]
    fn each_cut_and_each_change_is_found() {
        let whole = written();
        for length in (0..whole.len()).step_by(997).chain(whole.len() - 60..whole.len()) {
            assert!(matches!(read(&whole[..length]), Err(Unloaded::Damaged)), "cut to {length}");
        }
        for position in (0..whole.len()).step_by(997).chain(0..40).chain(whole.len() - 60..whole.len()) {
            for bit in [0, 7] {
                let mut changed = whole.clone();
                changed[position] ^= 1 << bit;
                assert!(matches!(read(&changed), Err(Unloaded::Damaged)), "byte {position}, bit {bit}");
            }
        }
        assert!(matches!(read(&[&whole[..], b"x"].concat()), Err(Unloaded::Damaged)));
    }
}
