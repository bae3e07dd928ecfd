//! Why an event names no host or no user.

/// Data types whose events never name a computer or a user, with the reasons: why no host, and why
/// no user. An empty reason says that only this event does not name it.
const REASONS: [(&str, &str, &str); 32] = [
    ("android:", "the database of an app does not name its device", ""),
    ("apache:", "the log of the web server does not name it", "the request names no user"),
    ("bash:", OF_SHELL, NO_HOME),
    ("chrome:", OF_BROWSER, NO_HOME),
    ("cookie:", OF_BROWSER, ""),
    (
        "fs:",
        "an entry of a file system does not name its computer",
        "the times of a file do not say who changed it",
    ),
    ("firefox:", OF_BROWSER, NO_HOME),
    ("fish:", OF_SHELL, NO_HOME),
    (
        "bsm:",
        "the audit trail does not name its computer",
        "the record has only the number of a user, or a name in its text",
    ),
    ("iis:", "", "the request names no user"),
    ("linux:apt", OF_PACKAGES, ""),
    ("linux:dpkg", OF_PACKAGES, "the log of packages does not say who installed"),
    (
        "linux:utmp",
        "the log of logons does not name its own computer",
        "the entry names no user, as those of starts, stops and ended sessions",
    ),
    (
        "macos:utmpx",
        "the log of logons does not name its own computer",
        "the entry names no user, as those of starts, stops and ended sessions",
    ),
    ("msie", OF_BROWSER, NO_HOME),
    ("olecf:", "a document does not name its computer", ""),
    ("opera:", OF_BROWSER, NO_HOME),
    ("pe_coff:", "a program file does not name a computer", "a program file does not name a user"),
    ("plist:", OF_SETTINGS, ""),
    ("powershell:", "", NO_HOME),
    ("safari:", OF_BROWSER, NO_HOME),
    ("selinux:", "the audit log does not name its own computer", ""),
    ("shell:", OF_SHELL, NO_HOME),
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
    ("windows:evt:", "", "the record names no account that acted"),
    ("windows:evtx:", "", "the record names no account that acted"),
    (
        "windows:prefetch",
        "a prefetch file does not name its computer",
        "a prefetch file does not say who ran the program",
    ),
    (
        "windows:registry:",
        "a key of the registry does not name its computer",
        "the registry file is that of the computer, or its path does not say whose it is",
    ),
    ("windows:shell_item", "a shell item does not name its computer", NO_HOME),
    ("windows:tasks", "a file of a task does not name its computer", ""),
    ("windows:volume", "a volume does not name its computer", "nobody is named with a volume"),
];

const NONE: &str = "no attribute of this event names one";
const OF_SHELL: &str = "the history of a shell does not name its computer";
const OF_BROWSER: &str = "the files of a browser do not name their computer";
const OF_PACKAGES: &str = "the log of packages does not name its computer";
const OF_SETTINGS: &str = "a file of settings does not name its computer";
const NO_HOME: &str = "the path of the file does not say whose it is";

/// Returns why an event of this data type names no host.
#[must_use]
pub fn why_no_host(data_type: &str) -> &'static str {
    why(data_type).map(|(host, _)| host).filter(|why| !why.is_empty()).unwrap_or(NONE)
}

/// Returns why an event of this data type names no user.
#[must_use]
pub fn why_no_user(data_type: &str) -> &'static str {
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

    #[test]
    fn why_something_is_not_named() {
        assert_eq!(why_no_host("bash:history:entry"), OF_SHELL);
        assert_eq!(why_no_user("fs:stat:ntfs"), "the times of a file do not say who changed it");
        assert_eq!(why_no_host("syslog:line"), NONE);
        assert_eq!(why_no_host("windows:evtx:record"), NONE);
    }
}
