//! The file in which a run keeps indicators for its workers: as they were read, and arranged.
//!
//! To read a million indicators takes a second, and to load them from this file a tenth of that. So
//! the foreman reads lists once, and workers only load them.

mod columns;

use std::io::{self, BufRead as _, BufReader, Seek as _, Write};
use std::path::Path;

use files::{Input, Sha256Reader};

use crate::input::ListsError;
pub(crate) use columns::{Reader, Unloaded, Writer};

/// The beginning of such a file, which is followed by its version and a line break.
const NAME: &[u8; 27] = b"Indicators of foreman, for ";

/// The version: that of the program, and of the form of the file.
const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), ", form 1\n");

/// The longest version that is looked at, in bytes.
const LONGEST_VERSION: usize = 64;

/// The length of a digest.
const DIGEST: usize = 64;

/// Begins a file. `digest` is that of the lists that the indicators were read from.
pub(crate) fn begin<'w>(to: &'w mut dyn Write, digest: &str) -> io::Result<Writer<'w>> {
    let mut writer = Writer::new(to);
    writer.raw(NAME)?;
    writer.raw(VERSION.as_bytes())?;
    writer.raw(format!("{digest:DIGEST$}").as_bytes())?;
    Ok(writer)
}

/// Loads such a file. `load` gets the digest of the lists and what follows it. Also returns the
/// SHA-256 of the bytes that were loaded. Returns `None` if it is another file, or a folder.
pub(crate) fn load<T>(
    path: &Path,
    load: impl FnOnce(String, &mut Reader<'_>) -> Result<T, Unloaded>,
) -> Result<Option<(T, String)>, ListsError> {
    let Some((file, _)) = open(path)? else { return Ok(None) };
    let unreadable = |source| ListsError::Unreadable { path: path.to_owned(), source };
    // The file that was opened, from its beginning: another may be at the path by now.
    let mut file = file.into_inner();
    file.rewind().map_err(unreadable)?;
    let size = file.metadata().map_err(unreadable)?.len();
    let mut file = BufReader::with_capacity(64 << 10, Sha256Reader::new(file));
    let mut reader = Reader::new(&mut file, size);
    let loaded = digest(&mut reader).and_then(|digest| load(digest, &mut reader));
    let loaded = loaded.and_then(|loaded| reader.finish().map(|()| loaded));
    let loaded = loaded.map_err(|unloaded| unloaded.of_file(path))?;
    Ok(Some((loaded, file.into_inner().digest().map_err(unreadable)?)))
}

/// Returns the digest of the lists that a file was made of, or `None` if it is another file. The
/// rest of the file is not checked.
///
/// # Errors
///
/// If the file cannot be read, was made by another version, or is damaged.
pub fn kept_digest(path: &Path) -> Result<Option<String>, ListsError> {
    let Some((mut file, size)) = open(path)? else { return Ok(None) };
    digest(&mut Reader::new(&mut file, size)).map(Some).map_err(|unloaded| unloaded.of_file(path))
}

/// Opens a file of this version, and returns its size.
fn open(path: &Path) -> Result<Option<(BufReader<Input>, u64)>, ListsError> {
    if !path.is_file() {
        return Ok(None);
    }
    let unreadable = |source| ListsError::Unreadable { path: path.to_owned(), source };
    let file = files::open_input(path).map_err(unreadable)?;
    let size = file.metadata().map_err(unreadable)?.len();
    let mut file = BufReader::with_capacity(64 << 10, file);
    let Some(rest) = file.fill_buf().map_err(unreadable)?.strip_prefix(NAME) else { return Ok(None) };
    if !rest.starts_with(VERSION.as_bytes()) {
        let rest = &rest[..rest.len().min(LONGEST_VERSION)];
        let path = path.to_owned();
        return Err(match rest.iter().position(|byte| *byte == b'\n') {
            Some(end) => {
                ListsError::OtherVersion { path, version: String::from_utf8_lossy(&rest[..end]).into() }
            }
            None => ListsError::Damaged { path },
        });
    }
    Ok(Some((file, size)))
}

fn digest(reader: &mut Reader<'_>) -> Result<String, Unloaded> {
    reader.raw::<{ NAME.len() }>()?;
    reader.raw::<{ VERSION.len() }>()?;
    String::from_utf8(reader.raw::<DIGEST>()?.into()).map_err(|_| Unloaded::Damaged)
}

impl Unloaded {
    fn of_file(self, path: &Path) -> ListsError {
        let path = path.to_owned();
        match self {
            Self::Damaged => ListsError::Damaged { path },
            Self::Io(source) => ListsError::Unreadable { path, source },
        }
    }
}
