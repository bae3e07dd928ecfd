//! Why an event names no host or no user.

/// Data types whose events never name a computer or a user, with the reasons: why no host, and why
/// no user. An empty reason says that only this event does not name it.
const REASONS: [(&str, &str, &str); 56] = [
    ("android:", "the database of an app does not name its device", ""),
    ("apache:", "the log of the web server does not name it", "the request names no user"),
    (
        "av:defender:",
        "beside the user, the log of Defender has a computer or a domain, and does not say which",
        "the log of the anti-virus program names none here",
    ),
    (
        "av:",
        "the log of the anti-virus program does not name its computer",
        "the log of the anti-virus program names none here",
    ),
    ("bash:", OF_SHELL, NO_HOME_OF_SHELL),
    ("chrome:", OF_BROWSER, NO_HOME_OF_BROWSER),
    ("cookie:", OF_BROWSER, NO_HOME_OF_BROWSER),
    ("cri:", "the log of a container does not name its computer", "the log of a container does not name one"),
    ("docker:", "a file of Docker does not name its computer", "a file of Docker does not name a user"),
    (
        "fs:",
        "an entry of a file system does not name its computer",
        "the times of a file do not say who changed it",
    ),
    ("firefox:", OF_BROWSER, NO_HOME_OF_BROWSER),
    ("fish:", OF_SHELL, NO_HOME_OF_SHELL),
    ("bsm:", "the audit trail does not name its computer", "the record, as Plaso read it, names none"),
    ("iis:", "", "the request names no user"),
    (
        "ipod:",
        "the list of connected devices does not name its computer",
        "the list of connected devices does not name a user",
    ),
    (
        "java:",
        "the cache of Java does not name its computer",
        "the path of the cached file in which this event was found does not say whose it is",
    ),
    ("linux:apt", OF_PACKAGES, "this entry does not say who requested it"),
    ("linux:dpkg", OF_PACKAGES, "the log of packages does not say who installed"),
    (
        "linux:utmp",
        "the log of logons does not name its own computer",
        "the entry names no user, as those of starts, stops and ended sessions",
    ),
    ("macos:airport", OF_SETTINGS, "the list of networks does not name a user"),
    ("macos:bluetooth", OF_SETTINGS, "the settings of Bluetooth do not name a user"),
    ("macos:knowledgec", "the database of used programs does not name its computer", NO_HOME),
    ("macos:launchd", OF_SETTINGS, "the file of the job names no account"),
    ("macos:lsquarantine", "the database of downloads does not name its computer", NO_HOME),
    (
        "macos:tcc",
        "the database of permissions does not name its computer",
        "the database of permissions does not name a user",
    ),
    (
        "macos:wifi_log",
        "the Wi-Fi log does not name its computer",
        "the Wi-Fi log does not say who used the computer",
    ),
    (
        "macos:utmpx",
        "the log of logons does not name its own computer",
        "the entry names no user, as those of starts, stops and ended sessions",
    ),
    ("msie", OF_BROWSER, NO_HOME_OF_BROWSER),
    ("olecf:", "a document does not name its computer", ""),
    ("opera:", OF_BROWSER, NO_HOME_OF_BROWSER),
    ("pe_coff:", "a program file does not name a computer", "a program file does not name a user"),
    ("plist:", OF_SETTINGS, ""),
    ("postgresql:", "the log of the database server does not name its computer", ""),
    ("powershell:", "", NO_HOME),
    ("safari:", OF_BROWSER, NO_HOME_OF_BROWSER),
    (
        "santa:diskmount",
        "the log of Santa does not name its computer",
        "a line about a disk does not say who connected it",
    ),
    ("santa:", "the log of Santa does not name its computer", ""),
    ("selinux:", "the audit log does not name its own computer", "the line names no account that acted"),
    ("shell:", OF_SHELL, NO_HOME_OF_SHELL),
    (
        "snort:",
        "the log of alerts does not name its own computer",
        "an alert is about traffic, not about a user",
    ),
    (
        "sophos:",
        "the log of the anti-virus program does not name it",
        "the log of the anti-virus program does not name one",
    ),
    ("spotlight_searched_terms:", OF_SETTINGS, NO_HOME),
    ("viminfo:", "the history of Vim does not name its computer", NO_HOME),
    ("vsftpd:", "the log of the FTP server does not name it", ""),
    ("windows:evt:", "", "the record names no account that acted"),
    ("windows:evtx:", "", "the record names no account that acted"),
    (
        "windows:metadata:deleted_item",
        "an entry of the recycle bin does not name its computer",
        "neither the path of the file in which this event was found nor the original path says whose it is",
    ),
    (
        "windows:prefetch",
        "a prefetch file does not name its computer",
        "a prefetch file does not say who ran the program",
    ),
    (
        "windows:registry:",
        "a key of the registry does not name its computer",
        "neither the key nor the path of the registry file in which this event was found says whose it is",
    ),
    (
        "windows:setupapi",
        "the log of device installations does not name its computer",
        "the log of device installations does not name a user",
    ),
    ("windows:shell_item", "a shell item does not name its computer", NO_HOME),
    ("windows:tasks", "a file of a task does not name its computer", ""),
    ("windows:timeline", "the timeline of Windows does not name its computer", NO_HOME),
    ("windows:user_access_logging", "the database of accesses does not name its own computer", ""),
    ("windows:volume", "a volume does not name its computer", "nobody is named with a volume"),
    (
        "zeitgeist:",
        "the database of activities does not name its computer",
        "the database of activities does not name a user",
    ),
];

const NONE: &str = "the record, as Plaso read it, names none";
const OF_SHELL: &str = "the history of a shell does not name its computer";
const OF_BROWSER: &str = "the files of a browser do not name their computer";
const OF_PACKAGES: &str = "the log of packages does not name its computer";
const OF_SETTINGS: &str = "a file of settings does not name its computer";
/// What was found is about another file, such as one that was downloaded.
const NO_HOME: &str = "the path of the file in which this event was found does not say whose it is";
const NO_HOME_OF_BROWSER: &str =
    "the path of the browser's file in which this event was found does not say whose it is";
const NO_HOME_OF_SHELL: &str = "the path of the shell's history file does not say whose it is";
/// The keys of a user, and those of the computer, with the reasons.
const KEYS: [(&str, &str); 3] =
    [("HKEY_CURRENT_USER", OF_USER), ("HKEY_USERS", OF_USER), ("HKEY_LOCAL_MACHINE", OF_COMPUTER)];
const OF_USER: &str = "the registry file in which this event was found is that of a user, and its path does not say of which one";
const OF_COMPUTER: &str =
    "the registry file in which this event was found is that of the computer, not that of a user";
/// Data types of keys that only a file of the computer has.
const KEYS_OF_COMPUTER: [&str; 1] = ["windows:registry:amcache"];

/// Returns why an event of this data type names no host.
#[must_use]
pub fn why_no_host(data_type: &str) -> &'static str {
    why(data_type).map(|(host, _)| host).filter(|why| !why.is_empty()).unwrap_or(NONE)
}

/// Returns why an event of this data type names no user. `key` is the registry key in which it was
/// found, if it is one.
#[must_use]
pub fn why_no_user(data_type: &str, key: Option<&str>) -> &'static str {
    let of_key = key.and_then(|key| KEYS.iter().find(|(start, _)| key.starts_with(start)));
    if let Some((_, why)) = of_key.filter(|_| data_type.starts_with("windows:registry:")) {
        return why;
    }
    if KEYS_OF_COMPUTER.iter().any(|known| data_type.starts_with(known)) {
        return OF_COMPUTER;
    }
    why(data_type).map(|(_, user)| user).filter(|why| !why.is_empty()).unwrap_or(NONE)
}

fn why(data_type: &str) -> Option<(&'static str, &'static str)> {
    let known = REASONS.iter().find(|(start, ..)| data_type.starts_with(start))?;
    Some((known.1, known.2))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The data types of Plaso 20260720, each with its attributes.
    const PLASO: &str = include_str!("../../../tests/data/plaso-data-types.txt");

    #[test]
    fn each_is_of_data_types_that_plaso_has() {
        for (start, ..) in REASONS {
            assert!(PLASO.lines().any(|line| line.starts_with(start)), "{start}");
        }
    }

    /// An event is often about another file than the one in which it was found.
    #[test]
    fn no_reason_speaks_of_a_file_without_saying_which() {
        let reasons = REASONS.iter().map(|(.., user)| *user).chain(KEYS.iter().map(|(_, why)| *why));
        for why in reasons.filter(|why| why.contains("path")) {
            assert!(why.contains("in which this event was found") || why.contains("history file"), "{why}");
        }
    }

    #[test]
    fn a_key_says_whether_its_file_is_that_of_a_user() {
        for (data_type, key, expected) in [
            ("windows:registry:mrulist", Some("HKEY_CURRENT_USER\\Software\\X"), OF_USER),
            ("windows:registry:run", Some("HKEY_LOCAL_MACHINE\\Software\\Run"), OF_COMPUTER),
            ("windows:registry:amcache", None, OF_COMPUTER),
            ("windows:registry:key_value", Some("\\Root"), why_no_user("windows:registry:key_value", None)),
            ("chrome:cookie:entry", Some("HKEY_CURRENT_USER"), NO_HOME_OF_BROWSER),
        ] {
            assert_eq!(why_no_user(data_type, key), expected, "{data_type} {key:?}");
        }
    }

    #[test]
    fn why_something_is_not_named() {
        assert_eq!(why_no_host("bash:history:entry"), OF_SHELL);
        assert_eq!(why_no_user("fs:stat:ntfs", None), "the times of a file do not say who changed it");
        assert_eq!(why_no_host("syslog:line"), NONE);
        assert_eq!(why_no_host("windows:evtx:record"), NONE);
    }
}
