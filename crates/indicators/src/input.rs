//! Files with lists: how they are found and read, and how a run keeps them.

mod copied;

use std::io::{self, BufRead, BufReader, Read, Seek as _, Write};
use std::path::{Path, PathBuf};

use events::Shown as _;
use serde::{Deserialize, Serialize};

use copied::Copied;

/// The maximum size of one file, in bytes.
const MAXIMUM_FILE_SIZE: u64 = 1 << 30;

/// The maximum size of all files, in bytes.
const MAXIMUM_SIZE: u64 = 2 << 30;

/// The maximum number of files and folders.
const MAXIMUM_FILES: usize = 1 << 16;

/// The first line of a file that [`keep`] made.
const KEPT: &[u8] = b"Lists of a run of foreman, version 1\n";

/// The longest description of a kept file, in bytes.
const LONGEST_DESCRIPTION: u64 = 64 << 10;

/// Lists cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ListsError {
    /// A file or folder cannot be read.
    #[error("the lists in {} cannot be read", path.shown())]
    Unreadable {
        /// The path.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// What is printed would go to one of them.
    #[error("the lists are not read")]
    Shared(#[from] files::SharedStream),
    /// They are too large.
    #[error(
        "the lists in {} are too large: at most {MAXIMUM_FILES} files of together {} GiB are read",
        path.shown(),
        MAXIMUM_SIZE >> 30
    )]
    TooLarge {
        /// The path.
        path: PathBuf,
    },
    /// There are too many indicators.
    #[error(
        "{file} has too many indicators: at most {maximum}, of together 1 GiB, are used in a run; leave some lists out"
    )]
    TooManyIndicators {
        /// The file in which the limit was reached.
        file: String,
        /// The limit.
        maximum: usize,
    },
    /// There are no files.
    #[error("{} has no files", path.shown())]
    None {
        /// The path.
        path: PathBuf,
    },
    /// No list has the column that was chosen.
    #[error("--ioc-column: no CSV list has a column {column:?}; {columns}")]
    NoColumn {
        /// The name that was given.
        column: String,
        /// Which columns there are, in words.
        columns: String,
    },
    /// No warninglist can be used.
    #[error("{} has no warninglist of MISP that can be used: {reason}", path.shown())]
    NoWarninglist {
        /// The path.
        path: PathBuf,
        /// What was found instead.
        reason: String,
    },
    /// A file that a run has kept is damaged.
    #[error(
        "{} is damaged: it is not what foreman has written; start the run anew, or make a new plan",
        path.shown()
    )]
    Damaged {
        /// The path.
        path: PathBuf,
    },
    /// A file that a run has kept is of another version of the program.
    #[error(
        "{} was made by another version of foreman ({version:?}); start the run anew, or make a new plan",
        path.shown()
    )]
    OtherVersion {
        /// The path.
        path: PathBuf,
        /// The version.
        version: String,
    },
    /// The lists cannot be kept.
    #[error("the lists cannot be read to their end, or cannot be copied")]
    Unkept(#[source] io::Error),
}

/// A file, or why it cannot be opened.
pub(crate) struct InputFile<'a> {
    /// Its path, below the folder that was given.
    pub(crate) name: &'a str,
    /// It was found in a folder, so it need not be a list.
    pub(crate) is_in_folder: bool,
    /// The size in bytes.
    pub(crate) size: u64,
    /// The content, or why the file cannot be read.
    pub(crate) content: Result<&'a mut dyn BufRead, String>,
    /// It is a storage file or another database that lies beside the lists. It is not one of them.
    pub(crate) is_database: bool,
}

impl<'a> InputFile<'a> {
    /// A file that cannot be read.
    fn unreadable(name: &'a str, is_in_folder: bool, reason: String) -> Self {
        Self { name, is_in_folder, size: 0, content: Err(reason), is_database: false }
    }
}

/// What precedes the content of a kept file.
#[derive(Serialize, Deserialize)]
struct Description {
    name: String,
    is_in_folder: bool,
    size: u64,
    error: Option<String>,
}

type Visit<'v> = dyn FnMut(InputFile<'_>) -> Result<(), ListsError> + 'v;

/// Visits a file, all files of a folder and its subfolders, or those of several, which commas
/// separate. Names that begin with a dot are left out. If the path is that of a kept file, returns
/// the SHA-256 of the bytes that were read.
pub(crate) fn each_file(path: &Path, visit: &mut Visit<'_>) -> Result<Option<String>, ListsError> {
    let (given, mut digest) = (path, None);
    let mut left = MAXIMUM_SIZE;
    for path in files::separated_paths(path) {
        if path.is_dir() {
            let unreadable = |source| ListsError::Unreadable { path: path.clone(), source };
            let found = files::files_in(&path, MAXIMUM_FILES, |_| true).map_err(unreadable)?;
            files::refuse_streams_into(&found.files)?;
            if found.files.is_empty() {
                return Err(ListsError::None { path });
            }
            let name_of = |file: &Path| file.strip_prefix(&path).unwrap_or(file).shown().into_owned();
            for file in &found.databases {
                let name = name_of(file);
                let reason = "it is an SQLite database, such as a storage file, and no list; it is left out";
                visit(InputFile { is_database: true, ..InputFile::unreadable(&name, true, reason.into()) })?;
            }
            for file in &found.files {
                let _ = each_of(file, &name_of(file), true, &mut left, visit)?;
            }
        } else {
            let name = path.file_name().unwrap_or(path.as_os_str()).shown().into_owned();
            let of_kept = each_of(&path, &name, false, &mut left, visit)?;
            if path == given {
                digest = of_kept;
            }
        }
    }
    Ok(digest)
}

/// Writes all files into one, which `each_file` understands. A run keeps it, so that workers use
/// the lists that were checked, even if somebody changes a file meanwhile.
///
/// # Errors
///
/// If a file or folder cannot be read, or the copy cannot be written.
pub fn keep(path: &Path, to: &mut dyn Write) -> Result<(), ListsError> {
    each_file_and_keep(path, to, &mut |_| Ok(())).map(drop)
}

/// Visits files as `each_file` does, and writes what is read of them into one file. Returns what
/// `each_file` returns.
pub(crate) fn each_file_and_keep(
    path: &Path,
    to: &mut dyn Write,
    visit: &mut Visit<'_>,
) -> Result<Option<String>, ListsError> {
    to.write_all(KEPT).map_err(ListsError::Unkept)?;
    each_file(path, &mut |file| {
        // Which storage files lie beside the lists says nothing about the lists.
        if file.is_database {
            return visit(file);
        }
        let InputFile { name, is_in_folder, size, content, .. } = file;
        let (content, error, size) = match content {
            Ok(content) => (Some(content), None, size),
            Err(error) => (None, Some(error), 0),
        };
        let description = Description { name: name.to_owned(), is_in_folder, size, error };
        serde_json::to_writer(&mut *to, &description).map_err(|error| ListsError::Unkept(error.into()))?;
        to.write_all(b"\n").map_err(ListsError::Unkept)?;
        let Some(content) = content else {
            let reason = description.error.unwrap_or_default();
            return visit(InputFile::unreadable(name, is_in_folder, reason));
        };
        let mut copied = Copied { content: &mut content.take(size), to, unread: 0, copied: 0 };
        visit(InputFile { name, is_in_folder, size, content: Ok(&mut copied), is_database: false })?;
        // A reader may stop before the end.
        io::copy(&mut copied, &mut io::sink()).map_err(ListsError::Unkept)?;
        if copied.copied != size {
            let error = io::Error::other(format!("{name} was changed while it was read"));
            return Err(ListsError::Unkept(error));
        }
        Ok(())
    })
}

/// Visits a file, or the files in a kept one. Returns the SHA-256 of a kept one.
fn each_of(
    path: &Path,
    name: &str,
    is_in_folder: bool,
    left: &mut u64,
    visit: &mut Visit<'_>,
) -> Result<Option<String>, ListsError> {
    let unreadable = |source| ListsError::Unreadable { path: path.to_owned(), source };
    let opened = open(path);
    let (mut content, size) = match opened {
        Ok(opened) => opened,
        Err(error) if is_in_folder => {
            let reason = format!("the file cannot be read: {error}");
            return visit(InputFile::unreadable(name, is_in_folder, reason)).map(|()| None);
        }
        Err(error) => return Err(unreadable(error)),
    };
    let too_large = || ListsError::TooLarge { path: path.to_owned() };
    if content.fill_buf().map_err(unreadable)?.starts_with(KEPT) {
        let mut file = content.into_inner();
        file.rewind().map_err(unreadable)?;
        let mut content = BufReader::with_capacity(64 << 10, files::Sha256Reader::new(file));
        content.read_exact(&mut [0; KEPT.len()]).map_err(unreadable)?;
        each_kept(&mut content, visit).ok_or_else(|| ListsError::Damaged { path: path.to_owned() })??;
        return content.into_inner().digest().map(Some).map_err(unreadable);
    }
    if size > MAXIMUM_FILE_SIZE {
        let reason = format!("the file is larger than {} GiB", MAXIMUM_FILE_SIZE >> 30);
        return visit(InputFile::unreadable(name, is_in_folder, reason)).map(|()| None);
    }
    *left = left.checked_sub(size).ok_or_else(too_large)?;
    let mut content = content.take(size);
    visit(InputFile { name, is_in_folder, size, content: Ok(&mut content), is_database: false })
        .map(|()| None)
}

fn open(path: &Path) -> io::Result<(BufReader<files::Input>, u64)> {
    let file = files::open_input(path)?;
    let size = file.metadata()?.len();
    Ok((BufReader::with_capacity(64 << 10, file), size))
}

/// Visits the files in a kept one. Returns `None` if it is damaged.
fn each_kept(source: &mut dyn BufRead, visit: &mut Visit<'_>) -> Option<Result<(), ListsError>> {
    let mut left = MAXIMUM_SIZE;
    loop {
        let mut line = Vec::new();
        source.take(LONGEST_DESCRIPTION).read_until(b'\n', &mut line).ok()?;
        if line.is_empty() {
            return Some(Ok(()));
        }
        let Description { name, is_in_folder, size, error } = serde_json::from_slice(&line).ok()?;
        left = left.checked_sub(size)?;
        let mut content = source.take(size);
        let content_or_error = match error {
            Some(error) => Err(error),
            None => Ok(&mut content as &mut dyn BufRead),
        };
        let file =
            InputFile { name: &name, is_in_folder, size, content: content_or_error, is_database: false };
        if let Err(error) = visit(file) {
            return Some(Err(error));
        }
        // A reader may stop before the end.
        io::copy(&mut content, &mut io::sink()).ok()?;
        if content.limit() > 0 {
            return None;
        }
    }
}

#[cfg(test)]
mod tests;
