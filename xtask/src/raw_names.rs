//! Checks that messages show no path as it is.
//!
//! The name of a file can have line ends, with which it could add a line of its own to a message.
//! `events::Shown` escapes them.

use std::path::Path;

use crate::run::workspace;

#[test]
fn messages_show_paths_in_one_line() {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(workspace().join("crates")).unwrap() {
        let folder = entry.unwrap().path();
        if !folder.ends_with("testing") {
            search(&folder.join("src"), &mut found);
        }
    }
    found.sort();
    assert!(found.is_empty(), "use `.shown()` instead of `.display()`:\n{}", found.join("\n"));
}

/// Adds `PATH:LINE` for each line in the folder that shows a path as it is. Tests may.
fn search(folder: &Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("tests") {
            search(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") && !path.ends_with("tests.rs") {
            let source = std::fs::read_to_string(&path).unwrap();
            let shown = path.strip_prefix(workspace()).unwrap_or(&path).display().to_string();
            found.extend(raw_paths(&source).map(|line| format!("{shown}:{line}")));
        }
    }
}

/// Returns the lines that show a path as it is, without those of the tests at the end.
fn raw_paths(source: &str) -> impl Iterator<Item = usize> {
    let code = source.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let lines = code.lines().enumerate();
    lines.filter(|(_, line)| line.contains(".display()")).map(|(number, _)| number + 1)
}

#[test]
fn only_code_of_the_programs_is_searched() {
    let source = "fn f() {\n    path.display()\n}\n\n#[cfg(test)]\nmod tests {\n    path.display()\n}\n";
    assert_eq!(raw_paths(source).collect::<Vec<_>>(), [2]);
}
