//! Whether an output would replace an input.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use crate::named_stream::NamedStream;

/// Returns whether writing to `output` would replace a file that is read as `input`. If the input
/// is a folder, this is each file in it and in its folders, also a new one: the command or the next
/// one would read it. Several outputs may share a stream.
#[must_use]
pub fn would_replace(output: &Path, input: &Path) -> bool {
    if NamedStream::of(output).is_some() {
        return false;
    }
    let is_in_folder = || {
        let input = input.canonicalize().ok().filter(|input| input.is_dir())?;
        let real = match output.canonicalize() {
            Ok(existing) => existing,
            Err(_) => folder_of(output)?,
        };
        Some(real.starts_with(input))
    };
    is_same_file(output, input) || is_in_folder().unwrap_or_default()
}

/// Returns the real path of the folder of a file.
fn folder_of(file: &Path) -> Option<PathBuf> {
    file.parent().and_then(|folder| folder.join(".").canonicalize().ok())
}

/// Returns whether two paths lead to the same regular file, or to the same place for one.
fn is_same_file(one: &Path, other: &Path) -> bool {
    let status = |path: &Path| std::fs::metadata(path).ok();
    match (status(one), status(other)) {
        (Some(one), Some(other)) => one.is_file() && (one.dev(), one.ino()) == (other.dev(), other.ino()),
        (None, None) => one.file_name() == other.file_name() && folder_of(one) == folder_of(other),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn names_of_one_file() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::write(at("file"), "").unwrap();
        std::fs::write(at("other"), "").unwrap();
        std::fs::hard_link(at("file"), at("hard")).unwrap();
        symlink(at("file"), at("link")).unwrap();
        for same in ["file", "./file", "hard", "link"] {
            assert!(!would_replace(Path::new("/dev/stdout"), Path::new("/dev/stdout")));
            assert!(is_same_file(&at("file"), &at(same)), "{same}");
        }
        for different in ["other", "none", "."] {
            assert!(!is_same_file(&at("file"), &at(different)), "{different}");
        }
        assert!(is_same_file(&at("none"), &at("./none")));
        assert!(!is_same_file(&at("none"), &at("no")));
    }

    #[test]
    fn files_in_a_folder_that_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::create_dir_all(at("rules/inner")).unwrap();
        for name in ["rules/inner/a.yml", "other.yml"] {
            std::fs::write(at(name), "").unwrap();
        }
        symlink(at("rules"), at("link")).unwrap();
        for input in ["rules", "link", "rules/inner/a.yml"] {
            assert!(would_replace(&at("rules/inner/a.yml"), &at(input)), "{input}");
            assert!(!would_replace(&at("other.yml"), &at(input)), "{input}");
        }
        for (new, is_in_it) in [("rules/new", true), ("link/inner/new", true), ("new", false)] {
            assert_eq!(would_replace(&at(new), &at("rules")), is_in_it, "{new}");
        }
    }
}
