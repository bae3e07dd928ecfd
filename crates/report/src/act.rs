//! What a Windows record did with a task, an account, a service or a logon, so that a page can link
//! the records of one of them.

use messages::Attributes;

use crate::record_values::EVTX;

const SECURITY: &str = "Microsoft-Windows-Security-Auditing";
/// The longest identifier. Longer ones are not linked.
const MAXIMUM: usize = 512;
/// Logons of the system itself have the same numbers after each start.
const LOGONS_OF_SYSTEM: [&str; 5] = ["0x0", "0x3e4", "0x3e5", "0x3e6", "0x3e7"];

/// Event identifiers of a source, each with what happened and the field that says to what.
const ACTS: [(u32, &str, &str, &str); 21] = [
    (4624, SECURITY, "logon", "TargetLogonId"),
    (4634, SECURITY, "logoff", "TargetLogonId"),
    (4647, SECURITY, "logoff by the user", "TargetLogonId"),
    (4672, SECURITY, "rights of the logon", "SubjectLogonId"),
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
    (4724, SECURITY, "password set", "TargetSid"),
    (4726, SECURITY, "account deleted", "TargetSid"),
    (4738, SECURITY, "account changed", "TargetSid"),
    (4728, SECURITY, "account added to a group", "MemberSid"),
    (4732, SECURITY, "account added to a group", "MemberSid"),
];

/// What a record did, and to what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Act {
    /// What happened.
    pub(crate) words: &'static str,
    /// The kind of thing and its identifier.
    pub(crate) of: (&'static str, String),
}

/// Returns what a record did, if a page links such records.
pub(crate) fn act(attributes: &Attributes<'_>) -> Option<Act> {
    if attributes.data_type() != EVTX {
        return None;
    }
    let number: u32 = attributes.text("event_identifier")?.parse().ok()?;
    let source = attributes.text("source_name")?;
    let (.., words, field) = ACTS.iter().find(|(known, of, ..)| *known == number && *of == source)?;
    let identifier = attributes.text(&format!("xml_string.{field}"))?.to_lowercase();
    let kind = match *field {
        "TargetLogonId" | "SubjectLogonId" => "logon",
        "TargetSid" | "MemberSid" => "account",
        "TaskName" => "task",
        _ => "service",
    };
    let is_usable = !identifier.is_empty()
        && identifier.len() <= MAXIMUM
        && identifier != "-"
        && !(kind == "logon" && LOGONS_OF_SYSTEM.contains(&identifier.as_str()));
    is_usable.then_some(Act { words, of: (kind, identifier) })
}
