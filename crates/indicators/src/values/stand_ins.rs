//! Parts of a published path that stand for others, such as `<user>` and `[AppData]`.
//!
//! Reports write them in many ways. No file has such a name, so a path with one would match nothing
//! and say nothing.

use std::borrow::Cow;

use crate::meaning::placeholder::is_known;

/// What reports write for the name of a user's folder, without the signs around it.
const USERS: [&str; 5] = ["user", "user name", "user-name", "user_name", "username"];

/// Beginnings of what reports write for a text that differs each time.
const RANDOM: [&str; 4] = ["random", "rand", "guid", "uuid"];

/// The longest stand-in that is looked for, in bytes.
const LONGEST: usize = 40;

/// Returns the path with `*` for the name of a user, with `?:` for any drive and with Windows' own
/// form of a folder at its start: `C:\Users\*\a.exe` for `C:\Users\<user>\a.exe`, `%AppData%\a.exe`
/// for `[AppData]\a.exe`.
pub(super) fn resolved(path: &str) -> Cow<'_, str> {
    if !path.contains(['<', '[', '{', '%', '$']) {
        return Cow::Borrowed(path);
    }
    let mut out = String::with_capacity(path.len());
    let mut rest = path;
    // The last component stays as it is: `*` in its place would match any file.
    while let Some(end) = rest.find(['/', '\\']) {
        let (component, after) = rest.split_at(end);
        match inner(component) {
            Some(name) if is_user(name) => out.push('*'),
            Some(name) if out.is_empty() && is_known(name) => {
                out.extend(["%", name, "%"]);
            }
            _ if out.is_empty() && component.eq_ignore_ascii_case("[a-z]:") => out.push_str("?:"),
            _ => out.push_str(component),
        }
        out.push_str(&after[..1]);
        rest = &after[1..];
    }
    out.push_str(rest);
    if out == path { Cow::Borrowed(path) } else { Cow::Owned(out) }
}

/// Returns why a path with a part in angle brackets cannot be used, or with one such as `{random}`.
/// No name of Windows has angle brackets, and no name at all stands for others.
pub(super) fn unknown_part(path: &str) -> Option<String> {
    let part = path.split(['/', '\\']).find_map(|component| {
        let part = &component[component.find('<')?..];
        Some(&part[..=part.find('>')?])
    });
    let part = part.or_else(|| stand_in(path, '{', '}'));
    let part = part.or_else(|| stand_in(path, '[', ']')).or_else(|| stand_in(path, '%', '%'));
    part.map(|part| format!("{part} stands for something that foreman does not know; write * for any text"))
}

/// Returns the first part between two signs that stands for a name of a user or a random text.
fn stand_in(path: &str, start: char, end: char) -> Option<&str> {
    path.match_indices(start).find_map(|(at, _)| {
        let inside = &path[at + 1..];
        let inside = &inside[..inside.floor_char_boundary(LONGEST)];
        let name = &inside[..inside.find(end)?];
        let is_random = RANDOM.iter().any(|word| {
            let rest = name.get(..word.len()).filter(|start| start.eq_ignore_ascii_case(word));
            rest.is_some() && !name[word.len()..].starts_with(|next: char| next.is_ascii_lowercase())
        });
        (is_random || is_user(name)).then_some(&path[at..=at + 1 + name.len()])
    })
}

/// Returns what is between the signs of a component that stands for another.
fn inner(component: &str) -> Option<&str> {
    let between = |start, end| component.strip_prefix(start).and_then(|rest: &str| rest.strip_suffix(end));
    let of_shell = || {
        let start = component.get(..5).filter(|start| start.eq_ignore_ascii_case("$env:"))?;
        Some(&component[start.len()..])
    };
    of_shell()
        .or_else(|| between("${", "}"))
        .or_else(|| between("<", ">"))
        .or_else(|| between("[", "]"))
        .or_else(|| between("{", "}"))
        .or_else(|| between("%", "%"))
        .or_else(|| component.strip_prefix('$'))
}

fn is_user(name: &str) -> bool {
    USERS.iter().any(|user| user.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_and_folders_are_understood() {
        for (path, expected) in [
            (r"C:\Users\<user>\AppData\a.exe", r"C:\Users\*\AppData\a.exe"),
            (r"C:\Users\%USERNAME%\a.exe", r"C:\Users\*\a.exe"),
            (r"C:\Users\[UserName]\a.exe", r"C:\Users\*\a.exe"),
            (r"C:\Users\$env:username\a.exe", r"C:\Users\*\a.exe"),
            ("/home/{user}/.ssh/a", "/home/*/.ssh/a"),
            ("/home/$USER/.ssh/a", "/home/*/.ssh/a"),
            (r"[AppData]\a.exe", r"%AppData%\a.exe"),
            (r"<APPDATA>\a.exe", r"%APPDATA%\a.exe"),
            (r"$env:TEMP\a.exe", r"%TEMP%\a.exe"),
            ("${HOME}/a", "%HOME%/a"),
            ("$HOME/a", "%HOME%/a"),
            (r"[A-Z]:\Windows\a.exe", r"?:\Windows\a.exe"),
            (r"%ProgramFiles(x86)%\a.exe", r"%ProgramFiles(x86)%\a.exe"),
            // These are names of files and folders.
            (r"C:\$Recycle.Bin\a.exe", r"C:\$Recycle.Bin\a.exe"),
            (r"C:\[temp]\a.exe", r"C:\[temp]\a.exe"),
            (r"%other%\a.exe", r"%other%\a.exe"),
            (r"C:\Users\<user>", r"C:\Users\<user>"),
        ] {
            assert_eq!(resolved(path), expected, "{path}");
        }
    }

    #[test]
    fn other_parts_are_named() {
        assert_eq!(unknown_part(r"C:\Users\*\a.exe"), None);
        assert_eq!(unknown_part(r"C:\a>b\<c"), None);
        for path in [r"C:\Temp\<random>\a.exe", r"C:\Temp\a<random>.exe", r"C:\Users\<user>"] {
            assert!(unknown_part(path).unwrap().contains("> stands for something"), "{path}");
        }
        for (path, part) in [
            ("{random}.exe", "{random}"),
            (r"C:\Temp\a-{Random string}.exe", "{Random string}"),
            (r"C:\Temp\%RANDOM%.exe", "%RANDOM%"),
            ("[random 8].dll", "[random 8]"),
            (r"C:\Temp\{GUID}\a.exe", "{GUID}"),
            (r"C:\Users\%USERNAME%", "%USERNAME%"),
        ] {
            assert!(unknown_part(path).unwrap().starts_with(&format!("{part} stands")), "{path}");
        }
        for path in [
            r"C:\{645FF040-5081-101B-9F08-00AA002F954E}\a",
            "a[1].js",
            "{randomly}.exe",
            "100%random.exe",
            r"%TEMP%\{é}%é%.exe",
            &"{".repeat(10_000),
        ] {
            assert_eq!(unknown_part(path), None, "{path}");
        }
        assert!(unknown_part(r"C:\a\b<random>.exe").unwrap().starts_with("<random> stands"));
    }
}
