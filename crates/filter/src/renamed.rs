//! Data types that had another name in earlier versions of Plaso.
//!
//! A test compares the table with the event data classes of Plaso 20260720. There is no class for
//! an old name, and there is one for each new name.

/// The name in earlier versions of Plaso, and the name in Plaso 20260720.
const RENAMED: [(&str, &str); 61] = [
    ("PLSRecall:event", "pls_recall:entry"),
    ("apache:access", "apache:access_log:entry"),
    ("apt:history:line", "linux:apt_history_log:entry"),
    ("bash:history:command", "bash:history:entry"),
    ("bsm:event", "bsm:entry"),
    ("ccleaner:configuration", "windows:registry:ccleaner:configuration"),
    ("ccleaner:update", "windows:registry:ccleaner:update"),
    ("docker:json:container", "docker:container:configuration"),
    ("docker:json:container:log", "docker:container:log:entry"),
    ("docker:json:layer", "docker:layer:configuration"),
    ("dpkg:line", "linux:dpkg_log:entry"),
    ("file_history:namespace:event", "windows:file_history:namespace"),
    ("fs:mactime:line", "fs:bodyfile:entry"),
    ("gdrive_sync:log:line", "google_drive_sync_log:entry"),
    ("mac:appfirewall:line", "macos:appfirewall_log:entry"),
    ("mac:asl:event", "macos:asl:entry"),
    ("mac:asl:file", "macos:asl:file"),
    ("mac:document_versions:file", "macos:document_versions:file"),
    ("mac:keychain:application", "macos:keychain:application"),
    ("mac:keychain:internet", "macos:keychain:internet"),
    ("mac:knowledgec:application", "macos:knowledgec:application"),
    ("mac:knowledgec:safari", "macos:knowledgec:safari"),
    ("mac:notes:note", "macos:notes:entry"),
    ("mac:notificationcenter:db", "macos:notification_center:entry"),
    ("mac:securityd:line", "macos:securityd_log:entry"),
    ("mac:utmpx:event", "macos:utmpx:entry"),
    ("mac:wifilog:line", "macos:wifi_log:entry"),
    ("macos:lsquarantine", "macos:lsquarantine:entry"),
    ("macosx:application_usage", "macos:application_usage:entry"),
    ("macosx:lsquarantine", "macos:lsquarantine:entry"),
    ("metadata:openxml", "openxml:metadata"),
    ("opera:history", "opera:history:entry"),
    ("pe", "pe_coff:file"),
    ("pe:compilation:compilation_time", "pe_coff:file"),
    ("pe:delay_import:import_time", "pe_coff:dll_import"),
    ("pe:import:import_time", "pe_coff:dll_import"),
    ("pe:load_config:modification_time", "pe_coff:file"),
    ("pe:resource:creation_time", "pe_coff:resource"),
    ("popularity_contest:log:event", "linux:popularity_contest_log:entry"),
    ("popularity_contest:session:event", "linux:popularity_contest_log:session"),
    ("setupapi:log:line", "windows:setupapi:log:line"),
    ("skydrive:log:line", "skydrive:log:entry"),
    ("skydrive:log:old:line", "skydrive:log:entry"),
    ("software_management:sccm:log", "sccm_log:entry"),
    ("systemd:journal:dirty", "systemd:journal"),
    ("tango:android:contact", "android:tango:contact"),
    ("tango:android:conversation", "android:tango:conversation"),
    ("tango:android:message", "android:tango:message"),
    ("task_scheduler:task_cache:entry", "windows:registry:task_scheduler:task_cache:entry"),
    ("twitter:android:contact", "android:twitter:contact"),
    ("twitter:android:search", "android:twitter:search"),
    ("twitter:android:status", "android:twitter:status"),
    ("twitter:ios:contact", "ios:twitter:contact"),
    ("twitter:ios:status", "ios:twitter:status"),
    ("webview:cookie", "android:webview:cookie"),
    ("windows:firewall:log_entry", "windows:firewall_log:entry"),
    ("windows:prefetch", "windows:prefetch:execution"),
    ("windows:registry:usbstor", "windows:registry:usbstor:instance"),
    ("windows:wpndatabase:notification", "windows:push_notification:notification"),
    ("windows:wpndatabase:notification_handler", "windows:push_notification:notification_handler"),
    ("winrar:history", "windows:registry:winrar:history"),
];

/// Returns the new name in Plaso 20260720, or `None` if this data type was not renamed.
pub(crate) fn new_name(old: &str) -> Option<&'static str> {
    RENAMED.iter().find(|(name, _)| *name == old).map(|(_, new)| *new)
}

/// Returns the other names of a data type in earlier or later versions of Plaso.
pub(crate) fn other_names(name: &str) -> impl Iterator<Item = &'static str> {
    RENAMED.iter().filter_map(move |(old, new)| match name {
        _ if *old == name => Some(*new),
        _ if *new == name => Some(*old),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// The data types of Plaso 20260720, each with its attributes.
    const PLASO: &str = include_str!("../../../tests/data/plaso-data-types.txt");

    #[test]
    fn old_names_are_gone_and_new_names_are_there() {
        let made: BTreeSet<_> = PLASO.lines().filter_map(|line| line.split(' ').next()).collect();
        for (old, new) in RENAMED {
            assert!(!made.contains(old), "Plaso still makes {old}");
            assert!(made.contains(new), "Plaso does not make {new}");
        }
        assert!(RENAMED.is_sorted_by(|(a, _), (b, _)| a < b), "each old name once, in order");
    }

    #[test]
    fn names_of_both_times() {
        assert_eq!(new_name("dpkg:line"), Some("linux:dpkg_log:entry"));
        assert_eq!(new_name("safari:history:visit"), None);
        let others: Vec<_> = other_names("macos:lsquarantine:entry").collect();
        assert_eq!(others, ["macos:lsquarantine", "macosx:lsquarantine"]);
    }
}
