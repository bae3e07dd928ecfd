//! What a Windows record did with a task, an account, a service or a logon, so that a page can link
//! the records of one of them.

use messages::Attributes;

use crate::record_values::EVTX;

const SECURITY: &str = "Microsoft-Windows-Security-Auditing";
/// The field with the logon of who acted.
const SUBJECT: &str = "SubjectLogonId";
/// The longest identifier. Longer ones are not linked.
const MAXIMUM: usize = 512;
/// Logons of the system itself have the same numbers after each start.
const LOGONS_OF_SYSTEM: [&str; 5] = ["0x0", "0x3e4", "0x3e5", "0x3e6", "0x3e7"];

/// Event identifiers of a source, each with what happened and the field that says to what.
const ACTS: [(u32, &str, &str, &str); 29] = [
    (4624, SECURITY, "logon", "TargetLogonId"),
    (4634, SECURITY, "logoff", "TargetLogonId"),
    (4647, SECURITY, "logoff by the user", "TargetLogonId"),
    (4672, SECURITY, "rights of the logon", SUBJECT),
    (4697, SECURITY, "service installed", "ServiceName"),
    (7045, "Service Control Manager", "service installed", "ServiceName"),
    (7036, "Service Control Manager", "service started or stopped", "param1"),
    (4698, SECURITY, "task created", "TaskName"),
    (4699, SECURITY, "task deleted", "TaskName"),
    (4700, SECURITY, "task enabled", "TaskName"),
    (4701, SECURITY, "task disabled", "TaskName"),
    (4702, SECURITY, "task updated", "TaskName"),
    (106, "Microsoft-Windows-TaskScheduler", "task registered", "TaskName"),
    (141, "Microsoft-Windows-TaskScheduler", "task deleted", "TaskName"),
    (4720, SECURITY, "account created", "TargetSid"),
    (4722, SECURITY, "account enabled", "TargetSid"),
    (4723, SECURITY, "password changed", "TargetSid"),
    (4724, SECURITY, "password set", "TargetSid"),
    (4725, SECURITY, "account disabled", "TargetSid"),
    (4726, SECURITY, "account deleted", "TargetSid"),
    (4738, SECURITY, "account changed", "TargetSid"),
    (4767, SECURITY, "account unlocked", "TargetSid"),
    (4781, SECURITY, "account renamed", "TargetSid"),
    (4728, SECURITY, "account added to a group", "MemberSid"),
    (4729, SECURITY, "account removed from a group", "MemberSid"),
    (4732, SECURITY, "account added to a group", "MemberSid"),
    (4733, SECURITY, "account removed from a group", "MemberSid"),
    (4756, SECURITY, "account added to a group", "MemberSid"),
    (4757, SECURITY, "account removed from a group", "MemberSid"),
];

/// What a record did, and to what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Act {
    /// What happened.
    pub(crate) words: &'static str,
    /// The kind of thing and its identifier.
    pub(crate) of: (&'static str, String),
    /// The logon in which it was done, in the same form.
    pub(crate) in_logon: Option<(&'static str, String)>,
}

/// The kind of thing that a logon is.
pub(crate) const LOGON: &str = "logon";

/// Returns what a record did, if a page links such records.
pub(crate) fn act(attributes: &Attributes<'_>) -> Option<Act> {
    if attributes.data_type() != EVTX {
        return None;
    }
    let number: u32 = attributes.text("event_identifier")?.parse().ok()?;
    let source = attributes.text("source_name")?;
    let (.., words, field) = ACTS.iter().find(|(known, of, ..)| *known == number && *of == source)?;
    let kind = match *field {
        "TargetLogonId" | SUBJECT => LOGON,
        "TargetSid" | "MemberSid" => "account",
        "TaskName" => "task",
        _ => "service",
    };
    let of = thing(attributes, kind, field)?;
    let in_logon = if kind == LOGON { None } else { thing(attributes, LOGON, SUBJECT) };
    Some(Act { words, of, in_logon })
}

/// Returns the thing that a field of a record names, if it names one.
fn thing(attributes: &Attributes<'_>, kind: &'static str, field: &str) -> Option<(&'static str, String)> {
    let identifier = attributes.text(&format!("xml_string.{field}"))?.to_lowercase();
    let is_usable = !identifier.is_empty()
        && identifier.len() <= MAXIMUM
        && identifier != "-"
        && !(kind == LOGON && LOGONS_OF_SYSTEM.contains(&identifier.as_str()));
    is_usable.then_some((kind, identifier))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use events::{AttributeNames, AttributeReader};

    use super::*;

    fn act_of(identifier: u32, fields: &[(&str, &str)]) -> Option<Act> {
        let fields: String =
            fields.iter().map(|(name, value)| format!("<Data Name=\"{name}\">{value}</Data>")).collect();
        let json = serde_json::json!({"data_type": EVTX, "source_name": SECURITY, "event_identifier": identifier,
            "xml_string": format!("<Event><EventData>{fields}</EventData></Event>")});
        let json = json.to_string();
        let mut reader = AttributeReader::new(Arc::new(AttributeNames::default()));
        let data = reader.open(json.as_bytes()).unwrap();
        act(&Attributes::of_data(&data))
    }

    #[test]
    fn records_of_one_thing_are_known_by_it() {
        let of = |identifier: u32, field: &str, value: &str| {
            act_of(identifier, &[(field, value)]).map(|act| (act.words, act.of.0, act.of.1))
        };
        let sid = "S-1-5-21-1-2-3-1000";
        for (identifier, field, value, expected) in [
            (4720, "TargetSid", sid, Some(("account created", "account", sid))),
            (4733, "MemberSid", sid, Some(("account removed from a group", "account", sid))),
            (4624, "TargetLogonId", "0x1A2B", Some(("logon", "logon", "0x1a2b"))),
            (4634, "TargetLogonId", "0x1a2b", Some(("logoff", "logon", "0x1a2b"))),
            (4697, "ServiceName", "PSEXESVC", Some(("service installed", "service", "psexesvc"))),
            (4699, "TaskName", r"\x", Some(("task deleted", "task", r"\x"))),
            // The system itself logs on with the same number after each start.
            (4624, "TargetLogonId", "0x3e7", None),
            (4624, "TargetUserName", "eve", None),
            (4720, "TargetSid", "-", None),
            (4688, "TargetSid", sid, None),
        ] {
            let expected = expected.map(|(words, kind, of): (_, _, &str)| (words, kind, of.to_lowercase()));
            assert_eq!(of(identifier, field, value), expected, "{identifier} {field}");
        }
    }

    #[test]
    fn what_was_done_in_a_logon_is_known_by_it() {
        let in_logon = |identifier: u32, field: &str, logon: &str| {
            act_of(identifier, &[(field, "x"), (SUBJECT, logon)]).unwrap().in_logon.map(|(_, logon)| logon)
        };
        assert_eq!(in_logon(4697, "ServiceName", "0x1A2B").as_deref(), Some("0x1a2b"));
        assert_eq!(in_logon(4720, "TargetSid", "0x3e7"), None);
        // The subject of a logon is the service that opened it.
        assert_eq!(in_logon(4624, "TargetLogonId", "0x1a2b"), None);
    }
}
