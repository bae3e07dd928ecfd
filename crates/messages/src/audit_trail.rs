//! What the tokens of a record of the macOS audit trail say: as whom a program acted, and texts.

use events::{Value, json};

use crate::Attributes;

/// Longer lists of tokens are not read: a record has at most 32 KiB (`MAXAUDITDATA` in
/// `bsm/audit.h` of macOS).
const MAXIMUM_TOKENS: usize = 1 << 16;
/// The maximum number of facts. A record has one subject and a few texts.
const MAXIMUM_FACTS: usize = 16;

/// Returns the numbers of the users of the record, its process, and its texts, each with its name.
pub(crate) fn of_audit_trail(attributes: &Attributes<'_>) -> Vec<(&'static str, String)> {
    let stored = attributes.stored("extra_tokens").filter(|stored| stored.len() <= MAXIMUM_TOKENS);
    let Some(stored) = stored else { return Vec::new() };
    let mut facts = Vec::new();
    for token in json::elements(stored).unwrap_or_default() {
        match only_member(&stored[token]) {
            Some((b"AUT_TEXT", fields)) => facts.extend(field(fields, b"text").map(|text| ("text", text))),
            Some((kind, fields)) if kind.starts_with(b"AUT_SUBJECT") => facts.extend(of_subject(fields)),
            _ => {}
        }
    }
    facts.truncate(MAXIMUM_FACTS);
    facts
}

/// Returns whom and which process a token names. The audit user is the one who logged on.
fn of_subject(fields: &[u8]) -> impl Iterator<Item = (&'static str, String)> {
    let number = |name| field(fields, name);
    let logged_on = match number(b"aid").as_deref() {
        Some("-1") => Some("nobody".to_owned()),
        user => user.map(|user| format!("user number {user}")),
    };
    let facts = [
        ("logged on", logged_on),
        ("acted as", number(b"euid").map(|user| format!("user number {user}"))),
        ("process", number(b"pid").map(|process| format!("number {process}"))),
    ];
    facts.into_iter().filter_map(|(name, value)| Some((name, value?)))
}

/// Returns the name and the value of an object's first member.
fn only_member(object: &[u8]) -> Option<(&[u8], &[u8])> {
    let (name, span) = json::Members::of(object).ok()?.next_member().ok()??;
    Some((name, &object[span]))
}

/// Returns a text or a number of an object.
fn field(object: &[u8], name: &[u8]) -> Option<String> {
    let mut members = json::Members::of(object).ok()?;
    while let Some((key, span)) = members.next_member().ok()? {
        if key == name {
            return match json::value(&object[span]).ok()? {
                Value::String(text) => Some(text.into_owned()),
                Value::Integer(number) => Some(number.to_string()),
                _ => None,
            };
        }
    }
    None
}
