//! Many storage files in one run: the queue of those to analyse, and what is known of those that
//! were analysed.
//!
//! Each storage file has its own run, with its own folder and transaction. The queue only says
//! which one is next, and writes down which ones are done, so that the whole can be resumed.

mod done_before;
mod known;
mod record;
mod settings;
mod stores;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Result, anyhow};
use events::Shown as _;

use super::milestone::Milestone;
use super::options::InputDigests;
use crate::exit::{Failure, Status};
use crate::supervise::stop::StopRequests;
use done_before::{Missing, done_with, name_left_out};
use record::QueueRecord;
pub(crate) use settings::QueueSettings;
pub(crate) use stores::{Named, Stores};

/// The storage files to analyse, and the record of those that are done.
pub(crate) struct Queue {
    /// The files to analyse, the largest first, and then those that are refused.
    waiting: VecDeque<PathBuf>,
    /// How many of them may be analysed at a time.
    at_a_time: usize,
    /// The files that an interrupted run of the queue has done.
    pub(crate) done_before: Vec<PathBuf>,
    /// Those of which it skipped something.
    pub(crate) incomplete_before: Vec<PathBuf>,
    /// Links that lead out of the folder of the storage files.
    pub(crate) passed_over: Vec<PathBuf>,
    /// The files that fail when their turn comes, and why: they may have a part of the results of
    /// an interrupted run.
    pub(crate) refused: BTreeMap<PathBuf, String>,
    /// The digests of what the plugins read, which must be the same for each storage file.
    pub(crate) files: InputDigests,
    record: Option<Arc<QueueRecord>>,
}

impl Queue {
    /// Begins a queue of these storage files. Without `keeps_record`, nothing is written down. If
    /// the user asks to stop before a run has begun, the record is removed.
    pub(crate) fn begin(
        stores: &Stores,
        Named { paths, passed_over }: Named,
        settings: &QueueSettings,
        keeps_record: bool,
        stop: &StopRequests,
    ) -> Result<Self, Failure> {
        let make = |place: PathBuf| {
            let discarded = place.clone();
            let before = || stop.discard_first(move || QueueRecord::discard(&discarded));
            QueueRecord::make(&place, settings, before)
        };
        let record = stores.record().filter(|_| keeps_record).map(make).transpose()?;
        Ok(Self {
            at_a_time: at_a_time(&paths),
            waiting: paths.into(),
            refused: BTreeMap::new(),
            done_before: Vec::new(),
            incomplete_before: Vec::new(),
            passed_over,
            files: settings.files.clone(),
            record: record.map(Arc::new),
        })
    }

    /// Resumes an interrupted queue with the same settings.
    pub(crate) fn resume(
        stores: &Stores,
        Named { paths, passed_over }: Named,
        settings: &QueueSettings,
    ) -> Result<Self, Failure> {
        let no_place = || Failure::usage(anyhow!("a list on standard input cannot be resumed"));
        let record = QueueRecord::open(&stores.record().ok_or_else(no_place)?, settings)?
            .ok_or_else(|| {
                anyhow!("there is no interrupted run of {stores} to resume; without --resume, all of them are analysed")
            })?;
        let mut known = record.known()?;
        name_left_out(&known, &paths);
        let missing = Missing::of(&mut known, &paths);
        let (mut done_before, mut incomplete_before) = (Vec::new(), Vec::new());
        let (mut waiting, mut refused) = (Vec::new(), BTreeMap::new());
        for path in paths {
            let done = match known.remove(&path) {
                None if let Some(done) = missing.is_at(&path) => {
                    tracing::info!("{} was done as {}", path.shown(), done.store.shown());
                    record.add(&path, done.is_incomplete, None).map(|()| Some(done.is_incomplete))
                }
                known => done_with(&record, &path, known.unwrap_or_default()),
            };
            match done {
                Ok(Some(false)) => done_before.push(path),
                Ok(Some(true)) => incomplete_before.push(path),
                Ok(None) => waiting.push(path),
                // It fails alone.
                Err(error) => {
                    refused.insert(path.clone(), format!("{error:#}"));
                    waiting.push(path);
                }
            }
        }
        let at_a_time = at_a_time(&waiting);
        let (files, record) = (settings.files.clone(), Some(Arc::new(record)));
        Ok(Self {
            waiting: refused_last(waiting, &refused),
            at_a_time,
            done_before,
            incomplete_before,
            passed_over,
            refused,
            files,
            record,
        })
    }

    /// Returns the next storage file.
    pub(crate) fn next(&mut self) -> Option<PathBuf> {
        self.waiting.pop_front()
    }

    /// Puts back a storage file that was not begun.
    pub(crate) fn put_back(&mut self, store: PathBuf) {
        self.waiting.push_front(store);
    }

    /// Returns whether no storage file waits for its turn.
    pub(crate) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Returns how many storage files may be analysed at a time.
    pub(crate) fn at_a_time(&self) -> usize {
        self.at_a_time
    }

    /// Returns what writes down how far the runs of the queue are.
    pub(crate) fn log(&self) -> QueueLog {
        QueueLog(self.record.clone())
    }

    /// Writes down how the run over a storage file ended. `content` is the fingerprint of the file
    /// in which the results were stored: by now, another file may have its name.
    pub(crate) fn ended(&self, store: &Path, status: Status, content: Option<&str>) {
        if let Some(record) = &self.record
            && matches!(status, Status::Done | Status::Incomplete)
            && let Err(error) = record.add(store, status == Status::Incomplete, content)
        {
            tracing::warn!(
                "cannot record that {} is done, so --resume would do it again: {error:#}",
                store.shown()
            );
        }
    }

    /// Ends the queue. Its record stays if something is left to resume. Returns the files whose
    /// turn has not come.
    pub(crate) fn end(self, is_all_done: bool) -> Vec<PathBuf> {
        if let Some(record) = self.record.filter(|_| is_all_done) {
            record.remove();
        }
        self.waiting.into()
    }
}

/// Puts the storage files that are refused behind the others: the first one shows whether the
/// options and rules are good, and a refused one is not analysed.
fn refused_last(mut waiting: Vec<PathBuf>, refused: &BTreeMap<PathBuf, String>) -> VecDeque<PathBuf> {
    waiting.sort_by_key(|path| refused.contains_key(path));
    waiting.into()
}

/// Writes down how far the runs of a queue are, so that the next one knows those whose results are
/// stored, whenever this process is killed.
#[derive(Debug, Clone)]
pub(crate) struct QueueLog(Option<Arc<QueueRecord>>);

impl QueueLog {
    /// Writes down that the run over a storage file has come so far.
    pub(crate) fn add(&self, milestone: &Milestone<'_>) {
        let Some(record) = &self.0 else { return };
        let (run, written) = match *milestone {
            Milestone::Begun(run) => (run, record.begin(&run.store, &run.id)),
            Milestone::Worked => return,
            Milestone::Stores { run, is_incomplete, results } => {
                (run, record.store(&run.store, &run.id, is_incomplete, results))
            }
        };
        if let Err(error) = written {
            tracing::warn!(
                "cannot record that {} was begun, so --resume could do it again: {error:#}",
                run.store.shown()
            );
        }
    }
}

/// Removes the record that an interrupted queue of these storage files has left. Returns its path.
///
/// # Errors
///
/// If the queue is still active, or something else is in the place of the record.
pub(crate) fn remove_record(stores: &Stores) -> Result<Option<PathBuf>> {
    let Some(path) = stores.record() else { return Ok(None) };
    Ok(QueueRecord::remove_left(&path)?.then_some(path))
}

/// Returns whether this folder, by its real path, is the record of a queue.
pub(crate) fn is_record(folder: &Path) -> bool {
    QueueRecord::is_at(folder)
}

/// Removes the record that an interrupted queue has left in this folder, by its real path. Returns
/// whether there was one.
///
/// # Errors
///
/// If the queue is still active, or the record cannot be removed.
pub(crate) fn remove_record_at(folder: &Path) -> Result<bool> {
    QueueRecord::remove_left(folder)
}

/// Two storage files may be analysed at a time, unless two names are of one file: this process
/// would lose its locks on the file when it closes the other name.
fn at_a_time(paths: &[PathBuf]) -> usize {
    let mut known = BTreeSet::new();
    let mut files = paths.iter().filter_map(|path| path.metadata().ok());
    if files.all(|file| known.insert((file.dev(), file.ino()))) { 2 } else { 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How a queue goes on after an interruption is tested with real storage files, in
    /// `queue_records`.
    #[test]
    fn a_queue_has_one_record() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().canonicalize().unwrap().join(name);
        for (name, size) in [("a.plaso", 3), ("b.plaso", 2), ("c.plaso", 1)] {
            std::fs::write(at(name), vec![0; size]).unwrap();
        }
        let stores = Stores::In(folder.path().to_owned());
        let settings = |options: &str, files: &str| QueueSettings {
            options: options.into(),
            files: [("tagging".into(), files.into())].into(),
        };
        let resume = |settings| {
            let resumed = Queue::resume(&stores, stores.named().unwrap(), &settings);
            resumed.map_err(|failure| format!("{:#}", failure.error))
        };
        let mut queue = Queue::begin(
            &stores,
            stores.named().unwrap(),
            &settings("one", "same"),
            true,
            &StopRequests::default(),
        )
        .ok()
        .unwrap();
        assert!(resume(settings("one", "same")).err().unwrap().contains("still active"));
        assert_eq!(queue.next().unwrap(), at("a.plaso"));
        // What is no storage file cannot have been done.
        queue.ended(&at("a.plaso"), Status::Done, None);
        assert_eq!(queue.next().unwrap(), at("b.plaso"));
        queue.ended(&at("b.plaso"), Status::Failed, None);
        assert_eq!(queue.end(false), [at("c.plaso")]);
        assert!(resume(settings("other", "same")).err().unwrap().contains("other plugins or options"));
        assert!(resume(settings("one", "changed")).err().unwrap().contains("were changed since"));
        let mut queue = resume(settings("one", "same")).unwrap();
        assert_eq!(queue.done_before, Vec::<PathBuf>::new());
        assert_eq!(queue.next().unwrap(), at("a.plaso"));
        queue.end(true);
        assert!(resume(settings("one", "same")).err().unwrap().contains("there is no interrupted run"));
    }
}
