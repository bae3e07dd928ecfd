//! `bloom`: labels events of files whose hash is in a bloom filter.

use std::path::PathBuf;

use events::{AttributeNames, Label};

use super::bloom_filter::{BloomFilter, BloomFilterError};
use super::{FILE_DATA_TYPES, HashKind, HashTagging, Lookup, Patience, Stopped};
use crate::description::{FileRole, OptionDescription, OptionKind, PluginDescription};
use crate::error::PrepareError;
use crate::plugin::{AnalysisPlugin, PluginError, RunContext};
use crate::settings::Settings;
use crate::spec::Spec;

const FILE: OptionDescription = OptionDescription::new(
    "--bloom-file",
    OptionKind::File(FileRole::Data),
    "The bloom filter, in DCSO's format, made from hashes in upper case.",
)
.with_default("hashlookup-full.bloom");

const HASH: OptionDescription = OptionDescription::new(
    "--bloom-hash",
    OptionKind::Choice { name: "HASH", words: HashKind::NAMES },
    "Which hash to look up: md5, sha1 or sha256.",
)
.with_default("sha1");

const LABEL: OptionDescription = OptionDescription::new(
    "--bloom-label",
    OptionKind::Text("LABEL"),
    "The label for events of files in the filter.",
)
.with_default("bloom_present");

pub(crate) const SPEC: Spec = Spec::new(
    PluginDescription {
        name: "bloom",
        summary: "Labels events of files whose hash is in a bloom filter, such as that of CIRCL hashlookup.",
        reads: "Events of files (fs:stat, fs:stat:ntfs) and the files' hashes.",
        writes: "The label bloom_present.",
        options: &[FILE, HASH, LABEL],
    },
    prepare,
);

fn prepare(
    settings: &Settings<'_>,
    _names: &mut AttributeNames,
    _context: &RunContext,
) -> Result<Box<dyn AnalysisPlugin>, PrepareError> {
    let (path, hash) = (settings.path(&FILE)?, HashKind::chosen(settings, &HASH)?);
    let label = Label::new(&settings.text(&LABEL)?)?;
    Ok(Box::new(HashTagging::new(Bloom { path, label, filter: None }, hash, FILE_DATA_TYPES)))
}

pub(crate) struct Bloom {
    path: PathBuf,
    label: Label,
    /// The filter. It is opened when it is first needed: most workers never look up a hash.
    filter: Option<BloomFilter>,
}

impl Lookup for Bloom {
    const NAME: &'static str = "bloom";
    const BATCH: usize = 256;

    fn check(&mut self) -> Result<(), PluginError> {
        BloomFilter::open(&self.path).map(drop).map_err(|error| PluginError::Input(error.to_string()))
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
