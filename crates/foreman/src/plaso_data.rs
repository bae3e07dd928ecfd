//! Finds Plaso's own tagging files, such as `tag_linux.txt`, which command lines name without a
//! folder.
//!
//! psort finds them in the data folder of its installation. Foreman finds that installation by the
//! program `psort` on `PATH`, which it reads but never runs.

use std::ffi::OsStr;
use std::io::Read as _;
use std::path::{Component, Path, PathBuf};

use anyhow::anyhow;
use events::Shown as _;

use crate::exit::Failure;

/// The names of psort, in current and older packages.
const PROGRAMS: [&str; 2] = ["psort", "psort.py"];
/// The folders where Plaso may be installed, in addition to the folder of `psort`.
const PREFIXES: [&str; 2] = ["/usr", "/usr/local"];
/// The maximum number of folders that a message names.
const SHOWN: usize = 8;

/// Returns the path of the tagging file that the user means: the file itself, a file in the folder
/// `data`, built-in rules, or a file of Plaso's. As in psort, `data` replaces Plaso's data folder
/// if it exists.
///
/// # Errors
///
/// If there is no such file. The error names the folders that were searched.
pub(crate) fn find_tagging_file(given: &Path, data: Option<&Path>) -> Result<PathBuf, Failure> {
    let built_in = filter::tagging_file::BUILT_IN;
    let data = data.filter(|data| data.is_dir());
    let in_data = data.map(|data| data.join(given)).filter(|file| file.is_file());
    if given.exists() || built_in.iter().any(|name| given == Path::new(name)) && in_data.is_none() {
        return Ok(given.to_owned());
    }
    if let Some(file) = in_data {
        return Ok(file);
    }
    let psort = psort();
    let is_inside = given.components().all(|part| matches!(part, Component::Normal(_)));
    let folders = match data {
        Some(data) => vec![data.to_owned()],
        None if is_inside => data_folders(psort.as_deref()),
        None => Vec::new(),
    };
    if let Some(file) = folders.iter().map(|folder| folder.join(given)).find(|file| file.is_file()) {
        tracing::info!("the tagging file is {}", file.shown());
        return Ok(file);
    }
    Err(not_found(given, &folders, psort.as_deref()))
}

fn not_found(given: &Path, folders: &[PathBuf], psort: Option<&Path>) -> Failure {
    let mut looked: Vec<_> = folders.iter().take(SHOWN).map(|folder| folder.shown().into_owned()).collect();
    if folders.len() > SHOWN {
        looked.push(format!("{} more", folders.len() - SHOWN));
    }
    let built_in = filter::tagging_file::BUILT_IN;
    let own = built_in.iter().find(|name| given.to_string_lossy().contains(**name));
    let own = own.map_or_else(
        || format!("which are {}", built_in.join(", ")),
        |name| format!("such as:\n  --tagging-file {name}"),
    );
    let given = given.shown();
    let elsewhere = match (looked.is_empty(), psort) {
        (true, _) => String::new(),
        (false, Some(psort)) => {
            format!(", nor in a data folder of Plaso ({}; psort is {})", looked.join(", "), psort.shown())
        }
        (false, None) => {
            format!(", nor in a data folder of Plaso ({}; no psort is on PATH)", looked.join(", "))
        }
    };
    Failure::usage(anyhow!(
        "there is no tagging file {given}{elsewhere}; name the file with its folder, or, in 'foreman psort', name the data \
         folder of Plaso with:\n  --data DIR\nor use foreman's own rules, {own}"
    ))
}

/// Returns the program that would run as `psort`.
fn psort() -> Option<PathBuf> {
    PROGRAMS.iter().find_map(|name| on_path(OsStr::new(name)))
}

fn on_path(name: &OsStr) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    // A relative folder depends on the current folder, which somebody else may own.
    let folders = std::env::split_paths(&path).filter(|folder| folder.is_absolute());
    folders.map(|folder| folder.join(name)).find(|program| program.is_file())
}

/// Returns the folders that may have Plaso's data files. The folders of the installation of `psort`
/// come first.
fn data_folders(psort: Option<&Path>) -> Vec<PathBuf> {
    let mut prefixes = Vec::new();
    if let Some(psort) = psort {
        let interpreter = interpreter(psort);
        let programs = [psort.canonicalize().ok(), Some(psort.to_owned()), interpreter];
        prefixes.extend(programs.iter().flatten().filter_map(|program| prefix(program)));
    }
    prefixes.extend(PREFIXES.map(PathBuf::from));
    let mut folders = Vec::new();
    for folder in prefixes.iter().flat_map(|prefix| of_prefix(prefix)) {
        if !folders.contains(&folder) {
            folders.push(folder);
        }
    }
    folders
}

/// Returns the parent of the folder that a program is in.
fn prefix(program: &Path) -> Option<PathBuf> {
    program.parent()?.parent().map(Path::to_owned)
}

fn of_prefix(prefix: &Path) -> Vec<PathBuf> {
    let mut folders = Vec::new();
    for library in ["lib", "lib64"].map(|name| prefix.join(name)) {
        let entries = library.read_dir().into_iter().flatten().flatten().map(|entry| entry.path());
        let is_python = |path: &PathBuf| {
            path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("python3"))
        };
        let mut pythons: Vec<_> = entries.filter(is_python).collect();
        pythons.sort_unstable();
        let packages = pythons
            .iter()
            .flat_map(|python| ["site-packages", "dist-packages"].map(|name| python.join(name)));
        folders.extend(packages.map(|packages| packages.join("plaso/data")).filter(|data| data.is_dir()));
    }
    folders.push(prefix.join("share/plaso"));
    folders
}

/// Returns the Python that a script names in its first lines. There are three forms:
/// `#!/opt/plaso/bin/python3`, `#!/usr/bin/env python3`, and, as pip writes it if the path is long,
/// `#!/bin/sh` and `'''exec' "/opt/…/python3" "$0" "$@"`.
fn interpreter(script: &Path) -> Option<PathBuf> {
    const LONGEST: u64 = 4096;
    let mut head = Vec::new();
    files::open_input(script).ok()?.take(LONGEST).read_to_end(&mut head).ok()?;
    let head = String::from_utf8_lossy(&head);
    let mut lines = head.strip_prefix("#!")?.lines();
    let (first, second) = (lines.next()?.trim(), lines.next().unwrap_or_default());
    let (program, rest) = first.split_once(char::is_whitespace).unwrap_or((first, ""));
    let path = match Path::new(program).file_name()?.to_str()? {
        "env" => on_path(OsStr::new(rest.split_whitespace().last()?))?,
        "sh" => second.strip_prefix("'''exec' ")?.trim_start_matches('"').split(['"', ' ']).next()?.into(),
        _ => PathBuf::from(program),
    };
    path.is_absolute().then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interpreters_of_scripts() {
        let folder = tempfile::tempdir().unwrap();
        let script = folder.path().join("psort");
        for (head, expected) in [
            ("#!/opt/plaso/bin/python3\nimport", Some("/opt/plaso/bin/python3")),
            ("#! /opt/plaso/bin/python3 -I\n", Some("/opt/plaso/bin/python3")),
            ("#!/bin/sh\n'''exec' \"/long/bin/python3\" \"$0\" \"$@\"\n", Some("/long/bin/python3")),
            ("#!/bin/sh\n'''exec' /long/bin/python3 \"$0\" \"$@\"\n", Some("/long/bin/python3")),
            ("#!/bin/sh\necho\n", None),
            ("#!python3\n", None),
            ("#!\n", None),
            ("\u{7f}ELF", None),
            ("", None),
        ] {
            std::fs::write(&script, head).unwrap();
            assert_eq!(interpreter(&script).as_deref(), expected.map(Path::new), "{head}");
        }
    }
}
