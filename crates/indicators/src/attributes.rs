//! Which attributes of events have values of which kind. The table is data: `attributes.txt`.

use std::sync::LazyLock;

use filter::AskedFields;
use rustc_hash::FxHashMap;

use crate::model::Kind;

/// The table, as it is written.
const TABLE: &str = include_str!("attributes.txt");

/// What the values of an attribute are. It decides with which indicators they are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Hashes of a file, one or several.
    Hashes,
    /// An address, with or without a port.
    Address,
    /// The name of a host, or its address.
    Host,
    /// A URL.
    Url,
    /// The path of a URL, or the request line of HTTP.
    Request,
    /// The path of a file, or its name.
    Path,
    /// The path of a file, with a note behind it or another path in it.
    NotedPath,
    /// A registry key.
    Key,
    /// A registry key, which may be followed by the name of a value.
    Target,
    /// The values of a registry key.
    RegistryValues,
    /// The data of a value of a registry key.
    RegistryData,
    /// A command line.
    Command,
    /// The name of a service.
    Service,
    /// The name of a scheduled task.
    Task,
    /// The name of an account.
    Account,
    /// An e-mail address.
    Email,
    /// The name of a program that asks web servers.
    UserAgent,
    /// The name of a pipe.
    Pipe,
    /// The name of a mutex.
    Mutex,
    /// A text for people, in which values may be anywhere.
    Text,
}

impl Role {
    /// All roles, each with its name in the table and the kinds of indicators that its values are
    /// compared with.
    pub const ALL: [(Self, &'static str, &'static [Kind]); 20] = [
        (Self::Hashes, "hash", HASHES),
        (Self::Address, "address", &[Kind::Address, Kind::Network]),
        (Self::Host, "host", &[Kind::Domain, Kind::Address, Kind::Network]),
        (Self::Url, "url", &[Kind::Url, Kind::UrlPath, Kind::Domain, Kind::Address, Kind::Network]),
        (Self::Request, "request", &[Kind::UrlPath, Kind::Url, Kind::Domain, Kind::Address, Kind::Network]),
        (Self::Path, "path", &[Kind::FileName, Kind::FilePath]),
        (Self::NotedPath, "noted-path", &[Kind::FileName, Kind::FilePath]),
        (Self::Key, "key", &[Kind::RegistryKey]),
        (Self::Target, "target", &[Kind::RegistryKey, Kind::RegistryValue]),
        (Self::RegistryValues, "values", &[Kind::RegistryValue, Kind::RegistryData]),
        (Self::RegistryData, "data", &[Kind::RegistryData]),
        (Self::Command, "command", COMMAND),
        (Self::Service, "service", &[Kind::Service]),
        (Self::Task, "task", &[Kind::Task]),
        (Self::Account, "account", &[Kind::Account]),
        (Self::Email, "e-mail", &[Kind::Email, Kind::Domain]),
        (Self::UserAgent, "agent", &[Kind::UserAgent]),
        (Self::Pipe, "pipe", &[Kind::Pipe]),
        (Self::Mutex, "mutex", &[Kind::Mutex]),
        (Self::Text, "text", &[Kind::Keyword]),
    ];

    /// Returns the name in the table.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.row().1
    }

    /// Returns the kinds of indicators that the values are compared with.
    #[must_use]
    pub fn kinds(self) -> &'static [Kind] {
        self.row().2
    }

    fn row(self) -> &'static (Self, &'static str, &'static [Kind]) {
        &Self::ALL[self as usize]
    }

    fn of(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known, _)| *known == name).map(|(role, ..)| *role)
    }
}

const HASHES: &[Kind] =
    &[Kind::Md5, Kind::Sha1, Kind::Sha224, Kind::Sha256, Kind::Sha384, Kind::Sha512, Kind::Imphash];

const COMMAND: &[Kind] = &[
    Kind::CommandLine,
    Kind::FileName,
    Kind::FilePath,
    Kind::Url,
    Kind::UrlPath,
    Kind::Domain,
    Kind::Address,
    Kind::Network,
];

/// A line of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// What the values are.
    pub role: Role,
    /// The data type, `*` for all, or the beginning of data types and `*`.
    pub data_type: &'static str,
    /// The attributes, and fields inside attributes such as `xml_string.Hashes`.
    pub attributes: Vec<&'static str>,
}

/// Returns the table.
#[must_use]
pub fn table() -> Vec<Row> {
    let lines = TABLE.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .filter_map(|line| {
            let mut words = line.split_whitespace();
            let role = Role::of(words.next()?)?;
            Some(Row { role, data_type: words.next()?, attributes: words.collect() })
        })
        .collect()
}

/// What an attribute of a data type has.
#[derive(Debug, Clone, Default)]
pub(crate) struct Holds {
    /// What its values are, but for the values of a registry key.
    pub(crate) roles: Vec<Role>,
    /// Whether it has the values of a registry key.
    pub(crate) has_registry_values: bool,
    /// What the values of the fields inside it are.
    pub(crate) fields: FxHashMap<&'static str, Vec<Role>>,
    /// Whether one of these fields has a `_` in its name.
    pub(crate) has_field_attributes: bool,
}

impl Holds {
    /// Calls `with` with the fields that it has values in.
    pub(crate) fn with_fields<R>(&self, with: impl FnOnce(&AskedFields<'_>) -> R) -> R {
        let is_asked = |field: &str| self.fields.contains_key(field);
        with(&AskedFields { is_asked: &is_asked, has_attributes: self.has_field_attributes })
    }
}

/// What the attributes of one data type have, by name.
#[derive(Debug, Clone, Default)]
pub(crate) struct Plan {
    holds: FxHashMap<Vec<u8>, Holds>,
    /// A bit for each name, by [`bit_of`]. Most attributes of an event hold nothing, and are passed
    /// over by their bit.
    bits: [u64; 16],
}

impl Plan {
    /// Returns what the attributes of a data type have, under their names of all versions of Plaso,
    /// as far as a role is wanted.
    pub(crate) fn new(data_type: &str, is_wanted: impl Fn(Role) -> bool) -> Self {
        static ROWS: LazyLock<Vec<Row>> = LazyLock::new(table);
        let mut plan = Self::default();
        let other_names = events::OtherNames::of(data_type);
        let is_meant = |row: &&Row| match row.data_type.strip_suffix('*') {
            Some(start) => data_type.starts_with(start),
            None => row.data_type == data_type,
        };
        for row in ROWS.iter().filter(|row| is_wanted(row.role)).filter(is_meant) {
            for attribute in &row.attributes {
                let (name, field) = match attribute.split_once('.') {
                    Some((name, field)) => (name, Some(field)),
                    None => (*attribute, None),
                };
                for name in [Some(name), other_names.find(name)].into_iter().flatten() {
                    plan.add(name, field, row.role);
                }
            }
        }
        plan
    }

    fn add(&mut self, name: &str, field: Option<&'static str>, role: Role) {
        let (word, bit) = bit_of(name.as_bytes());
        self.bits[word] |= bit;
        let holds = self.holds.entry(name.as_bytes().to_vec()).or_default();
        let roles = match field {
            _ if role == Role::RegistryValues => {
                holds.has_registry_values = true;
                return;
            }
            Some(field) => {
                holds.has_field_attributes |= field.contains('_');
                holds.fields.entry(field).or_default()
            }
            None => &mut holds.roles,
        };
        if !roles.contains(&role) {
            roles.push(role);
        }
    }

    /// Returns what an attribute has.
    pub(crate) fn get(&self, name: &[u8]) -> Option<&Holds> {
        let (word, bit) = bit_of(name);
        if self.bits[word] & bit == 0 { None } else { self.holds.get(name) }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.holds.is_empty()
    }
}

/// Returns a word and a bit in it for a name, which few other names share.
fn bit_of(name: &[u8]) -> (usize, u64) {
    let (Some(first), Some(last)) = (name.first(), name.last()) else { return (0, 1) };
    let mixed = usize::from(*first) * 5 + usize::from(*last) * 83 + name.len() * 29;
    (mixed >> 6 & 15, 1 << (mixed & 63))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_table_is_understood() {
        let lines = TABLE.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        assert_eq!(table().len(), lines.count());
        assert!(table().iter().all(|row| !row.attributes.is_empty()));
        for (number, (role, name, _)) in Role::ALL.iter().enumerate() {
            assert_eq!((*role as usize, Role::of(name)), (number, Some(*role)));
            assert!(table().iter().any(|row| row.role == *role) || *role == Role::Mutex, "{name}");
        }
    }

    #[test]
    fn attributes_are_found_under_both_names() {
        let plan = |data_type| Plan::new(data_type, |_| true);
        let cookie = plan("chrome:cookie:entry");
        assert_eq!(cookie.get(b"hostname").unwrap().roles, [Role::Host]);
        assert_eq!(cookie.get(b"host").unwrap().roles, [Role::Host]);
        assert!(plan("syslog:line").get(b"hostname").is_none());
        assert!(plan("a").get(b"values").unwrap().has_registry_values);
        assert!(Plan::new("a", |role| role == Role::Path).get(b"values").is_none());
    }
}
