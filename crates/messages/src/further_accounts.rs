//! The accounts that an event names beside its user and the one that acted. Findings show them in
//! rows of their own, and the table of accounts counts them: both ask here, so that they agree.

use std::borrow::Cow;

use crate::Attributes;
use crate::account::{FurtherAccount, Role, unix_user};
use crate::audit_trail::{AUDIT_TRAIL, accounts_of_subject};
use crate::linux_audit::session_of_record;
use crate::log_line::LogLine;
use crate::log_programs::program_and_text;
use crate::parties::Parties;
use crate::windows_record::{SECURITY, TARGET, account, changed_account};

const SERVICES: &str = "Service Control Manager";
/// Names, domains and identifiers of accounts in Windows records.
const NO_FIELD: &str = "";
const MEMBER: [&str; 3] = [NO_FIELD, NO_FIELD, "xml_string.MemberSid"];
const HOLDER: [&str; 3] = [NO_FIELD, NO_FIELD, "xml_string.TargetSid"];
const OUTBOUND: [&str; 3] =
    ["xml_string.TargetOutboundUserName", "xml_string.TargetOutboundDomainName", NO_FIELD];

/// Records of Windows that name a further account: its source, its identifier, the fields with the
/// account, and what it has to do with the event.
const RECORDS: [(&str, &str, [&str; 3], Role); 18] = [
    (SECURITY, "4624", OUTBOUND, Role::Used),
    (SECURITY, "4648", TARGET, Role::Used),
    (SECURITY, "4688", TARGET, Role::RunsAs),
    (SECURITY, "4697", ["xml_string.ServiceAccount", NO_FIELD, NO_FIELD], Role::RunsAs),
    (SECURITY, "4698", ["xml_string.TaskContent.UserId", NO_FIELD, NO_FIELD], Role::RunsAs),
    (SECURITY, "4702", ["xml_string.TaskContentNew.UserId", NO_FIELD, NO_FIELD], Role::RunsAs),
    // A right was given to it or taken from it.
    (SECURITY, "4704", HOLDER, Role::Changed),
    (SECURITY, "4705", HOLDER, Role::Changed),
    (SECURITY, "4717", HOLDER, Role::Changed),
    (SECURITY, "4718", HOLDER, Role::Changed),
    (SECURITY, "4728", MEMBER, Role::MemberAdded),
    (SECURITY, "4729", MEMBER, Role::MemberRemoved),
    (SECURITY, "4732", MEMBER, Role::MemberAdded),
    (SECURITY, "4733", MEMBER, Role::MemberRemoved),
    (SECURITY, "4756", MEMBER, Role::MemberAdded),
    (SECURITY, "4757", MEMBER, Role::MemberRemoved),
    (SERVICES, "7045", ["xml_string.AccountName", NO_FIELD, NO_FIELD], Role::RunsAs),
    (SERVICES, "7045", ["strings.4", NO_FIELD, NO_FIELD], Role::RunsAs),
];

/// Returns the accounts that an event names beside its user and the one that acted, each role once.
#[must_use]
pub fn further_accounts(attributes: &Attributes<'_>) -> Vec<FurtherAccount> {
    let mut found = match attributes.data_type() {
        "windows:evtx:record" | "windows:evt:record" => of_windows(attributes),
        AUDIT_TRAIL => accounts_of_subject(attributes),
        data_type if data_type.starts_with("fs:stat") => owner(attributes).into_iter().collect(),
        _ => of_line(attributes).into_iter().chain(session_of_record(attributes)).collect(),
    };
    let mut roles: Vec<Role> = Vec::new();
    found.retain(|further| {
        let is_new = !roles.contains(&further.role);
        roles.push(further.role);
        is_new
    });
    found
}

/// Returns all accounts of an event, each with what it has to do with it: its user, the one that
/// acted, and further ones.
#[must_use]
pub fn all_accounts(parties: &Parties, attributes: &Attributes<'_>) -> Vec<(String, Role)> {
    let user = parties.user.clone().map(|user| (user, parties.role));
    let by = parties.by.clone().map(|by| (by, parties.by_role));
    let further = further_accounts(attributes).into_iter().map(|further| (further.name, further.role));
    user.into_iter().chain(by).chain(further).collect()
}

/// Returns whether a record of Windows says that something was done to a member of a group.
pub(crate) fn is_membership(attributes: &Attributes<'_>) -> bool {
    records(attributes).any(|(.., role)| matches!(role, Role::MemberAdded | Role::MemberRemoved))
}

type OfRecord = (&'static str, &'static str, [&'static str; 3], Role);

fn records(attributes: &Attributes<'_>) -> impl Iterator<Item = &'static OfRecord> {
    let text = |name| attributes.text(name).map(Cow::into_owned).unwrap_or_default();
    let (source, identifier) = (text("source_name"), text("event_identifier"));
    RECORDS.iter().filter(move |(known, number, ..)| *known == source && *number == identifier)
}

fn of_windows(attributes: &Attributes<'_>) -> Vec<FurtherAccount> {
    let changed = changed_account(attributes);
    let changed = changed.map(|(name, role)| FurtherAccount::new(role, name));
    let others = records(attributes).filter_map(|(_, _, fields, role)| {
        let named = || Some(FurtherAccount::new(*role, account(attributes, *fields)?));
        if *fields != MEMBER {
            return named();
        }
        // The record has the name of the directory, which no other record has.
        let directory = attributes.text("xml_string.MemberName").map(Cow::into_owned);
        match (named(), directory) {
            (Some(member), Some(directory)) => {
                Some(FurtherAccount { note: format!(", in the directory {directory}"), ..member })
            }
            (Some(member), None) => Some(member),
            (None, directory) => Some(FurtherAccount::new(*role, directory?)),
        }
    });
    changed.into_iter().chain(others).collect()
}

fn of_line(attributes: &Attributes<'_>) -> Vec<FurtherAccount> {
    let Some((program, text)) = program_and_text(attributes) else { return Vec::new() };
    let line = LogLine::of(&program, &text);
    line.others.into_iter().map(|(name, role)| FurtherAccount::new(role, name)).collect()
}

/// Returns the owner of a file. NTFS has security identifiers, and other file systems numbers.
fn owner(attributes: &Attributes<'_>) -> Option<FurtherAccount> {
    let owner = attributes.text("owner_identifier")?;
    let name = if owner.starts_with("S-1-") { owner.into_owned() } else { unix_user(&owner) };
    Some(FurtherAccount::new(Role::Owner, name))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use events::{AttributeNames, AttributeReader};

    use super::*;

    fn of(json: &serde_json::Value) -> Vec<String> {
        let json = json.to_string();
        let mut reader = AttributeReader::new(Arc::new(AttributeNames::default()));
        let data = reader.open(json.as_bytes()).unwrap();
        let found = further_accounts(&Attributes::of_data(&data));
        found.iter().map(|further| format!("{}: {}", further.role, further.in_words())).collect()
    }

    #[test]
    fn records_of_windows_name_further_accounts() {
        let sid = "S-1-5-21-1-2-3-1158";
        for (source, identifier, fields, expected) in [
            // Who is given a right stands nowhere else.
            (SECURITY, 4704, vec![("TargetSid", sid)], format!("account changed: {sid}")),
            (SECURITY, 4718, vec![("TargetSid", "S-1-5-32-544")], "account changed: Administrators".into()),
            (
                SECURITY,
                4648,
                vec![("TargetUserName", "eve"), ("TargetDomainName", "CORP")],
                "account used: CORP\\eve".into(),
            ),
            (
                SECURITY,
                4728,
                vec![("MemberName", "CN=eve,DC=corp"), ("MemberSid", sid)],
                format!("member added: {sid}, in the directory CN=eve,DC=corp"),
            ),
            (SECURITY, 4729, vec![("MemberName", "-"), ("MemberSid", sid)], format!("member removed: {sid}")),
            (SECURITY, 4732, vec![("MemberName", "CN=eve")], "member added: CN=eve".into()),
            (
                SECURITY,
                4720,
                vec![("TargetUserName", "svc"), ("SubjectUserName", "eve")],
                "account created: svc".into(),
            ),
            // What failed changed nothing.
            (
                SECURITY,
                4723,
                vec![
                    ("Keywords", "0x8010000000000000"),
                    ("TargetUserName", "svc"),
                    ("SubjectUserName", "eve"),
                ],
                "account not changed: svc".into(),
            ),
            (SERVICES, 7045, vec![("AccountName", "LocalSystem")], "runs as: LocalSystem".into()),
        ] {
            let fields = fields.iter().map(|(name, value)| format!("<Data Name=\"{name}\">{value}</Data>"));
            let xml = format!("<Event><EventData>{}</EventData></Event>", fields.collect::<String>());
            let keywords = "<Data Name=\"Keywords\">0x8010000000000000</Data>";
            let xml = xml.replace(keywords, "<Keywords>0x8010000000000000</Keywords>");
            let record = serde_json::json!({"data_type": "windows:evtx:record", "source_name": source,
                "event_identifier": identifier, "xml_string": xml});
            assert_eq!(of(&record), [expected], "{identifier}");
        }
        let other = serde_json::json!({"data_type": "windows:evtx:record", "source_name": "x",
            "event_identifier": 4704, "xml_string": format!("<E><Data Name=\"TargetSid\">{sid}</Data></E>")});
        assert!(of(&other).is_empty());
    }

    #[test]
    fn files_and_lines_name_further_accounts() {
        let file =
            |owner: serde_json::Value| serde_json::json!({"data_type": "fs:stat", "owner_identifier": owner});
        assert_eq!(of(&file(0.into())), ["owner: user number 0 (root)"]);
        assert_eq!(of(&file("S-1-5-21-7".into())), ["owner: S-1-5-21-7"]);
        let sudo = serde_json::json!({"data_type": "syslog:line", "reporter": "sudo",
            "message_body": "bob : TTY=pts/0 ; PWD=/home/bob ; USER=root ; COMMAND=/usr/bin/id"});
        assert_eq!(of(&sudo), ["runs as: root"]);
        let record = serde_json::json!({"data_type": "selinux:line", "audit_type": "USER_AUTH",
            "message_body": "pid=7 uid=0 auid=501 msg='res=failed'"});
        assert_eq!(
            of(&record),
            ["session: user number 501, who had logged on in the session of this process (auid)"]
        );
    }
}
