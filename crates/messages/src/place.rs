//! Where an event was found, from one of Plaso's path specifications.

use events::{Value, json};

/// A file in a partition of a disk image in a container has about six levels. The limit is for
/// made-up specifications.
const MAXIMUM_LEVELS: usize = 16;
/// The maximum number of bytes of a place.
const MAXIMUM_SIZE: usize = 4096;

/// Returns the location in one of Plaso's path specifications, and the locations of what contains
/// it, such as `/Users/x/a.txt in /p1 in /images/disk.raw`.
#[must_use]
pub fn place(specification: &str) -> Option<String> {
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
}
