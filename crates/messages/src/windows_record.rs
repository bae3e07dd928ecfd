//! What the records of Windows event logs say of accounts and of themselves.

use std::borrow::Cow;

use crate::Attributes;
use crate::account::{Accounts, Role};
use crate::evt_record::{account_of_old_record, changed_in_old_record};
use crate::sql_server::sql_account;
use crate::well_known::{is_built_in_group, is_of_one, well_known};

/// Windows events about a service, whose account is the one that the service runs as.
const SERVICES: [&str; 2] = ["7036", "7045"];
/// The account that acts in a Windows event, its domain and its security identifier.
pub(crate) const SUBJECT: [&str; 3] =
    ["xml_string.SubjectUserName", "xml_string.SubjectDomainName", "xml_string.SubjectUserSid"];
/// The account that a Windows event acts on.
pub(crate) const TARGET: [&str; 3] =
    ["xml_string.TargetUserName", "xml_string.TargetDomainName", "xml_string.TargetUserSid"];
/// How the security identifiers of all accounts begin.
const SID: &str = "S-1-";
/// Windows events in which `TargetUserName` logs on or off, or asks for a ticket.
const LOGONS: [&str; 10] = ["4624", "4625", "4634", "4647", "4768", "4769", "4770", "4771", "4776", "4778"];
/// Those of them that also name the account that reported them.
const REPORTED: [&str; 2] = ["4624", "4625"];
/// The Windows event in which the subject logs on.
const SPECIAL_LOGON: &str = "4672";
/// Windows events in which `TargetUserName` is changed, locked or deleted.
const CHANGES: [&str; 14] = [
    "4720", "4722", "4723", "4724", "4725", "4726", "4738", "4740", "4741", "4742", "4743", "4765", "4767",
    "4781",
];
/// The account of a session of remote desktop that is connected or disconnected.
const OF_SESSION: [&str; 3] = ["xml_string.AccountName", "xml_string.AccountDomain", "xml_string.AccountSid"];
/// Sources that log as the account of their own service. What acted is another question.
const OF_SERVICES: [&str; 4] = [
    "Microsoft-Windows-Bits-Client",
    "Microsoft-Windows-Sysmon",
    "Microsoft-Windows-Windows Defender",
    "Microsoft-Windows-Windows Firewall With Advanced Security",
];
/// Sources that log as the account whose scripts and commands they run.
const OF_POWERSHELL: [&str; 2] = ["Microsoft-Windows-PowerShell", "PowerShellCore"];
pub(crate) const SECURITY: &str = "Microsoft-Windows-Security-Auditing";
const WINLOGON: &str = "Microsoft-Windows-Winlogon";
/// What the status of a logon or of a ticket is if it was granted.
const GRANTED: [&str; 2] = ["0x0", "0x00000000"];

/// Returns the accounts of a Windows event: of a logon the account that logs on, otherwise the one
/// that acted.
pub(crate) fn windows_accounts<'a>(attributes: &'a Attributes<'_>) -> Accounts<'a> {
    let identifier = attributes.text("event_identifier").unwrap_or_default();
    let source = attributes.text("source_name").unwrap_or_default();
    if let Some(user) = sql_account(attributes).or_else(|| account_of_old_record(attributes)) {
        return Accounts { user: Some(user), by: None };
    }
    let is_one_of = |identifiers: &[&str]| identifiers.contains(&&*identifier);
    let (subject, target) = (account(attributes, SUBJECT), account(attributes, TARGET));
    let target_role = match is_one_of(&CHANGES) {
        true => change_of(attributes, &identifier),
        false if is_failure(attributes, &identifier) => Role::Tried,
        false => Role::Account,
    };
    let subject_role = if identifier == SPECIAL_LOGON { Role::Account } else { Role::Acted };
    let (user, by) = match (subject, target) {
        (by, Some(target)) if is_one_of(&LOGONS) || by.is_none() => (Some((target, target_role)), by),
        // Who reports a logon of an account without a name is not who logged on.
        (by @ Some(_), None) if is_one_of(&REPORTED) => (None, by),
        (subject, _) => (subject.map(|subject| (subject, subject_role)), None),
    };
    let names = ["xml_string.User", "xml_string.UserName", "xml_string.SourceUser", "xml_string.jobOwner"];
    // What a new service runs as is not who installed it.
    let of_session = || (!is_one_of(&SERVICES)).then(|| account(attributes, OF_SESSION)).flatten();
    let logged_as = || attributes.text("user_sid").filter(|_| !OF_SERVICES.contains(&&*source));
    // Winlogon logs as SYSTEM that this account logged on or off.
    let of_winlogon = || attributes.text("xml_string.UserSid").filter(|_| source == WINLOGON).map(well_known);
    let modifier = || Some((well_known(attributes.text("xml_string.ModifyingUser")?), Role::Acted));
    let named = || names.iter().find_map(|name| attributes.text(name)).map(|name| (name, Role::User));
    let of_others = || Some((of_session().or_else(of_winlogon)?, Role::Account));
    let named = || named().or_else(of_others).or_else(modifier);
    // PowerShell names the user in a line of a text, which also has what somebody typed.
    let of_line = || match &*identifier {
        "800" => attributes.text("xml_string.Data.UserId"),
        _ => attributes.text("xml_string.ContextInfo.User"),
    };
    // PowerShell runs, and logs, with the rights of this account.
    let logged_role = if OF_POWERSHELL.contains(&&*source) { Role::Acted } else { Role::User };
    let named = || named().or_else(|| Some((well_known(logged_as().or_else(of_line)?), logged_role)));
    let is_other = |by: &Cow<'_, str>| user.as_ref().is_none_or(|(user, _)| user != by);
    let by = by.filter(is_other);
    Accounts { user: user.or_else(named), by }
}

/// Returns the account that a Windows event says was created, changed, locked or deleted, and which
/// of these, if the event names another one that acted.
pub(crate) fn changed_account<'a>(attributes: &'a Attributes<'_>) -> Option<(Cow<'a, str>, Role)> {
    let identifier = attributes.text("event_identifier")?;
    if let Some(changed) = changed_in_old_record(attributes) {
        return Some((Cow::Owned(changed), change_of(attributes, &identifier)));
    }
    if !CHANGES.contains(&&*identifier) || attributes.text("source_name")? != SECURITY {
        return None;
    }
    if attributes.text("xml_string.TargetSid").is_some_and(|sid| is_built_in_group(&sid)) {
        return None;
    }
    let changed = account(attributes, SUBJECT).and_then(|_| {
        // The target has its identifier in a field of another name.
        let renamed = "xml_string.NewTargetUserName";
        let name = if attributes.text(renamed).is_some() { renamed } else { TARGET[0] };
        account(attributes, [name, TARGET[1], "xml_string.TargetSid"])
    });
    Some((changed?, change_of(attributes, &identifier)))
}

/// The bit of the keywords by which Windows says that what was audited failed.
const FAILURE: u64 = 0x0010_0000_0000_0000;

/// Returns whether Windows audited that something was tried and did not succeed.
pub(crate) fn is_audited_failure(attributes: &Attributes<'_>) -> bool {
    let keywords = attributes.text("xml_string.Keywords");
    let number = keywords.and_then(|text| u64::from_str_radix(text.trim().strip_prefix("0x")?, 16).ok());
    number.is_some_and(|number| number & FAILURE != 0)
}

/// Returns what a Windows event says that was done to an account.
fn change_of(attributes: &Attributes<'_>, identifier: &str) -> Role {
    match identifier {
        _ if is_audited_failure(attributes) => Role::NotChanged,
        "4720" | "4741" | "624" | "645" => Role::Created,
        "4726" | "4743" | "630" | "647" => Role::Deleted,
        _ => Role::Changed,
    }
}

/// Returns whether a logon or the wish for a ticket was refused.
fn is_failure(attributes: &Attributes<'_>, identifier: &str) -> bool {
    let is_refused = |status: Cow<'_, str>| !GRANTED.contains(&&*status.to_ascii_lowercase());
    match identifier {
        "4625" | "4771" => true,
        "4768" | "4769" | "4776" => attributes.text("xml_string.Status").is_some_and(is_refused),
        _ => false,
    }
}

/// Returns an account of a Windows event with its domain, or its security identifier if the event
/// does not name it. In a recovered record, fields can have each other's names, so a name counts
/// only if the security identifier beside it is one.
pub(crate) fn account<'a>(
    attributes: &'a Attributes<'_>,
    [name, domain, sid]: [&str; 3],
) -> Option<Cow<'a, str>> {
    if attributes.text(sid).is_some_and(|sid| !sid.starts_with(SID)) {
        return None;
    }
    let Some(name) = attributes.text(name) else {
        return attributes.text(sid).filter(|sid| sid != NOBODY).map(well_known);
    };
    match attributes.text(domain) {
        Some(domain) if !name.contains('@') => Some(Cow::Owned(format!("{domain}\\{name}"))),
        _ => Some(name),
    }
}

/// Returns the accounts that not all computers have and a Windows event names, each with its
/// security identifier: other events have only this.
pub fn named_accounts(attributes: &Attributes<'_>) -> impl Iterator<Item = (String, String)> {
    let is_record = attributes.data_type() == "windows:evtx:record";
    let target_of_change = [TARGET[0], TARGET[1], "xml_string.TargetSid"];
    [SUBJECT, TARGET, target_of_change].into_iter().filter(move |_| is_record).filter_map(|fields| {
        let sid = attributes.text(fields[2]).filter(|sid| is_of_one(sid))?;
        let name = account(attributes, fields).filter(|name| !name.contains(SID))?;
        Some((sid.into_owned(), name.into_owned()))
    })
}

/// Returns which record of which Windows event log an event is.
#[must_use]
pub fn record_of(attributes: &Attributes<'_>) -> Option<String> {
    if !matches!(attributes.data_type(), "windows:evtx:record" | "windows:evt:record") {
        return None;
    }
    let text = |name| attributes.text(name);
    let mut words = format!("event {} of {}", text("event_identifier")?, text("source_name")?);
    let channel = text("xml_string.Channel").map(|channel| format!(", log {channel}"));
    words.extend(channel);
    let (number, own) = (text("record_number"), text("xml_string.EventRecordID"));
    words += &match (number, own) {
        (Some(number), Some(own)) if number != own => {
            format!(", record {number} of the file, EventRecordID {own}")
        }
        (Some(number), Some(_)) => format!(", record {number} (also its EventRecordID)"),
        (Some(number), None) => format!(", record {number}"),
        (None, Some(own)) => format!(", EventRecordID {own}"),
        (None, None) => String::new(),
    };
    Some(words)
}

/// The security identifier in the place of an account that there is not.
const NOBODY: &str = "S-1-0-0";
#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use events::{AttributeNames, AttributeReader};

    use super::*;

    fn accounts_of(identifier: u32, fields: &[(&str, &str)]) -> (String, Role, Option<String>) {
        let fields = fields.iter().map(|(name, value)| format!("<Data Name='{name}'>{value}</Data>"));
        let xml = fields.collect::<String>().replace('\'', "\\\"");
        let json = format!(
            r#"{{"data_type": "windows:evtx:record", "computer_name": "pc", "user_sid": "S-1-5-18",
                "event_identifier": {identifier}, "xml_string": "<Event><EventData>{xml}</EventData></Event>"}}"#
        );
        let mut reader = AttributeReader::new(Arc::new(AttributeNames::default()));
        let data = reader.open(json.as_bytes()).unwrap();
        let attributes = Attributes::of_data(&data);
        let Accounts { user, by } = windows_accounts(&attributes);
        let (user, role) = user.unwrap();
        (user.into_owned(), role, by.map(Cow::into_owned))
    }

    #[test]
    fn of_windows_events() {
        let subject = [("SubjectUserName", "bob"), ("SubjectDomainName", "CORP")];
        let both = [&subject[..], &[("TargetUserName", "eve"), ("TargetDomainName", "X")]].concat();
        let failed = [("Status", "0xC000006A"), ("TargetUserName", "eve")];
        for (identifier, fields, user, role, by) in [
            (4624, &both[..], "X\\eve", Role::Account, Some("CORP\\bob")),
            // Who is tried is not who did it.
            (4625, &both, "X\\eve", Role::Tried, Some("CORP\\bob")),
            (4771, &failed, "eve", Role::Tried, None),
            (4776, &failed, "eve", Role::Tried, None),
            (4776, &[("Status", "0x0"), ("TargetUserName", "eve")], "eve", Role::Account, None),
            (4720, &both, "CORP\\bob", Role::Acted, None),
            (4740, &[("TargetUserName", "eve")], "eve", Role::Changed, None),
            (4672, &subject, "CORP\\bob", Role::Account, None),
            (4769, &[("TargetUserName", "eve@X"), ("TargetDomainName", "X")], "eve@X", Role::Account, None),
            (4688, &[("SubjectUserName", "-"), ("TargetUserName", "eve")], "eve", Role::Account, None),
            (1, &[("User", "CORP\\\\bob")], "CORP\\bob", Role::User, None),
            (7036, &[], "SYSTEM", Role::User, None),
            (4779, &[("AccountName", "eve"), ("AccountDomain", "CORP")], "CORP\\eve", Role::Account, None),
            (2004, &[("ModifyingUser", "S-1-5-18")], "SYSTEM", Role::Acted, None),
            // A recovered record whose values have the names of other fields.
            (
                5447,
                &[
                    ("SubjectUserSid", "364"),
                    ("SubjectUserName", "S-1-5-19"),
                    ("SubjectDomainName", "NT AUTHORITY"),
                ],
                "SYSTEM",
                Role::User,
                None,
            ),
            // An event that gives only security identifiers.
            (4720, &[("SubjectUserSid", "S-1-5-18")], "SYSTEM", Role::Acted, None),
            (4720, &[("SubjectUserSid", "S-1-5-21-1-2-3-500")], "S-1-5-21-1-2-3-500", Role::Acted, None),
            (4720, &[("SubjectUserSid", "S-1-0-0"), ("TargetUserName", "eve")], "eve", Role::Created, None),
            // What a new service runs as is not who installed it.
            (7045, &[("AccountName", "CORP\\\\svc")], "SYSTEM", Role::User, None),
        ] {
            let expected = (user.to_owned(), role, by.map(str::to_owned));
            assert_eq!(accounts_of(identifier, fields), expected, "{identifier}");
        }
    }

    #[test]
    fn who_reports_a_logon_without_a_name_did_not_try_it() {
        let json = r#"{"data_type": "windows:evtx:record", "event_identifier": 4625,
            "xml_string": "<Event><EventData><Data Name='SubjectUserName'>PC$</Data><Data Name='TargetUserName'/></EventData></Event>"}"#;
        let json = json.replace('\n', " ").replace('\'', "\\\"");
        let mut reader = AttributeReader::new(Arc::new(AttributeNames::default()));
        let data = reader.open(json.as_bytes()).unwrap();
        let attributes = Attributes::of_data(&data);
        let Accounts { user, by } = windows_accounts(&attributes);
        assert_eq!((user, by.as_deref()), (None, Some("PC$")));
    }

    #[test]
    fn of_services_and_servers() {
        let of = |json: &str| {
            let mut reader = AttributeReader::new(Arc::new(AttributeNames::default()));
            let data = reader.open(json.as_bytes()).unwrap();
            let attributes = Attributes::of_data(&data);
            let user = windows_accounts(&attributes).user;
            (user.map(|(user, role)| (user.into_owned(), role)), crate::sql_server::sql_address(&attributes))
        };
        // Sysmon logs as its own service, whoever opened the process.
        let sysmon = r#"{"data_type": "windows:evtx:record", "source_name": "Microsoft-Windows-Sysmon", "event_identifier": 10, "user_sid": "S-1-5-18"}"#;
        assert_eq!(of(sysmon), (None, None));
        // The service that transfers files logs as SYSTEM, whoever the job belongs to.
        let bits = sysmon.replace("Sysmon", "Bits-Client");
        assert_eq!(of(&bits), (None, None));
        // Scripts and commands run as the account as which PowerShell logs them.
        let powershell = sysmon.replace("Sysmon", "PowerShell").replace("10,", "4104,");
        assert_eq!(of(&powershell), (Some(("SYSTEM".into(), Role::Acted)), None));
        let job = bits.replace("10,", r#"3, "xml_string": "<Event><EventData><Data Name=\"jobOwner\">C\\eve</Data></EventData></Event>","#);
        assert_eq!(of(&job), (Some(("C\\eve".into(), Role::User)), None));
        let sql = r#"{"data_type": "windows:evtx:record", "source_name": "MSSQL$X", "event_identifier": 18456,
            "strings": ["eve", " Reason: x", " [CLIENT: 203.0.113.7]", "18"]}"#;
        assert_eq!(of(sql), (Some(("eve".into(), Role::Tried)), Some("203.0.113.7".into())));
    }

    #[test]
    fn accounts_and_where_a_record_is() {
        let json = r#"{"data_type": "windows:evtx:record", "event_identifier": 4624, "record_number": 7,
            "source_name": "Microsoft-Windows-Security-Auditing",
            "xml_string": "<Event><System><Channel>Security</Channel></System><EventData>
                <Data Name='SubjectUserSid'>S-1-5-18</Data><Data Name='SubjectUserName'>PC$</Data>
                <Data Name='TargetUserSid'>S-1-5-21-1-2-3-1111</Data><Data Name='TargetUserName'>eve</Data>
                <Data Name='TargetDomainName'>CORP</Data></EventData></Event>"}"#;
        let json = json.replace('\n', " ").replace("'", "\\\"");
        let mut reader = AttributeReader::new(Arc::new(AttributeNames::default()));
        let data = reader.open(json.as_bytes()).unwrap();
        let attributes = Attributes::of_data(&data);
        let accounts: Vec<_> = named_accounts(&attributes).collect();
        assert_eq!(accounts, [("S-1-5-21-1-2-3-1111".to_owned(), "CORP\\eve".to_owned())]);
        let record = record_of(&attributes).unwrap();
        assert_eq!(record, "event 4624 of Microsoft-Windows-Security-Auditing, log Security, record 7");
    }

    /// An exported log numbers its records anew, but each keeps its own number inside.
    #[test]
    fn both_numbers_of_a_record_are_said() {
        for (number, own, expected) in [
            ("7", "<EventRecordID>7</EventRecordID>", ", record 7 (also its EventRecordID)"),
            ("7", "<EventRecordID>901</EventRecordID>", ", record 7 of the file, EventRecordID 901"),
            ("null", "<EventRecordID>901</EventRecordID>", ", EventRecordID 901"),
            ("null", "", ""),
        ] {
            let json = format!(
                r#"{{"data_type": "windows:evtx:record", "event_identifier": 1, "source_name": "x",
                    "record_number": {number}, "xml_string": "<Event><System>{own}</System></Event>"}}"#
            );
            let mut reader = AttributeReader::new(Arc::new(AttributeNames::default()));
            let data = reader.open(json.as_bytes()).unwrap();
            assert_eq!(record_of(&Attributes::of_data(&data)).unwrap(), format!("event 1 of x{expected}"));
        }
    }
}
