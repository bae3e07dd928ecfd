//! What commands that only read say of several storage files: one output, in the order of the
//! files, and the names of those that cannot be read.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Result, anyhow, bail};
use events::Shown as _;
use report::FORMAT_VERSION;
use serde::Serialize;

use crate::exit::{Failure, Status};
use crate::run::queue::Stores;

/// The storage files that the user names.
pub(super) struct Chosen {
    /// The files, and all `*.plaso` files of folders, each once.
    pub(super) stores: Vec<PathBuf>,
    /// Links that lead out of their folder. Somebody else may have made them, and what they lead to
    /// is no part of the case.
    passed_over: Vec<PathBuf>,
}

impl Chosen {
    /// Looks the storage files up. What is written of them is for those who may read all of them.
    pub(super) fn of(given: &[PathBuf]) -> Result<Self> {
        let (mut stores, mut passed_over) = (Vec::new(), Vec::new());
        for store in given {
            if store.is_dir() {
                let mut named = Stores::In(store.clone()).named()?;
                named.paths.sort();
                stores.extend(named.paths);
                passed_over.extend(named.passed_over);
            } else {
                stores.push(store.clone());
            }
        }
        if stores.is_empty() {
            passed_over.iter().for_each(|link| streams::complain(&passed_over_link(link, "")));
            bail!("there are only links that lead out of their folder");
        }
        stores.iter().for_each(|store| files::limit_readers_to_those_of(store));
        Ok(Self { stores: each_once(stores), passed_over })
    }

    /// Begins the list of the files that cannot be read, with the links that are passed over.
    pub(super) fn unread(&self) -> Unread {
        let of_link = |link: &PathBuf| UnreadStore {
            store: link.to_string_lossy().into_owned(),
            error: passed_over_link(link, ""),
        };
        let stores: Vec<_> = self.passed_over.iter().map(of_link).collect();
        Unread { stores, ..Unread::of(self.stores.len() + self.passed_over.len()) }
    }
}

/// Says that a link is passed over, and what to do if the user has made it.
pub(super) fn passed_over_link(link: &Path, or: &str) -> String {
    format!(
        "{} is passed over, because it is a link that leads out of the folder; if you have made it, name the file itself{or}",
        link.shown()
    )
}

/// Returns each file once, whatever its names, and says which names are left out. Otherwise its
/// events would count twice for a case.
pub(super) fn each_once(named: Vec<PathBuf>) -> Vec<PathBuf> {
    let mut known: BTreeMap<(u64, u64), PathBuf> = BTreeMap::new();
    let is_new = |store: &PathBuf| {
        // A file that is not there fails when its turn comes.
        let Ok(status) = store.metadata() else { return true };
        match known.entry((status.dev(), status.ino())) {
            Entry::Vacant(place) => {
                place.insert(store.clone());
                true
            }
            Entry::Occupied(first) => {
                let first = first.get().shown();
                streams::complain(&format!(
                    "{} is the same file as {first}, so it counts once",
                    store.shown()
                ));
                false
            }
        }
    };
    named.into_iter().filter(is_new).collect()
}

/// Returns the error of one of several storage files in words. Most errors name the file already.
pub(super) fn about(store: &Path, error: &anyhow::Error) -> String {
    let (store, error) = (store.shown().into_owned(), format!("{error:#}"));
    if error.contains(&store) { error } else { format!("{store}: {error}") }
}

/// The storage files that cannot be read, of several ones.
#[derive(Debug)]
pub(super) struct Unread {
    /// The number of all storage files.
    all: usize,
    stores: Vec<UnreadStore>,
}

/// A storage file that cannot be read.
#[derive(Debug, Serialize)]
pub(super) struct UnreadStore {
    pub(super) store: String,
    pub(super) error: String,
}

impl Unread {
    /// Begins the list for this number of storage files.
    pub(super) fn of(all: usize) -> Self {
        Self { all, stores: Vec::new() }
    }

    /// Returns what was read of a storage file, or keeps the error. If it is the only one, or the
    /// command line is wrong, the command fails.
    pub(super) fn or_read<T>(
        &mut self,
        store: &Path,
        read: Result<T, Failure>,
    ) -> Result<Option<T>, Failure> {
        match read {
            Err(Failure { status, error }) if self.all > 1 && status != Status::Usage => {
                let error = about(store, &error);
                self.stores.push(UnreadStore { store: store.to_string_lossy().into_owned(), error });
                Ok(None)
            }
            read => read.map(Some),
        }
    }

    /// Says which storage files cannot be read. The command fails if that is all of them.
    pub(super) fn check(&self) -> Result<(), Failure> {
        self.stores.iter().for_each(|store| streams::complain(&store.error));
        if self.stores.len() == self.all {
            return Err(anyhow!("none of the {} storage files can be read", self.all).into());
        }
        Ok(())
    }

    /// Returns the exit status of the command.
    pub(super) fn status(&self) -> Status {
        if self.stores.is_empty() { Status::Done } else { Status::Incomplete }
    }

    pub(super) fn stores(&self) -> &[UnreadStore] {
        &self.stores
    }
}

/// Joins texts. Each begins with the path of its store.
pub(super) fn text(parts: &[String]) -> String {
    parts.join("\n")
}

/// Returns the JSON of one store as it is, or an object with the JSON of several ones, and with
/// those that cannot be read.
pub(super) fn json(mut parts: Vec<String>, unread: &[UnreadStore]) -> String {
    if parts.len() == 1 && unread.is_empty() {
        return parts.remove(0);
    }
    // A line end is only between tokens: inside a text, JSON has it as an escape.
    let indented = parts.iter().map(|part| part.trim_end().replace('\n', "\n    "));
    let stores = indented.collect::<Vec<_>>().join(",\n    ");
    let mut text = format!("{{\n  \"format_version\": {FORMAT_VERSION},\n  \"stores\": [\n    {stores}\n  ]");
    if !unread.is_empty() {
        let unread = report::harmless_json(&serde_json::json!(unread).to_string());
        text += &format!(",\n  \"unread\": {unread}");
    }
    text + "\n}\n"
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn json_of_several_stores() {
        let part = |text: &str| report::json(&json!({"a": text})).unwrap();
        assert_eq!(json(vec![part("x")], &[]), part("x"));
        let joined: Value = serde_json::from_str(&json(vec![part("x\ny"), part("z")], &[])).unwrap();
        assert_eq!(joined, json!({"format_version": FORMAT_VERSION, "stores": [{"a": "x\ny"}, {"a": "z"}]}));
        let mut unread = Unread::of(2);
        let broken: Result<(), Failure> = Err(anyhow!("it is \u{1b}").into());
        assert!(unread.or_read(Path::new("b"), broken).is_ok_and(|read| read.is_none()));
        let joined: Value = serde_json::from_str(&json(vec![part("x")], unread.stores())).unwrap();
        assert_eq!(joined["stores"], json!([{"a": "x"}]));
        assert_eq!(joined["unread"], json!([{"store": "b", "error": "b: it is \u{1b}"}]));
    }
}
