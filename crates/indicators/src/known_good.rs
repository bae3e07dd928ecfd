//! Values that say nothing wherever they are: private addresses, and the hashes of empty files.

use std::net::IpAddr;

use crate::model::{Indicator, Value};
use crate::values::canonical;

/// The hashes of a file without content: MD5, SHA-1, SHA-224, SHA-256, SHA-384 and SHA-512.
const EMPTY_FILES: [&str; 6] = [
    "d41d8cd98f00b204e9800998ecf8427e",
    "da39a3ee5e6b4b0d3255bfef95601890afd80709",
    "d14a028c2a3a2bc9476102bb288234c415a2b01f828ea62ac5b3e42f",
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "38b060a751ac96384cd9327eb1b1e36a21fdb71114be07434c0cc7bf63f6e1da274edebfe76f65fbd51ad2f14898b95b",
    "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e",
];

/// Returns what an indicator is, if its value is known to be good.
#[must_use]
pub fn known_good(indicator: &Indicator<'_>) -> Option<&'static str> {
    match indicator.value {
        Value::Hash(bytes) => {
            EMPTY_FILES.contains(&canonical::digits(bytes).as_str()).then_some("empty file")
        }
        Value::Address(address) | Value::Network { address, .. } => of_address(address),
        Value::Text(text) => matches!(text, "localhost" | "localhost.localdomain").then_some("own host"),
    }
}

fn of_address(address: IpAddr) -> Option<&'static str> {
    let (is_own, is_private, is_for_many) = match address {
        IpAddr::V4(v4) => {
            let is_shared = v4.octets()[0] == 100 && v4.octets()[1] & 0xc0 == 64;
            let is_private = v4.is_private() || v4.is_link_local() || is_shared;
            (v4.is_loopback() || v4.octets()[0] == 0, is_private, v4.is_multicast() || v4.is_broadcast())
        }
        IpAddr::V6(v6) => (
            v6.is_loopback() || v6.is_unspecified(),
            v6.is_unique_local() || v6.is_unicast_link_local(),
            v6.is_multicast(),
        ),
    };
    if is_own {
        Some("own host")
    } else if is_private {
        Some("private address")
    } else {
        is_for_many.then_some("address of many hosts")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_no_one_host() {
        for (address, expected) in [
            ("10.1.2.3", Some("private address")),
            ("172.31.0.1", Some("private address")),
            ("172.32.0.1", None),
            ("192.168.0.1", Some("private address")),
            ("100.64.0.1", Some("private address")),
            ("100.128.0.1", None),
            ("169.254.1.1", Some("private address")),
            ("127.0.0.1", Some("own host")),
            ("0.0.0.0", Some("own host")),
            ("224.0.0.1", Some("address of many hosts")),
            ("8.8.8.8", None),
            ("::1", Some("own host")),
            ("fe80::1", Some("private address")),
            ("fd00::1", Some("private address")),
            ("ff02::1", Some("address of many hosts")),
            ("2001:db8::1", None),
        ] {
            assert_eq!(of_address(address.parse().unwrap()), expected, "{address}");
        }
    }
}
