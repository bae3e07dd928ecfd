//! What a record of a Windows event log says beside its message: which account it tried, what a
//! change was, whether what it tells of succeeded, and which rights the bits of a number are.

use std::borrow::Cow;

use crate::Attributes;
use crate::sddl::sddl_in_words;
use crate::windows_record::{SECURITY, is_audited_failure};

type Fact = (&'static str, String);

const DEFENDER: &str = "Microsoft-Windows-Windows Defender";
const SYSMON: &str = "Microsoft-Windows-Sysmon";
const POWERSHELL: &str = "Microsoft-Windows-PowerShell";
/// Records whose messages say whether it failed.
const SAY_RESULT: [&str; 9] = ["4625", "4723", "4724", "4768", "4769", "4771", "4776", "5140", "5145"];
/// The fields of a changed policy of a domain, with their words.
const POLICIES: [(&str, &str); 14] = [
    ("DomainPolicyChanged", "policy"),
    ("MinPasswordAge", "least age of a password"),
    ("MaxPasswordAge", "greatest age of a password"),
    ("MinPasswordLength", "shortest password"),
    ("PasswordHistoryLength", "passwords remembered"),
    ("PasswordProperties", "properties of passwords"),
    ("LockoutThreshold", "failures before lockout"),
    ("LockoutObservationWindow", "time in which failures count"),
    ("LockoutDuration", "length of a lockout"),
    ("ForceLogoff", "logoff when the time is up"),
    ("MachineAccountQuota", "computers that each user may add"),
    ("MixedDomainMode", "mixed mode"),
    ("DomainBehaviorVersion", "functional level"),
    ("OemInformation", "information of the maker"),
];
/// Values of a shared folder before and after, with their words.
const OF_SHARE: [(&str, &str); 4] =
    [("SD", "permissions"), ("Remark", "remark"), ("ShareFlags", "flags"), ("MaxUsers", "most users")];
/// The bits of the access to a process.
const PROCESS_RIGHTS: [(u32, &str); 17] = [
    (0x1, "end it"),
    (0x2, "start a thread in it"),
    (0x4, "set its session"),
    (0x8, "change the layout of its memory"),
    (0x10, "read its memory"),
    (0x20, "write its memory"),
    (0x40, "copy handles"),
    (0x80, "create a process as its child"),
    (0x100, "set its quotas"),
    (0x200, "set facts"),
    (0x400, "query facts"),
    (0x800, "suspend or resume it"),
    (0x1000, "query a few facts"),
    (0x1_0000, "delete it"),
    (0x2_0000, "read its permissions"),
    (0x4_0000, "change its permissions"),
    (0x10_0000, "wait for it"),
];
/// What a key of Defender excludes from its scans.
const EXCLUSIONS: [(&str, &str); 3] = [
    ("\\Exclusions\\Paths\\", "path"),
    ("\\Exclusions\\Processes\\", "process"),
    ("\\Exclusions\\Extensions\\", "extension"),
];

/// Returns what else a record says.
pub(crate) fn facts_of_record(attributes: &Attributes<'_>) -> Vec<Fact> {
    let text = |name| attributes.text(name);
    let (Some(source), Some(identifier)) = (text("source_name"), text("event_identifier")) else {
        return Vec::new();
    };
    let mut facts = match (&*source, &*identifier) {
        (SECURITY, "4648") => of_credentials(attributes),
        (SECURITY, "4662") if text("xml_string.ObjectName").is_some_and(|name| name.starts_with("%{")) => {
            vec![("object", BY_GUID.to_owned())]
        }
        (SECURITY, "4739") => vec![("changed", changed_policies(attributes))],
        (SECURITY, "5143") => vec![("changed", changed_share(attributes))],
        (DEFENDER, "5007") => {
            changed_setting(attributes).map(|words| ("change", words)).into_iter().collect()
        }
        (SYSMON, "10") => rights(attributes).map(|words| ("access rights", words)).into_iter().collect(),
        (POWERSHELL, "4104") if text("event_level").as_deref() == Some("3") => {
            vec![("level", OF_SCRIPT.to_owned())]
        }
        ("EventLog", "6008") => {
            last_seen(attributes).map(|words| ("last seen running", words)).into_iter().collect()
        }
        _ => Vec::new(),
    };
    if source == SECURITY && !SAY_RESULT.contains(&&*identifier) && is_audited_failure(attributes) {
        facts.push(("result", "failure: Windows audited that this was tried and did not succeed".to_owned()));
    }
    facts
}

const OF_SCRIPT: &str =
    "3 (warning): PowerShell itself gives this level to a script with words that it holds for suspicious";

const BY_GUID: &str = "the record names it by its GUID in the directory, not by its name. A GUID of the properties that has no \
                       words behind it is a code of the directory for a property, a class or a right";

/// Returns for what credentials were used. The record is written when they are, whatever comes of
/// it.
fn of_credentials(attributes: &Attributes<'_>) -> Vec<Fact> {
    let text = |name| attributes.text(name);
    let server = text("xml_string.TargetServerName").map(|server| match &*server {
        "localhost" => "localhost, that is this host".to_owned(),
        _ => server.into_owned(),
    });
    let result =
        "not recorded (the record says that the credentials were used, not whether the logon succeeded)";
    [("target server", server), ("result", Some(result.to_owned()))]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
        .collect()
}

/// Returns the values that a changed policy of a domain has now.
fn changed_policies(attributes: &Attributes<'_>) -> String {
    let values = POLICIES.iter().filter_map(|(name, words)| {
        let value = attributes.text(&format!("xml_string.{name}"))?;
        Some(format!("{words} {}", value.trim()))
    });
    let values: Vec<_> = values.collect();
    match values.as_slice() {
        [] => {
            "not recorded (the record has `-`, no value, for each policy that could have changed)".to_owned()
        }
        values => values.join("; "),
    }
}

/// Returns what of a shared folder differs before and after.
fn changed_share(attributes: &Attributes<'_>) -> String {
    let value =
        |when, name| attributes.text(&format!("xml_string.{when}{name}")).unwrap_or(Cow::Borrowed("none"));
    let changes = OF_SHARE.iter().filter_map(|(name, words)| {
        let (old, new) = (value("Old", name), value("New", name));
        let in_words = |value: &str| if *name == "SD" { sddl_in_words(value) } else { value.to_owned() };
        (old != new).then(|| format!("{words}, before: {}; now: {}", in_words(&old), in_words(&new)))
    });
    let changes: Vec<_> = changes.collect();
    if changes.is_empty() {
        return "nothing that the record names (permissions, remark, flags and most users are the same before and after)"
            .to_owned();
    }
    changes.join(". ")
}

/// Returns what became of a setting of Defender, whose value before and after are texts such as
/// `KEY = 0x0`.
fn changed_setting(attributes: &Attributes<'_>) -> Option<String> {
    let value = |name| attributes.text(name).map(|value| value.trim().to_owned());
    let (old, new) = (value("xml_string.OldValue"), value("xml_string.NewValue"));
    let (changed, done) = match (&old, &new) {
        (Some(old), None) => (old, "removed (the record has a value before, and none after)"),
        (None, Some(new)) => (new, "added (the record has no value before, and one after)"),
        (Some(_), Some(new)) => (new, "changed"),
        (None, None) => return Some("not recorded (the record names neither value)".to_owned()),
    };
    let key = changed.rsplit_once(" = ").map_or(changed.as_str(), |(key, _)| key);
    let excluded = EXCLUSIONS.iter().find_map(|(part, what)| Some((what, key.split_once(part)?.1)));
    Some(match excluded {
        Some((what, excluded)) => format!("the exclusion of the {what} {excluded} from scans was {done}"),
        None => format!("the setting {key} was {done}"),
    })
}

/// Returns in words which access one process got to another.
fn rights(attributes: &Attributes<'_>) -> Option<String> {
    let access = attributes.text("xml_string.GrantedAccess")?;
    let number = u32::from_str_radix(access.trim().strip_prefix("0x")?, 16).ok()?;
    let known: Vec<_> = PROCESS_RIGHTS.iter().filter(|(bit, _)| number & bit != 0).collect();
    let rest = known.iter().fold(number, |rest, (bit, _)| rest & !bit);
    let mut words: Vec<_> = known.iter().map(|(_, words)| (*words).to_owned()).collect();
    if rest != 0 {
        words.push(format!("other rights (bits 0x{rest:x})"));
    }
    (!words.is_empty()).then(|| format!("{access} ({number} as a decimal number): {}", words.join(", ")))
}

/// Returns when Windows last noted that it ran, before it stopped unexpectedly.
fn last_seen(attributes: &Attributes<'_>) -> Option<String> {
    // Windows writes a mark for the direction of the text between the numbers.
    let plain = |name| Some(attributes.text(name)?.replace(['\u{200e}', '\u{200f}'], ""));
    let (time, date) = (plain("strings.0")?, plain("strings.1")?);
    Some(format!("{date}, {time}, as the language and the time zone of the computer write it"))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use events::{AttributeNames, AttributeReader};

    use super::*;

    fn facts(source: &str, identifier: u32, fields: &[(&str, &str)]) -> String {
        let data = fields.iter().map(|(name, value)| format!("<Data Name=\"{name}\">{value}</Data>"));
        let keywords =
            fields.iter().find(|(name, _)| *name == "Keywords").map_or("0x8020000000000000", |found| found.1);
        let xml = format!(
            "<Event><System><Keywords>{keywords}</Keywords></System><EventData>{}</EventData></Event>",
            data.collect::<String>()
        );
        let json = serde_json::json!({"data_type": "windows:evtx:record", "source_name": source,
            "event_identifier": identifier, "event_level": 3, "xml_string": xml,
            "strings": ["3:09:21 PM", "\u{200e}7/\u{200e}12/\u{200e}2020"]});
        let json = json.to_string();
        let mut reader = AttributeReader::new(Arc::new(AttributeNames::default()));
        let data = reader.open(json.as_bytes()).unwrap();
        let facts = facts_of_record(&Attributes::of_data(&data));
        facts.iter().map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>().join("; ")
    }

    #[test]
    fn what_else_a_record_says() {
        let of_logon =
            [("TargetUserName", "eve"), ("TargetDomainName", "CORP"), ("TargetServerName", "localhost")];
        let share = [
            ("OldSD", "O:BAG:DUD:(A;;FA;;;BA)"),
            ("NewSD", "O:BAG:DUD:(A;;FA;;;WD)"),
            ("OldRemark", "x"),
            ("NewRemark", "x"),
        ];
        let path = "HKLM\\Defender\\Exclusions\\Paths\\C:\\a = 0x0";
        for (source, identifier, fields, expected) in [
            (
                SECURITY,
                4648,
                &of_logon[..],
                "target server: localhost, that is this host; result: not recorded (the record says \
                 that the credentials were used, not whether the logon succeeded)",
            ),
            (
                SECURITY,
                4739,
                &[("DomainPolicyChanged", "-"), ("MinPasswordLength", "-")],
                "changed: not recorded (the record has `-`, no value, for each policy that could have changed)",
            ),
            (
                SECURITY,
                4739,
                &[("DomainPolicyChanged", "Password Policy"), ("MinPasswordLength", "4")],
                "changed: policy Password Policy; shortest password 4",
            ),
            (
                SECURITY,
                5143,
                &share,
                "changed: permissions, before: O:BAG:DUD:(A;;FA;;;BA) (Administrators may do everything); now: \
                 O:BAG:DUD:(A;;FA;;;WD) (Everyone may do everything)",
            ),
            (
                DEFENDER,
                5007,
                &[("Old Value", path), ("New Value", "")],
                "change: the exclusion of the path C:\\a from scans was removed (the record has a value before, and none after)",
            ),
            (
                DEFENDER,
                5007,
                &[("NewValue", path)],
                "change: the exclusion of the path C:\\a from scans was added (the record has no value before, and one after)",
            ),
            (
                DEFENDER,
                5007,
                &[("OldValue", "K = 0x1"), ("NewValue", "K = 0x0")],
                "change: the setting K was changed",
            ),
            (SECURITY, 4662, &[("ObjectName", "%{0b32719a}")], &format!("object: {BY_GUID}")),
            (SECURITY, 4662, &[("ObjectName", "DC=corp")], ""),
            (
                SYSMON,
                10,
                &[("GrantedAccess", "0x200003a")],
                "access rights: 0x200003a (33554490 as a decimal number): start a thread in it, change the layout of its \
                 memory, read its memory, write its memory, other rights (bits 0x2000000)",
            ),
            (
                POWERSHELL,
                4104,
                &[],
                "level: 3 (warning): PowerShell itself gives this level to a script with words that it holds for suspicious",
            ),
            (
                "EventLog",
                6008,
                &[],
                "last seen running: 7/12/2020, 3:09:21 PM, as the language and the time zone of the computer write it",
            ),
            (
                SECURITY,
                4656,
                &[("Keywords", "0x8010000000000000")],
                "result: failure: Windows audited that this was tried and did not succeed",
            ),
            (SECURITY, 4656, &[("Keywords", "0x8020000000000000")], ""),
            // Its message says so.
            (SECURITY, 4625, &[("Keywords", "0x8010000000000000")], ""),
        ] {
            assert_eq!(facts(source, identifier, fields), expected, "{identifier}");
        }
    }

    #[test]
    fn each_right_is_one_bit() {
        assert!(PROCESS_RIGHTS.iter().all(|(bit, _)| bit.is_power_of_two()));
        assert!(PROCESS_RIGHTS.is_sorted_by(|one, other| one.0 < other.0));
    }
}
