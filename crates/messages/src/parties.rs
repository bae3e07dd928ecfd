//! The host, the user and the file that an event is about, whatever its data type calls them.

use std::borrow::Cow;
use std::net::IpAddr;

use events::{Reads, StreamAttribute};

use crate::Attributes;
use crate::place::{owner_of_home, place};

/// Who and what takes part in an event.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parties {
    /// The computer on which it happened.
    pub host: Option<String>,
    /// The user who did it. For a logon, the user who logged on.
    pub user: Option<String>,
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
const USERS: [&str; 14] = [
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
/// Data types of logs of who used a computer, which also say when it started and stopped.
const USE_OF_COMPUTER: [&str; 2] = ["linux:utmp:", "macos:utmpx:"];
/// What these logs have in the place of a user.
const NO_USERS: [&str; 6] = ["LOGIN", "date", "reboot", "runlevel", "shutdown", "shutdown time"];
/// Windows events about a service, whose account is the one that the service runs as.
const SERVICES: [&str; 2] = ["7036", "7045"];
/// Data types of files that belong to a user, whose home folder says who it is.
const OF_USERS: [&str; 15] = [
    "bash:",
    "chrome:",
    "firefox:",
    "fish:",
    "google_drive_sync_log:",
    "msie",
    "olecf:dest_list:",
    "opera:",
    "powershell:",
    "safari:",
    "shell:",
    "viminfo:",
    "windows:lnk:",
    "windows:registry:",
    "windows:shell_item:",
];

/// The account that acts in a Windows event, and its domain.
const SUBJECT: [&str; 2] = ["xml_string.SubjectUserName", "xml_string.SubjectDomainName"];
/// The account that a Windows event acts on, and its domain.
const TARGET: [&str; 2] = ["xml_string.TargetUserName", "xml_string.TargetDomainName"];
/// Windows events in which `TargetUserName` logs on, or asks to.
const LOGONS: [&str; 11] =
    ["4624", "4625", "4634", "4647", "4740", "4768", "4769", "4770", "4771", "4776", "4778"];

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
        let user = match data_type {
            "windows:evtx:record" | "windows:evt:record" => windows_user(attributes),
            _ => first(attributes, &USERS),
        };
        let user = user.filter(|user| !is_one_of(&USE_OF_COMPUTER) || !NO_USERS.contains(&user.as_ref()));
        let path_spec = attributes.of_stream(StreamAttribute::PathSpec);
        let at_home = || path_spec.filter(|_| is_one_of(&OF_USERS)).and_then(owner_of_home).map(Cow::Owned);
        let host = if is_one_of(&OTHER_HOSTS) { None } else { first(attributes, &HOSTS) };
        Self {
            host: host.map(Cow::into_owned),
            user: user.or_else(at_home).map(Cow::into_owned),
            file: path_spec.and_then(place),
        }
    }
}

/// Returns the address of another computer that takes part in an event. Addresses of the computer
/// itself, such as `127.0.0.1`, are left out.
#[must_use]
pub fn address_of(attributes: &Attributes<'_>) -> Option<String> {
    ADDRESSES.iter().find_map(|name| other_address(&attributes.text(name)?))
}

fn first<'a>(attributes: &'a Attributes<'_>, names: &[&str]) -> Option<Cow<'a, str>> {
    names.iter().find_map(|name| attributes.text(name))
}

/// Returns the address, if it is that of another computer.
fn other_address(text: &str) -> Option<String> {
    let address: IpAddr = text.trim().parse().ok()?;
    let address = address.to_canonical();
    (!address.is_loopback() && !address.is_unspecified()).then(|| address.to_string())
}

/// Returns the user of a Windows event: of a logon the account that logs on, otherwise the account
/// that acted.
fn windows_user<'a>(attributes: &'a Attributes<'_>) -> Option<Cow<'a, str>> {
    let account = |[name, domain]: [&str; 2]| {
        let name = attributes.text(name)?;
        match attributes.text(domain) {
            Some(domain) if !name.contains('@') => Some(Cow::Owned(format!("{domain}\\{name}"))),
            _ => Some(name),
        }
    };
    let is_logon =
        attributes.text("event_identifier").is_some_and(|number| LOGONS.contains(&number.as_ref()));
    let of_sides = if is_logon {
        account(TARGET).or_else(|| account(SUBJECT))
    } else {
        account(SUBJECT).or_else(|| account(TARGET))
    };
    let is_service =
        attributes.text("event_identifier").is_some_and(|number| SERVICES.contains(&number.as_ref()));
    let names = ["xml_string.User", "xml_string.UserName", "xml_string.AccountName"];
    let named = if is_service { &names[..2] } else { &names };
    of_sides.or_else(|| first(attributes, named)).or_else(|| attributes.text("user_sid").map(well_known))
}

/// Returns the name of an account that has the same security identifier on all computers.
fn well_known(sid: Cow<'_, str>) -> Cow<'_, str> {
    match &*sid {
        "S-1-5-18" => "SYSTEM".into(),
        "S-1-5-19" => "LOCAL SERVICE".into(),
        "S-1-5-20" => "NETWORK SERVICE".into(),
        _ => sid,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use events::{AttributeNames, AttributeReader};

    use super::*;

    fn parties(json: &str) -> [Option<String>; 2] {
        let mut reader = AttributeReader::new(Arc::new(AttributeNames::default()));
        let data = reader.open(json.as_bytes()).unwrap();
        let Parties { host, user, .. } = Parties::of(&Attributes::of_data(&data));
        [host, user]
    }

    fn record(identifier: u32, fields: &[(&str, &str)]) -> [Option<String>; 2] {
        let fields = fields.iter().map(|(name, value)| format!("<Data Name='{name}'>{value}</Data>"));
        let xml = fields.collect::<String>().replace('\'', "\\\"");
        let json = format!(
            r#"{{"data_type": "windows:evtx:record", "computer_name": "pc", "user_sid": "S-1-5-18",
                "event_identifier": {identifier}, "xml_string": "<Event><EventData>{xml}</EventData></Event>"}}"#
        );
        parties(&json)
    }

    #[test]
    fn of_windows_events() {
        let subject = [("SubjectUserName", "bob"), ("SubjectDomainName", "CORP")];
        let both = [&subject[..], &[("TargetUserName", "eve"), ("TargetDomainName", "X")]].concat();
        for (identifier, fields, user) in [
            (4624, &both[..], "X\\eve"),
            (4720, &both, "CORP\\bob"),
            (4769, &[("TargetUserName", "eve@X"), ("TargetDomainName", "X")], "eve@X"),
            (4688, &[("SubjectUserName", "-"), ("TargetUserName", "eve")], "eve"),
            (1, &[("User", "CORP\\\\bob")], "CORP\\bob"),
            (7036, &[], "SYSTEM"),
            // What a new service runs as is not who installed it.
            (7045, &[("AccountName", "CORP\\\\svc")], "SYSTEM"),
        ] {
            assert_eq!(record(identifier, fields), [Some("pc".into()), Some(user.into())], "{identifier}");
        }
    }

    #[test]
    fn of_the_use_of_a_computer() {
        let of = |user: &str| {
            parties(&format!(r#"{{"data_type": "linux:utmp:event", "username": "{user}"}}"#))[1].clone()
        };
        assert_eq!((of("reboot"), of("shutdown"), of("bob")), (None, None, Some("bob".into())));
    }

    #[test]
    fn addresses_of_other_computers() {
        for (text, expected) in [
            ("203.0.113.7", Some("203.0.113.7")),
            ("::ffff:203.0.113.7", Some("203.0.113.7")),
            ("fe80::1", Some("fe80::1")),
            ("127.0.0.1", None),
            ("::1", None),
            ("0.0.0.0", None),
            ("LOCAL", None),
        ] {
            assert_eq!(other_address(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn whatever_they_are_called() {
        for (json, expected) in [
            (
                r#"{"data_type": "syslog:line", "hostname": "web01", "username": "root"}"#,
                [Some("web01"), Some("root")],
            ),
            (r#"{"data_type": "chrome:cookie:entry", "hostname": "example.com"}"#, [None, None]),
            (
                r#"{"data_type": "iis:log:line", "s_computername": "IIS", "cs_username": "-"}"#,
                [Some("IIS"), None],
            ),
        ] {
            assert_eq!(parties(json), expected.map(|text| text.map(str::to_owned)), "{json}");
        }
    }
}
