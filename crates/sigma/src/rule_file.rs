//! Rule files: how they are found and read, and how a run keeps them.

use std::collections::BTreeSet;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use events::Shown as _;
use serde::{Deserialize, Serialize};

/// The maximum size of one file, in bytes. Sigma's own largest rule has 20 KiB.
pub const MAXIMUM_FILE_SIZE: usize = 16 << 20;

/// The maximum size of all files, in bytes.
const MAXIMUM_SIZE: usize = 256 << 20;

/// The maximum number of files and folders.
const MAXIMUM_FILES: usize = 1 << 17;

/// The first line of a file that [`kept`] made.
const KEPT: &str = "Sigma rules of a run of foreman, version 1\n";

/// A rule file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleFile {
    /// Its path, below the folder that was given.
    pub name: String,
    /// Its text, or why it cannot be read.
    pub text: Result<String, String>,
}

/// Rules cannot be found.
#[derive(Debug, thiserror::Error)]
pub enum RuleFilesError {
    /// A file or folder cannot be read.
    #[error("the Sigma rules in {} cannot be read", path.shown())]
    Unreadable {
        /// The path.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// What is printed would go to one of them.
    #[error("the Sigma rules are not read")]
    Shared(#[from] files::SharedStream),
    /// There are too many.
    #[error(
        "the Sigma rules in {} are too many: at most {MAXIMUM_FILES} files of together {} MiB are read",
        path.shown(),
        MAXIMUM_SIZE >> 20
    )]
    TooMany {
        /// The path.
        path: PathBuf,
    },
    /// There are none.
    #[error("{} has no Sigma rules: no file whose name ends in .yml or .yaml", path.shown())]
    None {
        /// The path.
        path: PathBuf,
    },
    /// A file that a run has kept is damaged.
    #[error("{} is not what foreman has written", path.shown())]
    Damaged {
        /// The path.
        path: PathBuf,
    },
}

/// Reads the rules of a file, of a folder with its subfolders, or of several, which commas
/// separate. Files of a folder are rules if their names end in `.yml` or `.yaml`, in capitals or
/// not. Names that begin with a dot are left out.
///
/// # Errors
///
/// If the file or folder cannot be read, or has no rules.
pub fn read(path: &Path) -> Result<Vec<RuleFile>, RuleFilesError> {
    read_files(path, &mut None)
}

/// The digests of what was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digests {
    /// The SHA-256 of the bytes of a single file, and otherwise of what [`kept`] returns.
    pub digest: String,
    /// The SHA-256 of what [`kept`] returns. If a kept file was read, that of the file.
    pub of_kept: String,
}

/// Like [`read`]. Also returns the digests of what was read.
///
/// # Errors
///
/// As for [`read`].
pub fn read_with_digests(path: &Path) -> Result<(Vec<RuleFile>, Digests), RuleFilesError> {
    let mut of_file = None;
    let files = read_files(path, &mut of_file)?;
    let of_all = || {
        let text = kept(&files).map_err(io::Error::from);
        let text = text.map_err(|source| RuleFilesError::Unreadable { path: path.to_owned(), source })?;
        Ok::<_, RuleFilesError>(files::sha256_of(text.as_bytes()))
    };
    let digests = match of_file {
        Some(SingleFile { digest, is_kept: true }) => Digests { of_kept: digest.clone(), digest },
        Some(SingleFile { digest, .. }) => Digests { of_kept: of_all()?, digest },
        None => {
            let digest = of_all()?;
            Digests { of_kept: digest.clone(), digest }
        }
    };
    Ok((files, digests))
}

/// What is known of a file that is read alone.
struct SingleFile {
    /// The SHA-256 of its bytes.
    digest: String,
    is_kept: bool,
}

/// `of_file` gets what is known of the file, if the path is that of a file.
fn read_files(path: &Path, of_file: &mut Option<SingleFile>) -> Result<Vec<RuleFile>, RuleFilesError> {
    let given = path;
    let mut files = Vec::new();
    let mut left = MAXIMUM_SIZE;
    for path in files::separated_paths(path) {
        let unreadable = |source| RuleFilesError::Unreadable { path: path.clone(), source };
        if path.is_dir() {
            let found = files::files_in(&path, MAXIMUM_FILES, is_rule_file).map_err(unreadable)?;
            files::refuse_streams_into(&found.files)?;
            // A database is named as a file that cannot be read.
            let found: BTreeSet<_> = found.files.into_iter().chain(found.databases).collect();
            if found.is_empty() {
                return Err(RuleFilesError::None { path });
            }
            for file in found {
                let name = file.strip_prefix(&path).unwrap_or(&file).shown().into_owned();
                let text = read_file(&file).map_err(|error| format!("the file cannot be read: {error}"));
                files.push(RuleFile { name, text });
                left = take(left, &files).ok_or_else(|| RuleFilesError::TooMany { path: path.clone() })?;
            }
        } else {
            let text = read_raw(&path).map_err(unreadable)?;
            let digest = (path == given).then(|| files::sha256_of(text.as_bytes()));
            let text = without_mark(text);
            *of_file = digest.map(|digest| SingleFile { digest, is_kept: text.starts_with(KEPT) });
            if let Some(kept) = text.strip_prefix(KEPT) {
                files.extend(read_kept(kept).ok_or(RuleFilesError::Damaged { path: path.clone() })?);
            } else {
                let name = path.file_name().unwrap_or(path.as_os_str()).shown().into_owned();
                files.push(RuleFile { name, text: Ok(text) });
            }
            left = take(left, &files).ok_or(RuleFilesError::TooMany { path })?;
        }
    }
    Ok(files)
}

/// Returns one text with all these files, which [`read`] understands. A run keeps it, so that
/// workers use the rules that were checked, even if somebody changes a file meanwhile.
///
/// # Errors
///
/// If the files cannot be written as JSON, which no file causes.
pub fn kept(files: &[RuleFile]) -> Result<String, serde_json::Error> {
    let mut text = KEPT.to_owned();
    for file in files {
        text += &serde_json::to_string(file)?;
        text.push('\n');
    }
    Ok(text)
}

/// Reads what [`kept`] wrote, or anybody else: a name may have any characters.
fn read_kept(text: &str) -> Option<Vec<RuleFile>> {
    let file = |line| {
        let file: RuleFile = serde_json::from_str(line).ok()?;
        Some(RuleFile { name: file.name.shown().into_owned(), ..file })
    };
    text.lines().map(file).collect()
}

fn is_rule_file(path: &Path) -> bool {
    path.extension().is_some_and(|end| end.eq_ignore_ascii_case("yml") || end.eq_ignore_ascii_case("yaml"))
}

/// Returns the names of the files in these folders that [`read`] leaves out because of their names.
///
/// # Errors
///
/// If a folder cannot be read.
pub fn not_read(path: &Path) -> Result<Vec<String>, RuleFilesError> {
    let mut names = Vec::new();
    for folder in files::separated_paths(path).into_iter().filter(|path| path.is_dir()) {
        let found = files::files_in(&folder, MAXIMUM_FILES, |path| !is_rule_file(path));
        let found = found.map_err(|source| RuleFilesError::Unreadable { path: folder.clone(), source })?;
        let name = |file: &PathBuf| file.strip_prefix(&folder).unwrap_or(file).shown().into_owned();
        names.extend(found.files.iter().chain(&found.databases).map(name));
    }
    Ok(names)
}

/// Reads a file of at most [`MAXIMUM_FILE_SIZE`], or a kept one.
fn read_file(path: &Path) -> io::Result<String> {
    read_raw(path).map(without_mark)
}

/// Returns the text without the byte order mark with which it may begin.
fn without_mark(text: String) -> String {
    text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text)
}

pub(crate) fn read_raw(path: &Path) -> io::Result<String> {
    // A kept file has all rules in it.
    let mut bytes = Vec::new();
    files::open_input(path)?.take(MAXIMUM_SIZE as u64 + 1).read_to_end(&mut bytes)?;
    let text = String::from_utf8(bytes).map_err(|_| io::Error::other("it is not UTF-8"))?;
    if text.len() > MAXIMUM_FILE_SIZE && !(text.starts_with(KEPT) && text.len() <= MAXIMUM_SIZE) {
        return Err(io::Error::other(format!("it is larger than {} MiB", MAXIMUM_FILE_SIZE >> 20)));
    }
    Ok(text)
}

/// Subtracts the size of the last file.
fn take(left: usize, files: &[RuleFile]) -> Option<usize> {
    let size = files.last().and_then(|file| file.text.as_ref().ok()).map_or(0, String::len);
    left.checked_sub(size)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_read_in_order_and_kept() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &[u8]| {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write("b.yml", b"\xef\xbb\xbftitle: b");
        write("a/c.yaml", b"title: c");
        write("a/readme.md", b"no rule");
        write("f.YML", b"title: f");
        write(".git/d.yml", b"hidden");
        write("e.yml", b"\xff");
        let files = read(folder.path()).unwrap();
        let names: Vec<_> = files.iter().map(|file| file.name.as_str()).collect();
        assert_eq!(names, ["a/c.yaml", "b.yml", "e.yml", "f.YML"]);
        assert_eq!(not_read(folder.path()).unwrap(), ["a/readme.md"]);
        assert_eq!(files[1].text.as_deref(), Ok("title: b"));
        assert_eq!(files[2].text, Err("the file cannot be read: it is not UTF-8".into()));

        write("kept/rules.txt", kept(&files).unwrap().as_bytes());
        assert_eq!(read(&folder.path().join("kept/rules.txt")).unwrap(), files);
        let forged = RuleFile { name: "a.yml\nb.yml".into(), text: Ok(String::new()) };
        write("kept/forged.txt", kept(&[forged]).unwrap().as_bytes());
        let [forged] = &read(&folder.path().join("kept/forged.txt")).unwrap()[..] else { panic!() };
        assert!(!forged.name.contains('\n'), "{}", forged.name);
        let both = format!("{0}/b.yml,{0}/a", folder.path().display());
        assert_eq!(read(Path::new(&both)).unwrap().len(), 2);
    }

    #[test]
    fn what_is_not_there_or_too_large_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        assert!(read(folder.path()).unwrap_err().to_string().contains("has no Sigma rules"));
        assert!(matches!(read(&folder.path().join("x.yml")), Err(RuleFilesError::Unreadable { .. })));
        std::fs::write(folder.path().join("large.yml"), vec![b'a'; MAXIMUM_FILE_SIZE + 1]).unwrap();
        let error = read(&folder.path().join("large.yml")).unwrap_err();
        assert!(std::error::Error::source(&error).unwrap().to_string().contains("larger than 16 MiB"));
    }
}
