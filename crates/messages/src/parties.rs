//! The host, the accounts, the address and the file that an event is about, whatever its data type
//! calls them.

use std::borrow::Cow;

use events::{Reads, StreamAttribute};

use crate::Attributes;
use crate::account::{Accounts, Role, UNIX_USER, unix_user};
use crate::audit_trail::{AUDIT_TRAIL, audit_trail_accounts, audit_trail_address};
use crate::hint::{DELETED_ITEM, Hint, hinted};
use crate::log_line::{LogLine, other_address};
use crate::log_programs::program_and_text;
use crate::place::place;
use crate::sql_server::sql_address;
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
/// Attributes that name the user, the best first.
const USERS: [&str; 15] = [
    "username",
    "user_name",
    "cs_username",
    "authenticated_username",
    "principal_email",
    "caller",
    "host_and_user",
    "local_account",
    "user",
    "account_name",
    "account",
    "requester",
    "user_identifier",
    "uid",
    "user_sid",
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
/// Attributes with the number of a user, and the data types in which it is that of Unix.
const NUMBERS: [&str; 3] = ["user_identifier", "uid", "user_sid"];
const OF_UNIX: [&str; 4] = ["linux:", "macos:", "selinux:", "systemd:"];
/// The log of packages. It names an account as `account (number)`.
const APT: &str = "linux:apt_history_log:entry";
/// The log of a server for databases. It names an account as `account@database`.
const POSTGRESQL: &str = "postgresql:application_log:entry";
/// Data types of logs of who used a computer, which also say when it started and stopped.
const USE_OF_COMPUTER: [&str; 2] = ["linux:utmp:", "macos:utmpx:"];
/// The types of their entries that are about the system: run level, start, and changed clock.
const OF_SYSTEM: [&str; 4] = ["1", "2", "3", "4"];
/// What these logs have in the place of a user.
const NO_USERS: [&str; 6] = ["LOGIN", "date", "reboot", "runlevel", "shutdown", "shutdown time"];
/// Data types that describe accounts, or say that an account logged on.
const OF_ACCOUNTS: [&str; 8] = [
    "ios:accounts:",
    "linux:utmp:",
    "macos:apple_account:",
    "macos:keychain:",
    "macos:user:",
    "macos:utmpx:",
    "syslog:ssh:login",
    "windows:registry:sam_users",
];
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
        let is_one_of = |types: &[&str]| types.iter().any(|known| data_type.starts_with(known));
        let line = program_and_text(attributes);
        let line = line.as_ref().map(|(program, text)| LogLine::of(program, text)).unwrap_or_default();
        let accounts = match data_type {
            "windows:evtx:record" | "windows:evt:record" => windows_accounts(attributes),
            AUDIT_TRAIL => audit_trail_accounts(attributes),
            _ => {
                let role = match data_type {
                    POSTGRESQL if is_refused(attributes) => Role::Tried,
                    APT => Role::Acted,
                    _ if is_one_of(&OF_ACCOUNTS) => Role::Account,
                    _ => Role::User,
                };
                let named = USERS.iter().find_map(|name| Some((name, attributes.text(name)?)));
                let is_number = |name: &&str| NUMBERS.contains(name) && is_one_of(&OF_UNIX);
                let user = named.map(|(name, user)| match user.split_once('@') {
                    _ if is_number(name) => Cow::Owned(unix_user(&user)),
                    Some((user, database)) if data_type == POSTGRESQL => {
                        Cow::Owned(format!("{user} (database {database})"))
                    }
                    _ if data_type == APT => with_number(user),
                    _ => user,
                });
                let user = user.map(|user| (user, role));
                Accounts { user, by: None }.or_of_line(&line)
            }
        };
        let Accounts { user, by } = accounts;
        let is_user = |(user, _): &(Cow<'_, str>, Role)| {
            !is_one_of(&USE_OF_COMPUTER) || !NO_USERS.contains(&user.as_ref())
        };
        let path_spec = attributes.of_stream(StreamAttribute::PathSpec);
        let user = user.filter(is_user);
        let hinted = if user.is_none() && is_one_of(&OF_USERS) { hinted(attributes) } else { None };
        let (of_path, hint) = hinted.unzip();
        let user = user.or_else(|| Some((Cow::Owned(of_path?), Role::User)));
        let host = if is_one_of(&OTHER_HOSTS) { None } else { first(attributes, &HOSTS) };
        let role = user.as_ref().map(|(_, role)| *role).unwrap_or_default();
        // At a start of the system or a change of its clock, the field holds something else.
        let is_of_system = || {
            let login_type = attributes.text("login_type");
            is_one_of(&USE_OF_COMPUTER) && login_type.is_some_and(|kind| OF_SYSTEM.contains(&&*kind))
        };
        let addresses: &[&str] = if is_of_system() { &[] } else { &ADDRESSES };
        let address = addresses.iter().find_map(|name| other_address(&attributes.text(name)?));
        let address = address.or_else(|| audit_trail_address(attributes));
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
            address: address.or(line.address).or_else(|| sql_address(attributes)),
            file: path_spec.and_then(place).or_else(|| file_itself(attributes)),
        }
    }
}

impl Accounts<'_> {
    /// Takes what the text of a log's line says, if no attribute says it. Only the text says what
    /// an account has to do with the line.
    fn or_of_line(mut self, line: &LogLine<'_>) -> Self {
        let Some((name, role)) = line.account else { return self };
        match &mut self.user {
            Some((user, known)) if user == name => *known = role,
            Some((user, _)) if user.starts_with(UNIX_USER) => {
                // The number is that of who acted.
                self.by = self.user.take().map(|(user, _)| user).filter(|_| !line.is_session);
            }
            Some(_) => return self,
            None => {}
        }
        self.user.get_or_insert_with(|| (Cow::Owned(name.to_owned()), role));
        self.by = line.by.clone().map(|by| Cow::Owned(by.into_owned())).or(self.by);
        self
    }
}

/// Says that the number behind the name of an account is that of the user.
fn with_number(user: Cow<'_, str>) -> Cow<'_, str> {
    let parts = user.strip_suffix(')').and_then(|user| user.split_once(" ("));
    let is_number = |number: &str| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    match parts.filter(|(_, number)| is_number(number)) {
        Some((name, number)) => Cow::Owned(format!("{name} ({UNIX_USER}{number})")),
        None => user,
    }
}

/// Returns whether a database refused a logon.
fn is_refused(attributes: &Attributes<'_>) -> bool {
    attributes.text("message_body").is_some_and(|text| text.contains("authentication failed"))
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
