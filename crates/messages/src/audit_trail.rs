//! What a record of the audit trail of macOS or OpenBSM says: what was done, with which result, as
//! whom, to which account, and from which address. Plaso keeps the parts of a record as `tokens`.

use std::borrow::Cow;

use events::{Value, json};

use crate::Attributes;
use crate::account::{Accounts, FurtherAccount, Role, UNIX_USER, unix_user};
use crate::audit_trail_kinds::KINDS;
use crate::log_line::other_address;

pub(crate) const AUDIT_TRAIL: &str = "bsm:entry";
/// Longer lists of tokens are not read: a record has at most 32 KiB (`MAXAUDITDATA` in
/// `bsm/audit.h` of macOS).
const MAXIMUM_TOKENS: usize = 1 << 16;
/// The maximum number of facts. A record has one subject and a few texts.
const MAXIMUM_FACTS: usize = 16;
/// The number of a user that is no user, as Plaso stores it.
const NOBODY: [&str; 2] = ["-1", "4294967295"];
/// Further accounts that each macOS has under the same number.
const SYSTEM: [(&str, &str); 2] = [("88", "_windowserver"), ("92", "_securityagent")];
/// The number of an error that has no name of its own.
const NO_NAME: &str = "UNKNOWN";

/// Kinds of records about a logon. The audit user of the record is the one who logs on.
const LOGONS: [&str; 4] = ["6152", "6172", "32800", "45021"];
const LOGOFFS: [&str; 2] = ["6153", "45022"];

/// What the tokens of a record say.
#[derive(Debug, Default)]
struct Trail {
    /// The user who logged on, the user as whom the process acted, and the process.
    subject: Option<[Option<String>; 3]>,
    texts: Vec<String>,
    paths: Vec<String>,
    addresses: Vec<String>,
    /// The name of the error, its number, and what the call returned.
    result: Option<[Option<String>; 3]>,
}

impl Trail {
    fn of(attributes: &Attributes<'_>) -> Self {
        let mut trail = Self::default();
        let stored = attributes.stored("extra_tokens").filter(|stored| stored.len() <= MAXIMUM_TOKENS);
        let Some(stored) = stored else { return trail };
        for token in json::elements(stored).unwrap_or_default() {
            let Some((kind, fields)) = only_member(&stored[token]) else { continue };
            let of = |name: &[u8]| field(fields, name);
            match kind {
                b"AUT_TEXT" => trail.texts.extend(of(b"text")),
                b"AUT_PATH" => trail.paths.extend(of(b"path")),
                _ if kind.starts_with(b"AUT_SUBJECT") => {
                    trail.subject = Some([of(b"aid"), of(b"euid"), of(b"pid")]);
                }
                _ if kind.starts_with(b"AUT_RETURN") => {
                    trail.result = Some([of(b"error"), of(b"token_status"), of(b"call_status")]);
                }
                _ => {}
            }
            let may_be_addresses: &[&[u8]] = match kind {
                b"AUT_IN_ADDR" => &[b"ip"],
                b"AUT_IN_ADDR_EX" | b"AUT_SOCKINET32" | b"AUT_SOCKINET128" => &[b"address"],
                b"AUT_SOCKET_EX" => &[b"from", b"to"],
                _ if kind.starts_with(b"AUT_SUBJECT") || kind.starts_with(b"AUT_PROCESS") => {
                    &[b"terminal_ip"]
                }
                _ => &[],
            };
            let found = may_be_addresses.iter().filter_map(|name| other_address(&of(name)?));
            trail.addresses.extend(found.take(MAXIMUM_FACTS));
        }
        trail
    }

    /// Returns the account whose password is checked, as the text of the record names it.
    fn account(&self) -> Option<&str> {
        let named = |text: &'_ str| {
            let at = text.find("Users '")? + "Users '".len();
            let name = text[at..].split('\'').next()?;
            (!name.is_empty()).then_some((at, name.len()))
        };
        self.texts.iter().find_map(|text| named(text).map(|(at, length)| &text[at..at + length]))
    }

    fn has_failed(&self) -> bool {
        self.result.as_ref().is_some_and(|[error, ..]| error.as_deref() != Some("Success"))
    }

    /// Returns the number of a user of the subject.
    fn number(&self, which: usize) -> Option<&str> {
        self.subject.as_ref()?[which].as_deref()
    }

    /// Returns the result in words.
    fn result(&self) -> Option<String> {
        let [error, status, call] = self.result.as_ref()?;
        let status = status.as_deref().unwrap_or("?");
        let call = call.as_deref().filter(|call| !matches!(*call, "0" | "-1"));
        Some(match (error.as_deref(), call) {
            (Some("Success"), _) => "result: success".to_owned(),
            // Open Directory's number for this is a part of its interface.
            (_, Some("5000")) => {
                "result: failed, because the name or the password is wrong (code 5000 of Open Directory)"
                    .to_owned()
            }
            (Some(NO_NAME) | None, Some(call)) => {
                format!(
                    "result: failed with the error number {status}, and the call returned the code {call}"
                )
            }
            (Some(NO_NAME) | None, None) => format!("result: failed with the error number {status}"),
            (Some(error), _) => format!("result: failed, {error} (error number {status})"),
        })
    }
}

/// Returns the message of a record.
pub(crate) fn audit_trail_message(attributes: &Attributes<'_>) -> Option<String> {
    let is_record = attributes.data_type() == AUDIT_TRAIL;
    let kind = attributes.text("event_type").filter(|_| is_record)?;
    let trail = Trail::of(attributes);
    let words = KINDS.iter().find(|(known, _)| *known == kind).map(|(_, words)| (*words).to_owned());
    let mut message = format!("The audit trail logged: {}", words.unwrap_or_else(|| format!("event {kind}")));
    if let Some(account) = trail.account() {
        message += &format!(" of the account {account}");
    }
    if let Some(result) = trail.result() {
        message += &format!("; {result}");
    }
    Some(message)
}

/// Returns the accounts of a record: the one that its text names or that logs on, and as whom the
/// process acted.
pub(crate) fn audit_trail_accounts<'a>(attributes: &Attributes<'a>) -> Accounts<'a> {
    let trail = Trail::of(attributes);
    let kind = attributes.text("event_type").unwrap_or_default();
    let user = |which| {
        let number = trail.number(which).filter(|number| !NOBODY.contains(number))?;
        Some(Cow::Owned(named(number)))
    };
    let role = if trail.has_failed() { Role::Tried } else { Role::Account };
    let acted = user(1);
    if let Some(account) = trail.account() {
        return Accounts { user: Some((Cow::Owned(account.to_owned()), role)), by: acted };
    }
    let logged_on = user(0).filter(|_| LOGONS.contains(&&*kind) || LOGOFFS.contains(&&*kind));
    match logged_on {
        Some(user) => Accounts { by: acted.filter(|by| *by != user), user: Some((user, role)) },
        None => Accounts { user: acted.map(|user| (user, Role::Acted)), by: None },
    }
}

/// Returns the address of another computer in a record.
pub(crate) fn audit_trail_address(attributes: &Attributes<'_>) -> Option<String> {
    if attributes.data_type() != AUDIT_TRAIL {
        return None;
    }
    Trail::of(attributes).addresses.into_iter().next()
}

/// Returns the name of a user of which a record has the number.
fn named(number: &str) -> String {
    match SYSTEM.iter().find(|(known, _)| *known == number) {
        Some((_, name)) => format!("{UNIX_USER}{number} ({name} on macOS)"),
        None => unix_user(number),
    }
}

/// Returns who logged on in the session of the record, and as whom its process acted.
pub(crate) fn accounts_of_subject(attributes: &Attributes<'_>) -> Vec<FurtherAccount> {
    let trail = Trail::of(attributes);
    let of = |which, role, note: &str| {
        let number = trail.number(which).filter(|number| !NOBODY.contains(number))?;
        Some(FurtherAccount { note: note.to_owned(), ..FurtherAccount::new(role, named(number)) })
    };
    let session = of(0, Role::Session, ", who had logged on in the session of this process");
    let acted = of(1, Role::ActedAs, ", the user as whom this process acted");
    session.into_iter().chain(acted).collect()
}

/// Returns the process of the record, its texts and its paths.
pub(crate) fn of_audit_trail(attributes: &Attributes<'_>) -> Vec<(&'static str, String)> {
    let trail = Trail::of(attributes);
    let session = trail
        .number(0)
        .filter(|user| NOBODY.contains(user))
        .map(|_| "nobody had logged on in the session of this process; the system started it".to_owned());
    let process = trail.number(2).map(|process| format!("number {process}"));
    let facts = [(Role::Session.as_str(), session), ("process", process)];
    let mut facts: Vec<_> = facts.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
    facts.extend(trail.texts.into_iter().map(|text| ("text of the record", text)));
    facts.extend(trail.paths.into_iter().map(|path| ("path", path)));
    // The first one stands above, as the address.
    facts.extend(trail.addresses.into_iter().skip(1).map(|address| ("further address", address)));
    facts.truncate(MAXIMUM_FACTS);
    facts
}

/// Returns the name and the value of an object's first member.
fn only_member(object: &[u8]) -> Option<(&[u8], &[u8])> {
    let (name, span) = json::Members::of(object).ok()?.next_member().ok()??;
    Some((name, &object[span]))
}

/// Returns a text or a number of an object.
fn field(object: &[u8], name: &[u8]) -> Option<String> {
    match json::value(json::member(object, name)?).ok()? {
        Value::String(text) => Some(text.into_owned()),
        Value::Integer(number) => Some(number.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use events::{AttributeNames, AttributeReader};

    use super::*;
    use crate::Parties;

    /// Returns the message, the facts, the account with its role, who acted, and the address.
    fn of(event: u32, tokens: &str) -> String {
        let json =
            format!(r#"{{"data_type": "bsm:entry", "event_type": {event}, "extra_tokens": [{tokens}]}}"#);
        let mut reader = AttributeReader::new(Arc::new(AttributeNames::default()));
        let data = reader.open(json.as_bytes()).unwrap();
        let attributes = Attributes::of_data(&data);
        let mut words = audit_trail_message(&attributes).unwrap();
        for (name, value) in crate::details(&attributes) {
            words += &format!(" | {name}: {value}");
        }
        let parties = Parties::of(&attributes);
        for (role, name) in
            [(parties.role.as_str(), parties.user), ("by", parties.by), ("address", parties.address)]
        {
            words.extend(name.map(|name| format!(" | {role} {name}")));
        }
        words
    }

    #[test]
    fn records() {
        let subject = |aid: i64, euid: u32| {
            format!(
                r#"{{"AUT_SUBJECT32": {{"aid": {aid}, "euid": {euid}, "pid": 67, "terminal_ip": "0.0.0.0"}}}}"#
            )
        };
        let result = |error: &str, status: u32, call: i32| {
            format!(
                r#"{{"AUT_RETURN32": {{"error": "{error}", "token_status": {status}, "call_status": {call}}}}}"#
            )
        };
        let text =
            r#"{"AUT_TEXT": {"text": "Verify password for record type Users 'eve' node '/Local/Default'"}}"#;
        let nobody = "session: nobody had logged on in the session of this process; the system started it";
        assert_eq!(
            of(45023, &[&subject(-1, 92), text, &result("UNKNOWN", 255, 5000)].map(String::from).join(",")),
            format!(
                "The audit trail logged: check of a password of the account eve; result: failed, because the name or the \
                 password is wrong (code 5000 of Open Directory) | acted as: user number 92 (_securityagent on macOS), the user \
                 as whom this process acted | {nobody} | process: number 67 | text of the record: Verify password for record \
                 type Users 'eve' node '/Local/Default' | account tried eve | by user number 92 (_securityagent on macOS)"
            )
        );
        let logon = of(45021, &format!("{},{}", subject(501, 0), result("Success", 0, 0)));
        assert!(
            logon.starts_with("The audit trail logged: logon at the login window; result: success |"),
            "{logon}"
        );
        assert!(logon.ends_with("| account user number 501 | by user number 0 (root)"), "{logon}");
        let other = of(7, &format!("{},{}", subject(501, 0), result("Permission denied", 13, -1)));
        assert!(other.starts_with(
            "The audit trail logged: event 7; result: failed, Permission denied (error number 13)"
        ));
        assert!(other.ends_with("| by user number 0 (root)"), "{other}");
        assert!(
            of(7, &result("UNKNOWN", 255, 9)).ends_with("error number 255, and the call returned the code 9")
        );
        assert_eq!(of(7, "5, {}, []"), "The audit trail logged: event 7");
    }

    #[test]
    fn addresses_of_all_tokens() {
        let last = |token: &str| {
            let words = of(7, token);
            words.rsplit(" | ").next().filter(|last| last.contains("address")).map(str::to_owned)
        };
        for token in [
            r#"{"AUT_IN_ADDR": {"ip": "192.0.2.7"}}"#,
            r#"{"AUT_IN_ADDR_EX": {"address": "192.0.2.7"}}"#,
            r#"{"AUT_SOCKINET128": {"address": "192.0.2.7"}}"#,
            r#"{"AUT_SOCKET_EX": {"from": "127.0.0.1", "to": "192.0.2.7"}}"#,
            r#"{"AUT_SUBJECT64_EX": {"terminal_ip": "192.0.2.7"}}"#,
            r#"{"AUT_PROCESS32_EX": {"terminal_ip": "192.0.2.7"}}"#,
        ] {
            assert_eq!(last(token).as_deref(), Some("address 192.0.2.7"), "{token}");
        }
        assert_eq!(last(r#"{"AUT_PROCESS32_EX": {"terminal_ip": "unknown"}}"#), None);
        assert_eq!(last(r#"{"AUT_TEXT": {"ip": "192.0.2.7"}}"#), None);
    }

    #[test]
    fn a_record_has_a_bounded_number_of_facts() {
        let tokens = vec![r#"{"AUT_TEXT": {"text": "x"}}"#; 1_000].join(", ");
        let facts = of(7, &tokens);
        assert_eq!(facts.matches(" | ").count(), MAXIMUM_FACTS);
    }
}
