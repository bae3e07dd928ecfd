//! The stored form of event data and reports: JSON, deflated or not.

use libdeflater::{CompressionLvl, Compressor, DecompressionError, Decompressor};
use rusqlite::types::ValueRef;

use crate::format::Compression;

/// The largest size of an inflated blob: 64 MiB. The largest event data seen in real stores has 170
/// KB; a blob of a few KB that inflates to gigabytes is an attack.
pub(crate) const MAXIMUM_INFLATED: usize = 64 << 20;

/// The most bytes that the reports of a store may have together, inflated: 1 GiB.
pub(crate) const MAXIMUM_REPORTS: usize = 1 << 30;

/// Why a blob cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BlobError {
    /// It is not what zlib writes.
    #[error("its data does not inflate")]
    Damaged,
    /// It inflates to more than 64 MiB.
    #[error("its data inflates to more than 64 MiB")]
    TooLarge,
    /// The limit for all blobs together is reached.
    #[error("it and the reports that were read before it inflate to more than 1 GiB")]
    Exhausted,
    /// It is a number or nothing.
    #[error("its data is neither a blob nor a text")]
    NoData,
}

/// Inflates one blob after the other into one piece of memory.
pub(crate) struct Inflater {
    decompressor: Decompressor,
    buffer: Vec<u8>,
    /// How many more bytes may be inflated.
    left: usize,
}

impl Inflater {
    pub(crate) fn new() -> Self {
        Self::limited(usize::MAX)
    }

    /// Returns an inflater for all reports of a store. They may have [`MAXIMUM_REPORTS`] bytes
    /// together, since 1,000 bytes of a file can inflate to 1 MB.
    pub(crate) fn for_reports() -> Self {
        Self::limited(MAXIMUM_REPORTS)
    }

    fn limited(left: usize) -> Self {
        Self { decompressor: Decompressor::new(), buffer: vec![0; 16 << 10], left }
    }

    /// The JSON of a stored value. What is stored as text is not deflated, whatever the store's
    /// setting says: Plaso reads it so, too.
    pub(crate) fn json<'a>(&'a mut self, stored: ValueRef<'a>) -> Result<&'a [u8], BlobError> {
        self.spend(0)?;
        match stored {
            ValueRef::Blob(deflated) => self.inflate(deflated),
            ValueRef::Text(json) if json.len() > MAXIMUM_INFLATED => Err(BlobError::TooLarge),
            ValueRef::Text(json) => {
                self.spend(json.len())?;
                Ok(json)
            }
            _ => Err(BlobError::NoData),
        }
    }

    fn inflate(&mut self, deflated: &[u8]) -> Result<&[u8], BlobError> {
        loop {
            // What is refused in the end is inflated up to there.
            let inflated = self.decompressor.zlib_decompress(deflated, &mut self.buffer);
            self.spend(*inflated.as_ref().unwrap_or(&self.buffer.len()))?;
            match inflated {
                Ok(length) => return Ok(&self.buffer[..length]),
                Err(DecompressionError::BadData) => return Err(BlobError::Damaged),
                Err(DecompressionError::InsufficientSpace) if self.buffer.len() < MAXIMUM_INFLATED => {
                    let larger = (self.buffer.len() * 4).min(MAXIMUM_INFLATED);
                    self.buffer.resize(larger, 0);
                }
                Err(DecompressionError::InsufficientSpace) => return Err(BlobError::TooLarge),
            }
        }
    }

    fn spend(&mut self, bytes: usize) -> Result<(), BlobError> {
        self.left = self.left.saturating_sub(bytes);
        if self.left == 0 { Err(BlobError::Exhausted) } else { Ok(()) }
    }
}

/// What to store for `json`.
pub(crate) fn stored_form(json: &str, compression: Compression) -> rusqlite::types::Value {
    match compression {
        Compression::None => json.to_owned().into(),
        Compression::Zlib => {
            let mut compressor = Compressor::new(CompressionLvl::default());
            let mut deflated = vec![0; compressor.zlib_compress_bound(json.len())];
            let length = compressor
                .zlib_compress(json.as_bytes(), &mut deflated)
                .expect("the bound is what the compressor itself asks for");
            deflated.truncate(length);
            deflated.into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn round_trip(json in "\\PC{0,300}", repeat in 1_usize..2_000) {
            let json = json.repeat(repeat);
            let mut inflater = Inflater::new();
            for compression in [Compression::None, Compression::Zlib] {
                let stored = stored_form(&json, compression);
                prop_assert_eq!(inflater.json((&stored).into()), Ok(json.as_bytes()));
            }
        }
    }

    #[test]
    fn blobs_are_limited_together() {
        let blob = stored_form(&" ".repeat(1_000), Compression::Zlib);
        let text = stored_form(&" ".repeat(1_000), Compression::None);
        for stored in [&blob, &text] {
            let mut inflater = Inflater::limited(2_500);
            let mut read = || inflater.json(stored.into()).map(<[u8]>::len);
            assert_eq!([read(), read()], [Ok(1_000), Ok(1_000)]);
            assert_eq!([read(), read()], [Err(BlobError::Exhausted); 2]);
            assert_eq!(
                inflater.json((&stored_form("", Compression::Zlib)).into()),
                Err(BlobError::Exhausted)
            );
        }
    }

    #[test]
    fn hostile_blobs() {
        let mut inflater = Inflater::new();
        assert_eq!(inflater.json(ValueRef::Blob(b"x\x9cgarbage")), Err(BlobError::Damaged));
        assert_eq!(inflater.json(ValueRef::Blob(b"")), Err(BlobError::Damaged));
        assert_eq!(inflater.json(ValueRef::Null), Err(BlobError::NoData));
        let bomb = stored_form(&" ".repeat(MAXIMUM_INFLATED + 1), Compression::Zlib);
        assert_eq!(inflater.json((&bomb).into()), Err(BlobError::TooLarge));
    }
}
