//! What tells a large file from one with other contents, without reading all of it.

use std::io::{self, Read as _, SeekFrom};
use std::path::Path;

/// How many blocks of a large file are read, and the size of each.
const BLOCKS: u64 = 256;
const BLOCK: u64 = 64 << 10;

/// Returns the size of a file and a digest of blocks spread over it: of the whole file up to 16
/// MiB.
pub(crate) fn sampled(path: &Path) -> io::Result<String> {
    let file = files::open_input(path)?;
    let length = file.metadata()?.len();
    sample(file, length)
}

/// Returns the same of a file that is open, or of the bytes that were read of one. A plugin takes
/// it from what it uses, since another file may be at the path for a moment.
pub(crate) fn sample(mut file: impl io::Read + io::Seek, length: u64) -> io::Result<String> {
    let all = length.div_ceil(BLOCK);
    let read = all.min(BLOCKS);
    let mut sample = Vec::new();
    for number in 0..read {
        file.seek(SeekFrom::Start(number * (all - 1) / (read - 1).max(1) * BLOCK))?;
        (&mut file).take(BLOCK).read_to_end(&mut sample)?;
    }
    Ok(format!("{length} bytes, sample {}", files::sha256_of(&sample)))
}
