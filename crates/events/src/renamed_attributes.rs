//! Attributes of event data that another version of Plaso stores under another name.
//!
//! The table compares the event data classes of plaso 20230717 and 20240826 (storage format
//! 20230327) with those of plaso 20260720 (storage format 20260516). An attribute is in it only if
//! both parsers fill it with the same value. For instance, `user` of `gcp:log:entry` became
//! `username` and `principal_email`, and `type` of `firefox:places:bookmark` was a word and is now
//! a number; neither is in the table.

/// The data type, the earlier name of the attribute, and its name in Plaso 20260720.
#[rustfmt::skip]
static RENAMED: [(&str, &str, &str); 94] = [
    ("android:logcat", "message", "message_body"),
    ("android:messaging:hangouts", "body", "message_body"),
    ("android:messaging:sms", "body", "message_body"),
    ("android:webview:cookie", "host", "hostname"),
    ("apache:access_log:entry", "user_name", "username"),
    ("av:symantec:scanlog", "backup_id", "backup_identifier"),
    ("av:symantec:scanlog", "cat", "category"),
    ("av:symantec:scanlog", "clientgroup", "client_group"),
    ("av:symantec:scanlog", "computer", "hostname"),
    ("av:symantec:scanlog", "defseqnumber", "def_sequence_number"),
    ("av:symantec:scanlog", "domain_guid", "domain_identifier"),
    ("av:symantec:scanlog", "domainname", "domain_name"),
    ("av:symantec:scanlog", "err_code", "error_code"),
    ("av:symantec:scanlog", "event", "event_code"),
    ("av:symantec:scanlog", "file", "file_path"),
    ("av:symantec:scanlog", "groupid", "group_identifier"),
    ("av:symantec:scanlog", "guid", "identifier"),
    ("av:symantec:scanlog", "license_expiration_dt", "license_expiration_date"),
    ("av:symantec:scanlog", "license_feature_ver", "license_feature_version"),
    ("av:symantec:scanlog", "license_fulfillment_id", "license_fulfillment_identifier"),
    ("av:symantec:scanlog", "license_serial_num", "license_serial_number"),
    ("av:symantec:scanlog", "license_start_dt", "license_start_date"),
    ("av:symantec:scanlog", "log_session_guid", "log_session_identifier"),
    ("av:symantec:scanlog", "macaddr", "mac_address"),
    ("av:symantec:scanlog", "remote_machine_ip", "remote_ip_address"),
    ("av:symantec:scanlog", "scanid", "scan_identifier"),
    ("av:symantec:scanlog", "user", "username"),
    ("av:symantec:scanlog", "vbin_id", "vbin_identifier"),
    ("av:symantec:scanlog", "vbin_session_id", "vbin_session_identifier"),
    ("av:symantec:scanlog", "virus_id", "virus_identifier"),
    ("aws:cloudtrail:entry", "user_name", "username"),
    ("azure:application_gateway_access:entry", "host", "request_host"),
    ("azure:application_gateway_access:entry", "original_host", "original_request_host"),
    ("chrome:cookie:entry", "host", "hostname"),
    ("chrome:preferences:extensions_autoupdater", "message", "message_body"),
    ("confluence:access", "user_name", "username"),
    ("cri:container:log:entry", "body", "message_body"),
    ("cups:ipp:event", "computer_name", "hostname"),
    ("cups:ipp:event", "doc_type", "document_type"),
    ("cups:ipp:event", "job_id", "job_identifier"),
    ("cups:ipp:event", "user", "username"),
    ("docker:container:log:entry", "log_line", "message_body"),
    ("firefox:cookie:entry", "host", "hostname"),
    ("firefox:places:bookmark", "host", "hostname"),
    ("firefox:places:page_visited", "host", "hostname"),
    ("gcp:log:entry", "message", "message_body"),
    ("google_drive_sync_log:entry", "message", "message_body"),
    ("googlelog:log", "file_name", "filename"),
    ("googlelog:log", "message", "message_body"),
    ("ios:kik:messaging", "body", "message_body"),
    ("ios:kik:messaging", "displayname", "application_display_name"),
    ("ios:lockdownd_log:entry", "body", "message_body"),
    ("ios:sysdiag_log:entry", "body", "message_body"),
    ("ios:sysdiagnose:logd:line", "body", "message_body"),
    ("linux:dpkg_log:entry", "body", "message_body"),
    ("linux:utmp:event", "type", "login_type"),
    ("mackeeper:cache", "record_id", "record_identifier"),
    ("mackeeper:cache", "user_name", "username"),
    ("macos:appfirewall_log:entry", "computer_name", "hostname"),
    ("macos:application_usage:entry", "event", "activity"),
    ("macos:asl:entry", "computer_name", "hostname"),
    ("macos:asl:entry", "message", "message_body"),
    ("macos:launchd:entry", "user_name", "username"),
    ("macos:launchd_log:entry", "body", "message_body"),
    ("macos:notification_center:entry", "body", "message_body"),
    ("macos:securityd_log:entry", "message", "message_body"),
    ("macos:utmpx:entry", "type", "login_type"),
    ("postgresql:application_log:entry", "log_line", "message_body"),
    ("postgresql:application_log:entry", "user", "username"),
    ("santa:execution", "user", "username"),
    ("santa:file_system_event", "user", "username"),
    ("selinux:line", "body", "message_body"),
    ("skype:event:account", "display_name", "account_display_name"),
    ("skype:event:transferfile", "transferred_filepath", "transferred_file_path"),
    ("skype:event:transferfile", "transferred_filesize", "transferred_file_size"),
    ("snort:fastlog:alert", "message", "message_body"),
    ("spotlight:metadata_item", "file_name", "filename"),
    ("spotlight_searched_terms:entry", "display_name", "application_display_name"),
    ("syslog:comment", "body", "message_body"),
    ("syslog:cron:task_run", "body", "message_body"),
    ("syslog:line", "body", "message_body"),
    ("syslog:ssh:failed_connection", "body", "message_body"),
    ("syslog:ssh:login", "body", "message_body"),
    ("syslog:ssh:opened_connection", "body", "message_body"),
    ("systemd:journal", "body", "message_body"),
    ("teamviewer:application_log:entry", "body", "message_body"),
    ("teamviewer:connections_incoming:entry", "display_name", "connection_display_name"),
    ("wincc:simatic_s7:entry", "body", "message_body"),
    ("wincc:sys_log:entry", "body", "message_body"),
    ("windows:evt:record", "computer_name", "hostname"),
    ("windows:evtx:record", "computer_name", "hostname"),
    ("windows:registry:mount_points2", "type", "source_type"),
    ("windows:registry:network", "default_gateway_mac", "default_gateway_mac_address"),
    ("windows:registry:usbstor:instance", "display_name", "device_display_name"),
];

/// Returns the data types in which an attribute has another name, with that name.
pub(crate) fn other_names(name: &str) -> impl Iterator<Item = (&'static str, &'static str)> {
    RENAMED.iter().filter_map(move |&(data_type, old, new)| match name {
        _ if old == name => Some((data_type, new)),
        _ if new == name => Some((data_type, old)),
        _ => None,
    })
}

/// Returns the other name of an attribute of this data type: the name in a later version of Plaso,
/// or in an earlier one. Returns `None` if it has the same name in all versions.
#[must_use]
pub fn other_name(data_type: &str, name: &str) -> Option<&'static str> {
    OtherNames::of(data_type).find(name)
}

/// The attributes of a data type that have other names in other versions of Plaso.
#[derive(Debug, Clone, Copy)]
pub struct OtherNames(&'static [(&'static str, &'static str, &'static str)]);

impl OtherNames {
    /// Finds those of a data type. Most data types have none.
    #[must_use]
    pub fn of(data_type: &str) -> Self {
        let start = RENAMED.partition_point(|(renamed, ..)| *renamed < data_type);
        let of_data_type = RENAMED[start..].iter().take_while(|(renamed, ..)| *renamed == data_type);
        Self(&RENAMED[start..start + of_data_type.count()])
    }

    /// Returns the other name of an attribute, as [`other_name`] does.
    #[must_use]
    pub fn find(self, name: &str) -> Option<&'static str> {
        self.0.iter().find_map(|&(_, old, new)| match name {
            _ if old == name => Some(new),
            _ if new == name => Some(old),
            _ => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    /// The data types of Plaso 20260720, each with its attributes.
    const PLASO: &str = include_str!("../../../tests/data/plaso-data-types.txt");

    #[test]
    fn old_names_are_gone_and_new_names_are_there() {
        let made: BTreeMap<_, BTreeSet<_>> = PLASO
            .lines()
            .map(|line| line.split_once(' ').unwrap_or((line, "")))
            .map(|(data_type, attributes)| (data_type, attributes.split(' ').collect()))
            .collect();
        for (data_type, old, new) in RENAMED {
            let attributes = &made[data_type];
            assert!(!attributes.contains(old), "Plaso still makes {old} of {data_type}");
            assert!(attributes.contains(new), "Plaso does not make {new} of {data_type}");
        }
    }

    #[test]
    fn names_are_sorted_and_each_has_one_other_name() {
        assert!(RENAMED.is_sorted_by(|a, b| a < b));
        let new: BTreeSet<_> = RENAMED.iter().map(|(data_type, _, new)| (data_type, new)).collect();
        assert_eq!(new.len(), RENAMED.len(), "two attributes of a data type cannot get the same name");
    }

    #[test]
    fn either_name_gives_the_other() {
        let of = other_name;
        assert_eq!(of("syslog:line", "body"), Some("message_body"));
        assert_eq!(of("syslog:line", "message_body"), Some("body"));
        assert_eq!(of("android:logcat", "message_body"), Some("message"));
        assert_eq!(of("fs:stat", "body"), None);
        assert_eq!(of("syslog:line", "reporter"), None);
    }
}
