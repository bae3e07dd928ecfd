//! URLs.

use super::address::address;
use super::host::host;

/// A URL, divided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Url<'u> {
    /// The scheme in lower case, or empty for one of the web and for none.
    pub(crate) scheme: String,
    /// The host, in its form.
    pub(crate) host: String,
    /// The port, unless it is the usual one.
    port: Option<u16>,
    /// Path and query, as they are written, without the fragment.
    pub(crate) rest: &'u str,
}

/// The longest scheme that is looked for.
const LONGEST_SCHEME: usize = 32;

impl<'u> Url<'u> {
    /// Reads a URL, with or without a scheme. What is before the scheme does not count: Internet
    /// Explorer has `Visited: bob@http://…`. Without a scheme, the same holds for what is before an
    /// `@`.
    pub(crate) fn new(text: &'u str) -> Option<Self> {
        let text = text.trim();
        let (written, after) = match after_scheme(text) {
            Some(after) => (scheme_before(&text[..text.len() - after.len() - 3]), after),
            // A page names a host beside its own scheme as `//host/path`.
            None => ("", text.strip_prefix("//").unwrap_or(text)),
        };
        let scheme = written.to_ascii_lowercase();
        let end = after.find(['/', '\\', '?', '#', ' ']).unwrap_or(after.len());
        let (authority, rest) = after.split_at(end);
        let rest = rest.split(['#', ' ']).next().unwrap_or("");
        // A browser reads `\` as `/` here.
        let authority = authority.rsplit('@').next().unwrap_or(authority);
        let (name, port) = split_port(authority);
        let host = match address(name.strip_suffix('.').unwrap_or(name)) {
            Some(address) => address.to_string(),
            None => host(name)?.into_owned(),
        };
        let usual = match scheme.as_str() {
            "http" | "ws" => Some(80),
            "https" | "wss" => Some(443),
            "ftp" => Some(21),
            _ => None,
        };
        let is_of_web = matches!(scheme.as_str(), "http" | "https" | "hxxp" | "hxxps" | "ws" | "wss");
        Some(Self {
            host,
            port: port.filter(|port| Some(*port) != usual),
            rest,
            scheme: if is_of_web { String::new() } else { scheme },
        })
    }

    /// Returns the form in which URLs are compared.
    pub(crate) fn key(&self) -> String {
        let Self { scheme, host, port, rest } = self;
        let mut key = String::with_capacity(host.len() + rest.len() + 8);
        if !scheme.is_empty() {
            key.push_str(scheme);
            key.push_str("://");
        }
        key.push_str(host);
        if let Some(port) = port {
            key.push_str(&format!(":{port}"));
        }
        if !rest.starts_with(['/', '\\']) {
            key.push('/');
        }
        key.push_str(rest);
        key
    }
}

/// Returns what follows the first `://`. Few texts have a colon, so this one is looked for.
pub(crate) fn after_scheme(text: &str) -> Option<&str> {
    let mut colons = memchr::memchr_iter(b':', text.as_bytes());
    colons.find_map(|colon| text[colon + 1..].strip_prefix("//"))
}

/// Calls `found` with the URLs inside the path and the query of a URL, as redirects and archives
/// have them: as they are or with escapes. One that another parameter follows is found with it and
/// without it.
pub(crate) fn inner_urls(rest: &str, mut found: impl FnMut(&str)) {
    /// How many URLs inside one are looked at.
    const MOST: usize = 8;
    let mut each = |text: &str| {
        for (at, _) in text.match_indices("://").take(MOST) {
            let scheme = scheme_before(&text[..at]);
            if !scheme.is_empty() {
                let inner = &text[at - scheme.len()..];
                found(inner);
                inner.split_once('&').into_iter().for_each(|(alone, _)| found(alone));
            }
        }
    };
    each(rest);
    let is_escaped =
        |part: &&str| part.as_bytes().windows(9).any(|part| part.eq_ignore_ascii_case(b"%3a%2f%2f"));
    for part in rest.split(['?', '&', '=', ';']).filter(is_escaped).take(MOST) {
        each(&unescaped(part));
    }
}

/// Returns the text with its escapes, such as `%2F`, replaced by what they stand for.
fn unescaped(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let digit = |at: usize| after.get(at).and_then(|&digit| char::from(digit).to_digit(16));
        match (byte, digit(0), digit(1)) {
            (b'%', Some(high), Some(low)) => {
                out.push((high * 16 + low) as u8);
                rest = &after[2..];
            }
            _ => {
                out.push(byte);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Returns the scheme that ends here.
fn scheme_before(text: &str) -> &str {
    let is_of_scheme = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
    let start = text.bytes().rposition(|byte| !is_of_scheme(byte)).map_or(0, |at| at + 1);
    if text.len() - start > LONGEST_SCHEME { "" } else { &text[start..] }
}

/// Divides a host and its port.
fn split_port(authority: &str) -> (&str, Option<u16>) {
    match authority.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') || host.ends_with(']') => match port.parse() {
            Ok(port) => (host, Some(port)),
            Err(_) if port.is_empty() => (host, None),
            Err(_) => (authority, None),
        },
        _ => (authority, None),
    }
}

/// Calls `found` with the beginnings of a URL's key that end at a boundary, the whole key included:
/// behind the host, before or behind a `/`, `?`, `&`, `=` or `;`.
pub(crate) fn beginnings(key: &str, mut found: impl FnMut(&str)) {
    /// How many beginnings of a URL are looked at.
    const MOST: usize = 128;
    let start = key.find("://").map_or(0, |at| at + 3);
    let mut last = 0;
    let boundaries = key[start..].match_indices(['/', '?', '&', '=', ';']).map(|(at, _)| start + at);
    for at in boundaries.take(MOST) {
        for end in [at, at + 1] {
            if end > last {
                found(&key[..end]);
                last = end;
            }
        }
    }
    if key.len() > last {
        found(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_have_one_form() {
        for (text, key) in [
            ("http://Evil.Example/Path?q=A", Some("evil.example/Path?q=A")),
            ("HTTPS://evil.example", Some("evil.example/")),
            ("https://evil.example:443/", Some("evil.example/")),
            ("http://evil.example:80/", Some("evil.example/")),
            ("http://evil.example:443/", Some("evil.example:443/")),
            ("evil.example/a", Some("evil.example/a")),
            ("evil.example?a", Some("evil.example/?a")),
            ("http://user:secret@evil.example/a#top", Some("evil.example/a")),
            ("Visited: bob@http://evil.example/a", Some("evil.example/a")),
            ("Cookie:bob@evil.example/", Some("evil.example/")),
            (":2012030720120308: bob@http://evil.example/a", Some("evil.example/a")),
            ("http://evil.example/a (Some title)", Some("evil.example/a")),
            ("http://[2001:DB8::1]:8080/a", Some("2001:db8::1:8080/a")),
            ("http://192.0.2.1/a", Some("192.0.2.1/a")),
            ("ftp://evil.example/a", Some("ftp://evil.example/a")),
            ("http://Bücher.example/ü", Some("xn--bcher-kva.example/ü")),
            ("http:///a", None),
            ("http://a b/", Some("a/")),
            ("//evil.example/a", Some("evil.example/a")),
            ("http://192.0.2.7./a", Some("192.0.2.7/a")),
            ("http://evil.example./a", Some("evil.example/a")),
            ("about:blank", None),
            ("", None),
        ] {
            assert_eq!(Url::new(text).map(|url| url.key()).as_deref(), key, "{text}");
        }
    }

    #[test]
    fn urls_inside_urls() {
        for (rest, inner) in [
            ("/a?u=http://evil.example/x", &["http://evil.example/x"][..]),
            ("/a?u=http://evil.example/x&b=1", &["http://evil.example/x&b=1", "http://evil.example/x"]),
            ("/a?b=1&u=HTTP%3A%2F%2Fevil.example%2Fx%3Fy&c=2", &["HTTP://evil.example/x?y"]),
            ("/web/2026/https://evil.example/", &["https://evil.example/"]),
            ("/a?u=http%3A%2", &[]),
            ("/a?u=%", &[]),
            ("/a?b=c", &[]),
        ] {
            let mut found = Vec::new();
            inner_urls(rest, |url| found.push(url.to_owned()));
            assert_eq!(found, inner, "{rest}");
        }
    }

    #[test]
    fn beginnings_end_at_boundaries() {
        let mut found = Vec::new();
        beginnings("a.b/c/d?e", |beginning| found.push(beginning.to_owned()));
        assert_eq!(found, ["a.b", "a.b/", "a.b/c", "a.b/c/", "a.b/c/d", "a.b/c/d?", "a.b/c/d?e"]);
    }
}
