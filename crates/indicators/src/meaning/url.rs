//! The form in which URLs are compared, and the parts of one that are compared by themselves.

use crate::values::canonical::Host;
use crate::values::url::{Url, scheme_at_end};

/// Returns the form in which URLs are compared: host, port, path and query. The schemes of the web
/// do not count.
pub(crate) fn key(url: &Url<'_>) -> String {
    let path = url.path();
    let mut key = String::with_capacity(path.len() + 40);
    let scheme = url.scheme.unwrap_or_default().to_ascii_lowercase();
    if !scheme.is_empty() && !is_of_web(&scheme) {
        key.push_str(&scheme);
        key.push_str("://");
    }
    match &url.host {
        Host::Address(address) => key.push_str(&address.to_string()),
        Host::Name(name) => key.push_str(name),
    }
    if let Some(port) = url.port {
        key.push_str(&format!(":{port}"));
    }
    if !path.starts_with(['/', '\\']) {
        key.push('/');
    }
    key.push_str(path);
    key
}

/// Returns whether a scheme, in lower case, is one of the web.
pub(crate) fn is_of_web(scheme: &str) -> bool {
    matches!(scheme, "http" | "https" | "hxxp" | "hxxps" | "ws" | "wss")
}

/// Calls `found` with the URLs inside the path and the query of a URL, as redirects and archives
/// have them: as they are or with escapes. A parameter may be one without a scheme: `?u=//host/`.
/// One that another parameter follows is found with it and without it.
pub(crate) fn inner_urls(rest: &str, mut found: impl FnMut(&str)) {
    /// How many URLs inside one are looked at.
    const MOST: usize = 8;
    let mut each = |text: &str| {
        let starts = text.match_indices("//").filter_map(|(at, _)| start_of_url(text, at));
        for start in starts.take(MOST) {
            let inner = &text[start..];
            found(inner);
            inner.split_once('&').into_iter().for_each(|(alone, _)| found(alone));
        }
    };
    each(rest);
    let is_escaped =
        |part: &str| part.as_bytes().windows(6).any(|bytes| bytes.eq_ignore_ascii_case(b"%2f%2f"));
    for part in rest.split(['?', '&', ';']).filter(|part| is_escaped(part)).take(MOST) {
        each(&unescaped(part));
    }
}

/// Returns where the URL starts that has `//` at a place in a text.
fn start_of_url(text: &str, slashes: usize) -> Option<usize> {
    let before = &text[..slashes];
    if let Some(before) = before.strip_suffix(':') {
        let scheme = scheme_at_end(before);
        return (!scheme.is_empty()).then_some(before.len() - scheme.len());
    }
    before.ends_with('=').then_some(slashes)
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
            assert_eq!(Url::new(text).map(|url| super::key(&url)).as_deref(), key, "{text}");
        }
    }

    #[test]
    fn urls_inside_urls() {
        for (rest, inner) in [
            ("/a?u=http://evil.example/x", &["http://evil.example/x"][..]),
            ("/a?u=http://evil.example/x&b=1", &["http://evil.example/x&b=1", "http://evil.example/x"]),
            ("/a?b=1&u=HTTP%3A%2F%2Fevil.example%2Fx%3Fy&c=2", &["HTTP://evil.example/x?y"]),
            ("/a?u=1%26v%3Dhttp:%2F%2Fevil.example", &["http://evil.example"]),
            ("/web/2026/https://evil.example/", &["https://evil.example/"]),
            ("/a?u=//evil.example/x&b=1", &["//evil.example/x&b=1", "//evil.example/x"]),
            ("/a?u=%2F%2fevil.example%2Fx&b=1", &["//evil.example/x"]),
            ("/a//evil.example/x", &[]),
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
