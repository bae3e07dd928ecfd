//! Checks that messages show no path as it is.
//!
//! The name of a file can have line ends, with which it could add a line of its own to a message.
//! `events::Shown` escapes them.

use std::path::Path;

use crate::run::workspace;

#[test]
fn messages_show_paths_in_one_line() {
    let found = lines_of_programs(&|line| line.contains(".display()"));
    assert!(found.is_empty(), "use `.shown()` instead of `.display()`:\n{}", found.join("\n"));
}

/// Returns `PATH:LINE` for each such line of the programs, without their tests.
pub(crate) fn lines_of_programs(is_wanted: &dyn Fn(&str) -> bool) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(workspace().join("crates")).unwrap() {
        let folder = entry.unwrap().path();
        if !folder.ends_with("testing") {
            search(&folder.join("src"), is_wanted, &mut found);
        }
    }
    found.sort();
    found
}

/// Adds `PATH:LINE` for each such line in the folder, without tests.
fn search(folder: &Path, is_wanted: &dyn Fn(&str) -> bool, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("tests") {
            search(&path, is_wanted, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") && !path.ends_with("tests.rs") {
            let source = std::fs::read_to_string(&path).unwrap();
            let shown = path.strip_prefix(workspace()).unwrap_or(&path).display().to_string();
            found.extend(lines_of(&source, is_wanted).map(|line| format!("{shown}:{line}")));
        }
    }
}

/// Returns the numbers of such lines, without those of the tests at the end.
fn lines_of(source: &str, is_wanted: &dyn Fn(&str) -> bool) -> impl Iterator<Item = usize> {
    let code = source.split("mod tests {").next().unwrap_or_default();
    let lines = code.lines().enumerate();
    lines.filter(move |(_, line)| is_wanted(line)).map(|(number, _)| number + 1)
}

#[test]
fn only_code_of_the_programs_is_searched() {
    let source = "fn f() {\n    path.display()\n}\n\n#[cfg(test)]\nmod tests {\n    path.display()\n}\n";
    assert_eq!(lines_of(source, &|line| line.contains("path")).collect::<Vec<_>>(), [2]);
}
