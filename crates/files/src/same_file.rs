//! Whether an output would replace an input.

use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use crate::named_stream::NamedStream;

/// Returns whether writing to `output` would replace a file that is read as `input`. If the input
/// is a folder, this is each file in it and in its folders. Several outputs may share a stream.
#[must_use]
pub fn would_replace(output: &Path, input: &Path) -> bool {
    if NamedStream::of(output).is_some() {
        return false;
    }
    let is_in_folder = || {
        let (output, input) = (output.canonicalize().ok()?, input.canonicalize().ok()?);
        Some(input.is_dir() && output.is_file() && output.starts_with(input))
    };
    is_same_file(output, input) || is_in_folder().unwrap_or_default()
}

/// Returns whether two paths lead to the same regular file, or to the same place for one.
fn is_same_file(one: &Path, other: &Path) -> bool {
    let status = |path: &Path| std::fs::metadata(path).ok();
    match (status(one), status(other)) {
        (Some(one), Some(other)) => one.is_file() && (one.dev(), one.ino()) == (other.dev(), other.ino()),
        (None, None) => {
            let folder = |path: &Path| path.parent().and_then(|folder| folder.join(".").canonicalize().ok());
            one.file_name() == other.file_name() && folder(one) == folder(other)
        }
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
        assert!(!would_replace(&at("rules/new"), &at("rules")), "nothing is replaced");
    }
}
