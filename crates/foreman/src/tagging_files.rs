//! Finds the tagging files that a user means: files, folders, built-in rules, lists of these, and
//! `auto` for the built-in rules that fit a store.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};
use events::Shown as _;
use files::separated_paths;
use filter::tagging_file::{BUILT_IN, fitting, is_built_in};

use crate::exit::Failure;
use crate::paths::{limit_readers_to_those_of_quoted, open_store};
use crate::plaso_data::find_tagging_file;
use crate::words::number;

/// The word for the built-in rules that fit the store.
const AUTO: &str = "auto";
/// The ending of the names of tagging files in a folder.
const ENDING: &str = "txt";
/// The maximum number of tagging files.
const MAXIMUM_FILES: usize = 1_000;
/// The maximum number of events whose data types are counted if Plaso has not counted them.
const MAXIMUM_COUNTED: u64 = 1_000_000;

/// Where tagging files are looked for.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Places<'a> {
    /// The folder that replaces Plaso's data folder.
    pub(crate) data: Option<&'a Path>,
    /// The store that `auto` looks at.
    pub(crate) store: Option<&'a Path>,
}

/// Returns the tagging files and built-in rules that the user means, in the order in which they
/// were given, and each once. The files of a folder are in the order of their names. Messages and
/// results quote them, so from now on, nothing is written that somebody may read who may not read
/// them.
///
/// # Errors
///
/// If there is no such file, a folder has no tagging files, or no rules fit the store.
pub(crate) fn find_tagging_files<P: AsRef<Path>>(
    given: &[P],
    places: Places<'_>,
) -> Result<Vec<PathBuf>, Failure> {
    let mut found: Vec<PathBuf> = Vec::new();
    for given in given.iter().flat_map(|given| separated_paths(given.as_ref())) {
        for file in find(&given, places)? {
            if !found.contains(&file) {
                found.push(file);
            }
            check_number(found.len())?;
        }
    }
    files::refuse_streams_into(&found).map_err(Failure::usage)?;
    found.iter().filter(|file| !is_built_in(file)).for_each(|file| limit_readers_to_those_of_quoted(file));
    Ok(found)
}

/// Returns whether the user means rules that depend on what the store holds.
pub(crate) fn depend_on_store(given: &[&Path]) -> bool {
    given.iter().flat_map(|given| separated_paths(given)).any(|given| given.as_os_str() == AUTO)
}

fn check_number(of_files: usize) -> Result<(), Failure> {
    if of_files > MAXIMUM_FILES {
        let most = number(MAXIMUM_FILES as u64);
        return Err(Failure::usage(anyhow!("there are more than {most} tagging files")));
    }
    Ok(())
}

/// Like [`find_tagging_files`], for several stores: `auto` may be any of the built-in rules.
pub(crate) fn find_for_several_stores(given: &[&Path]) -> Result<Vec<PathBuf>, Failure> {
    let given = given.iter().flat_map(|given| separated_paths(given));
    let given = given.flat_map(|given| match given.as_os_str() == AUTO {
        true => BUILT_IN.iter().map(PathBuf::from).collect(),
        false => vec![given],
    });
    find_tagging_files(&given.collect::<Vec<_>>(), Places::default())
}

fn find(given: &Path, places: Places<'_>) -> Result<Vec<PathBuf>, Failure> {
    let is_auto = given.as_os_str() == AUTO;
    if (is_auto || is_built_in(given)) && given.exists() {
        let name = given.shown();
        tracing::warn!(
            "`{name}` means the built-in rules, and not what has this name in the current folder; to use that, write ./{name}"
        );
    }
    if is_auto {
        return fitting_store(places.store);
    }
    if given.is_dir() && !is_built_in(given) {
        return of_folder(given);
    }
    Ok(vec![find_tagging_file(given, places.data)?])
}

/// Returns the tagging files of a folder, in the order of their names. Its folders, and files whose
/// names begin with a dot, are left out.
fn of_folder(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let cannot_read = || format!("the folder {} cannot be read", folder.shown());
    let entries = files::check_links_to(folder).and_then(|()| folder.read_dir());
    let entries = entries.with_context(cannot_read).map_err(Failure::usage)?;
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.with_context(cannot_read).map_err(Failure::usage)?.path();
        let is_hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        if !is_hidden && path.extension().is_some_and(|ending| ending == ENDING) && path.is_file() {
            files.push(path);
            check_number(files.len())?;
        }
    }
    if files.is_empty() {
        return Err(Failure::usage(anyhow!(
            "the folder {} has no tagging file; foreman takes the files whose names end in .{ENDING}",
            folder.shown()
        )));
    }
    files.sort_unstable();
    Ok(files)
}

/// Returns the built-in rules that fit the store, and says which they are.
fn fitting_store(store: Option<&Path>) -> Result<Vec<PathBuf>, Failure> {
    let Some(store) = store else {
        return Err(Failure::usage(anyhow!(
            "`{AUTO}` chooses the built-in rules that fit a storage file, but no storage file was given; the built-in \
             rules are {}",
            BUILT_IN.join(", ")
        )));
    };
    // Older versions of Plaso do not count them.
    let counts = report::data_types(&open_store(store)?, MAXIMUM_COUNTED, &mut |_, _| {})?;
    if counts.is_empty() {
        // Rules for other data types find nothing.
        tracing::info!(
            "the storage file does not say which data types it has, and counting them would take long, so all built-in \
             rules are used: {}",
            BUILT_IN.join(", ")
        );
        return Ok(BUILT_IN.map(PathBuf::from).into());
    }
    let counts: Vec<_> = counts.iter().map(|count| (count.name.as_str(), count.number)).collect();
    let chosen = fitting(&counts);
    if chosen.is_empty() {
        // The option is not wrong: it may fit other files of a queue.
        return Err(anyhow!(
            "no built-in rules fit {}: none has rules for one of its {} data types; name a tagging file",
            store.shown(),
            number(counts.len() as u64)
        )
        .into());
    }
    tracing::info!("the built-in rules for the data types of the storage file are {}", chosen.join(", "));
    Ok(chosen.into_iter().map(PathBuf::from).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(given: &[&str]) -> Result<Vec<PathBuf>, String> {
        find_tagging_files(given, Places::default()).map_err(|failure| failure.error.to_string())
    }

    #[test]
    fn files_stay_in_order_and_those_of_a_folder_are_sorted() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        for name in ["b.txt", "a.txt", "a,b.txt", ".c.txt", "d.txt~", "README"] {
            std::fs::write(path(name), "").unwrap();
        }
        std::fs::create_dir(path("e.txt")).unwrap();
        let text = |name: &str| path(name).to_str().unwrap().to_owned();
        let names = |given: &[&str]| found(given).unwrap();
        let all = ["a,b.txt", "a.txt", "b.txt"].map(path);
        assert_eq!(names(&[folder.path().to_str().unwrap()]), all);
        let (a, b) = (text("a.txt"), text("b.txt"));
        let list = format!("{b},linux,{a}");
        assert_eq!(names(&[&list, "linux", &b]), [path("b.txt"), "linux".into(), path("a.txt")]);
        assert_eq!(names(&[&text("a,b.txt")]), [path("a,b.txt")]);
        let many = path("many");
        std::fs::create_dir(&many).unwrap();
        for number in 0..=MAXIMUM_FILES {
            std::fs::write(many.join(format!("{number}.txt")), "").unwrap();
        }
        assert!(of_folder(&many).is_err(), "the limit is checked while the folder is read");
        assert!(found(&[many.to_str().unwrap()]).unwrap_err().contains("more than 1,000 tagging files"));
        let empty = found(&[&text("e.txt")]).unwrap_err();
        assert!(empty.contains("has no tagging file"), "{empty}");
        let without_store = found(&["auto"]).unwrap_err();
        assert!(without_store.contains("no storage file was given"), "{without_store}");
    }
}
