//! The addresses in the tokens of a record of the audit trail of macOS. Plaso keeps the tokens as
//! objects in a list, `[{"AUT_IN_ADDR": {"ip": "192.0.2.7"}}, …]`. The texts of objects are not
//! looked at elsewhere.

use events::{Value, json};

/// The attribute that has the tokens.
pub(super) const TOKENS: &str = "extra_tokens";
/// The members of tokens that are addresses.
const ADDRESSES: [&[u8]; 5] = [b"address", b"from", b"ip", b"terminal_ip", b"to"];

/// Calls `visit` with each address in the tokens, as they are stored. What is no list of objects
/// has none.
pub(super) fn each_address(stored: &[u8], visit: &mut dyn FnMut(&str)) {
    for token in json::elements(stored).unwrap_or_default() {
        let Some(fields) = only_member(&stored[token]) else { continue };
        for name in ADDRESSES {
            if let Some(Ok(Value::String(text))) = json::member(fields, name).map(json::value) {
                visit(&text);
            }
        }
    }
}

fn only_member(token: &[u8]) -> Option<&[u8]> {
    let (_, span) = json::Members::of(token).ok()?.next_member().ok()??;
    Some(&token[span])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matching::tests::{found, matcher};

    #[test]
    fn a_record_of_the_audit_trail_meets_an_address() {
        let mut matcher = matcher("address", "192.0.2.7");
        for (token, expected) in [
            (r#"{"AUT_IN_ADDR": {"ip": "192.0.2.7"}}"#, 1),
            (r#"{"AUT_SUBJECT32_EX": {"aid": 1, "terminal_ip": "192.0.2.7"}}"#, 1),
            (r#"{"AUT_IN_ADDR": {"ip": "192.0.2.8"}}"#, 0),
        ] {
            let json = format!(r#"{{"data_type": "bsm:entry", "extra_tokens": [{token}], "offset": 7}}"#);
            assert_eq!(found(&mut matcher, &json).len(), expected, "{token}");
        }
    }

    #[test]
    fn addresses_of_tokens() {
        let of = |stored: &str| {
            let mut found = Vec::new();
            each_address(stored.as_bytes(), &mut |text| found.push(text.to_owned()));
            found.join(" ")
        };
        let tokens = r#"[{"AUT_IN_ADDR": {"ip": "a"}}, {"AUT_SOCKET_EX": {"to": "c", "from": "b", "to_port": 1}},
            {"AUT_SUBJECT32": {"terminal_ip": "d", "aid": 1}}, {"AUT_TEXT": {"text": "e"}}, 7, {}, null]"#;
        assert_eq!(of(tokens), "a b c d");
        for stored in ["", "7", "[", "{}", "[{\"x\": \"ip\"}]"] {
            assert_eq!(of(stored), "", "{stored}");
        }
    }
}
