//! Names of hosts.

use std::borrow::Cow;

use crate::values::canonical::domain;

/// Returns the name of a host in lower case and in ASCII (`bücher.example` is
/// `xn--bcher-kva.example`), without a dot at either end. Cookies have a dot at the start. Returns
/// `None` if the text is no name of a host.
pub(crate) fn host(text: &str) -> Option<Cow<'_, str>> {
    let text = text.trim();
    domain(text.strip_prefix('.').unwrap_or(text))
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
            ("evil.example.", Some("evil.example")),
            (".Evil.example", Some("evil.example")),
            ("Bücher.example", Some("xn--bcher-kva.example")),
            ("..a", None),
            ("192.0.2.1", None),
            ("a:80", None),
        ] {
            assert_eq!(host(text).as_deref(), form, "{text}");
        }
    }

    #[test]
    fn domains_from_the_longest() {
        assert_eq!(domains("a.b.c").collect::<Vec<_>>(), ["a.b.c", "b.c", "c"]);
    }
}
