//! The kind of hash that a plugin looks up.

use std::fmt;

use events::StreamAttribute;

use crate::description::OptionDescription;
use crate::error::PrepareError;
use crate::settings::Settings;

/// A kind of hash that Plaso computes for files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HashKind {
    /// MD5
    Md5,
    /// SHA-1
    Sha1,
    /// SHA-256
    Sha256,
}

impl HashKind {
    /// The names of all kinds.
    pub(crate) const NAMES: &'static [&'static str] = &["md5", "sha1", "sha256"];

    /// Returns the kind that the user chose by an option. The option takes some of the
    /// [`NAMES`](Self::NAMES).
    pub(crate) fn chosen(settings: &Settings<'_>, option: &OptionDescription) -> Result<Self, PrepareError> {
        Ok(match settings.text(option)?.as_str() {
            "md5" => Self::Md5,
            "sha1" => Self::Sha1,
            _ => Self::Sha256,
        })
    }

    /// Returns the attribute that has the hash.
    pub(crate) fn attribute(self) -> StreamAttribute {
        match self {
            Self::Md5 => StreamAttribute::Md5Hash,
            Self::Sha1 => StreamAttribute::Sha1Hash,
            Self::Sha256 => StreamAttribute::Sha256Hash,
        }
    }

    /// Returns whether the text is a hash of this kind, in hexadecimal.
    pub(crate) fn is_one(self, text: &str) -> bool {
        let digits = match self {
            Self::Md5 => 32,
            Self::Sha1 => 40,
            Self::Sha256 => 64,
        };
        text.len() == digits && text.bytes().all(|byte| byte.is_ascii_hexdigit())
    }
}

impl fmt::Display for HashKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Md5 => "md5",
            Self::Sha1 => "sha1",
            Self::Sha256 => "sha256",
        })
    }
}
