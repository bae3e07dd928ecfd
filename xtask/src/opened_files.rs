//! Checks that the programs open files only by the crate `files`.
//!
//! If a process closes a file that it has also locked, it loses its locks, and the storage file can
//! be lost. `files::Input` takes care of that. Exports have no locks for writing, and open only
//! what their own workers have written. A journal is opened without following links, and is an
//! `Input` then.

use crate::raw_names::lines_of_programs;

/// What opens a file. `files::open_input` and `files::open_database` are used instead.
const OPENS: [&str; 6] = [
    " File::open(",
    "(File::open(",
    "=File::open(",
    "fs::File::open(",
    "File::options(",
    "OpenOptions::new(",
];

#[test]
fn files_are_opened_in_one_place() {
    let allowed = ["crates/files/", "crates/export/", "crates/storage/src/journal/mod.rs:"];
    let is_allowed = |place: &str| allowed.iter().any(|start| place.starts_with(start));
    let opens = |line: &str| OPENS.iter().any(|opens| line.contains(opens));
    let found = lines_of_programs(&opens);
    let others: Vec<_> = found.iter().filter(|place| !is_allowed(place)).collect();
    assert!(others.is_empty(), "use `files::open_input` or `files::open_database`:\n{others:#?}");
    assert!(found.len() > others.len(), "the search finds nothing");
}
