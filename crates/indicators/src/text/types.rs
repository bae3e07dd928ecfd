//! The words for the type of a value, in the lists of many origins.

use crate::misp;
use crate::model::Kind;

/// What a list says of a value by its type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Type {
    /// It has a value of this kind.
    Of(Kind),
    /// It is a type of MISP, of this name.
    Misp(String),
    /// The word has no one meaning, but if the value has no shape, it is of this kind.
    Loose(Option<Kind>),
}

/// Parts of the names of hashes that say nothing.
const OF_HASHES: [&str; 6] = ["hashes", "hash", "file", "checksum", "digest", "sum"];

/// Beginnings of types that have no counterpart in events, without the signs between their words.
const OF_NO_EVENTS: &str = "\
    actor asn attackpattern authentihash autonomoussystem bank bitcoin btc campaign cdhash \
    certificate comment country courseofaction cpe cryptocurrency cve detection family \
    filehashpehash filesize hassh identity impfuzzy infrastructure intrusionset ja3 ja4 jarm \
    location malware note organization pehash person phone port report sha3 signature size \
    snort ssdeep ssl suricata target technique threat tlsh tool ttp vulnerability x509 yara";

/// Returns what the word of a list for a type means: one of abuse.ch, OTX, STIX, MISP and others.
pub(super) fn type_named(word: &str) -> Type {
    let compact: String = word.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    if let Some(kind) = hash(&compact).or_else(|| kind(&compact)) {
        return Type::Of(kind);
    }
    let of_misp = word.trim().to_lowercase();
    for name in [&of_misp, &of_misp.replace(['_', ' '], "-")] {
        if misp::is_type(name) {
            return Type::Misp(name.clone());
        }
    }
    if OF_NO_EVENTS.split_whitespace().any(|start| compact.starts_with(start)) {
        return Type::Misp(of_misp);
    }
    Type::Loose(matches!(compact.as_str(), "file" | "process" | "attachment").then_some(Kind::FileName))
}

fn hash(compact: &str) -> Option<Kind> {
    let mut rest = compact.to_owned();
    for part in OF_HASHES {
        if let Some(kind) = Kind::of_algorithm(&rest) {
            return Some(kind);
        }
        rest = rest.replacen(part, "", 1);
    }
    Kind::of_algorithm(&rest).or_else(|| (compact == "filehashimphash").then_some(Kind::Imphash))
}

fn kind(compact: &str) -> Option<Kind> {
    Some(match compact {
        "ip" | "ips" | "ip4" | "ip6" | "ipv4" | "ipv6" | "ipaddr" | "ipv4addr" | "ipv6addr" | "ipaddress"
        | "ipv4address" | "ipv6address" | "ipport" | "ipv4port" | "cidr" | "ipv4cidr" | "ipv6cidr"
        | "iprange" | "netblock" | "subnet" | "ipsrc" | "srcip" | "sourceip" | "ipdst" | "dstip"
        | "destip" | "destinationip" | "remoteip" => Kind::Address,
        "domain" | "domains" | "domainname" | "fqdn" | "host" | "hostname" | "dns" => Kind::Domain,
        "url" | "urls" | "uri" | "link" | "downloadurl" | "payloadurl" => Kind::Url,
        "email" | "emailaddr" | "emailaddress" | "sender" => Kind::Email,
        "filename" => Kind::FileName,
        "filepath" | "fullpath" | "path" => Kind::FilePath,
        "registry" | "registrykey" | "regkey" | "windowsregistrykey" => Kind::RegistryKey,
        "mutex" | "mutexname" => Kind::Mutex,
        "useragent" => Kind::UserAgent,
        "pipe" | "namedpipe" => Kind::Pipe,
        "service" | "servicename" => Kind::Service,
        "task" | "taskname" | "scheduledtask" => Kind::Task,
        "commandline" | "cmdline" => Kind::CommandLine,
        "account" | "username" | "useraccount" => Kind::Account,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_for_types() {
        let misp = |name: &str| Type::Misp(name.into());
        for (words, expected) in [
            (
                &[
                    "sha256",
                    "SHA-256 Hash",
                    "Hash (SHA256)",
                    "FileHash - SHA256",
                    "hash_sha256",
                    "FileSha256",
                ][..],
                Type::Of(Kind::Sha256),
            ),
            (&["file:hashes.'SHA-256'", "Sha256Sum", "sha256 checksum"], Type::Of(Kind::Sha256)),
            (&["imphash", "FileHash-IMPHASH"], Type::Of(Kind::Imphash)),
            (&["HASH_MD5", "File-MD5", "Md5Sum"], Type::Of(Kind::Md5)),
            (
                &["IPv4 Address", "IpAddress", "ip_dst", "Source IP", "Subnet", "ip:port"],
                Type::Of(Kind::Address),
            ),
            (&["DomainName", "Domain-Name", "FQDN"], Type::Of(Kind::Domain)),
            (&["Download URL", "Uri"], Type::Of(Kind::Url)),
            (&["E-Mail", "email-addr", "Sender"], Type::Of(Kind::Email)),
            (&["Registry Key", "Windows-Registry-Key", "regkey"], Type::Of(Kind::RegistryKey)),
            (&["domain|ip", "Domain|IP"], misp("domain|ip")),
            (&["email-src", "Email_Src", "email src"], misp("email-src")),
            (&["yara"], misp("yara")),
            (&["http-method", "HTTP Method"], misp("http-method")),
            (&["place-of-birth"], misp("place-of-birth")),
            (&["CVE"], misp("cve")),
            (&["malware"], misp("malware")),
            (&["Threat Actor"], misp("threat actor")),
            (&["sha3_384_hash"], misp("sha3_384_hash")),
            (&["sha512/224"], misp("sha512/224")),
            (&["size-in-bytes"], misp("size-in-bytes")),
            (&["Hash", "File Hash", "C2", "Server", "network", ""], Type::Loose(None)),
            (&["File", "process"], Type::Loose(Some(Kind::FileName))),
        ] {
            for word in words {
                assert_eq!(type_named(word), expected, "{word}");
            }
        }
    }
}
