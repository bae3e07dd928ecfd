//! What the keys of the registry hold that list what a user used last.

/// The last part of a key, and what its entries are.
const LISTS: [(&str, &str); 14] = [
    ("CIDSizeMRU", "programs that showed a dialog for opening or saving a file"),
    ("FirstFolder", "programs that showed a dialog for opening or saving a file, each with its first folder"),
    (
        "LastVisitedMRU",
        "programs that showed a dialog for opening or saving a file, each with its last folder",
    ),
    (
        "LastVisitedPidlMRU",
        "programs that showed a dialog for opening or saving a file, each with its last folder",
    ),
    ("Map Network Drive MRU", "shares that the user connected as network drives"),
    ("OpenSaveMRU", "files that the user opened or saved with a dialog"),
    ("OpenSavePidlMRU", "files that the user opened or saved with a dialog"),
    ("RecentDocs", "files and folders that the user opened"),
    ("RunMRU", "commands that the user typed into the dialog Run"),
    ("StreamMRU", "folders of which the Explorer keeps the view"),
    (
        "TrustRecords",
        "documents that the user trusted, by enabling their editing or their content, such as macros; which of the two is in \
         the bytes of the value, which Plaso does not keep",
    ),
    ("TypedPaths", "paths that the user typed into the address bar of the Explorer"),
    ("TypedURLs", "addresses that the user typed into Internet Explorer"),
    ("WordWheelQuery", "words that the user searched for in the Explorer"),
];

/// Returns what the entries of a key are. A key below a known one holds some of its entries.
pub(crate) fn entries_of(key: &str) -> Option<&'static str> {
    let mut parts = key.rsplit('\\').take(2);
    parts.find_map(|part| {
        let known = LISTS.iter().find(|(known, _)| known.eq_ignore_ascii_case(part))?;
        Some(known.1)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_says_what_its_entries_are() {
        let words = "words that the user searched for in the Explorer";
        for (key, expected) in [
            ("HKEY_CURRENT_USER\\Explorer\\WordWheelQuery", Some(words)),
            ("HKEY_CURRENT_USER\\Explorer\\wordwheelquery\\.exe", Some(words)),
            ("HKEY_CURRENT_USER\\WordWheelQuery\\a\\b", None),
            ("", None),
        ] {
            assert_eq!(entries_of(key), expected, "{key}");
        }
    }
}
