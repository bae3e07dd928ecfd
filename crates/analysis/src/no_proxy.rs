//! Which hosts the environment excepts from the proxy, as curl reads it.
//!
//! ureq takes a space as a part of a name, and an address with a port as a name, and so would
//! silently send a request through the proxy that the user wants to be direct.

use std::net::{IpAddr, Ipv6Addr};

use filter::condition::Network;

/// The hosts that are reached directly.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct NoProxy {
    entries: Vec<Entry>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Entry {
    All,
    /// A domain, in small letters, with its subdomains.
    Domain(String),
    /// The subdomains of a domain.
    Subdomains(String),
    /// An address, or a network of them.
    Network(Network),
}

impl NoProxy {
    /// Adds the hosts of a list. They are separated by commas or spaces, as in curl.
    ///
    /// # Errors
    ///
    /// If an entry is not understood, with its position from 1.
    pub(crate) fn add(&mut self, list: &str) -> Result<(), usize> {
        let parts = list.split(|c: char| c == ',' || c.is_whitespace()).filter(|part| !part.is_empty());
        for (position, part) in parts.enumerate() {
            self.entries.push(Entry::parse(part).ok_or(position + 1)?);
        }
        Ok(())
    }

    /// Returns whether this host of an address is reached directly. IPv6 addresses may have their
    /// brackets.
    pub(crate) fn has(&self, host: &str) -> bool {
        let host = without_brackets(host).to_ascii_lowercase();
        let host = host.strip_suffix('.').unwrap_or(&host);
        let is_address = host.parse::<IpAddr>().is_ok();
        self.entries.iter().any(|entry| entry.has(host, is_address))
    }
}

impl Entry {
    fn parse(text: &str) -> Option<Self> {
        if text == "*" {
            return Some(Self::All);
        }
        if let Ok(network) = without_brackets(text).parse() {
            return Some(Self::Network(network));
        }
        let name = text.to_ascii_lowercase();
        let name = name.strip_suffix('.').unwrap_or(&name);
        if let Some(domain) = name.strip_prefix("*.") {
            return is_name(domain).then(|| Self::Subdomains(format!(".{domain}")));
        }
        // As in curl, a dot before a domain means nothing.
        let domain = name.strip_prefix('.').unwrap_or(name);
        is_name(domain).then(|| Self::Domain(domain.to_owned()))
    }

    fn has(&self, host: &str, is_address: bool) -> bool {
        match self {
            Self::All => true,
            Self::Domain(domain) => {
                let before = host.strip_suffix(domain.as_str());
                // An address has no subdomains.
                before.is_some_and(|rest| rest.is_empty() || rest.ends_with('.') && !is_address)
            }
            Self::Subdomains(domain) => host.ends_with(domain) && host.len() > domain.len() && !is_address,
            Self::Network(network) => network.contains(host),
        }
    }
}

fn without_brackets(host: &str) -> &str {
    let inside = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    inside.filter(|inside| inside.parse::<Ipv6Addr>().is_ok()).unwrap_or(host)
}

/// Returns whether this is the name of a host or domain.
fn is_name(name: &str) -> bool {
    let is_label = |label: &str| {
        !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    };
    // What ends in a number is an address that is not valid, such as `10.0.0` or `1.2.3.400`.
    let last_is_number = name.rsplit('.').next().is_some_and(|last| last.bytes().all(|b| b.is_ascii_digit()));
    name.split('.').all(is_label) && !last_is_number
}

#[cfg(test)]
mod tests {
    use super::*;

    fn has(list: &str, host: &str) -> bool {
        let mut no_proxy = NoProxy::default();
        assert_eq!(no_proxy.add(list), Ok(()), "{list}");
        no_proxy.has(host)
    }

    #[test]
    fn hosts_that_are_reached_directly() {
        for (list, host, expected) in [
            ("", "x", false),
            (",, ,", "x", false),
            ("*", "x", true),
            ("127.0.0.1", "127.0.0.1", true),
            ("x,127.0.0.1", "127.0.0.1", true),
            ("x, 127.0.0.1", "127.0.0.1", true),
            (" 127.0.0.1 ", "127.0.0.1", true),
            ("127.0.0.1\tx", "127.0.0.1", true),
            ("x ,y,127.0.0.1,", "127.0.0.1", true),
            ("127.0.0.1", "127.0.0.11", false),
            ("10.0.0.0/8", "10.255.0.1", true),
            ("10.0.0.0/8", "11.0.0.1", false),
            ("10.0.0.0/8", "10.example.com", false),
            ("0.0.0.0/0", "1.2.3.4", true),
            ("0.0.0.0/0", "::1", false),
            ("::1", "[::1]", true),
            ("[::1]", "[::1]", true),
            ("fe80::/10", "[fe80::1]", true),
            ("fe80::/10", "[fec0::1]", false),
            ("example.com", "EXAMPLE.com", true),
            ("Example.com.", "www.example.com.", true),
            (".example.com", "www.example.com", true),
            (".example.com", "example.com", true),
            ("example.com", "badexample.com", false),
            ("example.com", "example.com.evil", false),
            ("*.example.com", "www.example.com", true),
            ("*.example.com", "example.com", false),
            ("intern_1", "intern_1", true),
        ] {
            assert_eq!(has(list, host), expected, "{list:?} {host}");
        }
    }

    #[test]
    fn lists_that_are_not_understood() {
        for (list, position) in [
            ("127.0.0.1:9103", 1),
            ("x, host:80", 2),
            ("localhost;127.0.0.1", 1),
            ("http://host", 1),
            ("10.0.0.0/33", 1),
            ("10.0.0.0/x", 1),
            ("example.com/8", 1),
            ("10.0.0", 1),
            ("10.*", 1),
            ("a*b", 1),
            ("..", 1),
            ("*.", 1),
            ("a,b,b\u{fc}cher", 3),
            ("[x]", 1),
            ("\u{1b}[31m", 1),
        ] {
            assert_eq!(NoProxy::default().add(list), Err(position), "{list}");
        }
    }
}
