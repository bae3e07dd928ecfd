//! Where an event was found, from one of Plaso's path specifications.

use events::{LastResult, Value, json};

/// A file in a partition of a disk image in a container has about six levels. The limit is for
/// made-up specifications.
const MAXIMUM_LEVELS: usize = 16;
/// The maximum number of bytes of a place.
const MAXIMUM_SIZE: usize = 4096;

/// Returns the location in one of Plaso's path specifications, and the locations of what contains
/// it, such as `/Users/x/a.txt in /p1 in /images/disk.raw`.
#[must_use]
pub fn place(specification: &str) -> Option<String> {
    thread_local! { static LAST: LastResult<Option<String>> = const { LastResult::new() } }
    LAST.with(|last| last.of(specification, find_place))
}

fn find_place(specification: &str) -> Option<String> {
    let mut place = String::new();
    let mut json = specification.as_bytes();
    for _ in 0..MAXIMUM_LEVELS {
        let mut members = json::Members::of(json).ok()?;
        let mut parent = None;
        while let Some((key, span)) = members.next_member().ok()? {
            match key {
                b"location" => {
                    if let Ok(Value::String(location)) = json::value(&json[span]) {
                        if !place.is_empty() {
                            place.push_str(" in ");
                        }
                        place.push_str(&location);
                    }
                }
                b"parent" => parent = Some(&json[span]),
                _ => {}
            }
        }
        match parent {
            Some(parent) if place.len() < MAXIMUM_SIZE => json = parent,
            _ => break,
        }
    }
    place.truncate(place.floor_char_boundary(MAXIMUM_SIZE));
    (!place.is_empty()).then_some(place)
}

/// The folders that have a folder for each user.
const HOMES: [&str; 3] = ["Users", "home", "Documents and Settings"];
/// Folders in these that belong to no user.
const NOBODY: [&str; 5] = ["All Users", "Default", "Default User", "Public", "Shared"];

/// Folders of deleted files. Each has a folder for the security identifier of each user.
const RECYCLE_BINS: [&str; 2] = ["$Recycle.Bin", "RECYCLER"];

/// Returns the user in whose home folder a file is, such as `alice` for `/Users/alice/a.txt`, or
/// the security identifier of the user in whose recycle bin it is.
///
/// If the file is in no image, its path begins on the computer where the files were collected. So a
/// home folder at the beginning is that of the investigator.
pub(crate) fn owner_of_path(specification: &str) -> Option<String> {
    thread_local! { static LAST: LastResult<Option<String>> = const { LastResult::new() } }
    LAST.with(|last| last.of(specification, find_owner))
}

fn find_owner(specification: &str) -> Option<String> {
    let mut members = json::Members::of(specification.as_bytes()).ok()?;
    let (mut location, mut is_in_image) = (None, false);
    while let Some((key, span)) = members.next_member().ok()? {
        match key {
            b"location" => location = json::value(&specification.as_bytes()[span]).ok(),
            b"parent" => is_in_image = true,
            _ => {}
        }
    }
    let Some(Value::String(location)) = location else { return None };
    owner_of_location(&location, is_in_image)
}

/// Returns the same for the path of a file. If it `is_whole`, it begins on the computer that is
/// examined.
pub(crate) fn owner_of_location(location: &str, is_whole: bool) -> Option<String> {
    let segments: Vec<_> = location.split(['/', '\\']).filter(|segment| !segment.is_empty()).collect();
    let is_bin = |segment: &str| RECYCLE_BINS.iter().any(|bin| bin.eq_ignore_ascii_case(segment));
    if let Some(pair) = segments.windows(2).find(|pair| is_bin(pair[0]) && pair[1].starts_with("S-1-5-")) {
        return Some(pair[1].to_owned());
    }
    let first = usize::from(!is_whole);
    // The last segment is the file.
    let folders = segments.get(first..segments.len().saturating_sub(1))?;
    let of_user = |pair: &&[&str]| HOMES.contains(&pair[0]) && !NOBODY.contains(&pair[1]);
    match folders.windows(2).rfind(of_user) {
        Some(pair) => Some(pair[1].to_owned()),
        None => folders
            .first()
            .filter(|_| folders.len() == 1)
            .filter(|folder| **folder == "root")
            .map(|root| (*root).to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places() {
        let path = |json| place(json);
        assert_eq!(path(r#"{"location": "/a", "type_indicator": "OS"}"#).as_deref(), Some("/a"));
        let image = r#"{"location": "/b", "parent": {"location": "/p1", "parent": {"location": "/x.raw"}}}"#;
        assert_eq!(path(image).as_deref(), Some("/b in /p1 in /x.raw"));
        let packed = r#"{"compression_method": "xz", "parent": {"location": "/x.xz"}}"#;
        assert_eq!(path(packed).as_deref(), Some("/x.xz"));
        for nothing in ["", "{}", "[]", r#"{"location": 7}"#] {
            assert_eq!(path(nothing), None, "{nothing}");
        }
    }

    #[test]
    fn owners_of_homes_on_a_drive() {
        for (location, expected) in [
            (r"C:\Users\anna\Documents\a.txt", Some("anna")),
            (r"C:\Documents and Settings\anna\a.txt", Some("anna")),
            (r"C:\Users\Public\a.txt", None),
            (r"C:\Temp\a.txt", None),
        ] {
            assert_eq!(owner_of_location(location, true).as_deref(), expected, "{location}");
        }
    }

    #[test]
    fn owners_of_homes() {
        let owner =
            |location: &str, parent: &str| owner_of_path(&format!(r#"{{"location": "{location}"{parent}}}"#));
        let image = r#", "parent": {"location": "/x.raw"}"#;
        for (location, parent, expected) in [
            ("/Users/alice/NTUSER.DAT", image, Some("alice")),
            (r"\\Documents and Settings\\bob\\NTUSER.DAT", image, Some("bob")),
            ("/root/.bash_history", image, Some("root")),
            ("/Users/Public/x", image, None),
            ("/Users/alice", image, None),
            ("/home/investigator/case/History", "", None),
            ("/home/investigator/case/home/eve/.bash_history", "", Some("eve")),
            ("/$Recycle.Bin/S-1-5-21-1-2-3-1001/$IABC.txt", image, Some("S-1-5-21-1-2-3-1001")),
            ("/case/$RECYCLE.BIN/S-1-5-21-1-2-3-1001/$IABC.txt", "", Some("S-1-5-21-1-2-3-1001")),
            ("/$Recycle.Bin/$IABC.txt", image, None),
            ("/case/root/.bash_history", "", Some("root")),
        ] {
            assert_eq!(owner(location, parent).as_deref(), expected, "{location}");
        }
    }
}
