//! Plugins that look up the hashes of files: `bloom`, `nsrlsvr` and `virustotal`.
//!
//! They differ only in whom they ask ([`Lookup`]). An event is deferred by the hash of its file. The reduce step, which is
//! one process in a run, sees every distinct hash of the run once: so nobody is asked twice, a rate limit holds for
//! the whole run, one connection serves it, and every event of a file gets its label.

mod api_key;
pub(crate) mod bloom;
mod bloom_filter;
mod hash_kind;
pub(crate) mod nsrlsvr;
mod nsrlsvr_connection;
mod patience;
mod rate_limit;
pub(crate) mod virustotal;
mod virustotal_client;

use events::{EventView, Key, KeyLabel, Label, Note, Reduced};
use filter::Reads;

use crate::plugin::{AnalysisPlugin, DataTypes, EventFindings, Needs, PluginError, ReduceInput};

pub(crate) use hash_kind::HashKind;
use patience::{Cancelled, Patience};

/// The data types of events of files, the hashes of which `bloom` and `nsrlsvr` look up.
const FILE_DATA_TYPES: &[&str] = &["fs:stat", "fs:stat:ntfs"];

/// Something that knows hashes.
pub(crate) trait Lookup {
    /// The plugin's name.
    const NAME: &'static str;
    /// How many hashes it is given at once.
    const BATCH: usize;

    /// Checks that it can be asked; done once, before any work.
    fn check(&mut self) -> Result<(), PluginError>;

    /// Adds the label of every hash, if it gets one, to `labels`, in order. If it gives up, what it has found out so
    /// far counts.
    fn look_up(
        &mut self,
        hashes: &[Box<str>],
        labels: &mut Vec<Option<Label>>,
        patience: &Patience<'_>,
    ) -> Result<(), Stopped>;
}

/// Why not all hashes were looked up.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Stopped {
    /// The run was cancelled.
    Cancelled,
    /// It makes no sense to ask on.
    GaveUp(String),
}

impl From<Cancelled> for Stopped {
    fn from(_: Cancelled) -> Self {
        Self::Cancelled
    }
}

/// A plugin that labels events by what somebody knows of the hash of their file.
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
            // What follows is sent to a server, so it had better be what it is taken for.
            Some(hash) if self.hash.is_one(hash) => {
                found.defer(Key::Text(hash.to_ascii_lowercase().into()));
                Ok(())
            }
            None | Some("") => {
                self.without_hash += u64::from(event.stream.is_some());
                Ok(())
            }
            Some(_) => Err(PluginError::Failed(format!("its file's {} hash is not one", self.hash))),
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
            let asked = self.lookup.look_up(&hashes, &mut labels, &Patience::until(&|| input.is_cancelled()));
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
