//! URLs by their parts. Lists and events have URLs, and this is the only place that reads them, so
//! that both mean the same host and the same path.

use std::fmt;
use std::net::IpAddr;

use super::canonical::{Host, host_and_port};

/// The longest scheme that is looked for, in bytes.
const LONGEST_SCHEME: usize = 32;

/// A URL by its parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Url<'a> {
    /// What is before the scheme and no part of the URL. Internet Explorer has
    /// `Visited: bob@http://…`.
    pub(crate) before: &'a str,
    /// The scheme as written. It is empty if nothing that could be one is before `://`, and `None`
    /// if the URL has no `://`.
    pub(crate) scheme: Option<&'a str>,
    /// The host in its usual form.
    pub(crate) host: Host<'a>,
    /// The port, if it is not the usual one of the scheme, or of a page if there is no scheme.
    pub(crate) port: Option<u16>,
    /// Path, query and fragment as written, and what follows a space behind them.
    pub(crate) rest: &'a str,
}

impl<'a> Url<'a> {
    /// Reads a URL of an event, with a scheme (`http://example.com/a`) or without one
    /// (`example.com/a`, `//example.com/a`).
    #[must_use]
    pub(crate) fn new(text: &'a str) -> Option<Self> {
        let text = text.trim();
        let Some(after) = after_scheme(text) else { return Self::without_scheme(text) };
        let start = &text[..text.len() - after.len() - "://".len()];
        // The first `://` may be that of a URL inside the path or the query of this one.
        let is_inner = start.contains(['/', '?', '#']) && !start.contains(char::is_whitespace);
        let outer = is_inner.then(|| Self::without_scheme(text)).flatten();
        outer.or_else(|| {
            let scheme = scheme_at_end(start);
            let before = &start[..start.len() - scheme.len()];
            Self::at_host(before, Some(scheme), after)
        })
    }

    /// Reads a value of a list, which is a URL and nothing else.
    #[must_use]
    pub(crate) fn alone(text: &'a str) -> Option<Self> {
        let is_alone = |url: &Self| {
            url.before.is_empty() && url.scheme != Some("") && !url.rest.contains(char::is_whitespace)
        };
        Self::new(text).filter(is_alone)
    }

    fn without_scheme(text: &'a str) -> Option<Self> {
        // A page names a host beside its own scheme as `//host/path`.
        Self::at_host("", None, text.strip_prefix("//").unwrap_or(text))
    }

    fn at_host(before: &'a str, scheme: Option<&'a str>, after: &'a str) -> Option<Self> {
        // A browser reads `\` as `/` here.
        let end = after.find(['/', '\\', '?', '#', ' ']).unwrap_or(after.len());
        let (authority, rest) = after.split_at(end);
        // The name of a user in front of the host is no part of the place. Cookies have it without
        // a scheme, too: `Cookie:bob@example.com/`.
        let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        let (host, port) = host_and_port(authority.strip_prefix('.').unwrap_or(authority))?;
        let is_usual = |port: &u16| match scheme {
            Some(scheme) => usual_port(scheme) == Some(*port),
            // The scheme that is left out is that of a page.
            None => ["http", "https"].iter().any(|scheme| usual_port(scheme) == Some(*port)),
        };
        let port = port.filter(|port| !is_usual(port));
        Some(Self { before, scheme, host, port, rest })
    }

    /// Returns path and query as written, without the fragment.
    #[must_use]
    pub(crate) fn path(&self) -> &'a str {
        self.rest.split(['#', ' ']).next().unwrap_or_default()
    }
}

/// The URL with its scheme and its host in lower case, and the rest as written.
impl fmt::Display for Url<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(scheme) = self.scheme {
            write!(f, "{}://", scheme.to_ascii_lowercase())?;
        }
        match &self.host {
            Host::Address(IpAddr::V6(address)) => write!(f, "[{address}]")?,
            Host::Address(address) => write!(f, "{address}")?,
            Host::Name(name) => f.write_str(name)?,
        }
        if let Some(port) = self.port {
            write!(f, ":{port}")?;
        }
        if !self.rest.starts_with('/') {
            f.write_str("/")?;
        }
        f.write_str(self.rest)
    }
}

/// Returns what follows the first `://`. Few texts have a colon, so this one is looked for.
pub(crate) fn after_scheme(text: &str) -> Option<&str> {
    let mut colons = memchr::memchr_iter(b':', text.as_bytes());
    colons.find_map(|colon| text[colon + 1..].strip_prefix("//"))
}

/// Returns the scheme that ends here, or an empty text. A scheme starts with a letter.
pub(crate) fn scheme_at_end(text: &str) -> &str {
    let is_of_scheme = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
    let start = text.bytes().rposition(|byte| !is_of_scheme(byte)).map_or(0, |at| at + 1);
    let scheme = text[start..].trim_start_matches(|first: char| !first.is_ascii_alphabetic());
    if scheme.len() > LONGEST_SCHEME { "" } else { scheme }
}

fn usual_port(scheme: &str) -> Option<u16> {
    let ports = [("http", 80), ("https", 443), ("ftp", 21), ("ws", 80), ("wss", 443)];
    ports.iter().find(|(name, _)| scheme.eq_ignore_ascii_case(name)).map(|(_, port)| *port)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_of_lists_fold_their_hosts_only() {
        for (text, expected) in [
            ("http://Evil.com", Some("http://evil.com/")),
            ("HTTP://Evil.com:80/A?b#C", Some("http://evil.com/A?b#C")),
            ("https://evil.com:8443/", Some("https://evil.com:8443/")),
            ("https://evil.com:443?x", Some("https://evil.com/?x")),
            ("ftp://user:pass@evil.com/x", Some("ftp://evil.com/x")),
            ("http://[2001:DB8::1]:8080/a", Some("http://[2001:db8::1]:8080/a")),
            ("evil.com:80/a", Some("evil.com/a")),
            ("evil.com:443/a", Some("evil.com/a")),
            ("evil.com:8080/a", Some("evil.com:8080/a")),
            ("http://192.0.2.1/a", Some("http://192.0.2.1/a")),
            ("evil.com/a?u=http://x.org/", Some("evil.com/a?u=http://x.org/")),
            ("http://bücher.de/ü", Some("http://xn--bcher-kva.de/ü")),
            ("http://", None),
            ("http:///a", None),
            ("://evil.com", None),
            ("1://evil.com", None),
            ("a b://evil.com", None),
            ("http://evil.com:99999/", None),
            ("http://evil com/", None),
            ("http://evil.com/a b", None),
            ("http://evil.com:x/", None),
        ] {
            assert_eq!(Url::alone(text).map(|url| url.to_string()).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn urls_of_events_may_have_something_before_them() {
        for (text, before, expected) in [
            ("Visited: bob@http://evil.example/a", "Visited: bob@", "http://evil.example/a"),
            (
                ":2012030720120308: bob@http://evil.example/a",
                ":2012030720120308: bob@",
                "http://evil.example/a",
            ),
            ("title/ a http://evil.example/a", "title/ a ", "http://evil.example/a"),
            ("a b/http://evil.example/", "a b/", "http://evil.example/"),
            ("//evil.example/a", "", "evil.example/a"),
            ("evil.example/a?u=http://x.org/", "", "evil.example/a?u=http://x.org/"),
            ("..evil/?u=http://x.org/", "..evil/?u=", "http://x.org/"),
        ] {
            let url = Url::new(text).unwrap();
            assert_eq!((url.before, url.to_string().as_str()), (before, expected), "{text}");
        }
    }

    #[test]
    fn a_long_scheme_is_none() {
        let text = format!("{}://evil.example/", "a".repeat(LONGEST_SCHEME + 1));
        assert_eq!(Url::new(&text).unwrap().scheme, Some(""));
        assert_eq!(Url::alone(&text), None);
    }
}
