//! Recognises values: by their shape, or as the kind that a list says.

use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr};

use super::canonical::{self, Hash, Host};
use super::refang;
use super::stand_ins;
use super::url::Url;
use filter::condition::Wildcards;

use self::files::{is_file_name, is_path};
use crate::meaning::registry::Key;
use crate::model::{Comparison, Kind, Value};

/// The longest value, in bytes.
const LONGEST_VALUE: usize = 16 << 10;

/// The most `*` of a registry key or a URL.
const MOST_STARS: usize = 16;

/// The kind and the usual form of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Recognised<'a> {
    pub(crate) kind: Kind,
    pub(crate) comparison: Comparison,
    pub(crate) value: Usual<'a>,
}

/// A value in its usual form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Usual<'a> {
    Hash(Hash),
    Address(IpAddr),
    Network(IpAddr, u8),
    Text(Cow<'a, str>),
}

/// Why a value is not recognised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NoShape(pub(crate) String);

impl<'a> Recognised<'a> {
    fn exact(kind: Kind, value: Usual<'a>) -> Self {
        Self { kind, comparison: Comparison::Exact, value }
    }

    /// A text that is compared as a whole.
    pub(crate) fn text(kind: Kind, text: impl Into<Cow<'a, str>>) -> Self {
        Self::exact(kind, Usual::Text(text.into()))
    }

    /// A text that is compared in another way.
    pub(crate) fn compared(kind: Kind, comparison: Comparison, text: impl Into<Cow<'a, str>>) -> Self {
        Self { kind, comparison, value: Usual::Text(text.into()) }
    }

    /// A text in which `*` and `?` stand for other texts.
    fn with_wildcards(kind: Kind, text: impl Into<Cow<'a, str>>) -> Self {
        let text = text.into();
        let comparison = if text.contains(['*', '?']) { Comparison::Wildcard } else { Comparison::Exact };
        Self { kind, comparison, value: Usual::Text(text) }
    }

    /// A text in which `*` stands for other texts. A `?` alone is usual in such texts, so it makes
    /// no wildcard. A text that is too long for one is compared as it is.
    fn with_stars(kind: Kind, text: impl Into<Cow<'a, str>>) -> Self {
        let text = text.into();
        let characters = text.matches('?').count();
        let is_wildcard = text.contains('*') && Wildcards::too_long(characters, text.len()).is_none();
        let comparison = if is_wildcard { Comparison::Wildcard } else { Comparison::Exact };
        Self { kind, comparison, value: Usual::Text(text) }
    }

    /// Returns the value, unless to compare its wildcards would take too long, or a part of it
    /// stands for something unknown.
    pub(crate) fn checked(self) -> Result<Self, NoShape> {
        if matches!(self.kind, Kind::FileName | Kind::FilePath) && self.comparison != Comparison::Regex {
            if self.as_text().is_empty() {
                return Err(NoShape("it names no file".into()));
            }
            if let Some(reason) = stand_ins::unknown_part(self.as_text()) {
                return Err(NoShape(reason));
            }
        }
        let text = if self.comparison.is_wildcard() { self.as_text() } else { "" };
        if matches!(self.kind, Kind::Url | Kind::UrlPath)
            && self.comparison.is_wildcard()
            && self.as_text().contains('#')
        {
            return Err(NoShape(
                "URLs are compared without their fragments; leave out the `#` and what follows it".into(),
            ));
        }
        // Each of them may stand for the hive of a key, and for the scheme of a URL.
        if matches!(self.kind, Kind::RegistryKey | Kind::Url) && text.matches('*').count() > MOST_STARS {
            return Err(NoShape(format!("{} may have at most {MOST_STARS} `*`", self.kind.with_article())));
        }
        let characters = text.bytes().filter(|byte| *byte == b'?').count();
        match Wildcards::too_long(characters, text.len()) {
            Some(reason) => Err(NoShape(reason)),
            None => Ok(self),
        }
    }

    pub(crate) fn value(&self) -> Value<'_> {
        match &self.value {
            Usual::Hash(hash) => Value::Hash(hash.as_bytes()),
            Usual::Address(address) => Value::Address(*address),
            Usual::Network(address, prefix) => Value::Network { address: *address, prefix: *prefix },
            Usual::Text(text) => Value::Text(text),
        }
    }

    /// Returns whether the usual form differs from what a list has, in more than the case of a
    /// hash.
    pub(crate) fn differs_from(&self, written: &str) -> bool {
        match &self.value {
            Usual::Hash(_) => false,
            Usual::Address(address) => address.to_string() != written,
            Usual::Network(address, prefix) => format!("{address}/{prefix}") != written,
            Usual::Text(text) => *text != written,
        }
    }

    /// Returns the value if it is a text, or else the empty text.
    pub(crate) fn as_text(&self) -> &str {
        if let Usual::Text(text) = &self.value { text } else { "" }
    }

    /// Makes the value independent of the text that it was read from.
    pub(crate) fn into_owned<'b>(self) -> Recognised<'b> {
        let value = match self.value {
            Usual::Hash(hash) => Usual::Hash(hash),
            Usual::Address(address) => Usual::Address(address),
            Usual::Network(address, prefix) => Usual::Network(address, prefix),
            Usual::Text(text) => Usual::Text(text.into_owned().into()),
        };
        Recognised { kind: self.kind, comparison: self.comparison, value }
    }
}

/// Recognises a value by its shape alone.
pub(crate) fn by_shape(written: &str) -> Result<Recognised<'_>, NoShape> {
    if let Some(hash) = hash(written.trim()) {
        return Ok(hash);
    }
    check_text(written)?;
    let text = refang(written);
    check_network(unquoted(&text))?;
    let found = match text {
        Cow::Borrowed(text) => shape(unquoted(text)),
        Cow::Owned(text) => shape(unquoted(&text)).map(Recognised::into_owned),
    };
    let found = found.ok_or_else(|| {
        NoShape(
            "it is no hash, address, network, domain, URL, e-mail address, file name, path or registry key; \
             add a column with its kind, or write one value on each line"
                .into(),
        )
    })?;
    found.checked()
}

/// Recognises a value as the kind that its list says. Lists confuse the kinds of hosts, and of
/// names and paths, so the result may be of a neighbouring kind.
pub(crate) fn as_kind(kind: Kind, written: &str) -> Result<Recognised<'_>, NoShape> {
    check_text(written)?;
    let text = written.trim();
    if text.is_empty() {
        return Err(NoShape("it is empty".into()));
    }
    let found = match kind {
        _ if kind.is_hash() => {
            // An imphash is an MD5.
            let is_kind = |found: Kind| found == kind || kind == Kind::Imphash && found == Kind::Md5;
            hash(text).filter(|found| is_kind(found.kind)).map(|found| Recognised { kind, ..found })
        }
        Kind::Address | Kind::Network | Kind::Domain | Kind::Url | Kind::Email | Kind::UrlPath => {
            let text = refang(text);
            if !matches!(kind, Kind::Url | Kind::UrlPath) {
                check_network(&text)?;
            }
            let found = match text {
                Cow::Borrowed(text) => on_network(kind, text),
                Cow::Owned(text) => on_network(kind, &text).map(Recognised::into_owned),
            };
            return found.ok_or_else(|| not_of(kind))?.checked();
        }
        Kind::FileName | Kind::FilePath => Some(file(kind, unquoted(text))),
        Kind::RegistryKey => Some(registry_key(text)),
        Kind::Pipe => Some(pipe(text)),
        Kind::Service | Kind::Task | Kind::Account => Some(Recognised::with_wildcards(kind, text)),
        Kind::CommandLine | Kind::UserAgent | Kind::RegistryValue | Kind::RegistryData => {
            Some(Recognised::with_stars(kind, text))
        }
        // The name of a mutex may have a `*`, and is only looked for in texts.
        _ => Some(Recognised::text(kind, text)),
    };
    found.ok_or_else(|| not_of(kind))?.checked()
}

fn not_of(kind: Kind) -> NoShape {
    NoShape(format!("the list calls it {}, but it does not look like one", kind.with_article()))
}

/// Refuses what cannot be a value, whatever its kind.
fn check_text(written: &str) -> Result<(), NoShape> {
    if written.len() > LONGEST_VALUE {
        return Err(NoShape(format!("it is longer than {} KiB", LONGEST_VALUE >> 10)));
    }
    // It stands for bytes that are no UTF-8, and no event has it in their place.
    if written.contains(char::REPLACEMENT_CHARACTER) {
        return Err(NoShape("it is not in UTF-8; save the file as UTF-8".into()));
    }
    Ok(())
}

/// Refuses a mistyped IPv4 network, such as `192.0.2.0/33`. It is no URL only because of its `/`.
fn check_network(text: &str) -> Result<(), NoShape> {
    let Some((start, rest)) = text.split_once('/') else { return Ok(()) };
    let is_of_network = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'.' | b'/');
    if start.parse::<Ipv4Addr>().is_err()
        || !rest.bytes().all(is_of_network)
        || !rest.bytes().any(|byte| byte.is_ascii_digit())
        || canonical::network(text).is_some()
    {
        return Ok(());
    }
    Err(NoShape(
        "it is no network: a prefix from 0 to 32 or a mask such as 255.255.255.0 must follow the `/`; \
         if it is a URL, write http:// before it"
            .into(),
    ))
}

fn shape(text: &str) -> Option<Recognised<'_>> {
    hash(text)
        .or_else(|| address(text))
        .or_else(|| is_registry_key(text).then(|| registry_key(text)))
        .or_else(|| text.contains("://").then(|| url(text)).flatten())
        .or_else(|| of_expression(text))
        .or_else(|| is_path(text).then(|| file(Kind::FilePath, text)))
        .or_else(|| text.starts_with("Mozilla/").then(|| Recognised::with_stars(Kind::UserAgent, text)))
        .or_else(|| email(text))
        .or_else(|| is_file_name(text).then(|| file(Kind::FileName, text)))
        .or_else(|| host(text).filter(|_| has_top_level(text)))
        .or_else(|| (text.contains('/') && has_top_level(text)).then(|| url(text)).flatten())
}

/// A hash of a length that is known, and nothing else.
pub(crate) fn hash(text: &str) -> Option<Recognised<'static>> {
    let hash = canonical::hash(text)?;
    let kind = canonical::kind_of_hash(hash.as_bytes().len())?;
    Some(Recognised::exact(kind, Usual::Hash(hash)))
}

/// A value that is found on a network. The kinds of its neighbours are tried, too.
fn on_network(kind: Kind, text: &str) -> Option<Recognised<'_>> {
    match kind {
        Kind::UrlPath if !text.contains("://") => url_path(text),
        Kind::Email => email(text),
        Kind::Url | Kind::UrlPath => url(text),
        _ => address(text)
            .or_else(|| host(text))
            .or_else(|| text.contains("://").then(|| url(text)).flatten())
            .or_else(|| text.contains('/').then(|| url(text)).flatten()),
    }
}

/// An address, an address with a port, or a network.
fn address(text: &str) -> Option<Recognised<'_>> {
    match canonical::network(text) {
        Some((address, prefix)) if prefix < canonical::bits(address) => {
            return Some(Recognised::exact(Kind::Network, Usual::Network(address, prefix)));
        }
        Some((address, _)) => return Some(Recognised::exact(Kind::Address, Usual::Address(address))),
        None => {}
    }
    match canonical::host_and_port(text)? {
        (Host::Address(address), _) => Some(Recognised::exact(Kind::Address, Usual::Address(address))),
        (Host::Name(_), _) => None,
    }
}

/// A name of a host, with or without a port. Subdomains count anyway, so `*.` says nothing more.
fn host(text: &str) -> Option<Recognised<'_>> {
    let text = text.strip_prefix("*.").or_else(|| text.strip_prefix('.')).unwrap_or(text);
    match canonical::host_and_port(text)? {
        (Host::Name(name), _) => Some(Recognised::text(Kind::Domain, name)),
        (Host::Address(_), _) => None,
    }
}

fn url(text: &str) -> Option<Recognised<'_>> {
    if text.contains(char::is_whitespace) {
        return None;
    }
    // `?` is the sign before a query, and no wildcard.
    if text.contains('*') {
        Url::alone(&text.replace('*', "x"))?;
        return Some(Recognised::compared(Kind::Url, Comparison::Wildcard, text));
    }
    let url = Url::alone(text)?;
    if has_wildcard_in_host(&url) {
        return None;
    }
    let url = url.to_string();
    Some(Recognised::text(Kind::Url, if url == text { Cow::Borrowed(text) } else { url.into() }))
}

/// Returns whether the `?` behind the host is rather meant as a wildcard: `http://ev?l.example/`.
fn has_wildcard_in_host(url: &Url<'_>) -> bool {
    let Host::Name(name) = &url.host else { return false };
    let Some(behind) = url.rest.strip_prefix('?') else { return false };
    let behind = behind.split(['/', '#']).next().unwrap_or_default();
    !name.contains('.') && behind.contains('.') && !behind.contains(['=', '&'])
}

/// The path of a URL. Lists leave out the `/` at its start, or write the host before it.
fn url_path(text: &str) -> Option<Recognised<'_>> {
    let comparison = if text.contains('*') { Comparison::Wildcard } else { Comparison::Exact };
    if text.starts_with(['/', '*']) {
        return Some(Recognised::compared(Kind::UrlPath, comparison, text));
    }
    if text.starts_with('#') || text.contains(char::is_whitespace) {
        return None;
    }
    let end = text.find(['/', '?', '#', ':']).unwrap_or(text.len());
    let (host, rest) = text.split_at(end);
    // `gate.pl` is rather a file.
    let is_alone = !rest.starts_with(['/', ':']) && host.matches('.').count() < 2;
    if !is_alone && has_top_level(host) && !is_file_name(host) {
        return url(text);
    }
    Some(Recognised::compared(Kind::UrlPath, comparison, format!("/{text}")))
}

/// An e-mail address, in which `*` stands for any text.
fn email(text: &str) -> Option<Recognised<'_>> {
    if !text.contains('*') {
        return canonical::email(text).map(|email| Recognised::text(Kind::Email, email));
    }
    canonical::email(&text.replace('*', "x.x"))?;
    let (local, host) = text.trim().rsplit_once('@')?;
    let host = if host.contains('*') { host.to_lowercase().into() } else { canonical::domain(host)? };
    Some(Recognised::with_stars(Kind::Email, format!("{}@{host}", local.to_lowercase())))
}

/// An address or a domain with a backslash before each dot, as in a regular expression. A domain
/// has more than one such dot: `user\.ssh` is rather a path.
fn of_expression(text: &str) -> Option<Recognised<'_>> {
    let dots = text.matches(r"\.").count();
    if dots == 0 || dots != text.matches('.').count() || dots != text.matches('\\').count() {
        return None;
    }
    let meant = text.replace(r"\.", ".");
    let domain = || host(&meant).filter(|_| dots > 1 && has_top_level(&meant));
    address(&meant).or_else(domain).map(Recognised::into_owned)
}

fn file(kind: Kind, text: &str) -> Recognised<'_> {
    let (kind, text) = files::file(kind, text);
    Recognised::with_wildcards(kind, text)
}

fn registry_key(text: &str) -> Recognised<'_> {
    let text = text.trim_end_matches('\\');
    // Many lists have keys in which the separators were doubled for some language.
    if text.contains(r"\\") {
        let parts: Vec<_> = text.split('\\').filter(|part| !part.is_empty()).collect();
        return Recognised::with_wildcards(Kind::RegistryKey, parts.join("\\"));
    }
    Recognised::with_wildcards(Kind::RegistryKey, text)
}

fn pipe(text: &str) -> Recognised<'_> {
    let lower = text.to_ascii_lowercase();
    let prefix = [r"\\.\pipe\", r"\device\namedpipe\", r"\pipe\", "\\"];
    let prefix = prefix.into_iter().find(|prefix| lower.starts_with(prefix)).unwrap_or_default();
    Recognised::with_wildcards(Kind::Pipe, &text[prefix.len()..])
}

/// Returns a text without quotation marks around it.
fn unquoted(text: &str) -> &str {
    let inner = |quote| text.strip_prefix(quote).and_then(|text: &str| text.strip_suffix(quote));
    inner('"').or_else(|| inner('\'')).or_else(|| inner('`')).unwrap_or(text).trim()
}

fn is_registry_key(text: &str) -> bool {
    // Not every root has a meaning here, but none is a path.
    let is_root = |root: &str| root.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("HKEY_"));
    Key::names_hive(text)
        || text.trim_start_matches('\\').split_once('\\').is_some_and(|(root, _)| is_root(root))
}

/// Returns whether the host at the start of a text has at least two labels, and the last one is
/// like a top-level domain.
fn has_top_level(text: &str) -> bool {
    let end = text.find(['/', '?', '#', ':']).unwrap_or(text.len());
    if canonical::address(&text[..end]).is_some() {
        return true;
    }
    let Some(name) = canonical::domain(text[..end].trim_start_matches("*.").trim_start_matches('.')) else {
        return false;
    };
    let Some((_, last)) = name.rsplit_once('.') else { return false };
    last.starts_with("xn--") || last.len() >= 2 && last.bytes().all(|byte| byte.is_ascii_lowercase())
}

mod files;

#[cfg(test)]
mod tests;
