//! Paths of files.

use std::borrow::Cow;

use super::text::folded;

/// How many components of a path are looked at, from its end. Windows and Linux allow no more than
/// this in practice.
pub(crate) const MOST_COMPONENTS: usize = 64;

/// Writes a path in lower case, with `/` between its components and none at either end.
///
/// The case never counts: which file system a path is from, its event does not say.
pub(crate) fn write(text: &str, out: &mut String) {
    out.clear();
    for c in text.chars() {
        match c {
            '/' | '\\' if out.is_empty() || out.ends_with('/') => {}
            '/' | '\\' => out.push('/'),
            c if c.is_ascii() => out.push(c.to_ascii_lowercase()),
            c => out.extend(c.to_lowercase()),
        }
    }
    if out.ends_with('/') {
        out.pop();
    }
    // `\\?\C:\…` and `\??\C:\…` are paths of Windows itself.
    for prefix in ["?/", "??/", "./"] {
        if out.starts_with(prefix) {
            out.drain(..prefix.len());
        }
    }
}

/// Returns the path in this form.
pub(crate) fn path(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    write(text, &mut out);
    out
}

/// Returns a path without the separators at its end.
pub(crate) fn without_last_separators(mut text: &str) -> &str {
    while let [.., b'/' | b'\\'] = text.as_bytes() {
        text = &text[..text.len() - 1];
    }
    text
}

/// Notes of tools of The Sleuth Kit behind a path.
const NOTES: [&str; 3] = [" (deleted)", " (deleted-realloc)", " ($FILE_NAME)"];

/// Calls `found` with the paths in a value that has a note behind its path (`a.dll [46299-1]`), or
/// that names a file in an archive (`a.zip->b.exe`). All other values have no path for it.
pub(crate) fn noted(text: &str, mut found: impl FnMut(&str)) {
    if text.contains("->") {
        return text.split("->").for_each(|part| found(without_notes(part)));
    }
    let path = without_notes(text);
    if path.len() < text.len() {
        found(path);
    }
}

fn without_notes(mut text: &str) -> &str {
    while let Some(before) = without_note(text) {
        text = before;
    }
    text
}

fn without_note(text: &str) -> Option<&str> {
    match text.as_bytes().last()? {
        b')' => NOTES.iter().find_map(|note| text.strip_suffix(note)),
        b']' => {
            let (path, reference) = text[..text.len() - 1].rsplit_once(" [")?;
            let (entry, sequence) = reference.split_once('-')?;
            let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            (is_number(entry) && is_number(sequence)).then_some(path)
        }
        _ => None,
    }
}

/// Returns the last component of a path, in lower case.
pub(crate) fn name(text: &str) -> Cow<'_, str> {
    folded(text.rsplit(['/', '\\']).next().unwrap_or(text))
}

/// Returns the last component of a path in the form of [`write`](fn@write).
pub(crate) fn last(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Divides a path into its drive (`c:`) and the rest.
pub(crate) fn split_drive(path: &str) -> (Option<u8>, &str) {
    match path.as_bytes() {
        [drive @ b'a'..=b'z', b':'] => (Some(*drive), ""),
        [drive @ b'a'..=b'z', b':', b'/', ..] => (Some(*drive), &path[3..]),
        _ => (None, path),
    }
}

/// How Windows itself names volumes, instead of by their drives: the beginnings of the names.
const VOLUMES: [&str; 3] = ["volume{", "harddiskvolume", "sysvol"];

/// Returns whether this may be what is before a path on a drive, or on any drive: nothing, the
/// drive, or the name of a volume, which may have a path before it.
pub(crate) fn may_be_drive(before: &str, drive: Option<u8>) -> bool {
    match last(before).as_bytes() {
        [] => true,
        // The target of a shortcut is `<My Computer> C:\…`.
        [start @ .., found @ b'a'..=b'z', b':'] => {
            drive.is_none_or(|drive| drive == *found)
                && !start.last().is_some_and(|byte| byte.is_ascii_alphanumeric())
        }
        last => VOLUMES.iter().any(|name| last.starts_with(name.as_bytes())),
    }
}

/// Returns the number of components.
pub(crate) fn count(path: &str) -> usize {
    if path.is_empty() { 0 } else { memchr::memchr_iter(b'/', path.as_bytes()).count() + 1 }
}

/// Writes where each component begins, the last one first, for at most [`MOST_COMPONENTS`].
pub(crate) fn write_starts(path: &str, starts: &mut Vec<usize>) {
    starts.clear();
    let inner = memchr::memrchr_iter(b'/', path.as_bytes()).map(|slash| slash + 1);
    starts.extend(inner.chain([0]).take(MOST_COMPONENTS));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_have_one_form() {
        for (text, form) in [
            (r"C:\Windows\System32\evil.exe", "c:/windows/system32/evil.exe"),
            ("/Windows//System32/evil.exe/", "windows/system32/evil.exe"),
            (r"\\?\C:\a", "c:/a"),
            (r"\??\C:\a", "c:/a"),
            (r"\\host\share\a", "host/share/a"),
            ("ÄÖ/a", "äö/a"),
            ("/", ""),
            ("", ""),
        ] {
            assert_eq!(path(text), form, "{text}");
        }
        assert_eq!(name(r"C:\a/B.exe"), "b.exe");
        assert_eq!(split_drive("c:/a"), (Some(b'c'), "a"));
        assert_eq!(split_drive("c:"), (Some(b'c'), ""));
        assert_eq!(split_drive("cd/a"), (None, "cd/a"));
        assert_eq!([count(""), count("a"), count("a/b")], [0, 1, 2]);
        let mut starts = Vec::new();
        write_starts("ab/c/d", &mut starts);
        assert_eq!(starts, [5, 3, 0]);
    }

    #[test]
    fn notes_are_no_part_of_a_path() {
        for (text, paths) in [
            (r"\A.DLL [46299-1]", &[r"\A.DLL"][..]),
            ("/a (deleted)", &["/a"]),
            ("/a ($FILE_NAME) (deleted-realloc)", &["/a"]),
            ("/a [1-2] (deleted)", &["/a"]),
            ("/a.zip->b.exe (deleted)", &["/a.zip", "b.exe"]),
            (r"C:\a.zip->b.zip->c.exe", &[r"C:\a.zip", "b.zip", "c.exe"]),
            ("/a", &[]),
            ("/a (x86)", &[]),
            ("/a[1]", &[]),
            ("/a [1]", &[]),
            ("/a [-1]", &[]),
            ("", &[]),
        ] {
            let mut found = Vec::new();
            noted(text, |path| found.push(path.to_owned()));
            assert_eq!(found, paths, "{text}");
        }
    }
}
