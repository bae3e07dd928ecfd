//! Reads the files of a folder, with limits.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use crate::FormatterError;

/// The maximum number of formatter files. Plaso has nine.
const MAXIMUM_FILES: usize = 200;
/// The maximum size of a formatter file, in bytes. The largest of Plaso has 30 KB.
const MAXIMUM_SIZE: u64 = 4 << 20;

/// Returns the `.yaml` files in a folder with their texts, in the order of their names.
pub(super) fn files(folder: &Path) -> Result<Vec<(PathBuf, String)>, FormatterError> {
    let of_folder = |source| FormatterError::Folder { folder: folder.into(), source };
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(of_folder)? {
        let path = entry.map_err(of_folder)?.path();
        if path.extension().is_some_and(|extension| extension == "yaml") {
            paths.push(path);
        }
    }
    paths.sort();
    match paths.len() {
        0 => return Err(FormatterError::None { folder: folder.into() }),
        number if number > MAXIMUM_FILES => {
            return Err(FormatterError::TooMany { folder: folder.into(), number, maximum: MAXIMUM_FILES });
        }
        _ => {}
    }
    files::refuse_streams_into(&paths)?;
    paths.into_iter().map(|path| text(&path).map(|text| (path, text))).collect()
}

fn text(path: &Path) -> Result<String, FormatterError> {
    let wrong = |problem| FormatterError::File { path: path.into(), problem };
    let mut text = String::new();
    let file = files::open_input(path).map_err(|error| wrong(error.to_string()))?;
    file.take(MAXIMUM_SIZE + 1).read_to_string(&mut text).map_err(|error| wrong(error.to_string()))?;
    if text.len() as u64 > MAXIMUM_SIZE {
        return Err(wrong(format!("it is larger than {} MiB", MAXIMUM_SIZE >> 20)));
    }
    Ok(text)
}
