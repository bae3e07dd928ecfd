//! Whether two paths lead to one file.

use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

/// Returns whether two paths lead to the same regular file, or to the same place for one.
#[must_use]
pub fn is_same_file(one: &Path, other: &Path) -> bool {
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
            assert!(is_same_file(&at("file"), &at(same)), "{same}");
        }
        for different in ["other", "none", "."] {
            assert!(!is_same_file(&at("file"), &at(different)), "{different}");
        }
        assert!(is_same_file(&at("none"), &at("./none")));
        assert!(!is_same_file(&at("none"), &at("no")));
    }
}
