//! Finds similar names, for "did you mean".

/// The maximum length of a name that gets a suggestion, in bytes.
const LONGEST_NAME: usize = 128;

/// Returns the candidate that is most similar to `name`, or the first of several. It may differ
/// from `name` in one letter (two letters in a long name) and in case. A name shorter than
/// `shortest` may differ only in case, because short names resemble each other.
#[must_use]
pub fn nearest<'c>(
    name: &str,
    shortest: usize,
    candidates: impl IntoIterator<Item = &'c str>,
) -> Option<&'c str> {
    const LONG: usize = 8;
    // The comparison takes time in proportion to the square of the length.
    if name.len() > LONGEST_NAME {
        return None;
    }
    let lower = name.to_lowercase();
    let farthest = match name.chars().count() {
        length if length < shortest => 0,
        LONG.. => 2,
        _ => 1,
    };
    candidates
        .into_iter()
        .filter(|candidate| *candidate != name && candidate.len().abs_diff(name.len()) <= 8)
        .map(|candidate| (strsim::osa_distance(&lower, &candidate.to_lowercase()), candidate))
        .filter(|(distance, _)| *distance <= farthest)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::{LONGEST_NAME, nearest};

    #[test]
    fn slips() {
        let known = ["filename", "url", "username", "fs:stat", "windows:evtx:record"];
        for (name, near) in [
            ("filname", Some("filename")),
            ("Filename", Some("filename")),
            ("usernmae", Some("username")),
            ("urls", None),
            ("ulr", None),
            ("fs:sta", Some("fs:stat")),
            ("windows:evt:record", Some("windows:evtx:record")),
            ("path", None),
            ("", None),
        ] {
            assert_eq!(nearest(name, 5, known), near, "{name}");
        }
        let long = "n".repeat(LONGEST_NAME - 1);
        for (end, is_near) in [("x", true), ("xx", false)] {
            let name = format!("{long}{end}");
            assert_eq!(nearest(&name, 5, [long.as_str()]).is_some(), is_near);
        }
    }
}
