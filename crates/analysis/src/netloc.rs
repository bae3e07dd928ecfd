//! The network location of a URL, as Python's `urllib.parse.urlparse` finds it.
//!
//! A URL parser of the WHATWG kind would say something else for many of the URLs that browsers keep (`file:` URLs with
//! back-slashes, user names, ports, letter case), and reports could no longer be compared with Plaso's.

use std::net::{Ipv4Addr, Ipv6Addr};

/// Why a URL has no network location: Python raises a `ValueError` for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum InvalidLocation {
    /// Brackets that do not enclose an IPv6 address.
    #[error("its host is in brackets, but is no IPv6 address")]
    Brackets,
    /// A character that, once normalised, would end the network location.
    #[error("its host has a character that stands for one of / ? # @ :")]
    Delimiter,
}

/// What stands between `//` and the next `/`, `?` or `#`; empty if there is no `//` behind the scheme.
///
/// # Errors
///
/// If Python would raise an error.
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

/// An IPv6 address, perhaps with a zone, or the form kept for later versions (`v1.x`).
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

/// Whether the NFKC form of `c` contains one of `/ ? # @ :`, such as that of `℀`, which is `a/c`.
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
