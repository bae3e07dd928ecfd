//! Values in their usual form. Two values of a kind mean the same if their usual forms are equal.
//!
//! The readers bring the values of lists into this form, and the matcher those of events.

use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::punycode;
use crate::model::Kind;

/// The longest name of a host, and of a label of it, in bytes.
const LONGEST_HOST: usize = 253;
const LONGEST_LABEL: usize = 63;

/// The most bytes of a hash.
const LONGEST_HASH: usize = 64;

/// The host of a URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Host<'a> {
    /// An address.
    Address(IpAddr),
    /// A name.
    Name(Cow<'a, str>),
}

/// The bytes of a hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hash {
    bytes: [u8; LONGEST_HASH],
    length: usize,
}

impl Hash {
    /// Returns the bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

/// Returns the bytes of hexadecimal digits, or `None` if the text has other characters, or more
/// digits than any hash.
#[must_use]
pub fn hash(text: &str) -> Option<Hash> {
    let (pairs, []) = text.as_bytes().as_chunks::<2>() else { return None };
    let mut hash = Hash { bytes: [0; LONGEST_HASH], length: pairs.len() };
    if pairs.is_empty() || pairs.len() > LONGEST_HASH {
        return None;
    }
    for (byte, [high, low]) in hash.bytes.iter_mut().zip(pairs) {
        *byte = (digit(*high)? << 4) | digit(*low)?;
    }
    Some(hash)
}

/// Returns the hexadecimal digits of bytes, in lower case.
#[must_use]
pub fn digits(bytes: &[u8]) -> String {
    let digit = |half: u8| char::from(b"0123456789abcdef"[usize::from(half)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

fn digit(character: u8) -> Option<u8> {
    match VALUES[usize::from(character)] {
        NO_DIGIT => None,
        value => Some(value),
    }
}

/// No hexadecimal digit.
const NO_DIGIT: u8 = u8::MAX;

/// The values of hexadecimal digits, by character. Every event may have several hashes.
const VALUES: [u8; 256] = {
    let mut values = [NO_DIGIT; 256];
    let mut value = 0;
    while value < 16 {
        let digit = b"0123456789abcdef"[value as usize];
        values[digit as usize] = value;
        values[digit.to_ascii_uppercase() as usize] = value;
        value += 1;
    }
    values
};

/// Returns the kind of a hash of this number of bytes.
#[must_use]
pub fn kind_of_hash(bytes: usize) -> Option<Kind> {
    match bytes {
        16 => Some(Kind::Md5),
        20 => Some(Kind::Sha1),
        28 => Some(Kind::Sha224),
        32 => Some(Kind::Sha256),
        48 => Some(Kind::Sha384),
        64 => Some(Kind::Sha512),
        _ => None,
    }
}

/// Returns an address. Brackets and the zone of an IPv6 address (`%eth0`) do not count, and an IPv4
/// address that is written as IPv6 is IPv4.
#[must_use]
pub fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    if let Ok(address) = text.parse::<Ipv4Addr>() {
        return Some(address.into());
    }
    let text = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    let text = text.split_once('%').map_or(text, |(address, _)| address);
    Some(text.parse::<Ipv6Addr>().ok()?.to_canonical())
}

/// Returns the first address of a network and the length of its prefix: `192.0.2.0/24`.
#[must_use]
pub fn network(text: &str) -> Option<(IpAddr, u8)> {
    let (start, prefix) = text.trim().split_once('/')?;
    if let (Ok(address), Ok(mask)) = (start.parse::<Ipv4Addr>(), prefix.parse::<Ipv4Addr>()) {
        let prefix = mask.to_bits().leading_ones() as u8;
        let is_mask = mask.to_bits().count_ones() == u32::from(prefix);
        return if is_mask { Some((masked(address.into(), prefix)?, prefix)) } else { None };
    }
    if prefix.is_empty() || prefix.len() > 3 || !prefix.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let prefix: u8 = prefix.parse().ok()?;
    let start = start.strip_prefix('[').and_then(|start| start.strip_suffix(']')).unwrap_or(start);
    let address: IpAddr = start.parse().ok()?;
    // ::ffff:192.0.2.0/120 is 192.0.2.0/24.
    let (address, prefix) = match address {
        IpAddr::V6(v6) if prefix >= 96 && v6.to_ipv4_mapped().is_some() => (v6.to_canonical(), prefix - 96),
        address => (address, prefix),
    };
    Some((masked(address, prefix)?, prefix))
}

/// Returns the number of bits of an address.
#[must_use]
pub fn bits(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

/// Returns the address with only its first bits, or `None` if it has fewer bits.
#[must_use]
pub fn masked(address: IpAddr, prefix: u8) -> Option<IpAddr> {
    let prefix = u32::from(prefix);
    match address {
        IpAddr::V4(address) => {
            let mask = u32::MAX.checked_shl(32_u32.checked_sub(prefix)?).unwrap_or(0);
            Some(Ipv4Addr::from(u32::from(address) & mask).into())
        }
        IpAddr::V6(address) => {
            let mask = u128::MAX.checked_shl(128_u32.checked_sub(prefix)?).unwrap_or(0);
            Some(Ipv6Addr::from(u128::from(address) & mask).into())
        }
    }
}

/// Returns the name of a host: in lower case, with labels of other alphabets in Punycode, and
/// without a dot at its end. Returns `None` if it is no such name, or an address.
#[must_use]
pub fn domain(text: &str) -> Option<Cow<'_, str>> {
    let text = text.trim();
    let text = text.strip_suffix('.').unwrap_or(text);
    let name = if text.is_ascii() && !text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(to_ascii(text)?)
    };
    let is_label = |label: &str| {
        let bytes = label.as_bytes();
        (1..=LONGEST_LABEL).contains(&bytes.len())
            && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    let is_name = name.len() <= LONGEST_HOST && name.split('.').all(is_label);
    // The last label of an address is a number, that of a name never is.
    let last = name.rsplit('.').next().unwrap_or_default();
    (is_name && !last.bytes().all(|byte| byte.is_ascii_digit())).then_some(name)
}

/// Returns a name in lower case, with Punycode. Other dots than `.` separate labels, too.
fn to_ascii(text: &str) -> Option<String> {
    // A label gets at most five times as long. This keeps the work small.
    if text.len() > 4 * LONGEST_HOST {
        return None;
    }
    let mut name = String::with_capacity(text.len());
    for (position, label) in text.split(['.', '。', '．', '｡']).enumerate() {
        if position > 0 {
            name.push('.');
        }
        let label = label.to_lowercase();
        if label.is_ascii() {
            name.push_str(&label);
        } else if label.chars().all(|character| character.is_alphanumeric() || is_mark(character)) {
            name.push_str("xn--");
            punycode::encode(&label, &mut name)?;
        } else {
            return None;
        }
    }
    Some(name)
}

/// Returns whether a character that is no letter may still be in a name: hyphens, marks above and
/// below letters, and symbols, which some registries allow.
fn is_mark(character: char) -> bool {
    matches!(character, '-' | '_' | '·' | '\u{300}'..='\u{36f}' | '\u{900}'..='\u{fff}' | '\u{200d}' | '\u{fe0f}')
        || matches!(character, '\u{2600}'..='\u{2bff}' | '\u{1f000}'..='\u{1faff}')
}

/// Returns the host and the port of `host:port`, `192.0.2.1:80` or `[2001:db8::1]:80`. An address
/// may have a dot at its end, as a name may.
#[must_use]
pub fn host_and_port(text: &str) -> Option<(Host<'_>, Option<u16>)> {
    if let Some(address) = address(text) {
        return Some((Host::Address(address), None));
    }
    let (host, port) = match text.rsplit_once(':') {
        Some((host, "")) => (host, None),
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => {
            (host, Some(port.parse().ok()?))
        }
        Some(_) => return None,
        None => (text, None),
    };
    if host.starts_with('[') || !host.contains(':') {
        if let Some(address) = address(host.strip_suffix('.').unwrap_or(host)) {
            return Some((Host::Address(address), port));
        }
        return Some((Host::Name(domain(host)?), port));
    }
    None
}

/// Returns the local part as written and the host in its usual form, or `None` if the text is no
/// e-mail address.
#[must_use]
pub fn email(text: &str) -> Option<String> {
    let (local, host) = text.trim().rsplit_once('@')?;
    let is_local = !local.is_empty()
        && !local
            .contains(|character: char| character.is_whitespace() || "@<>()[],;:\\\"/".contains(character));
    let host = domain(host)?;
    (is_local && host.contains('.')).then(|| format!("{}@{host}", local.to_lowercase()))
}

#[cfg(test)]
mod tests;
