//! The host, the accounts, the address and the file that an event is about, whatever its data type
//! calls them.

use std::borrow::Cow;

use events::{Reads, StreamAttribute};

use crate::Attributes;
use crate::account::{Accounts, Role};
use crate::audit_trail::{AUDIT_TRAIL, audit_trail_accounts, audit_trail_address};
use crate::hint::{DELETED_ITEM, Hint, hinted};
use crate::log_line::{LogLine, other_address};
use crate::log_programs::program_and_text;
use crate::place::place;
use crate::sql_server::sql_address;
use crate::stored_accounts::{USE_OF_COMPUTER, is_one_of, stored_accounts};
use crate::windows_record::windows_accounts;

/// Who and what takes part in an event.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parties {
    /// The computer on which it happened.
    pub host: Option<String>,
    /// The account that matters most: that of the user who acted, or that logged on.
    pub user: Option<String>,
    /// What this account has to do with the event.
    pub role: Role,
    /// The account that acted or reported, if the event names it beside the other one.
    pub by: Option<String>,
    /// What this account has to do with the event.
    pub by_role: Role,
    /// Which path says who the user is, if nothing else does.
    pub hint: Option<Hint>,
    /// The address of another computer. Those of the computer itself, such as `127.0.0.1`, are
    /// left out.
    pub address: Option<String>,
    /// The file in which the event was found, with what contains it.
    pub file: Option<String>,
}

/// Attributes that name the computer, the best first.
const HOSTS: [&str; 5] = ["hostname", "computer_name", "s_computername", "machine", "log_hostname"];
/// Data types whose `hostname` is another computer: a web site, or where somebody logged on from.
const OTHER_HOSTS: [&str; 9] = [
    "android:webview:",
    "chrome:",
    "cookie:",
    "firefox:",
    "linux:utmp:",
    "macos:utmpx:",
    "opera:",
    "safari:",
    "windows:user_access_logging:dns",
];
/// Attributes with the address of another computer, the best first.
const ADDRESSES: [&str; 12] = [
    "ip_address",
    "source_ip",
    "source_ip_address",
    "client_ip",
    "c_ip",
    "remote_address",
    "remote_ip",
    "caller_ip",
    "xml_string.IpAddress",
    "xml_string.SourceIp",
    "xml_string.ClientAddress",
    "xml_string.Address",
];
/// The types of their entries that are about the system: run level, start, and changed clock.
const OF_SYSTEM: [&str; 4] = ["1", "2", "3", "4"];
/// Data types of files that belong to a user, whose home folder says who it is.
const OF_USERS: [&str; 20] = [
    "bash:",
    "chrome:",
    "firefox:",
    "fish:",
    "google_drive_sync_log:",
    "macos:knowledgec:",
    "macos:lsquarantine:",
    "msie",
    "olecf:dest_list:",
    "opera:",
    "powershell:",
    "safari:",
    "shell:",
    "spotlight_searched_terms:",
    "viminfo:",
    "windows:lnk:",
    DELETED_ITEM,
    "windows:registry:",
    "windows:shell_item:",
    "windows:timeline:",
];

impl Parties {
    /// Returns what must be read of an event to find its parties.
    #[must_use]
    pub fn reads() -> Reads {
        Reads { event_data: true, stream: [StreamAttribute::PathSpec].into(), ..Reads::default() }
    }

    /// Finds the parties of an event, which was read with [`Parties::reads`].
    #[must_use]
    pub fn of(attributes: &Attributes<'_>) -> Self {
        let data_type = attributes.data_type();
        let is_one_of = |types| is_one_of(data_type, types);
        let line = program_and_text(attributes);
        let line = line.as_ref().map(|(program, text)| LogLine::of(program, text)).unwrap_or_default();
        let accounts = match data_type {
            "windows:evtx:record" | "windows:evt:record" => windows_accounts(attributes),
            AUDIT_TRAIL => audit_trail_accounts(attributes),
            _ => stored_accounts(attributes).or_of_line(&line),
        };
        let Accounts { user, by } = accounts;
        let path_spec = attributes.of_stream(StreamAttribute::PathSpec);
        let hinted = if user.is_none() && is_one_of(&OF_USERS) { hinted(attributes) } else { None };
        let (of_path, hint) = hinted.unzip();
        let user = user.or_else(|| Some((Cow::Owned(of_path?), Role::User)));
        let host = if is_one_of(&OTHER_HOSTS) { None } else { first(attributes, &HOSTS) };
        let role = user.as_ref().map(|(_, role)| *role).unwrap_or_default();
        // Who hands a logon to Windows, and the service that writes a line about one, need not be
        // who tried it.
        let is_of_service = || line.account.is_some() && line.by.is_none();
        let is_reported = match data_type {
            "windows:evtx:record" | "windows:evt:record" => role.is_logon() || user.is_none(),
            _ => role.is_logon() && is_of_service(),
        };
        Self {
            host: host.map(Cow::into_owned),
            user: user.map(|(user, _)| user.into_owned()),
            role,
            hint,
            by_role: if is_reported { Role::Reported } else { Role::Acted },
            by: by.map(Cow::into_owned),
            address: address(attributes).or(line.address).or_else(|| sql_address(attributes)),
            file: path_spec.and_then(place).or_else(|| file_itself(attributes)),
        }
    }
}

/// Returns the address of another computer that an attribute names.
fn address(attributes: &Attributes<'_>) -> Option<String> {
    // At a start of the system or a change of its clock, the field holds something else.
    let is_of_system = is_one_of(attributes.data_type(), &USE_OF_COMPUTER)
        && attributes.text("login_type").is_some_and(|kind| OF_SYSTEM.contains(&&*kind));
    let names: &[&str] = if is_of_system { &[] } else { &ADDRESSES };
    let address = names.iter().find_map(|name| other_address(&attributes.text(name)?));
    address.or_else(|| audit_trail_address(attributes))
}

/// Returns the file that an entry of a file system describes. It was not found inside a file.
fn file_itself(attributes: &Attributes<'_>) -> Option<String> {
    let is_entry = attributes.data_type().starts_with("fs:stat");
    attributes.text("filename").filter(|_| is_entry).map(Cow::into_owned)
}

fn first<'a>(attributes: &'a Attributes<'_>, names: &[&str]) -> Option<Cow<'a, str>> {
    names.iter().find_map(|name| attributes.text(name))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use events::{AttributeNames, AttributeReader};

    use super::*;

    fn parties(json: &str) -> Parties {
        let mut reader = AttributeReader::new(Arc::new(AttributeNames::default()));
        let data = reader.open(json.as_bytes()).unwrap();
        Parties::of(&Attributes::of_data(&data))
    }

    #[test]
    fn of_the_use_of_a_computer() {
        let of = |user: &str| {
            parties(&format!(r#"{{"data_type": "linux:utmp:event", "username": "{user}"}}"#)).user
        };
        let address = |kind: u32| {
            let json = r#"{"data_type": "linux:utmp:event", "ip_address": "192.0.2.7", "login_type": "#;
            parties(&format!("{json}{kind}}}")).address
        };
        assert_eq!((address(2), address(7)), (None, Some("192.0.2.7".into())));
        assert_eq!((of("reboot"), of("shutdown"), of("bob")), (None, None, Some("bob".into())));
    }

    #[test]
    fn of_lines_of_logs() {
        for (json, user, role, address) in [
            (
                r#"{"data_type": "syslog:line", "reporter": "sshd", "message_body": "Failed password for root from 203.0.113.7 port 1 ssh2"}"#,
                Some("root"),
                Role::Tried,
                Some("203.0.113.7"),
            ),
            // The earlier name of the text.
            (
                r#"{"data_type": "syslog:line", "reporter": "sudo", "body": "bob : TTY=x ; COMMAND=/bin/id"}"#,
                Some("bob"),
                Role::Acted,
                None,
            ),
            (
                r#"{"data_type": "syslog:cron:task_run", "reporter": "CRON", "username": "root", "message_body": "(root) CMD (id)"}"#,
                Some("root"),
                Role::RunsAs,
                None,
            ),
            (r#"{"data_type": "bash:history:entry", "command": "su root"}"#, None, Role::User, None),
            (
                r#"{"data_type": "selinux:line", "audit_type": "ADD_USER", "user_identifier": "0", "message_body": "msg='op=add-user acct=\"eve\" addr=203.0.113.7 res=success'"}"#,
                Some("eve"),
                Role::Created,
                Some("203.0.113.7"),
            ),
            (
                r#"{"data_type": "postgresql:application_log:entry", "username": "eve@x", "message_body": "password authentication failed for user"}"#,
                Some("eve (database x)"),
                Role::Tried,
                None,
            ),
            (
                r#"{"data_type": "systemd:journal", "uid": 0, "reporter": "sshd", "message_body": "pam_unix(sshd:session): session opened for user bob(uid=1000) by (uid=0)"}"#,
                Some("bob"),
                Role::Account,
                None,
            ),
            (
                r#"{"data_type": "linux:apt_history_log:entry", "requester": "bob (1005)"}"#,
                Some("bob (user number 1005)"),
                Role::Acted,
                None,
            ),
            (
                r#"{"data_type": "systemd:journal", "uid": 0, "message_body": "x"}"#,
                Some("user number 0 (root)"),
                Role::User,
                None,
            ),
        ] {
            let of = parties(json);
            assert_eq!((of.user.as_deref(), of.role, of.address.as_deref()), (user, role, address), "{json}");
        }
    }

    #[test]
    fn whatever_they_are_called() {
        for (json, host, user, file) in [
            (
                r#"{"data_type": "syslog:line", "hostname": "web01", "username": "root"}"#,
                Some("web01"),
                Some("root"),
                None,
            ),
            (r#"{"data_type": "chrome:cookie:entry", "hostname": "example.com"}"#, None, None, None),
            (
                r#"{"data_type": "iis:log:line", "s_computername": "IIS", "cs_username": "-"}"#,
                Some("IIS"),
                None,
                None,
            ),
            (r#"{"data_type": "fs:stat", "filename": "/tmp/x"}"#, None, None, Some("/tmp/x")),
        ] {
            let of = parties(json);
            let of = [of.host, of.user, of.file];
            assert_eq!(of, [host, user, file].map(|text| text.map(str::to_owned)), "{json}");
        }
    }
}
