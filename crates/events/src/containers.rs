//! The stored containers other than events and event data.

use std::collections::BTreeMap;

use crate::{EventDataStreamId, Timestamp};

/// Counts by name. The map is ordered, so that no output depends on the order of a hash map.
pub type Counter = BTreeMap<String, u64>;

/// What is known of the file (or other stream of bytes) that contained the event data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventDataStream {
    /// Its row in the store.
    pub id: EventDataStreamId,
    /// Entropy of the contents in bits per byte. Plaso stores it as a text.
    pub file_entropy: Option<String>,
    /// MD5 of the contents, lower-case hexadecimal.
    pub md5_hash: Option<String>,
    /// Location of the file: Plaso's path specification, as JSON.
    pub path_spec: Option<String>,
    /// SHA-1 of the contents, lower-case hexadecimal.
    pub sha1_hash: Option<String>,
    /// SHA-256 of the contents, lower-case hexadecimal.
    pub sha256_hash: Option<String>,
    /// The Yara rules that match the contents, as a JSON list.
    pub yara_match: Option<String>,
}

/// The attributes of an event data stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StreamAttribute {
    /// `file_entropy`
    FileEntropy,
    /// `md5_hash`
    Md5Hash,
    /// `path_spec`
    PathSpec,
    /// `sha1_hash`
    Sha1Hash,
    /// `sha256_hash`
    Sha256Hash,
    /// `yara_match`
    YaraMatch,
}

impl StreamAttribute {
    /// All attributes, in the order of their columns.
    pub const ALL: [Self; 6] =
        [Self::FileEntropy, Self::Md5Hash, Self::PathSpec, Self::Sha1Hash, Self::Sha256Hash, Self::YaraMatch];

    /// The attribute's name, which is also its column.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::FileEntropy => "file_entropy",
            Self::Md5Hash => "md5_hash",
            Self::PathSpec => "path_spec",
            Self::Sha1Hash => "sha1_hash",
            Self::Sha256Hash => "sha256_hash",
            Self::YaraMatch => "yara_match",
        }
    }
}

impl EventDataStream {
    /// Returns the attribute as it is stored.
    #[must_use]
    pub fn attribute(&self, attribute: StreamAttribute) -> Option<&str> {
        match attribute {
            StreamAttribute::FileEntropy => &self.file_entropy,
            StreamAttribute::Md5Hash => &self.md5_hash,
            StreamAttribute::PathSpec => &self.path_spec,
            StreamAttribute::Sha1Hash => &self.sha1_hash,
            StreamAttribute::Sha256Hash => &self.sha256_hash,
            StreamAttribute::YaraMatch => &self.yara_match,
        }
        .as_deref()
    }

    /// Returns the number of bytes of all attributes.
    #[must_use]
    pub fn size(&self) -> usize {
        let Self { id: _, file_entropy, md5_hash, path_spec, sha1_hash, sha256_hash, yara_match } = self;
        let texts = [file_entropy, md5_hash, path_spec, sha1_hash, sha256_hash, yara_match];
        texts.into_iter().flatten().map(String::len).sum()
    }
}

/// The counts of a plugin for one run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnalysisReport {
    /// The plugin.
    pub plugin_name: String,
    /// Its counts.
    pub counter: Counter,
    /// The run's filter expression, if it had one.
    pub event_filter: Option<String>,
    /// Time when the report was made.
    pub time_compiled: Timestamp,
}

/// A warning of a plugin: something that it could not do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnalysisWarning {
    /// The plugin.
    pub plugin_name: String,
    /// What happened. Other tools parse the texts of Plaso's warnings, so these texts are the same
    /// here.
    pub message: String,
}

/// A run of a tool over the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// A random (version 4) UUID as 32 hexadecimal digits.
    pub identifier: String,
    /// Whether the run was aborted.
    pub aborted: bool,
    /// The command line, without secrets.
    pub command_line_arguments: String,
    /// Whether the run was started with debugging switched on.
    pub debug_mode: bool,
    /// Start of the run.
    pub start_time: Timestamp,
    /// End of the run.
    pub completion_time: Timestamp,
    /// The tool's name.
    pub product_name: String,
    /// The tool's version.
    pub product_version: String,
}

/// A user of the system that the timeline was made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserAccount {
    /// The name, such as `alice`.
    pub username: String,
    /// The home directory, if it is known.
    pub user_directory: Option<String>,
}
