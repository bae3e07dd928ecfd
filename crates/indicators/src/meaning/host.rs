//! Names of hosts.

use std::borrow::Cow;

use super::punycode;

/// The maximum length of a label, in bytes.
pub(super) const LONGEST_LABEL: usize = 63;

/// The maximum length of a name, in bytes.
const LONGEST: usize = 253;

/// Returns the name of a host in lower case and in ASCII (`bücher.example` is
/// `xn--bcher-kva.example`), without a dot at either end. Cookies have a dot at the start. Returns
/// `None` if the text is no name of a host.
pub(crate) fn host(text: &str) -> Option<Cow<'_, str>> {
    let text = text.trim();
    let text = text.strip_suffix(is_dot).unwrap_or(text);
    let text = text.strip_prefix(is_dot).unwrap_or(text);
    // An ASCII name is at most as long as its form.
    if text.is_empty() || text.len() > 4 * LONGEST {
        return None;
    }
    let host = if text.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase()) {
        Cow::Borrowed(text)
    } else if text.is_ascii() {
        Cow::Owned(text.to_ascii_lowercase())
    } else {
        Cow::Owned(encoded(text)?)
    };
    (host.len() <= LONGEST && host.split('.').all(is_label)).then_some(host)
}

/// Returns the name in ASCII.
fn encoded(text: &str) -> Option<String> {
    let mut host = String::with_capacity(text.len());
    for label in text.split(is_dot) {
        if !host.is_empty() {
            host.push('.');
        }
        let label = label.to_lowercase();
        if label.is_ascii() {
            host.push_str(&label);
        } else {
            host.push_str(&punycode::encode(&label)?);
        }
    }
    Some(host)
}

/// Returns whether a character separates labels. Three other characters are typed for the dot.
fn is_dot(c: char) -> bool {
    matches!(c, '.' | '\u{3002}' | '\u{ff0e}' | '\u{ff61}')
}

fn is_label(label: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    (1..=LONGEST_LABEL).contains(&label.len()) && label.bytes().all(is_allowed)
}

/// Returns the name and the names of the domains that it is in, the longest first.
pub(crate) fn domains(host: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(host);
    std::iter::from_fn(move || {
        let domain = rest?;
        rest = domain.split_once('.').map(|(_, rest)| rest);
        Some(domain)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_one_form() {
        for (text, form) in [
            ("Evil.Example", Some("evil.example")),
            ("evil.example.", Some("evil.example")),
            (".evil.example", Some("evil.example")),
            ("Bücher.example", Some("xn--bcher-kva.example")),
            ("BÜCHER。example", Some("xn--bcher-kva.example")),
            ("xn--Bcher-kva.example", Some("xn--bcher-kva.example")),
            ("_dmarc.evil.example", Some("_dmarc.evil.example")),
            ("localhost", Some("localhost")),
            ("", None),
            (".", None),
            ("a..b", None),
            ("a b", None),
            ("a/b", None),
            ("a:80", None),
        ] {
            assert_eq!(host(text).as_deref(), form, "{text}");
        }
        assert_eq!(host(&"a".repeat(64)), None);
        assert_eq!(host(&"a.".repeat(127)), None, "254 bytes");
        assert_eq!(host(&"ü.".repeat(10_000)), None);
    }

    #[test]
    fn domains_from_the_longest() {
        assert_eq!(domains("a.b.c").collect::<Vec<_>>(), ["a.b.c", "b.c", "c"]);
    }
}
