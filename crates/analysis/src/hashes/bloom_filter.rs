//! Reads bloom filters in the format of DCSO's `bloom` and `flor`.
//!
//! The file begins with a header of six little-endian numbers of 64 bits: flags with the format's
//! version, capacity n, false positive rate p, number of hash functions k, number of bits m, number
//! of elements N. Then come the bits in words of 64, and then any data. A value is in the filter if
//! all of its k bits are set.
//!
//! Filters have several GB, so each bit is read from the file when it is needed. Mapping the file
//! would not be better. The kernel maps up to 1 MB around each page that is touched, if it has that
//! part in memory, and this counts as memory of the process. Unmapping in time would cost more than
//! the reads.

use std::io::{self, Read as _, Seek as _};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use events::Shown as _;

const HEADER: u64 = 48;
const VERSION: u8 = 1;
/// The maximum number of hash functions that are accepted. No false positive rate that a
/// floating-point number can hold needs more.
const MAXIMUM_K: u64 = 1_100;
/// Modulus and multiplier of the generator that computes k bits from one hash.
const MODULUS: u64 = 18_446_744_073_709_551_557;
const MULTIPLIER: u64 = 18_446_744_073_709_550_147;

/// A bloom filter in a file.
#[derive(Debug)]
pub(crate) struct BloomFilter {
    file: files::Input,
    path: PathBuf,
    header: Header,
}

/// Why a filter cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the bloom filter {} cannot be used: {reason}", path.shown())]
pub(crate) struct BloomFilterError {
    path: PathBuf,
    reason: Reason,
}

#[derive(Debug, thiserror::Error)]
enum Reason {
    #[error("{0}")]
    Io(#[from] io::Error),
    #[error(transparent)]
    Header(#[from] HeaderError),
}

impl BloomFilter {
    /// Opens a filter and checks its header, but not its bits.
    pub(crate) fn open(path: &Path) -> Result<Self, BloomFilterError> {
        let of = |error: io::Error| BloomFilterError { path: path.to_owned(), reason: error.into() };
        Self::of_file(files::open_input(path).map_err(of)?, path)
    }

    /// The same for a file that is open.
    pub(crate) fn of_file(mut file: files::Input, path: &Path) -> Result<Self, BloomFilterError> {
        let open = || -> Result<_, Reason> {
            file.rewind()?;
            let mut bytes = Vec::new();
            file.by_ref().take(HEADER).read_to_end(&mut bytes)?;
            let header = Header::parse(&bytes, file.metadata()?.len())?;
            Ok(Self { file, path: path.to_owned(), header })
        };
        open().map_err(|reason| BloomFilterError { path: path.to_owned(), reason })
    }

    /// Returns whether the value is in the filter. The answer is also `true` for a few values that
    /// are not.
    pub(crate) fn contains(&self, value: &str) -> Result<bool, BloomFilterError> {
        self.header
            .contains(value.as_bytes(), |byte| {
                let mut read = [0];
                self.file.read_exact_at(&mut read, HEADER + byte).map(|()| read[0])
            })
            .map_err(|error| BloomFilterError { path: self.path.clone(), reason: error.into() })
    }
}

#[derive(Debug, PartialEq, Eq)]
struct Header {
    k: u64,
    m: u64,
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
enum HeaderError {
    #[error("it is too short for a bloom filter")]
    TooShort,
    #[error("it is not a bloom filter, or its version is {0} instead of {VERSION}")]
    Version(u8),
    #[error("its header is not valid: {n} elements with a false positive rate of {p}")]
    Purpose { n: u64, p: String },
    #[error("it has {0} hash functions, which is not between 1 and {MAXIMUM_K}")]
    HashFunctions(u64),
    #[error("it has no bits")]
    NoBits,
    #[error("its {m} bits need a file of {needed} bytes, and it has {found}")]
    Cut { m: u64, needed: u64, found: u64 },
}

impl Header {
    /// Reads the header of a file of this size.
    fn parse(bytes: &[u8], file_size: u64) -> Result<Self, HeaderError> {
        let (numbers, []) = bytes.as_chunks::<8>() else { return Err(HeaderError::TooShort) };
        let &[flags, n, p, k, m, _elements] = numbers else { return Err(HeaderError::TooShort) };
        let (n, p, k, m) =
            (u64::from_le_bytes(n), f64::from_le_bytes(p), u64::from_le_bytes(k), u64::from_le_bytes(m));
        if flags[0] != VERSION {
            return Err(HeaderError::Version(flags[0]));
        }
        if n == 0 || !(p > 0.0 && p < 1.0) {
            return Err(HeaderError::Purpose { n, p: p.to_string() });
        }
        if !(1..=MAXIMUM_K).contains(&k) {
            return Err(HeaderError::HashFunctions(k));
        }
        if m == 0 {
            return Err(HeaderError::NoBits);
        }
        let header = Self { k, m };
        // At most 2^61 and a few, so the addition cannot overflow.
        let needed = HEADER + header.bytes();
        if file_size < needed {
            return Err(HeaderError::Cut { m, needed, found: file_size });
        }
        Ok(header)
    }

    /// Returns the number of bytes that the bits take.
    fn bytes(&self) -> u64 {
        self.m.div_ceil(64) * 8
    }

    /// Returns whether all bits of a value are set. `read` reads a byte of the filter.
    fn contains(&self, value: &[u8], read: impl Fn(u64) -> io::Result<u8>) -> io::Result<bool> {
        for bit in self.positions(value) {
            if read(bit / 8)? & (1 << (bit % 8)) == 0 {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Returns the positions of the bits for a value. All are less than m.
    fn positions(&self, value: &[u8]) -> impl Iterator<Item = u64> {
        let mut hash = fnv_1(value) % MODULUS;
        (0..self.k).map(move |_| {
            hash = hash.wrapping_mul(MULTIPLIER) % MODULUS;
            hash % self.m
        })
    }
}

/// Returns the 64-bit FNV-1 hash.
fn fnv_1(value: &[u8]) -> u64 {
    value
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash: u64, &byte| hash.wrapping_mul(0x0100_0000_01b3) ^ u64::from(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(flags: u64, n: u64, p: f64, k: u64, m: u64) -> Vec<u8> {
        [flags, n, p.to_bits(), k, m, 0].iter().flat_map(|number| number.to_le_bytes()).collect()
    }

    #[test]
    fn headers() {
        let good = (1, 1_000, 1e-6, 20, 28_755);
        let parse = |(flags, n, p, k, m), size| Header::parse(&header(flags, n, p, k, m), size);
        assert_eq!(parse(good, 3_648), Ok(Header { k: 20, m: 28_755 }));
        assert_eq!(parse((0xff01, 1, 0.5, 1, 1), 56), Ok(Header { k: 1, m: 1 }));
        let refused = [
            ((2, 1, 0.5, 1, 1), 56, HeaderError::Version(2)),
            ((1, 0, 0.5, 1, 1), 56, HeaderError::Purpose { n: 0, p: "0.5".into() }),
            ((1, 1, 0.0, 1, 1), 56, HeaderError::Purpose { n: 1, p: "0".into() }),
            ((1, 1, 1.0, 1, 1), 56, HeaderError::Purpose { n: 1, p: "1".into() }),
            ((1, 1, f64::NAN, 1, 1), 56, HeaderError::Purpose { n: 1, p: "NaN".into() }),
            ((1, 1, 0.5, 0, 1), 56, HeaderError::HashFunctions(0)),
            ((1, 1, 0.5, u64::MAX, 1), 56, HeaderError::HashFunctions(u64::MAX)),
            ((1, 1, 0.5, 1, 0), 56, HeaderError::NoBits),
            ((1, 1, 0.5, 1, 65), 63, HeaderError::Cut { m: 65, needed: 64, found: 63 }),
            (
                (1, 1, 0.5, 1, u64::MAX),
                u64::MAX >> 4,
                HeaderError::Cut { m: u64::MAX, needed: (1 << 61) + 48, found: u64::MAX >> 4 },
            ),
        ];
        for (fields, size, error) in refused {
            assert_eq!(parse(fields, size), Err(error), "{fields:?}");
        }
        for length in [0, 1, 47] {
            let cut = &header(1, 1, 0.5, 1, 1)[..length];
            assert_eq!(Header::parse(cut, length as u64), Err(HeaderError::TooShort));
        }
    }

    /// The expected positions were computed with DCSO's flor.
    #[test]
    fn positions_of_values() {
        let header = Header { k: 4, m: 28_755 };
        let positions = |value: &[u8]| header.positions(value).collect::<Vec<_>>();
        assert_eq!(positions(b""), [18_348, 2_503, 19_490, 6_529]);
        assert_eq!(positions(b"DA39A3EE5E6B4B0D3255BFEF95601890AFD80709"), [17_619, 1_171, 4_773, 4_869]);
    }

    #[test]
    fn a_value_is_in_the_filter_if_all_its_bits_are_set() {
        let header = Header { k: 3, m: 1_000 };
        let mut bits = vec![0; 128];
        let contains = |bits: &[u8], value: &[u8]| {
            header.contains(value, |byte| Ok(bits[usize::try_from(byte).unwrap()])).unwrap()
        };
        for bit in header.positions(b"A") {
            assert!(!contains(&bits, b"A"));
            bits[usize::try_from(bit / 8).unwrap()] |= 1 << (bit % 8);
        }
        assert!(contains(&bits, b"A"));
        assert!(!contains(&bits, b"B"));
    }

    #[test]
    fn a_file_that_is_cut_meanwhile() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let content = [header(1, 1, 0.5, 1, 64), vec![0xff; 8]].concat();
        std::fs::write(file.path(), content).unwrap();
        let filter = BloomFilter::open(file.path()).unwrap();
        assert!(filter.contains("A").unwrap());
        file.as_file().set_len(48).unwrap();
        assert!(filter.contains("A").is_err());
    }
}
