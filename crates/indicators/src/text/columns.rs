//! The names of columns.

use super::record::{Marks, split};
use crate::model::Kind;
use crate::values::by_shape;

/// What a column has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Column {
    /// Values of this kind.
    Of(Kind),
    /// Values whose kind another column says, or their shape.
    Value,
    /// The type of the value.
    Type,
    /// Something about the value.
    Comment,
    Tags,
    FirstSeen,
    LastSeen,
    ValidUntil,
    Score,
    ToIds,
    Revoked,
    Deleted,
    /// Nothing that is used.
    Other,
}

/// The columns of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) delimiter: char,
    pub(crate) columns: Vec<Column>,
    /// Its line is no comment, so it must be passed over.
    pub(crate) is_record: bool,
    /// The text of the line.
    pub(crate) text: String,
    /// The names of the columns, as the file has them.
    pub(crate) names: Vec<String>,
    /// The user has chosen one of the columns.
    pub(crate) is_chosen: bool,
}

/// Reads a line as a header. Returns `None` if it has no column with values. If a column is chosen,
/// it alone has values.
pub(super) fn header(line: &str, chosen: Option<&str>) -> Option<Header> {
    let text = line.trim_start_matches('#').trim();
    [',', ';', '\t'].into_iter().find_map(|delimiter| {
        let mut written = Vec::new();
        // Names are no values. A single name would be any word.
        if split(text, delimiter, &mut written) == Marks::Open
            || written.iter().any(|name| by_shape(name).is_ok())
        {
            return None;
        }
        let names: Vec<_> = written.iter().map(|name| normalized(name)).collect();
        let mut columns: Vec<_> = names.iter().map(|name| column(name)).collect();
        let chosen = chosen.map(normalized).filter(|chosen| names.contains(chosen));
        if let Some(chosen) = &chosen {
            for (name, column) in names.iter().zip(&mut columns) {
                *column = match *column {
                    Column::Of(kind) if name == chosen => Column::Of(kind),
                    _ if name == chosen => Column::Value,
                    Column::Of(_) | Column::Value => Column::Other,
                    other => other,
                };
            }
        }
        let has_values = columns.iter().any(|column| matches!(column, Column::Of(_) | Column::Value));
        let is_record = !line.starts_with('#');
        // In a comment, one known word among others says little.
        let is_header =
            has_values && (is_record || names.len() > 1 && names.iter().all(|name| is_name(name)));
        is_header.then(|| Header {
            delimiter,
            columns,
            is_record,
            text: text.to_owned(),
            names: written,
            is_chosen: chosen.is_some(),
        })
    })
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Returns a name in lower case, with `_` between its words.
pub(super) fn normalized(name: &str) -> String {
    name.trim().to_lowercase().replace([' ', '-', '.'], "_")
}

fn column(name: &str) -> Column {
    match name {
        "url" | "urls" | "uri" => Column::Of(Kind::Url),
        "md5" | "md5_hash" | "hash_md5" | "file_md5" => Column::Of(Kind::Md5),
        "sha1" | "sha1_hash" | "hash_sha1" | "sha_1" => Column::Of(Kind::Sha1),
        "sha256" | "sha256_hash" | "hash_sha256" | "sha_256" => Column::Of(Kind::Sha256),
        "sha512" | "sha512_hash" | "sha_512" => Column::Of(Kind::Sha512),
        "imphash" => Column::Of(Kind::Imphash),
        "ip" | "ips" | "ip_address" | "ipaddress" | "ipv4" | "ipv6" | "dst_ip" | "dest_ip" | "src_ip"
        | "destination_ip" | "source_ip" => Column::Of(Kind::Address),
        "domain" | "domains" | "hostname" | "host" | "fqdn" | "domain_name" => Column::Of(Kind::Domain),
        "file_name" | "filename" => Column::Of(Kind::FileName),
        "file_path" | "filepath" | "path" => Column::Of(Kind::FilePath),
        "email" | "e_mail" | "email_address" => Column::Of(Kind::Email),
        "mutex" => Column::Of(Kind::Mutex),
        "user_agent" | "useragent" => Column::Of(Kind::UserAgent),
        "ioc" | "iocs" | "ioc_value" | "indicator" | "indicators" | "indicator_value" | "value" | "hash"
        | "hashes" | "observable" => Column::Value,
        "ioc_type" | "type" | "indicator_type" | "attribute_type" | "value_type" => Column::Type,
        "comment" | "comments" | "description" | "info" | "title" | "threat" | "threat_type" | "malware"
        | "malware_printable" | "signature" | "family" | "campaign" | "note" | "notes" => Column::Comment,
        "tags" | "tag" | "labels" => Column::Tags,
        "first_seen" | "first_seen_utc" | "firstseen" | "dateadded" | "date_added" | "valid_from" => {
            Column::FirstSeen
        }
        "last_seen" | "last_seen_utc" | "lastseen" | "last_online" => Column::LastSeen,
        "valid_until" | "expires" | "expiration" => Column::ValidUntil,
        "confidence" | "confidence_level" | "score" => Column::Score,
        "to_ids" => Column::ToIds,
        "revoked" | "is_revoked" => Column::Revoked,
        "deleted" | "is_deleted" => Column::Deleted,
        _ => Column::Other,
    }
}
