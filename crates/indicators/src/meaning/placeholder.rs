//! Placeholders at the start of a path, such as `%APPDATA%`: the folders that they may mean.

use super::path::may_be_drive;

/// The folders of each placeholder, in the form of [`super::path`]. `*` is one component.
const PLACEHOLDERS: [(&str, &[&str]); 22] = [
    ("%allusersprofile%", &["programdata", "documents and settings/all users"]),
    ("%appdata%", &["users/*/appdata/roaming", "documents and settings/*/application data"]),
    ("%commonappdata%", &["programdata", "documents and settings/all users/application data"]),
    ("%commonprogramfiles%", &["program files/common files", "program files (x86)/common files"]),
    ("%commonprogramfiles(x86)%", &["program files (x86)/common files"]),
    ("%home%", &["users/*", "home/*", "documents and settings/*", "root"]),
    ("%homepath%", &["users/*", "documents and settings/*"]),
    (
        "%localappdata%",
        &["users/*/appdata/local", "documents and settings/*/local settings/application data"],
    ),
    ("%programdata%", &["programdata", "documents and settings/all users/application data"]),
    ("%programfiles%", &["program files", "program files (x86)"]),
    ("%programfiles(x86)%", &["program files (x86)"]),
    ("%public%", &["users/public"]),
    (
        "%startup%",
        &[
            "users/*/appdata/roaming/microsoft/windows/start menu/programs/startup",
            "programdata/microsoft/windows/start menu/programs/startup",
            "documents and settings/*/start menu/programs/startup",
        ],
    ),
    ("%system%", &["windows/system32", "windows/syswow64", "winnt/system32"]),
    ("%system32%", &["windows/system32", "windows/syswow64", "winnt/system32"]),
    ("%systemdrive%", &[""]),
    ("%systemroot%", &["windows", "winnt"]),
    (
        "%temp%",
        &["users/*/appdata/local/temp", "documents and settings/*/local settings/temp", "windows/temp"],
    ),
    (
        "%tmp%",
        &["users/*/appdata/local/temp", "documents and settings/*/local settings/temp", "windows/temp"],
    ),
    ("%userprofile%", &["users/*", "documents and settings/*"]),
    ("%windir%", &["windows", "winnt"]),
    ("~", &["users/*", "home/*", "root"]),
];

/// A path that begins with a placeholder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Placeholder<'p> {
    /// The placeholder itself, such as `%appdata%`.
    pub(crate) name: &'static str,
    /// The folders that it may mean.
    pub(crate) folders: &'static [&'static str],
    /// The path below it.
    pub(crate) rest: &'p str,
}

/// Divides a path, in the form of [`super::path`], that begins with a placeholder.
pub(crate) fn placeholder(path: &str) -> Option<Placeholder<'_>> {
    let (first, rest) = path.split_once('/')?;
    let (name, folders) = PLACEHOLDERS.iter().find(|(name, _)| *name == first)?;
    Some(Placeholder { name, folders, rest })
}

/// Returns whether there is a placeholder of this name, which is written without its `%`.
pub(crate) fn is_known(name: &str) -> bool {
    let is_name = |known: &str| {
        known.strip_prefix('%')?.strip_suffix('%').map(|known| known.eq_ignore_ascii_case(name))
    };
    PLACEHOLDERS.iter().any(|(known, _)| is_name(known) == Some(true))
}

impl Placeholder<'_> {
    /// Returns whether this may be the path of the folder: one that ends with a folder that the
    /// placeholder may mean, or the placeholder itself. Nothing but a drive may be before
    /// `%SystemDrive%`.
    pub(crate) fn may_be(name: &str, folders: &[&str], before: &str) -> bool {
        before == name
            || folders.iter().any(|folder| match *folder {
                "" => may_be_drive(before, None),
                folder => ends_with(before, folder),
            })
    }
}

/// Returns whether a path ends with the components of a folder.
fn ends_with(path: &str, folder: &str) -> bool {
    let mut components = path.rsplit('/');
    folder.rsplit('/').all(|wanted| {
        components.next().is_some_and(|found| wanted == found || wanted == "*" && !found.is_empty())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_folders() {
        assert!(PLACEHOLDERS.is_sorted_by_key(|(name, _)| *name));
        for (path, before, expected) in [
            ("%appdata%/evil.exe", "users/bob/appdata/roaming", true),
            ("%appdata%/evil.exe", "c:/users/bob/appdata/roaming", true),
            ("%appdata%/evil.exe", "mnt/documents and settings/bob/application data", true),
            ("%appdata%/evil.exe", "%appdata%", true),
            ("%appdata%/evil.exe", "users/appdata/roaming", false),
            ("%appdata%/evil.exe", "appdata/roaming", false),
            ("%temp%/evil.exe", "windows/temp", true),
            ("%temp%/evil.exe", "mywindows/temp", false),
            ("%systemdrive%/evil.exe", "d:", true),
            ("%systemdrive%/evil.exe", "", true),
            ("%systemdrive%/evil.exe", "device/harddiskvolume2", true),
            ("%systemdrive%/evil.exe", "windows", false),
            ("%systemdrive%/evil.exe", "d:/windows", false),
        ] {
            let found = placeholder(path).unwrap();
            assert_eq!(found.rest, "evil.exe");
            assert_eq!(Placeholder::may_be(found.name, found.folders, before), expected, "{path} {before}");
        }
        assert_eq!(placeholder("%other%/evil.exe"), None);
        assert_eq!(placeholder("%appdata%"), None);
    }
}
