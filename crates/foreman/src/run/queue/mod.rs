//! Many storage files in one run: the queue of those to analyse, and what is known of those that
//! were analysed.
//!
//! Each storage file has its own run, with its own folder and transaction. The queue only says
//! which one is next, and writes down which ones are done, so that the whole can be resumed.

mod record;
mod settings;
mod stores;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Result, anyhow};
use events::{Shown as _, with_causes};

use super::milestone::Milestone;
use super::options::InputDigests;
use super::stored_run::StoredRun;
use crate::exit::{Failure, Status};
use crate::supervise::stop::StopRequests;
use record::{BegunRun, DoneStore, KnownStore, QueueRecord};
pub(crate) use settings::QueueSettings;
pub(crate) use stores::{Named, Stores};

/// The storage files to analyse, and the record of those that are done.
pub(crate) struct Queue {
    /// The files to analyse, the largest first.
    waiting: VecDeque<PathBuf>,
    /// How many of them may be analysed at a time.
    at_a_time: usize,
    /// The files that an interrupted run of the queue has done.
    pub(crate) done_before: Vec<PathBuf>,
    /// Those of which it skipped something.
    pub(crate) incomplete_before: Vec<PathBuf>,
    /// Links that lead out of the folder of the storage files.
    pub(crate) passed_over: Vec<PathBuf>,
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
            done_before: Vec::new(),
            incomplete_before: Vec::new(),
            passed_over,
            files: settings.files.clone(),
            record: record.map(Arc::new),
        })
    }

    /// Resumes an interrupted queue with the same settings. `parent` is the parent of the folders
    /// of its runs, or `None` for the default.
    pub(crate) fn resume(
        stores: &Stores,
        Named { paths, passed_over }: Named,
        settings: &QueueSettings,
        parent: Option<&Path>,
    ) -> Result<Self, Failure> {
        let no_place = || Failure::usage(anyhow!("a list on standard input cannot be resumed"));
        let record = QueueRecord::open(&stores.record().ok_or_else(no_place)?, settings)?
            .ok_or_else(|| {
                anyhow!("there is no interrupted run of {stores} to resume; without --resume, all of them are analysed")
            })?;
        let mut known = record.known()?;
        let (mut done_before, mut incomplete_before) = (Vec::new(), Vec::new());
        let mut waiting = VecDeque::new();
        for path in paths {
            let KnownStore { run, done } = known.remove(&path).unwrap_or_default();
            let of = |run: BegunRun| StoredRun::of(&path, parent, &run.run, (run.is_incomplete, run.results));
            let stored = run.map(of).transpose()?.flatten();
            let is_incomplete = match (stored, done) {
                (Some((run, is_incomplete)), None) => {
                    record.add(&path, is_incomplete, None)?;
                    run.end();
                    Some(is_incomplete)
                }
                (stored, Some(done)) if is_still_done(&path, &done) => {
                    if let Some((run, _)) = stored {
                        run.end();
                    }
                    Some(done.is_incomplete)
                }
                (_, Some(_)) | (None, None) => None,
            };
            match is_incomplete {
                Some(false) => done_before.push(path),
                Some(true) => incomplete_before.push(path),
                None => waiting.push_back(path),
            }
        }
        name_left_out(&known);
        let at_a_time = at_a_time(waiting.make_contiguous());
        let (files, record) = (settings.files.clone(), Some(Arc::new(record)));
        Ok(Self { waiting, at_a_time, done_before, incomplete_before, passed_over, files, record })
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

/// Names the storage files with which an interrupted run had begun and which are not resumed.
fn name_left_out(known: &BTreeMap<PathBuf, KnownStore>) {
    for (path, _) in known.iter().filter(|(_, known)| known.done.is_none()) {
        tracing::warn!(
            "{} is left out: the interrupted run had begun with it, and it is no longer among the storage files; \
             its run can be resumed when it is back in its place",
            path.shown()
        );
    }
}

/// Returns whether a storage file is as it was when it was done, and says if it is not.
fn is_still_done(path: &Path, done: &DoneStore) -> bool {
    let why = match done.is_as_it_was() {
        Ok(true) => return true,
        Ok(false) => "it was changed or replaced since it was done".to_owned(),
        Err(error) => {
            format!("it is not known whether it was changed since it was done ({})", with_causes(&error))
        }
    };
    tracing::warn!("{} is analysed again: {why}", path.shown());
    false
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
            let resumed = Queue::resume(&stores, stores.named().unwrap(), &settings, None);
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
