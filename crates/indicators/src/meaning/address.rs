//! IP addresses.

use std::net::IpAddr;

use crate::values::canonical;

/// The longest address is `[0000:0000:0000:0000:0000:ffff:255.255.255.255%` with a zone and a port.
const LONGEST: usize = 96;

/// Reads an address, with or without a zone (`fe80::1%eth0`), brackets and a port. An IPv4 address
/// that is written as IPv6 is IPv4.
///
/// A number with leading zeros (`010.0.0.1`) is no address, because some programs read it as octal.
pub(crate) fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    if text.len() > LONGEST || !text.bytes().any(|byte| byte.is_ascii_digit() || byte == b':') {
        return None;
    }
    let bracketed = || {
        let (address, port) = text.strip_prefix('[')?.split_once(']')?;
        (port.is_empty() || port.strip_prefix(':').is_some_and(is_port))
            .then(|| canonical::address(address))?
    };
    let with_port = || {
        let (address, port) = text.rsplit_once(':')?;
        (is_port(port) && !address.contains(':')).then(|| canonical::address(address))?
    };
    canonical::address(text).or_else(bracketed).or_else(with_port)
}

fn is_port(text: &str) -> bool {
    (1..=5).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Returns the bytes of an address, and a byte for its family, with only its first `prefix` bits.
pub(crate) fn masked(address: IpAddr, prefix: u8) -> [u8; 18] {
    let mut key = [0; 18];
    key[17] = prefix;
    match canonical::masked(address, prefix).unwrap_or(address) {
        IpAddr::V4(address) => {
            key[0] = 4;
            key[1..5].copy_from_slice(&address.octets());
        }
        IpAddr::V6(address) => {
            key[0] = 6;
            key[1..17].copy_from_slice(&address.octets());
        }
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_have_one_form() {
        for (text, form) in [
            ("192.0.2.1", Some("192.0.2.1")),
            (" 192.0.2.1 ", Some("192.0.2.1")),
            ("192.0.2.1:80", Some("192.0.2.1")),
            ("::ffff:192.0.2.1", Some("192.0.2.1")),
            ("::FFFF:c000:201", Some("192.0.2.1")),
            ("[::ffff:192.0.2.1]:80", Some("192.0.2.1")),
            ("2001:0DB8:0:0::1", Some("2001:db8::1")),
            ("[2001:db8::1]", Some("2001:db8::1")),
            ("fe80::1%eth0", Some("fe80::1")),
            ("192.0.2.01", None),
            ("192.0.2", None),
            ("192.0.2.1.", None),
            ("192.0.2.1:x", None),
            ("-", None),
            ("", None),
        ] {
            assert_eq!(address(text).map(|found| found.to_string()).as_deref(), form, "{text}");
        }
    }

    #[test]
    fn only_the_first_bits_count() {
        let masked = |text: &str, prefix| masked(address(text).unwrap(), prefix);
        assert_eq!(masked("10.1.2.3", 8), masked("10.9.9.9", 8));
        assert_ne!(masked("10.1.2.3", 8), masked("11.1.2.3", 8));
        assert_ne!(masked("10.1.2.3", 8), masked("10.1.2.3", 9));
        assert_eq!(masked("10.1.2.3", 0), masked("99.1.2.3", 0));
        assert_ne!(masked("::", 0), masked("0.0.0.0", 0));
        assert_eq!(masked("2001:db8:1::", 32), masked("2001:db8:2::", 32));
    }
}
