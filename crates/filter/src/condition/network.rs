//! Networks: an address and the number of its bits that count.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

/// A network such as `10.0.0.0/8` or `fe80::/10`.
///
/// An IPv4 address that is written as IPv6 (`::ffff:10.0.0.1`) is the IPv4 address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    /// The address, in which bits that do not count are 0.
    address: IpAddr,
    length: u32,
}

/// Why a text is no network.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected a network such as `10.0.0.0/8` or `fe80::/10`")]
pub struct NotANetwork;

impl Network {
    /// Returns whether an address, written as a text, is in the network. The zone of an address
    /// (`fe80::1%eth0`) does not count.
    #[must_use]
    pub fn contains(&self, address: &str) -> bool {
        // The longest is `0000:0000:0000:0000:0000:ffff:255.255.255.255%` and a zone.
        address.len() <= 80 && parse(address).is_some_and(|address| self.has(address))
    }

    fn has(&self, address: IpAddr) -> bool {
        address.is_ipv4() == self.address.is_ipv4() && masked(address, self.length) == self.address
    }
}

impl FromStr for Network {
    type Err = NotANetwork;

    /// Parses an address with or without the number of bits. An address alone is a network of one.
    fn from_str(text: &str) -> Result<Self, NotANetwork> {
        let (written, length) = match text.split_once('/') {
            Some((address, length)) => (address, Some(length)),
            None => (text, None),
        };
        let address: IpAddr = written.parse().map_err(|_| NotANetwork)?;
        let longest = if address.is_ipv4() { 32 } else { 128 };
        let length = match length {
            Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                digits.parse().map_err(|_| NotANetwork)?
            }
            Some(_) => return Err(NotANetwork),
            None => longest,
        };
        if length > longest {
            return Err(NotANetwork);
        }
        let (address, length) = match address.to_canonical() {
            // `::ffff:10.0.0.0/104` is 10.0.0.0/8.
            IpAddr::V4(mapped) if longest == 128 && length >= 96 => (IpAddr::V4(mapped), length - 96),
            // A network that is wider than all of IPv4 keeps its form.
            _ => (address, length),
        };
        Ok(Self { address: masked(address, length), length })
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.length)
    }
}

fn parse(text: &str) -> Option<IpAddr> {
    let text = text.split_once('%').map_or(text, |(address, _)| address);
    text.parse().ok().map(|address: IpAddr| address.to_canonical())
}

/// Returns the address with only its first bits.
fn masked(address: IpAddr, length: u32) -> IpAddr {
    match address {
        IpAddr::V4(address) => {
            let mask = u32::MAX.checked_shl(32 - length).unwrap_or(0);
            IpAddr::V4((u32::from(address) & mask).into())
        }
        IpAddr::V6(address) => {
            let mask = u128::MAX.checked_shl(128 - length).unwrap_or(0);
            IpAddr::V6(Ipv6Addr::from(u128::from(address) & mask))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_in_networks() {
        for (network, address, expected) in [
            ("10.0.0.0/8", "10.1.2.3", true),
            ("10.0.0.0/8", "11.1.2.3", false),
            ("10.9.9.9/8", "10.1.2.3", true),
            ("10.0.0.0/8", "::ffff:10.1.2.3", true),
            ("10.0.0.0/8", "::10.1.2.3", false),
            ("0.0.0.0/0", "255.255.255.255", true),
            ("0.0.0.0/0", "::1", false),
            ("192.168.1.1", "192.168.1.1", true),
            ("192.168.1.1", "192.168.1.2", false),
            ("192.168.1.0/31", "192.168.1.1", true),
            ("fe80::/10", "fe80::1%eth0", true),
            ("fe80::/10", "FE80:0000:0000:0000:0000:0000:0000:0001", true),
            ("fe80::/10", "fec0::1", false),
            ("::/0", "2001:db8::1", true),
            ("::/0", "10.0.0.1", false),
            ("::1/128", "::1", true),
            ("::ffff:10.0.0.0/104", "10.1.2.3", true),
            ("::ffff:10.0.0.0/104", "::ffff:a01:203", true),
            ("10.0.0.0/8", "", false),
            ("10.0.0.0/8", "10.1.2", false),
            ("10.0.0.0/8", "10.1.2.3.4", false),
            ("10.0.0.0/8", "10.1.2.3:80", false),
            ("10.0.0.0/8", " 10.1.2.3", false),
        ] {
            let parsed: Network = network.parse().unwrap();
            assert_eq!(parsed.contains(address), expected, "{address} in {network}");
        }
    }

    #[test]
    fn what_is_no_network() {
        for text in
            ["", "/", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/+8", "10.0.0.0/-1", "10.0.0/8", "a/8", "::/129"]
        {
            assert_eq!(text.parse::<Network>(), Err(NotANetwork), "{text}");
        }
        assert_eq!("10.9.9.9/8".parse::<Network>().unwrap().to_string(), "10.0.0.0/8");
        assert_eq!("::ffff:10.0.0.0/104".parse::<Network>().unwrap().to_string(), "10.0.0.0/8");
    }
}
