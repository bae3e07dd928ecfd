//! Why formatter files cannot be used.

use std::io;
use std::path::PathBuf;

use events::Shown as _;

/// Why the formatter files of a Plaso installation cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FormatterError {
    /// What is printed would go to one of the files.
    #[error("the formatter files are not read")]
    Shared(#[from] files::SharedStream),
    /// The folder cannot be read.
    #[error("cannot read the folder of formatter files {}: {source}", folder.shown())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// The folder has no formatter files.
    #[error(
        "{} has no formatter files (*.yaml); give the folder `plaso/data/formatters` of a Plaso installation",
        folder.shown()
    )]
    None {
        /// The folder.
        folder: PathBuf,
    },
    /// The folder has too many files.
    #[error("{} has {number} formatter files; at most {maximum} are read", folder.shown())]
    TooMany {
        /// The folder.
        folder: PathBuf,
        /// The number of files in it.
        number: usize,
        /// The maximum number of files.
        maximum: usize,
    },
    /// A file cannot be read, or is not a formatter file.
    #[error("cannot use the formatter file {}: {problem}", path.shown())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
}
