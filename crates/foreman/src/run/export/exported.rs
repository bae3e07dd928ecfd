//! What an export has done.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;
use events::{Note, Notes, SetAside, Shown as _};
use serde::{Serialize, Serializer};
use storage::task_store::{Origin, TaskStore};

use crate::supervise::engine::Worked;
use crate::supervise::run_folder::RunFolder;
use crate::words::{bytes, duration, number};

/// The maximum number of skipped events that are named. A damaged store may have one for each
/// event.
const MAXIMUM_NAMED: usize = 1_000;

/// The maximum number of skipped events that are shown.
const SHOWN: usize = 20;

/// What an export has done.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Exported {
    /// The number of events of the store.
    pub(crate) events: u64,
    /// The number of events that do not match the filter.
    pub(crate) filtered: u64,
    /// The number of events that were written.
    pub(crate) exported: u64,
    /// The number of events that were skipped.
    pub(crate) skipped: u64,
    /// The first of them.
    pub(crate) set_aside: Vec<SetAside>,
    pub(crate) notes: Vec<Note>,
    /// The file or folder, or `None` for standard output.
    pub(crate) output: Option<PathBuf>,
    /// The number of bytes.
    pub(crate) bytes: u64,
    /// Whether the reader of standard output closed it before all was written.
    pub(crate) is_cut: bool,
    /// What has happened to the store meanwhile, if it is not as it was.
    #[serde(rename = "is_mixed", serialize_with = "is_some")]
    pub(crate) mixed: Option<String>,
    /// Whether not as many events were read as the store had. A note says how many.
    pub(crate) is_short: bool,
}

fn is_some<S: Serializer>(what: &Option<String>, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_bool(what.is_some())
}

impl Exported {
    /// Returns whether all events that were asked for were written, as they are.
    pub(crate) fn is_whole(&self) -> bool {
        !self.is_cut && !self.is_flawed()
    }

    /// Returns whether the user must be told of events that are missing or may be mixed.
    pub(crate) fn is_flawed(&self) -> bool {
        self.skipped > 0 || self.mixed.is_some() || self.is_short
    }

    /// Returns what was done as text for people.
    pub(crate) fn text(&self, elapsed: Duration) -> String {
        let mut lines = Vec::new();
        let (exported, elapsed) = (number(self.exported), duration(elapsed));
        match &self.output {
            Some(path) => lines.push(format!(
                "{}: {exported} of {} events exported in {elapsed}, {}",
                path.shown(),
                number(self.events),
                bytes(self.bytes)
            )),
            None if self.is_cut => lines.push(format!(
                "the export is not complete: the reader of standard output closed it before all of {exported} events \
                 were written"
            )),
            None => lines.push(format!("{exported} events exported in {elapsed}")),
        }
        if let Some(what) = &self.mixed {
            lines.push(format!(
                "  changed  {what}, so some events may have labels of before, and others those of after; export it again"
            ));
        }
        let named = self.set_aside.iter().take(SHOWN);
        lines.extend(named.map(|aside| format!("  skipped  {aside}")));
        if self.skipped > SHOWN as u64 {
            lines.push(format!("  skipped  and {} more", number(self.skipped - SHOWN as u64)));
        }
        let notes = self.notes.iter();
        lines.extend(notes.map(|note| format!("  note     {} ({} times)", note.message, number(note.count))));
        lines.join("\n")
    }

    /// Collects what the finished tasks have done.
    pub(super) fn collect(origin: &Origin, folder: &RunFolder, worked: &Worked) -> Result<Self> {
        let given_up = worked.tasks.set_aside();
        let mut exported =
            Self { set_aside: given_up.to_vec(), skipped: given_up.len() as u64, ..Self::default() };
        let mut notes = Notes::default();
        for (task, _) in worked.tasks.finished_maps() {
            let Some(record) = worked.tasks.record(task) else { continue };
            exported.events += record.done.events;
            exported.filtered += record.done.filtered;
            exported.exported += record.done.exported;
            exported.skipped += record.done.set_aside;
            let store = TaskStore::open(&folder.task_store(task), origin)?;
            if record.done.set_aside > 0 && exported.set_aside.len() < MAXIMUM_NAMED {
                exported.set_aside.extend(store.set_aside()?);
            }
            store.add_notes(&mut notes)?;
        }
        exported.set_aside.sort_by_key(|aside| aside.event);
        exported.set_aside.truncate(MAXIMUM_NAMED);
        exported.notes = notes.into_vec();
        Ok(exported)
    }
}
