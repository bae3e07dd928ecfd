//! `bloom`: labels events of files whose hash is in a bloom filter.

use std::path::PathBuf;

use events::Label;

use super::bloom_filter::{BloomFilter, BloomFilterError};
use super::{FILE_DATA_TYPES, HashKind, HashTagging, Lookup, Patience, Stopped};
use crate::description::{OptionDescription, PluginDescription};
use crate::plugin::PluginError;

pub(crate) const DESCRIPTION: PluginDescription = PluginDescription {
    name: "bloom",
    summary: "Labels events of files whose hash is in a bloom filter, such as that of CIRCL hashlookup.",
    reads: "Events of files (fs:stat, fs:stat:ntfs) and the files' hashes.",
    writes: "The label bloom_present.",
    options: &[
        OptionDescription {
            name: "--bloom-file",
            value: Some("FILE"),
            required: false,
            default: Some(DEFAULT_FILE),
            summary: "The filter, in DCSO's format, of hashes in upper case.",
        },
        OptionDescription {
            name: "--bloom-hash",
            value: Some("HASH"),
            required: false,
            default: Some("sha1"),
            summary: "Which hash to look up: md5, sha1 or sha256.",
        },
        OptionDescription {
            name: "--bloom-label",
            value: Some("LABEL"),
            required: false,
            default: Some(DEFAULT_LABEL),
            summary: "The label for events of files in the filter.",
        },
    ],
};

pub(crate) const DEFAULT_FILE: &str = "hashlookup-full.bloom";
pub(crate) const DEFAULT_LABEL: &str = "bloom_present";

pub(crate) struct Bloom {
    path: PathBuf,
    label: Label,
    /// Opened when it is needed: most workers never look a hash up.
    filter: Option<BloomFilter>,
}

impl Bloom {
    pub(crate) fn plugin(path: PathBuf, hash: HashKind, label: Label) -> HashTagging<Self> {
        HashTagging::new(Self { path, label, filter: None }, hash, FILE_DATA_TYPES)
    }
}

impl Lookup for Bloom {
    const NAME: &'static str = "bloom";
    const BATCH: usize = 256;

    fn check(&mut self) -> Result<(), PluginError> {
        BloomFilter::open(&self.path).map(drop).map_err(|error| PluginError::Failed(error.to_string()))
    }

    fn look_up(
        &mut self,
        hashes: &[Box<str>],
        labels: &mut Vec<Option<Label>>,
        _patience: &Patience<'_>,
    ) -> Result<(), Stopped> {
        let failed = |error: BloomFilterError| Stopped::GaveUp(error.to_string());
        let filter = match &mut self.filter {
            Some(filter) => filter,
            filter => filter.insert(BloomFilter::open(&self.path).map_err(failed)?),
        };
        for hash in hashes {
            let present = filter.contains(&hash.to_ascii_uppercase()).map_err(failed)?;
            labels.push(present.then(|| self.label.clone()));
        }
        Ok(())
    }
}
