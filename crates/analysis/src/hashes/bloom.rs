//! `bloom`: labels events of files whose hash is in a bloom filter.

use std::path::PathBuf;

use events::{AttributeNames, Label};

use super::bloom_filter::{BloomFilter, BloomFilterError};
use super::{FILE_DATA_TYPES, HashKind, HashTagging, Lookup, Patience, Stopped};
use crate::description::{FileRole, OptionDescription, OptionKind, PluginDescription};
use crate::error::{PrepareError, UnreadableFile};
use crate::file_sample::sample;
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
    context: &RunContext,
) -> Result<Box<dyn AnalysisPlugin>, PrepareError> {
    let (path, hash) = (settings.path(&FILE)?, HashKind::chosen(settings, &HASH)?);
    let label = Label::new(&settings.text(&LABEL)?)?;
    // The digest is that of the file whose bits are looked up, also if another one is at the path
    // for a moment. What cannot be opened is named later.
    let mut file = files::open_input(&path).ok();
    if let Some(file) = &mut file {
        let failed = |source| UnreadableFile { path: path.clone(), source };
        let length = file.metadata().map_err(failed)?.len();
        context.rules_read.add(&path, sample(&mut *file, length).map_err(failed)?);
    }
    Ok(Box::new(HashTagging::new(Bloom { path, label, file, filter: None }, hash, FILE_DATA_TYPES)))
}

pub(crate) struct Bloom {
    path: PathBuf,
    label: Label,
    /// The file whose digest was taken.
    file: Option<files::Input>,
    /// The filter. Its header is read when it is first needed: most workers never look up a hash.
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
            filter => filter.insert(
                match self.file.take() {
                    Some(file) => BloomFilter::of_file(file, &self.path),
                    None => BloomFilter::open(&self.path),
                }
                .map_err(failed)?,
            ),
        };
        for hash in hashes {
            let present = filter.contains(&hash.to_ascii_uppercase()).map_err(failed)?;
            labels.push(present.then(|| self.label.clone()));
        }
        Ok(())
    }
}
