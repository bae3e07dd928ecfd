//! What the records of programs in the Linux audit log say in words: which account was added,
//! checked or logged on, which command ran, and whether it succeeded.

use std::borrow::Cow;

use crate::Attributes;
use crate::account::{FurtherAccount, Role, unix_user};

const DATA_TYPE: &str = "selinux:line";

/// Kinds of records about an account: what was done if it succeeded, and what was tried if not.
const KINDS: [(&str, &str, &str); 16] = [
    ("ACCT_LOCK", "locked the account", "lock the account"),
    ("ACCT_UNLOCK", "unlocked the account", "unlock the account"),
    ("ADD_GROUP", "added a group", "add a group"),
    ("ADD_USER", "added the account", "add the account"),
    ("CRED_ACQ", "got credentials for the account", "get credentials for the account"),
    ("CRED_DISP", "gave up the credentials of the account", "give up the credentials of the account"),
    ("CRED_REFR", "renewed the credentials of the account", "renew the credentials of the account"),
    ("DEL_GROUP", "deleted a group", "delete a group"),
    ("DEL_USER", "deleted the account", "delete the account"),
    ("USER_ACCT", "found that the account may be used", "use the account"),
    ("USER_AUTH", "authenticated the account", "authenticate the account"),
    (
        "USER_CHAUTHTOK",
        "changed the password or the data of the account",
        "change the password or the data of the account",
    ),
    ("USER_END", "ended a session of the account", "end a session of the account"),
    ("USER_LOGIN", "logged on the account", "log on the account"),
    ("USER_MGMT", "changed the account", "change the account"),
    ("USER_START", "started a session of the account", "start a session of the account"),
];
const COMMAND: &str = "USER_CMD";
/// The number of a user that is no user.
const NOBODY: &str = "4294967295";

/// Returns the message of a record.
pub(crate) fn linux_audit_message(attributes: &Attributes<'_>) -> Option<String> {
    let (kind, text) = record(attributes)?;
    let program = value(&text, "exe").unwrap_or(Cow::Borrowed("a program"));
    let result = match value(&text, "res")?.as_ref() {
        "success" | "1" => true,
        "failed" | "0" => false,
        _ => return None,
    };
    let mut message = if kind == COMMAND {
        let command = decoded(value(&text, "cmd")?);
        let verb = if result { "ran" } else { "was asked to run" };
        let folder = value(&text, "cwd").map(decoded);
        let folder = folder.map(|folder| format!(", in the folder {folder}")).unwrap_or_default();
        format!("{program} {verb} the command {command}{folder}")
    } else {
        let (_, done, tried) = KINDS.iter().find(|(known, ..)| *known == kind)?;
        let verb = if result { (*done).to_owned() } else { format!("tried to {tried}") };
        let account = value(&text, "acct").map(decoded);
        let account = account.map(|account| format!(" {account}")).unwrap_or_default();
        format!("{program} {verb}{account}")
    };
    if let Some(operation) = value(&text, "op") {
        message += &format!(", operation {operation}");
    }
    if let Some(address) = value(&text, "addr").filter(|address| address != "?") {
        message += &format!(", from {address}");
    }
    message += if result { "; result: success" } else { "; result: failed" };
    Some(format!("{message} (audit record {kind})"))
}

/// Returns who had logged on in the session of a record.
pub(crate) fn session_of_record(attributes: &Attributes<'_>) -> Option<FurtherAccount> {
    let (_, text) = record(attributes)?;
    let user = value(&text, "auid").filter(|user| user != NOBODY)?;
    let note = ", who had logged on in the session of this process (auid)".to_owned();
    Some(FurtherAccount { note, ..FurtherAccount::new(Role::Session, unix_user(&user)) })
}

/// Returns the process of a record, and whether nobody had logged on in its session.
pub(crate) fn linux_audit_facts(attributes: &Attributes<'_>) -> Vec<(&'static str, String)> {
    let Some((_, text)) = record(attributes) else { return Vec::new() };
    let session = value(&text, "auid")
        .filter(|user| user == NOBODY)
        .map(|_| "nobody had logged on in the session of this process (auid=4294967295)".to_owned());
    let process = value(&text, "pid").map(|process| format!("number {process}"));
    let facts = [(Role::Session.as_str(), session), ("process", process)];
    facts.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

/// Returns the kind and the text of a record of a program.
fn record<'a>(attributes: &'a Attributes<'_>) -> Option<(Cow<'a, str>, Cow<'a, str>)> {
    if attributes.data_type() != DATA_TYPE {
        return None;
    }
    let kind = attributes.text("audit_type")?;
    let is_known = kind == COMMAND || KINDS.iter().any(|(known, ..)| *known == kind);
    Some((kind, attributes.text("message_body")?)).filter(|_| is_known)
}

/// Returns the value of a field such as `acct="eve"` or `res=success`.
fn value<'t>(text: &'t str, name: &str) -> Option<Cow<'t, str>> {
    let mut rest = text;
    loop {
        let at = rest.find(name)?;
        let (before, behind) = (&rest[..at], &rest[at + name.len()..]);
        // `uid` also stands in `auid`.
        let is_start = before.is_empty() || before.ends_with([' ', '\'', '"']);
        if let Some(value) = behind.strip_prefix('=').filter(|_| is_start) {
            let value = match value.strip_prefix('"') {
                Some(quoted) => quoted.split('"').next(),
                None => value.split([' ', '\'']).next(),
            };
            return value.filter(|value| !value.is_empty()).map(Cow::Borrowed);
        }
        rest = behind;
    }
}

/// Decodes a value that the audit system has written as hexadecimal digits, because it has spaces
/// or other signs.
fn decoded(value: Cow<'_, str>) -> Cow<'_, str> {
    const SHORTEST: usize = 6;
    let is_hexadecimal = value.len() >= SHORTEST
        && value.len().is_multiple_of(2)
        && value.bytes().all(|byte| byte.is_ascii_digit() || (b'A'..=b'F').contains(&byte))
        && value.bytes().any(|byte| byte.is_ascii_digit());
    if !is_hexadecimal {
        return value;
    }
    let bytes: Option<Vec<u8>> =
        (0..value.len()).step_by(2).map(|at| u8::from_str_radix(value.get(at..at + 2)?, 16).ok()).collect();
    let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
    let is_text = |text: &String| !text.chars().any(char::is_control);
    text.filter(is_text).map_or(value, Cow::Owned)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use events::{AttributeNames, AttributeReader};

    use super::*;

    fn of(kind: &str, text: &str) -> (Option<String>, String) {
        let json = format!(
            r#"{{"data_type": "selinux:line", "audit_type": "{kind}", "message_body": "{}"}}"#,
            text.replace('"', "\\\"")
        );
        let mut reader = AttributeReader::new(Arc::new(AttributeNames::default()));
        let data = reader.open(json.as_bytes()).unwrap();
        let attributes = Attributes::of_data(&data);
        let facts = crate::details(&attributes);
        let facts = facts.iter().map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>();
        (linux_audit_message(&attributes), facts.join("; "))
    }

    #[test]
    fn records_in_words() {
        for (kind, text, expected) in [
            (
                "ADD_USER",
                r#"pid=7 uid=0 msg='op=add-user acct="eve" exe="/usr/sbin/useradd" addr=? res=success'"#,
                "/usr/sbin/useradd added the account eve, operation add-user; result: success (audit record ADD_USER)",
            ),
            (
                "DEL_USER",
                r#"msg='op=deleting-user-not-found acct="eve" exe="/usr/bin/userdel" res=failed'"#,
                "/usr/bin/userdel tried to delete the account eve, operation deleting-user-not-found; result: failed \
                 (audit record DEL_USER)",
            ),
            (
                "USER_AUTH",
                r#"msg='op=pubkey acct="root" exe="/usr/sbin/sshd" addr=192.0.2.7 res=failed'"#,
                "/usr/sbin/sshd tried to authenticate the account root, operation pubkey, from 192.0.2.7; result: failed \
                 (audit record USER_AUTH)",
            ),
            (
                "USER_CMD",
                r#"msg='cwd="/root" cmd=6964202D61 exe="/usr/bin/sudo" terminal=? res=success'"#,
                "/usr/bin/sudo ran the command id -a, in the folder /root; result: success (audit record USER_CMD)",
            ),
        ] {
            assert_eq!(of(kind, text).0.as_deref(), Some(expected));
        }
        for (kind, text) in [("USER_AUTH", "op=x"), ("LOGIN", "res=1"), ("USER_CMD", "res=success")] {
            assert_eq!(of(kind, text).0, None, "{kind} {text}");
        }
    }

    #[test]
    fn facts() {
        let of = |auid: &str| of("USER_AUTH", &format!("pid=7 uid=0 auid={auid} msg='res=failed'")).1;
        assert_eq!(
            of("501"),
            "session: user number 501, who had logged on in the session of this process (auid); process: number 7"
        );
        assert!(of(NOBODY).starts_with("session: nobody had logged on"));
    }

    #[test]
    fn only_digits_that_are_a_text_are_decoded() {
        for (value, expected) in [
            ("6964202D61", "id -a"),
            ("true", "true"),
            ("FACADE", "FACADE"),
            ("000102", "000102"),
            ("FF00FF", "FF00FF"),
        ] {
            assert_eq!(decoded(Cow::Borrowed(value)), expected);
        }
    }
}
