//! The files that an option names: a file, the files of a folder, or several of them.

use std::io;
use std::path::{Path, PathBuf};

/// The maximum depth of folders.
const MAXIMUM_DEPTH: usize = 32;

/// Returns the paths in a list, which commas separate, or the whole if a file has this name.
#[must_use]
pub fn separated_paths(list: &Path) -> Vec<PathBuf> {
    match list.to_str() {
        Some(text) if !list.exists() => {
            text.split(',').map(str::trim).filter(|path| !path.is_empty()).map(PathBuf::from).collect()
        }
        _ => vec![list.to_owned()],
    }
}

/// Returns the wanted files of a folder and its subfolders, sorted, at most so many. Names that
/// begin with a dot are left out.
///
/// # Errors
///
/// If a folder cannot be read, the folders are nested too deep, or there are more files.
pub fn files_in(
    folder: &Path,
    maximum: usize,
    is_wanted: impl Fn(&Path) -> bool,
) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    find(folder, 0, maximum, &is_wanted, &mut found)?;
    found.sort();
    Ok(found)
}

fn find(
    folder: &Path,
    depth: usize,
    maximum: usize,
    is_wanted: &dyn Fn(&Path) -> bool,
    found: &mut Vec<PathBuf>,
) -> io::Result<()> {
    if depth > MAXIMUM_DEPTH {
        return Err(io::Error::other(format!("folders are nested more than {MAXIMUM_DEPTH} deep")));
    }
    for entry in folder.read_dir()? {
        let entry = entry?;
        if entry.file_name().as_encoded_bytes().starts_with(b".") {
            continue;
        }
        let path = entry.path();
        // A link to a folder could lead back to where it is.
        if entry.file_type()?.is_dir() {
            find(&path, depth + 1, maximum, is_wanted, found)?;
        } else if is_wanted(&path) && !path.is_dir() {
            if found.len() >= maximum {
                return Err(io::Error::other(format!("there are more than {maximum} files")));
            }
            found.push(path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_divided_unless_a_file_has_the_name() {
        let folder = tempfile::tempdir().unwrap();
        let [one, both] = ["a", "a,b"].map(|name| folder.path().join(name));
        assert_eq!(separated_paths(&both), [one.clone(), "b".into()]);
        assert_eq!(separated_paths(Path::new(",a,,b,")), ["a", "b"].map(PathBuf::from));
        std::fs::write(&both, "").unwrap();
        assert_eq!(separated_paths(&both), [both]);
        assert_eq!(separated_paths(&one), [one]);
    }

    #[test]
    fn files_are_found_in_order_up_to_a_limit() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for name in ["b.txt", "a/c.txt", "a/d.md", ".git/e.txt"] {
            std::fs::create_dir_all(at(name).parent().unwrap()).unwrap();
            std::fs::write(at(name), "").unwrap();
        }
        std::os::unix::fs::symlink(folder.path(), at("loop.txt")).unwrap();
        let is_text = |path: &Path| path.extension().is_some_and(|ending| ending == "txt");
        assert_eq!(files_in(folder.path(), 2, is_text).unwrap(), [at("a/c.txt"), at("b.txt")]);
        assert_eq!(
            files_in(folder.path(), 2, |_| true).unwrap_err().to_string(),
            "there are more than 2 files"
        );

        let deep = at(&"x/".repeat(MAXIMUM_DEPTH + 1));
        std::fs::create_dir_all(deep).unwrap();
        let error = files_in(folder.path(), 9, |_| true).unwrap_err().to_string();
        assert_eq!(error, "folders are nested more than 32 deep");
    }
}
