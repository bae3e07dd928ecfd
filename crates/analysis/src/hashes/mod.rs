//! Plugins that look up the hashes of files: `bloom`, `nsrlsvr` and `virustotal`.
//!
//! They differ only in where they look up hashes ([`Lookup`]). An event is deferred by the hash of
//! its file. The reduce step, which runs in one process, sees each distinct hash of the run once.
//! So no hash is looked up twice, a rate limit applies to the whole run, one connection is enough,
//! and each event of a file gets the file's label.

mod api_key;
pub(crate) mod bloom;
mod bloom_filter;
mod hash_kind;
pub(crate) mod nsrlsvr;
mod nsrlsvr_connection;
mod rate_limit;
pub(crate) mod virustotal;
mod virustotal_client;

use events::{EventView, Key, KeyLabel, Label, Note, Reduced};
use filter::Reads;

use crate::patience::{Cancelled, Patience};
use crate::plugin::{AnalysisPlugin, DataTypes, EventFindings, Needs, PluginError, ReduceInput};

pub(crate) use hash_kind::HashKind;

/// The data types of events of files whose hashes `bloom` and `nsrlsvr` look up.
const FILE_DATA_TYPES: &[&str] = &["fs:stat", "fs:stat:ntfs"];

/// A source of knowledge about hashes.
pub(crate) trait Lookup {
    /// The plugin's name.
    const NAME: &'static str;
    /// The number of hashes that are looked up at once.
    const BATCH: usize;

    /// Checks that the source can be used. It is called once, before any work.
    fn check(&mut self) -> Result<(), PluginError>;

    /// Adds to `labels` the label of each hash, or `None` if it gets none, in order. The results so
    /// far count even if it gives up. A server is asked with `patience`, which shows progress.
    fn look_up(
        &mut self,
        hashes: &[Box<str>],
        labels: &mut Vec<Option<Label>>,
        patience: &Patience<'_>,
    ) -> Result<(), Stopped>;
}

/// Why some hashes were not looked up.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Stopped {
    /// The run was cancelled.
    Cancelled,
    /// Further requests make no sense.
    GaveUp(String),
}

impl From<Cancelled> for Stopped {
    fn from(_: Cancelled) -> Self {
        Self::Cancelled
    }
}

/// A plugin that labels events by what a source knows of the hash of their file.
pub(crate) struct HashTagging<L> {
    lookup: L,
    hash: HashKind,
    needs: Needs,
    without_hash: u64,
}

impl<L: Lookup> HashTagging<L> {
    pub(crate) fn new(lookup: L, hash: HashKind, data_types: &[&'static str]) -> Self {
        let reads = Reads { event_data: true, stream: [hash.attribute()].into(), ..Reads::default() };
        let needs = Needs { data_types: DataTypes::Only(data_types.iter().copied().collect()), reads };
        Self { lookup, hash, needs, without_hash: 0 }
    }
}

impl<L: Lookup> AnalysisPlugin for HashTagging<L> {
    fn needs(&self) -> &Needs {
        &self.needs
    }

    fn check_surroundings(&mut self) -> Result<(), PluginError> {
        self.lookup.check()
    }

    fn examine(&mut self, event: &EventView<'_>, found: &mut EventFindings) -> Result<(), PluginError> {
        match event.stream_attribute(self.hash.attribute()) {
            // The hash is sent to a server, so it is checked first.
            Some(hash) if self.hash.is_one(hash) => {
                found.defer(Key::Text(hash.to_ascii_lowercase().into()));
                Ok(())
            }
            None | Some("") => {
                self.without_hash += u64::from(event.stream.is_some());
                Ok(())
            }
            Some(_) => Err(PluginError::Failed(format!("its file's {} hash is not valid", self.hash))),
        }
    }

    fn reduces(&self) -> bool {
        true
    }

    fn reduce(&mut self, input: &mut dyn ReduceInput) -> Result<Reduced, PluginError> {
        let mut looked_up = 0;
        loop {
            let hashes = next_hashes(input, L::BATCH)?;
            if hashes.is_empty() {
                return Ok(Reduced::default());
            }
            let mut labels = Vec::with_capacity(hashes.len());
            let asked = self.lookup.look_up(&hashes, &mut labels, &Patience::of(input));
            looked_up += labels.len();
            for (hash, label) in hashes.iter().zip(&labels) {
                if let Some(label) = label.clone() {
                    let key = Key::Text(hash.clone());
                    input.label(KeyLabel { first: key.clone(), last: key, label })?;
                }
            }
            match asked {
                Ok(()) => {}
                Err(Stopped::Cancelled) => return Err(PluginError::Failed("cancelled".into())),
                Err(Stopped::GaveUp(reason)) => {
                    let missing = hashes.len() - labels.len() + number_of_keys(input)?;
                    let all = looked_up + missing;
                    let reason = format!("{missing} of {all} hashes were not looked up: {reason}");
                    return Ok(Reduced { set_aside: vec![reason], ..Reduced::default() });
                }
            }
        }
    }

    fn take_notes(&mut self) -> Vec<Note> {
        let count = std::mem::take(&mut self.without_hash);
        let message = format!("{}: the event's file has no {} hash", L::NAME, self.hash);
        if count > 0 { vec![Note { message, count }] } else { Vec::new() }
    }
}

fn next_hashes(input: &mut dyn ReduceInput, limit: usize) -> Result<Vec<Box<str>>, PluginError> {
    let mut hashes = Vec::with_capacity(limit);
    while hashes.len() < limit
        && let Some(key) = input.next_key()?
    {
        if let Key::Text(hash) = key {
            hashes.push(hash);
        }
    }
    Ok(hashes)
}

fn number_of_keys(input: &mut dyn ReduceInput) -> Result<usize, PluginError> {
    let mut number = 0;
    while input.next_key()?.is_some() {
        number += 1;
    }
    Ok(number)
}

#[cfg(test)]
mod tests;
