//! The types of MISP's attributes.

use crate::model::Kind;

/// What an attribute has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Content {
    /// A value of this kind.
    Of(Kind),
    /// A name of a file or a pattern, and a second value.
    Two(Part, Part),
    /// A key of the registry and its data, which count only together.
    KeyAndData,
    /// A pattern of names of files: with wildcards, or a regular expression.
    NamePattern,
    /// A Sigma rule.
    Sigma,
    /// A STIX pattern.
    Pattern,
    /// Nothing that events have.
    Unknown,
}

/// One of two values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// A value of this kind.
    Of(Kind),
    /// It says nothing alone, as a port does.
    Ignored,
    /// Nothing that events have.
    Unknown,
}

/// Returns the content of a type.
pub(super) fn content(name: &str) -> Content {
    match name {
        "sigma" => Content::Sigma,
        "stix2-pattern" => Content::Pattern,
        "regkey|value" => Content::KeyAndData,
        "filename-pattern" => Content::NamePattern,
        // A sample is in a file of its name.
        "malware-sample" => Content::Two(Part::Of(Kind::FileName), Part::Of(Kind::Md5)),
        _ => match name.split_once('|') {
            Some((first, second)) => match kind(first) {
                Some(first) => Content::Two(Part::Of(first), part(second)),
                None => Content::Unknown,
            },
            None => kind(name).map_or(Content::Unknown, Content::Of),
        },
    }
}

/// Returns the kinds of the values of a type.
pub(crate) fn kinds_of_type(name: &str) -> impl Iterator<Item = Kind> {
    let parts = match content(name) {
        Content::Of(kind) => [Part::Of(kind), Part::Ignored],
        Content::Two(first, second) => [first, second],
        Content::NamePattern => [Part::Of(Kind::FileName), Part::Ignored],
        Content::KeyAndData => [Part::Of(Kind::RegistryKey), Part::Of(Kind::RegistryData)],
        Content::Sigma | Content::Pattern | Content::Unknown => [Part::Ignored; 2],
    };
    parts.into_iter().filter_map(|part| if let Part::Of(kind) = part { Some(kind) } else { None })
}

/// Types that have no counterpart in events, and beginnings of such types, which end in `*`. Their
/// source is MISP's own list: <https://github.com/MISP/PyMISP>, `describeTypes.json`.
const OF_NO_EVENTS: &str = "\
    aba-rtn anonymised as asn authentihash azure-* bank-* bic bin boolean bro btc campaign-* \
    cc-number cdhash chrome-extension-id comment community-id cookie cortex counter country-* \
    cpe dash date-of-birth datetime dkim* dns-* email-* eppn favicon-* first-name float \
    frequent-flyer-number full-name gender gene git-commit-id github-* hassh* hex http-method \
    iban identity-* impfuzzy integer issue-* ja3-* ja4* jabber-id jarm-* kusto-query last-name \
    mac-* malware-type middle-name mime-type mobile-application-id nationality other \
    passenger-* passport-* pattern-in-* payment-details pdb pehash pgp-* phone-number place-* \
    primary-residence process-state prtn redress-number sha512/2* size-in-bytes \
    special-service-request ssh-fingerprint telfhash text travel-details twitter-id \
    visa-number weakness whois-* windows-service-displayname xmr zeek";

/// Returns whether there is a type of this name, whether or not events have such values.
pub(crate) fn is_type(name: &str) -> bool {
    content(name) != Content::Unknown
        || OF_NO_EVENTS.split_whitespace().any(|known| match known.strip_suffix('*') {
            Some(start) => name.starts_with(start),
            None => known == name,
        })
}

/// Returns whether an attribute of this type is an indicator if it does not say so itself. MISP has
/// a default for each type.
pub(super) fn is_for_detection(name: &str) -> bool {
    !matches!(name, "link" | "attachment" | "target-user" | "target-machine" | "text" | "comment" | "other")
}

fn part(name: &str) -> Part {
    match name {
        "port" => Part::Ignored,
        "ip" => Part::Of(Kind::Address),
        _ => kind(name).map_or(Part::Unknown, Part::Of),
    }
}

fn kind(name: &str) -> Option<Kind> {
    Some(match name {
        "ip-src" | "ip-dst" => Kind::Address,
        "domain" | "hostname" | "target-machine" => Kind::Domain,
        "url" | "link" => Kind::Url,
        "uri" => Kind::UrlPath,
        "email"
        | "email-src"
        | "email-dst"
        | "email-reply-to"
        | "dns-soa-email"
        | "whois-registrant-email"
        | "target-email" => Kind::Email,
        "user-agent" => Kind::UserAgent,
        "filename" | "attachment" | "email-attachment" => Kind::FileName,
        "regkey" => Kind::RegistryKey,
        "windows-service-name" => Kind::Service,
        "windows-scheduled-task" => Kind::Task,
        "target-user" => Kind::Account,
        "mutex" => Kind::Mutex,
        "named pipe" => Kind::Pipe,
        _ => return Kind::of_algorithm(name),
    })
}
