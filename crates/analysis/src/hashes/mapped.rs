//! Mapping a file into memory: the only unsafe code of this crate.

use std::fs::File;
use std::io;

use memmap2::{Advice, Mmap};

/// Maps a file for reading here and there.
///
/// Only the pages that are touched become resident, and none is read ahead: a bit of a filter says nothing of where the next
/// one lies.
pub(crate) fn map(file: &File) -> io::Result<Mmap> {
    #[expect(
        unsafe_code,
        reason = "a file cannot be mapped without; somebody else may change it meanwhile, which nothing can rule \
                  out. What is mapped is only ever read, one byte at a time and as a number, for which any value is \
                  valid. If the file is cut short, the kernel ends the process (SIGBUS): a worker, never the foreman, \
                  which replaces it and sets aside what it cannot do"
    )]
    let map = unsafe { Mmap::map(file)? };
    map.advise(Advice::Random)?;
    Ok(map)
}
