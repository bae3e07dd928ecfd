//! Short names of files that tell them apart: many cases have a `timeline.plaso` for each host.

use std::collections::BTreeMap;

/// Returns a name for each path: its last part, with as many folders before it as tell it apart
/// from the others.
pub(super) fn file_names<'p>(paths: &[&'p str]) -> Vec<&'p str> {
    let mut names: Vec<&str> = paths.iter().map(|path| ending(path, 1)).collect();
    let mut same: Vec<usize> = (0..paths.len()).collect();
    // Each round makes the names longer that are not yet the whole path.
    for parts in 2.. {
        let mut of_name = BTreeMap::<&str, Vec<usize>>::new();
        same.iter().for_each(|&at| of_name.entry(names[at]).or_default().push(at));
        same = of_name.into_values().filter(|positions| positions.len() > 1).flatten().collect();
        same.retain(|&at| names[at].len() < paths[at].len());
        if same.is_empty() {
            break;
        }
        same.iter().for_each(|&at| names[at] = ending(paths[at], parts));
    }
    names
}

/// Returns the last parts of a path, or all of it if it has no more.
fn ending(path: &str, parts: usize) -> &str {
    path.rmatch_indices('/').nth(parts - 1).map_or(path, |(slash, _)| &path[slash + 1..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_as_long_as_they_must_be() {
        let table: [(&[&str], &[&str]); 6] = [
            (&["/c/a.plaso", "/c/b.plaso"], &["a.plaso", "b.plaso"]),
            (&["/c/a/t.plaso", "/c/b/t.plaso", "/c/u.plaso"], &["a/t.plaso", "b/t.plaso", "u.plaso"]),
            (&["/c/a/x/t.plaso", "/c/b/x/t.plaso"], &["a/x/t.plaso", "b/x/t.plaso"]),
            (&["t.plaso", "a/t.plaso"], &["t.plaso", "a/t.plaso"]),
            (&["/t", "/a/t", "/b/a/t"], &["/t", "/a/t", "b/a/t"]),
            (&["/c/t.plaso", "/c/t.plaso"], &["/c/t.plaso", "/c/t.plaso"]),
        ];
        for (paths, expected) in table {
            assert_eq!(file_names(paths), expected, "{paths:?}");
        }
    }
}
