//! What else an event says that its message does not: the key of the registry, the owner of a file,
//! as whom a command ran, and the other end of a connection.

use std::borrow::Cow;

use crate::Attributes;
use crate::access_control::access_facts;
use crate::audit_trail::{AUDIT_TRAIL, of_audit_trail};
use crate::clock_change::change_of_clock;
use crate::further_accounts::{further_accounts, is_membership};
use crate::linux_audit::linux_audit_facts;
use crate::log_sessions::facts_of_line;
use crate::package_line::package_effect;
use crate::registry_lists::entries_of;
use crate::renamed::{is_same_name, renamed_group};
use crate::sql_server::facts_of_audit;
use crate::teamviewer::connection_facts;
use crate::transfer_log::transfer_facts;
use crate::user_assist::user_assist_note;
use crate::well_known::DOMAIN_ACCOUNT;
use crate::windows_facts::facts_of_record;
use crate::windows_record::SECURITY;

type Fact = (&'static str, String);

/// The bits of a mode that are permissions. The others say what kind of file it is.
const PERMISSIONS: u32 = 0o7777;

/// The name of the fact that is the key of an entry of the registry.
pub const REGISTRY_KEY: &str = "registry key";

/// What Windows writes for a value that is not set.
const UNSET: &str = "%%1793";
/// What Windows writes for a time that never comes.
const NEVER: &str = "%%1794";
/// The fields of a changed account that have its values, each with its words.
const VALUES: [(&str, &str); 13] = [
    ("SamAccountName", "name"),
    ("DisplayName", "display name"),
    ("UserPrincipalName", "principal name"),
    ("HomeDirectory", "home folder"),
    ("HomePath", "home drive"),
    ("ScriptPath", "logon script"),
    ("ProfilePath", "profile"),
    ("UserWorkstations", "workstations"),
    ("PasswordLastSet", "password set at"),
    ("AccountExpires", "expires at"),
    ("PrimaryGroupId", "primary group"),
    ("AllowedToDelegateTo", "may act for others at"),
    ("ServicePrincipalNames", "service principal names"),
];

/// Returns further facts of an event, each with its name.
#[must_use]
pub fn details(attributes: &Attributes<'_>) -> Vec<Fact> {
    let accounts = further_accounts(attributes);
    let accounts = accounts.iter().map(|further| (further.role.as_str(), further.in_words()));
    accounts.chain(other_facts(attributes)).collect()
}

/// Returns the facts that are no accounts.
fn other_facts(attributes: &Attributes<'_>) -> Vec<Fact> {
    let data_type = attributes.data_type();
    match data_type {
        AUDIT_TRAIL => of_audit_trail(attributes),
        "snort:fastlog:alert" => of_alert(attributes),
        "windows:evtx:record" | "windows:evt:record" => {
            let group = group_of_member(attributes).or_else(|| renamed_group(attributes));
            let facts = group.map(|group| ("group", group)).into_iter();
            facts
                .chain(facts_of_audit(attributes))
                .chain(values_after(attributes))
                .chain(of_change(attributes))
                .chain(change_of_clock(attributes))
                .chain(facts_of_record(attributes))
                .collect()
        }
        _ if data_type.starts_with("windows:registry:") => {
            let key = attributes.text("key_path").map(Cow::into_owned);
            let key = (REGISTRY_KEY, key.unwrap_or_else(|| "not recorded by Plaso".to_owned()));
            let entries = entries_of(&key.1).map(|words| ("entries", words.to_owned()));
            [key].into_iter().chain(entries).chain(user_assist_note(attributes)).collect()
        }
        _ if data_type.starts_with("fs:stat") => of_file(attributes),
        _ => {
            let facts = facts_of_line(attributes).into_iter();
            let facts = facts.chain(access_facts(attributes)).chain(transfer_facts(attributes));
            let facts = facts.chain(linux_audit_facts(attributes)).chain(connection_facts(attributes));
            facts.chain(package_effect(attributes)).collect()
        }
    }
}

fn of_alert(attributes: &Attributes<'_>) -> Vec<Fact> {
    let text = |name| attributes.text(name);
    let end = |address, port| {
        let address = text(address)?;
        Some(match text(port) {
            Some(port) => format!("{address}, port {port}"),
            None => address.into_owned(),
        })
    };
    let signature = text("rule_identifier").map(|rule| match text("message_body") {
        Some(name) => format!("{rule} {name}"),
        None => rule.into_owned(),
    });
    let facts = [
        ("from", end("source_ip", "source_port")),
        ("to", end("destination_ip", "destination_port")),
        ("protocol", text("protocol").map(Cow::into_owned)),
        ("signature", signature),
    ];
    facts.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

const OF_LOCAL_ACCOUNTS: &str =
    "Windows gives this name to the group in which all local accounts of a computer are";

/// Returns the group into which a member came or that it left.
fn group_of_member(attributes: &Attributes<'_>) -> Option<String> {
    is_membership(attributes).then_some(())?;
    let text = |name| attributes.text(name).map(Cow::into_owned);
    let sid = text("xml_string.TargetSid").filter(|sid| sid.starts_with(DOMAIN_ACCOUNT));
    let group = text("xml_string.TargetUserName")?;
    let group = match text("xml_string.TargetDomainName") {
        Some(domain) => format!("{domain}\\{group}"),
        None => group,
    };
    // The last number of its identifier says that it is this group.
    let is_of_local_accounts = group.ends_with("\\None") && sid.is_some_and(|sid| sid.ends_with("-513"));
    Some(if is_of_local_accounts { format!("{group} ({OF_LOCAL_ACCOUNTS})") } else { group })
}

/// Returns the values that an account has after a change, as its record names them. Some records
/// have all values, and others only those that changed.
fn values_after(attributes: &Attributes<'_>) -> Option<(&'static str, String)> {
    let is_change =
        attributes.text("event_identifier").is_some_and(|known| known == "4738" || known == "4742");
    if !is_change || attributes.text("source_name")? != SECURITY {
        return None;
    }
    let new = VALUES.iter().filter_map(|(name, words)| {
        let value = attributes.text(&format!("xml_string.{name}")).filter(|value| value.trim() != UNSET)?;
        Some(format!("{words} {}", value.trim().replace(NEVER, "never")))
    });
    let new: Vec<_> = new.collect();
    let has_control = || attributes.text("xml_string.UserAccountControl").is_some();
    let words = match new.as_slice() {
        [] if has_control() => {
            "the account flags of the message (the record names no other value that changed)".to_owned()
        }
        [] => "not recorded (the record names none that changed)".to_owned(),
        values => format!("{} (which of them changed is not recorded)", values.join("; ")),
    };
    Some(("values after it", words))
}

/// Says so if a record of a change holds the same value before and after. Windows writes such
/// records when it sets what is already so.
fn of_change(attributes: &Attributes<'_>) -> Vec<Fact> {
    let text = |name| attributes.text(name);
    let (source, identifier) = (text("source_name"), text("event_identifier"));
    let new_time = || text("xml_string.NewTime");
    let is_new_time = |before| text(before).is_some_and(|before| new_time().is_some_and(|new| new == before));
    let is_same = match (source.as_deref(), identifier.as_deref()) {
        (Some("Microsoft-Windows-Kernel-General"), Some("1")) => is_new_time("xml_string.OldTime"),
        (Some(SECURITY), Some("4616")) => is_new_time("xml_string.PreviousTime"),
        _ => is_same_name(attributes),
    };
    let words = "the record has the same value before and after, so nothing changed then";
    if is_same { vec![("no change", words.to_owned())] } else { Vec::new() }
}

/// Returns the number of the group of a file, and its mode as `chmod` writes it.
fn of_file(attributes: &Attributes<'_>) -> Vec<Fact> {
    let text = |name| attributes.text(name);
    let mode = || text("mode")?.parse().ok().map(mode_in_words);
    let facts =
        [("group", text("group_identifier").map(|group| format!("group number {group}"))), ("mode", mode())];
    facts.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

/// Returns a mode as `chmod` writes it, and what those of its bits mean that let a program run as
/// somebody else. Rules compare the mode as a decimal number, so that stands beside it.
fn mode_in_words(mode: u32) -> String {
    let digits = format!("{:04o} in octal digits, {mode} in decimal ones", mode & PERMISSIONS);
    let special = [
        (0o4000, "set-user-ID: a program runs as the owner of its file"),
        (0o2000, "set-group-ID: a program runs with the group of its file"),
        (0o1000, "sticky: in a folder, only the owner of a file may remove it"),
    ];
    let special = special.into_iter().filter(|(bit, _)| mode & bit != 0).map(|(_, meaning)| meaning);
    std::iter::once(digits.as_str()).chain(special).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use events::{AttributeNames, AttributeReader};

    use super::*;

    #[test]
    fn further_facts() {
        let of = |json: &str| {
            let mut reader = AttributeReader::new(Arc::new(AttributeNames::default()));
            let data = reader.open(json.as_bytes()).unwrap();
            let facts = details(&Attributes::of_data(&data));
            facts.iter().map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>().join("; ")
        };
        for (json, expected) in [
            (
                r#"{"data_type": "snort:fastlog:alert", "source_ip": "192.0.2.1", "source_port": 7,
                    "destination_ip": "192.0.2.2", "destination_port": 22, "protocol": "TCP",
                    "rule_identifier": "1:366:11", "message_body": "PING"}"#,
                "from: 192.0.2.1, port 7; to: 192.0.2.2, port 22; protocol: TCP; signature: 1:366:11 PING",
            ),
            (r#"{"data_type": "snort:fastlog:alert", "source_ip": "::1"}"#, "from: ::1"),
            (r#"{"data_type": "bsm:entry", "extra_tokens": 7}"#, ""),
            (
                r#"{"data_type": "windows:evtx:record", "source_name": "Microsoft-Windows-Security-Auditing",
                    "event_identifier": 4781, "xml_string": "<Event><EventData><Data Name=\"OldTargetUserName\">eve</Data><Data Name=\"NewTargetUserName\">eve</Data></EventData></Event>"}"#,
                "no change: the record has the same value before and after, so nothing changed then",
            ),
            (
                r#"{"data_type": "windows:evtx:record", "source_name": "Microsoft-Windows-Security-Auditing",
                    "event_identifier": 4781, "xml_string": "<Event><EventData><Data Name=\"OldTargetUserName\">eve</Data><Data Name=\"NewTargetUserName\">bob</Data></EventData></Event>"}"#,
                "",
            ),
            (
                r#"{"data_type": "windows:evtx:record", "source_name": "Microsoft-Windows-Security-Auditing",
                    "event_identifier": 4720, "xml_string": "<Event><EventData><Data Name=\"TargetUserName\">svc</Data><Data Name=\"TargetDomainName\">CORP</Data><Data Name=\"SubjectUserName\">eve</Data></EventData></Event>"}"#,
                "account created: CORP\\svc",
            ),
            (
                r#"{"data_type": "windows:evtx:record", "source_name": "Microsoft-Windows-Security-Auditing",
                    "event_identifier": 4732, "xml_string": "<Event><EventData><Data Name=\"MemberName\">-</Data><Data Name=\"MemberSid\">S-1-5-21-7</Data><Data Name=\"TargetUserName\">Admins</Data><Data Name=\"TargetDomainName\">Builtin</Data><Data Name=\"SubjectUserName\">eve</Data></EventData></Event>"}"#,
                "member added: S-1-5-21-7; group: Builtin\\Admins",
            ),
            (
                r#"{"data_type": "windows:evtx:record", "source_name": "Microsoft-Windows-Security-Auditing",
                    "event_identifier": 4729, "xml_string": "<Event><EventData><Data Name=\"MemberSid\">S-1-5-21-7</Data><Data Name=\"TargetUserName\">None</Data><Data Name=\"TargetDomainName\">PC</Data><Data Name=\"TargetSid\">S-1-5-21-1-2-3-513</Data></EventData></Event>"}"#,
                "member removed: S-1-5-21-7; group: PC\\None (Windows gives this name to the group in which all local accounts of \
                 a computer are)",
            ),
            (
                r#"{"data_type": "windows:evtx:record", "source_name": "Microsoft-Windows-Security-Auditing",
                    "event_identifier": 4738, "xml_string": "<Event><EventData><Data Name=\"SamAccountName\">-</Data><Data Name=\"DisplayName\">%%1793</Data></EventData></Event>"}"#,
                "values after it: not recorded (the record names none that changed)",
            ),
            (
                r#"{"data_type": "windows:evtx:record", "source_name": "Microsoft-Windows-Security-Auditing",
                    "event_identifier": 4738, "xml_string": "<Event><EventData><Data Name=\"SamAccountName\">-</Data><Data Name=\"UserAccountControl\">%%2091</Data></EventData></Event>"}"#,
                "values after it: the account flags of the message (the record names no other value that changed)",
            ),
            (
                r#"{"data_type": "windows:evtx:record", "source_name": "Microsoft-Windows-Security-Auditing",
                    "event_identifier": 4738, "xml_string": "<Event><EventData><Data Name=\"SamAccountName\">eve</Data><Data Name=\"PasswordLastSet\">%%1794</Data></EventData></Event>"}"#,
                "values after it: name eve; password set at never (which of them changed is not recorded)",
            ),
            (
                r#"{"data_type": "windows:registry:mrulist", "key_path": "HKEY_CURRENT_USER"}"#,
                "registry key: HKEY_CURRENT_USER",
            ),
            (
                r#"{"data_type": "windows:registry:mrulist", "key_path": "HKEY_CURRENT_USER\\RunMRU"}"#,
                "registry key: HKEY_CURRENT_USER\\RunMRU; entries: commands that the user typed into the dialog Run",
            ),
            (r#"{"data_type": "windows:registry:amcache"}"#, "registry key: not recorded by Plaso"),
            (
                r#"{"data_type": "fs:stat", "owner_identifier": 0, "group_identifier": 7, "mode": 35309}"#,
                "owner: user number 0 (root); group: group number 7; mode: 4755 in octal digits, 35309 in decimal ones; set-user-ID: a program runs as the owner of its file",
            ),
            (r#"{"data_type": "fs:stat:ntfs"}"#, ""),
            (
                r#"{"data_type": "syslog:line", "reporter": "sudo",
                    "message_body": "bob : TTY=x ; PWD=/ ; USER=root ; COMMAND=/bin/echo USER=eve"}"#,
                "runs as: root; effect: not recorded (the log says that sudo started the command, not whether it worked)",
            ),
            (
                r#"{"data_type": "syslog:line", "reporter": "sudo", "message_body": "a ; COMMAND=env USER=eve"}"#,
                "",
            ),
            (r#"{"data_type": "syslog:line", "reporter": "x", "message_body": "USER=root"}"#, ""),
        ] {
            assert_eq!(of(&json.replace('\n', " ")), expected, "{json}");
        }
    }
}
