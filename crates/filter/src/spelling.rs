//! Names that differ from others by a slip, for "did you mean".

/// The candidate that differs from `name` by a slip: one letter, two in long names, or only in
/// case. If several do, the nearest, and of these the first. Names below the length `shortest` are
/// too much like each other.
pub(crate) fn nearest<'c>(
    name: &str,
    shortest: usize,
    candidates: impl IntoIterator<Item = &'c str>,
) -> Option<&'c str> {
    const LONG: usize = 8;
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
    use super::nearest;

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
    }
}
