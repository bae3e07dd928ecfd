//! The lists of what a user used last, as Plaso writes them: `Index: 1 [MRU Value a]: notepad\1`.
//! In a message their entries have numbers, and paths have no escapes.

use crate::Attributes;
use crate::registry_lists::entries_of;

/// Data types of lists whose entries Plaso numbers.
const LISTS: [&str; 2] = ["windows:registry:mrulist", "windows:registry:mrulistex"];
const FOLDERS: &str = "windows:registry:bagmru";
/// What Windows writes behind each command of the dialog Run.
const END_OF_COMMAND: &str = "\\1";

/// Returns the message of a list.
pub(crate) fn list_message(attributes: &Attributes<'_>) -> Option<String> {
    let is_of_folders = attributes.data_type() == FOLDERS;
    if !is_of_folders && !LISTS.contains(&attributes.data_type()) {
        return None;
    }
    let key = attributes.text("key_path");
    let is_of_commands =
        key.as_ref().is_some_and(|key| key.rsplit('\\').next().is_some_and(|last| last == "RunMRU"));
    let entries = attributes.text("entries").map(|entries| in_words(&entries, is_of_commands));
    let what = key.as_deref().and_then(entries_of).unwrap_or("what the user used last");
    Some(match (is_of_folders, entries) {
        (true, Some(entries)) => {
            format!("The Explorer recorded these folders, which the user opened, the latest first: {entries}")
        }
        (true, None) => {
            "The Explorer changed a key of its record of folders that the user opened; the key has no entries, so it \
             names no folder"
                .to_owned()
        }
        (false, Some(entries)) => format!("Windows recorded {what}, the latest first: {entries}"),
        (false, None) => format!("Windows has an empty list of {what}"),
    })
}

/// Writes the entries of a list with their numbers.
fn in_words(entries: &str, is_of_commands: bool) -> String {
    let parts: Vec<_> = entries.split("Index: ").filter(|part| !part.trim().is_empty()).collect();
    let shown = parts.iter().map(|part| {
        let part = part.trim().trim_end_matches(',');
        let entry = part.split_once(" [MRU Value ").and_then(|(number, rest)| {
            let value = rest.split_once("]: ")?.1;
            number.bytes().all(|byte| byte.is_ascii_digit()).then_some((number, value))
        });
        let Some((number, value)) = entry else { return part.to_owned() };
        let value = value.strip_prefix("Shell item path: ").unwrap_or(value);
        let value = value.strip_suffix(END_OF_COMMAND).filter(|_| is_of_commands).unwrap_or(value);
        format!("({number}) {}", without_escapes(value))
    });
    shown.collect::<Vec<_>>().join(" ")
}

/// Removes the escapes from a path with a drive, such as `<My Computer> C:\\Windows`. A path of the
/// network has two backslashes of its own.
fn without_escapes(path: &str) -> String {
    match path.find(":\\\\") {
        Some(at) => format!("{}{}", &path[..at], path[at..].replace("\\\\", "\\")),
        None => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use events::{AttributeNames, AttributeReader};

    use super::*;

    #[test]
    fn lists_in_words() {
        let of = |kind: &str, key: &str, entries: Option<&str>| {
            let entries =
                entries.map(|entries| format!(r#", "entries": "{}""#, entries.replace('\\', r"\\")));
            let json = format!(
                r#"{{"data_type": "windows:registry:{kind}", "key_path": "HKEY_CURRENT_USER\\{key}"{}}}"#,
                entries.unwrap_or_default()
            );
            let mut reader = AttributeReader::new(Arc::new(AttributeNames::default()));
            let data = reader.open(json.as_bytes()).unwrap();
            list_message(&Attributes::of_data(&data)).unwrap_or_default()
        };
        for (kind, key, entries, expected) in [
            (
                "bagmru",
                "BagMRU",
                Some(r"Index: 1 [MRU Value 0]: Shell item path: <My Computer> C:\\Windows\\Temp"),
                r"The Explorer recorded these folders, which the user opened, the latest first: (1) <My Computer> C:\Windows\Temp",
            ),
            (
                "bagmru",
                "BagMRU",
                Some(r"Index: 1 [MRU Value 0]: Shell item path: <x>\\host\share"),
                r"The Explorer recorded these folders, which the user opened, the latest first: (1) <x>\\host\share",
            ),
            (
                "mrulist",
                "RunMRU",
                Some(r"Index: 1 [MRU Value b]: \\host\share\1 Index: 2 [MRU Value a]: cmd\1"),
                r"Windows recorded commands that the user typed into the dialog Run, the latest first: (1) \\host\share (2) cmd",
            ),
            (
                "mrulistex",
                "x",
                Some(r"Index: x"),
                "Windows recorded what the user used last, the latest first: x",
            ),
            ("mrulistex", "x", None, "Windows has an empty list of what the user used last"),
            ("run", "x", Some("y"), ""),
        ] {
            assert_eq!(of(kind, key, entries), expected);
        }
        assert!(of("bagmru", "BagMRU", None).contains("the key has no entries"));
    }
}
