//! The kinds of values that indicators name.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What a value is. It decides in which attributes of events the value is looked for, and how the
/// two are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Kind {
    /// The MD5 of a file.
    Md5,
    /// The SHA-1 of a file.
    Sha1,
    /// The SHA-224 of a file.
    Sha224,
    /// The SHA-256 of a file.
    Sha256,
    /// The SHA-384 of a file.
    Sha384,
    /// The SHA-512 of a file.
    Sha512,
    /// The MD5 of the imports of a program.
    Imphash,
    /// An IP address.
    Address,
    /// A range of IP addresses with a common prefix.
    Network,
    /// The name of a host or of a domain.
    Domain,
    /// A whole URL.
    Url,
    /// A part of a URL behind its host: path and query.
    UrlPath,
    /// An e-mail address.
    Email,
    /// The name by which a program introduces itself to web servers.
    UserAgent,
    /// The last component of a path.
    FileName,
    /// A path, or its last components.
    FilePath,
    /// A registry key.
    RegistryKey,
    /// The name of a value of a registry key.
    RegistryValue,
    /// The data of a value of a registry key.
    RegistryData,
    /// A command line.
    CommandLine,
    /// The name of a service.
    Service,
    /// The name of a scheduled task.
    Task,
    /// The name of a user account.
    Account,
    /// The name of a mutex.
    Mutex,
    /// The name of a pipe.
    Pipe,
    /// A text that may be anywhere.
    Keyword,
}

impl Kind {
    /// All kinds, in their order.
    pub const ALL: [Self; 26] = [
        Self::Md5,
        Self::Sha1,
        Self::Sha224,
        Self::Sha256,
        Self::Sha384,
        Self::Sha512,
        Self::Imphash,
        Self::Address,
        Self::Network,
        Self::Domain,
        Self::Url,
        Self::UrlPath,
        Self::Email,
        Self::UserAgent,
        Self::FileName,
        Self::FilePath,
        Self::RegistryKey,
        Self::RegistryValue,
        Self::RegistryData,
        Self::CommandLine,
        Self::Service,
        Self::Task,
        Self::Account,
        Self::Mutex,
        Self::Pipe,
        Self::Keyword,
    ];

    /// Returns the name in messages and results, such as `file name`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Md5 => "MD5",
            Self::Sha1 => "SHA-1",
            Self::Sha224 => "SHA-224",
            Self::Sha256 => "SHA-256",
            Self::Sha384 => "SHA-384",
            Self::Sha512 => "SHA-512",
            Self::Imphash => "imphash",
            Self::Address => "address",
            Self::Network => "network",
            Self::Domain => "domain",
            Self::Url => "URL",
            Self::UrlPath => "URL path",
            Self::Email => "e-mail address",
            Self::UserAgent => "user agent",
            Self::FileName => "file name",
            Self::FilePath => "file path",
            Self::RegistryKey => "registry key",
            Self::RegistryValue => "registry value",
            Self::RegistryData => "registry data",
            Self::CommandLine => "command line",
            Self::Service => "service",
            Self::Task => "task",
            Self::Account => "account",
            Self::Mutex => "mutex",
            Self::Pipe => "pipe",
            Self::Keyword => "keyword",
        }
    }

    /// Returns the name with its article, such as `an e-mail address`.
    #[must_use]
    pub fn with_article(self) -> String {
        let article = match self {
            Self::Address | Self::Email | Self::Imphash | Self::Account | Self::Md5 => "an",
            _ => "a",
        };
        format!("{article} {}", self.as_str())
    }

    /// Returns the kind of a hash by the usual name of its algorithm, in lower case and without a
    /// hyphen.
    pub(crate) fn of_algorithm(name: &str) -> Option<Self> {
        Some(match name {
            "md5" => Self::Md5,
            "sha1" => Self::Sha1,
            "sha224" => Self::Sha224,
            "sha256" => Self::Sha256,
            "sha384" => Self::Sha384,
            "sha512" => Self::Sha512,
            "imphash" => Self::Imphash,
            _ => return None,
        })
    }

    /// Returns whether the value is kept as bytes: a hash.
    #[must_use]
    pub const fn is_hash(self) -> bool {
        (self as u8) <= (Self::Imphash as u8)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
