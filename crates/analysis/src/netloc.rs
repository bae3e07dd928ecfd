//! The network location of a URL, as Python's `urllib.parse.urlparse` finds it.
//!
//! A parser that follows the WHATWG standard would give other results for many URLs of browsers
//! (`file:` URLs with back-slashes, user names, ports, letter case). Then reports could not be
//! compared with Plaso's.

use std::net::{Ipv4Addr, Ipv6Addr};

/// Why a URL has no network location. Python raises a `ValueError` for such a URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum InvalidLocation {
    /// Brackets that do not enclose an IPv6 address.
    #[error("its host is in brackets, but is not an IPv6 address")]
    Brackets,
    /// A character that becomes a delimiter of the network location when the text is normalised.
    #[error("its host has a character that stands for one of / ? # @ :")]
    Delimiter,
}

/// Returns the part between `//` and the next `/`, `?` or `#`. It is empty if there is no `//`
/// after the scheme.
///
/// # Errors
///
/// If Python raises an error.
pub(crate) fn network_location(url: &str) -> Result<String, InvalidLocation> {
    let url = url.trim_start_matches(|c| c <= ' ').replace(['\t', '\r', '\n'], "");
    let Some(rest) = without_scheme(&url).strip_prefix("//") else { return Ok(String::new()) };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let location = &rest[..end];
    check_brackets(location)?;
    if location.contains(stands_for_delimiter) {
        return Err(InvalidLocation::Delimiter);
    }
    Ok(location.to_owned())
}

fn without_scheme(url: &str) -> &str {
    let is_scheme = |text: &str| {
        text.starts_with(|c: char| c.is_ascii_alphabetic())
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
    };
    match url.split_once(':') {
        Some((scheme, rest)) if is_scheme(scheme) => rest,
        _ => url,
    }
}

fn check_brackets(location: &str) -> Result<(), InvalidLocation> {
    let valid = match (location.split_once('['), location.contains(']')) {
        (None, false) => true,
        (Some((_, rest)), true) => is_bracketed_host(rest.split(']').next().unwrap_or_default()),
        _ => false,
    };
    if valid { Ok(()) } else { Err(InvalidLocation::Brackets) }
}

/// Returns whether the text is an IPv6 address, perhaps with a zone, or has the form for later
/// versions (`v1.x`).
fn is_bracketed_host(host: &str) -> bool {
    if let Some(future) = host.strip_prefix('v') {
        let digits_and_rest = future.split_once('.');
        return digits_and_rest.is_some_and(|(digits, rest)| {
            !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_hexdigit()) && !rest.is_empty()
        });
    }
    let (address, zone) = host.split_once('%').map_or((host, None), |(address, zone)| (address, Some(zone)));
    host.parse::<Ipv4Addr>().is_err()
        && address.parse::<Ipv6Addr>().is_ok()
        && zone.is_none_or(|zone| !zone.is_empty() && !zone.contains('%'))
}

/// Returns whether the NFKC form of `c` has one of `/ ? # @ :`. An example is `℀`, whose form is
/// `a/c`.
fn stands_for_delimiter(c: char) -> bool {
    matches!(
        c,
        '\u{2047}'
            ..='\u{2049}'
                | '\u{2100}'
                | '\u{2101}'
                | '\u{2105}'
                | '\u{2106}'
                | '\u{2a74}'
                | '\u{fe13}'
                | '\u{fe16}'
                | '\u{fe55}'
                | '\u{fe56}'
                | '\u{fe5f}'
                | '\u{fe6b}'
                | '\u{ff03}'
                | '\u{ff0f}'
                | '\u{ff1a}'
                | '\u{ff1f}'
                | '\u{ff20}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The results of Python 3.11, or `None` if it raises an error.
    const PYTHON: [(&str, Option<&str>); 45] = [
        ("http://example.org/a", Some("example.org")),
        ("http://EXAMPLE.org:8080/a?b#c", Some("EXAMPLE.org:8080")),
        ("https://user:pw@host:443?x", Some("user:pw@host:443")),
        ("HTTP://h#f", Some("h")),
        ("//host/x", Some("host")),
        ("javascript://x/y", Some("x")),
        ("host/x", Some("")),
        ("http:/host/x", Some("")),
        ("http:host", Some("")),
        ("mailto:a@b", Some("")),
        ("", Some("")),
        ("//", Some("")),
        ("http://", Some("")),
        ("file:///c:/x", Some("")),
        ("file://C:\\x\\y?z", Some("C:\\x\\y")),
        ("http://h\\x/y", Some("h\\x")),
        ("  \u{1}http://h/", Some("h")),
        ("http:// h /", Some(" h ")),
        ("ht\ttp://h\n.org\r/", Some("h.org")),
        ("http://a\0b/", Some("a\0b")),
        ("x-y.z+1://h/", Some("h")),
        ("1http://h/", Some("")),
        ("é://h/", Some("")),
        ("://h/", Some("")),
        ("http://[::1]:80/", Some("[::1]:80")),
        ("http://u@[::1]/", Some("u@[::1]")),
        ("http://[1:2:3:4:5:6:7::]/", Some("[1:2:3:4:5:6:7::]")),
        ("http://[::ffff:1.2.3.4]/", Some("[::ffff:1.2.3.4]")),
        ("http://[fe80::1%eth0]/", Some("[fe80::1%eth0]")),
        ("http://[v1.x]/", Some("[v1.x]")),
        ("http://[::1", None),
        ("http://::1]/", None),
        ("http://]a[/", None),
        ("http://[]/", None),
        ("http://[1.2.3.4]/", None),
        ("http://[00001::]/", None),
        ("http://[1:2:3:4:5:6:7:8::]/", None),
        ("http://[fe80::1%]/", None),
        ("http://[::%a%b]/", None),
        ("http://[v.x]/", None),
        ("http://[vg.x]/", None),
        ("http://[v1.]/", None),
        ("http://a℀b/", None),
        ("http://h？x/", None),
        ("http://a/℀", Some("a")),
    ];

    #[test]
    fn as_in_python() {
        for (url, expected) in PYTHON {
            assert_eq!(network_location(url).ok().as_deref(), expected, "{url:?}");
        }
    }

    proptest! {
        #[test]
        fn a_location_is_a_part_of_the_url_without_delimiters(url in "[htp:/?#@\\[\\]\\\\ \t\nv1.%é℀-]{0,24}") {
            if let Ok(location) = network_location(&url) {
                prop_assert!(!location.contains(['/', '?', '#', '\t', '\n', '℀']));
                prop_assert!(url.replace(['\t', '\n'], "").contains(&location));
                prop_assert_eq!(location.contains('['), location.contains(']'));
            }
        }

        #[test]
        fn what_follows_does_not_matter(host in "[a-z0-9.:@-]{0,12}", path in "\\PC{0,12}", end in "[/?#]") {
            prop_assert_eq!(network_location(&format!("https://{host}{end}{path}")), Ok(host));
        }
    }
}
