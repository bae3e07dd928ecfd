//! What happened at a time of an event, in words that say what is meant.

/// Data types of records that are logged once. Plaso calls the time of most of them that of the
/// last change of a file.
const LOGS: [&str; 19] = [
    "android:logcat",
    "apache:",
    "apt:",
    "av:",
    "aws:",
    "dpkg:",
    "iis:log",
    "linux:dpkg_log",
    "linux:utmp",
    "macos:asl",
    "macos:unified_logging",
    "powershell:",
    "selinux:",
    "santa:",
    "snort:",
    "sophos:",
    "syslog:",
    "systemd:journal",
    "vsftpd:",
];

/// Data types of the histories of shells.
const HISTORIES: [&str; 3] = ["bash:history", "fish:history", "shell:"];

/// What happened at the second time of a record of a Windows event log.
pub(crate) const WRITTEN: &str = "written";

/// Returns what happened at the time of an event of this data type, which this parser found. A
/// record of a Windows event log has two times.
pub(crate) fn time_word<'d>(data_type: &str, parser: &str, description: &'d str) -> &'d str {
    let is_windows_record = matches!(data_type, "windows:evtx:record" | "windows:evt:record");
    let is_history = || HISTORIES.iter().any(|history| data_type.starts_with(history));
    let is_log = || parser.starts_with("text/") || LOGS.iter().any(|log| data_type.starts_with(log));
    match description {
        "Content Modification Time" | "Added Time" | "Recorded Time" if is_history() => "typed",
        "Creation Time" if is_windows_record => "created",
        "Content Modification Time" if is_windows_record => WRITTEN,
        "Content Modification Time" | "Added Time" | "Recorded Time" if is_log() => "logged",
        _ => description,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_words() {
        let changed = "Content Modification Time";
        for (data_type, parser, description, expected) in [
            ("windows:evtx:record", "winevtx", "Creation Time", "created"),
            ("windows:evtx:record", "winevtx", changed, WRITTEN),
            ("syslog:line", "", changed, "logged"),
            ("x", "text/x", "Added Time", "logged"),
            ("bash:history:entry", "text/bash_history", "Added Time", "typed"),
            ("fs:stat", "filestat", changed, changed),
        ] {
            assert_eq!(time_word(data_type, parser, description), expected);
        }
    }
}
