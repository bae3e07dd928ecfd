//! Checks that the comments of all Rust files fit into 100 columns.
//!
//! rustfmt wraps code, but comments only in its unstable version.

use std::path::Path;

use crate::run::workspace;

const COLUMNS: usize = 100;

#[test]
fn comments_fit_into_100_columns() {
    let mut found = Vec::new();
    for folder in ["crates", "tests", "xtask"] {
        search(&workspace().join(folder), &mut found);
    }
    found.sort();
    assert!(
        found.is_empty(),
        "{} comment lines are longer than {COLUMNS} columns; wrap them:\n{}",
        found.len(),
        found.join("\n")
    );
}

/// Adds `PATH:LINE` for each comment line in the folder that is too long.
fn search(folder: &Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("target") {
            search(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let source = std::fs::read_to_string(&path).unwrap();
            let shown = path.strip_prefix(workspace()).unwrap_or(&path).display().to_string();
            let lines = source.lines().enumerate().filter(|(_, line)| is_too_long(line));
            found.extend(lines.map(|(number, _)| format!("{shown}:{}", number + 1)));
        }
    }
}

/// A line that consists of one URL cannot be wrapped.
fn is_too_long(line: &str) -> bool {
    let Some(comment) = line.trim_start().strip_prefix("//") else { return false };
    let text = comment.trim_start_matches(['/', '!']).trim();
    let is_url = text.contains("://") && !text.contains(char::is_whitespace);
    line.chars().count() > COLUMNS && !is_url
}

#[test]
fn only_long_comments_are_found() {
    let filler = "x".repeat(COLUMNS);
    assert!(is_too_long(&format!("// A {filler}")));
    assert!(is_too_long(&format!("    /// See https://example.org/{filler} for more.")));
    assert!(!is_too_long(&format!("    //! <https://example.org/{filler}>")));
    assert!(!is_too_long(&format!("let text = \"// {filler}\";")));
    assert!(!is_too_long(&format!("/// {}", "é".repeat(COLUMNS - 4))));
}
