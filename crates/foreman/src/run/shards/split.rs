//! Divides the storage file of a plan into parts, one for each shard.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::mpsc::Sender;

use anyhow::{Context as _, Result, anyhow};
use events::Shown as _;
use files::{NewFolder, OutputFile};
use protocol::{Part, Parts, part_store_name};
use storage::{FinishedPart, PartWriter, SameStore, Store, counts_as_write, on_each_processor};

use super::plan_folder::{PARTS, PlanFolder, real_folder};
use crate::exit::Failure;
use crate::output::{begun, complete};
use crate::paths::open_store;
use crate::run::plan::tasks_of;
use crate::supervise::stop::StopRequests;

/// Makes the parts of a plan's storage file in a new folder `out`, and writes down beside the plan
/// which they are. Returns them with the number of their bytes, or `None` if the user asked to
/// stop.
pub(crate) fn split_store(
    plan: &Path,
    store: &Path,
    out: &Path,
    stop: &StopRequests,
    progress: &mut dyn FnMut(u64),
) -> Result<Option<(Parts, u64)>, Failure> {
    let plan = PlanFolder::open(plan)?;
    let place = plan.path.join(PARTS);
    if plan.parts.is_some() {
        return Err(Failure::usage(anyhow!(
            "the plan {} has parts already; to make them again, remove {}",
            plan.path.shown(),
            place.shown()
        )));
    }
    let store = open_store(store)?;
    plan.check_store(&store, None)?;
    let (events, tasks) = tasks_of(&store)?;
    plan.check_tasks(&store, events, &tasks)?;
    let (before, same) = (store.state()?, store.same()?);
    // From now on there is something to remove if the user asks to stop.
    stop.begin();
    // Nobody reads the list who may not read the plan.
    files::limit_readers_to_those_of(&plan.path);
    // The file is begun before the work, which may take long.
    let cannot_write = || format!("cannot write {}", place.shown());
    let mut list = OutputFile::own(&place).and_then(OutputFile::begin).with_context(cannot_write)?;
    let cannot_make = || format!("cannot make the folder {} for the parts", out.shown());
    let mut folder = new_folder(out).with_context(cannot_make)?;
    for (shard, _) in (0..).zip(&plan.plan.shards) {
        folder.create(&part_store_name(shard)).with_context(cannot_make)?;
    }
    let splitting = Splitting {
        plan: &plan,
        store: &same,
        folder: &folder,
        stop,
        next: AtomicU32::new(0),
        has_failed: AtomicBool::new(false),
    };
    let Some(parts) = splitting.make_parts(progress)? else { return Ok(None) };
    if !before.is_still_at(same.path())? {
        return Err(anyhow!(
            "another program has written to {} while its parts were made {}, so no parts were made; make them again",
            same.path().shown(),
            counts_as_write(same.path())
        )
        .into());
    }
    let parts = Parts { plan: plan.plan.digest.clone(), parts };
    let json = parts.to_json().context("the list of the parts cannot be written as JSON")?;
    list.file().write_all(&json).and_then(|()| list.file().sync_all()).with_context(cannot_write)?;
    let bytes = folder.sync().with_context(cannot_make)?;
    folder.give_name(&place).with_context(cannot_make)?;
    // Of two commands that split one plan, only one writes the list. The parts of the other one go
    // with its folder.
    list.publish().with_context(cannot_write)?;
    complete(folder, |stays| tracing::warn!("{stays}"));
    Ok(Some((parts, bytes)))
}

/// Begins the folder of the parts, on a path without links, which SQLite does not follow. Like a
/// run folder, it has evidence that others may be kept from reading.
fn new_folder(out: &Path) -> Result<NewFolder> {
    let name = out.file_name().ok_or_else(|| anyhow!("its path ends without a name"))?;
    let parent = out.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    Ok(begun(NewFolder::begin_private(&real_folder(parent)?.join(name))?))
}

/// The work of several threads, each of which makes one part after the other.
struct Splitting<'a> {
    plan: &'a PlanFolder,
    store: &'a SameStore,
    folder: &'a NewFolder,
    stop: &'a StopRequests,
    /// The next shard whose part no thread makes yet.
    next: AtomicU32,
    has_failed: AtomicBool,
}

impl Splitting<'_> {
    /// Makes all parts, with a thread for each processor. Returns `None` if the user asked to stop.
    fn make_parts(&self, progress: &mut dyn FnMut(u64)) -> Result<Option<Vec<Part>>> {
        let ended = on_each_processor(|| |sender: &Sender<u64>| self.make_some(sender), progress);
        let ended = ended.context("cannot make the parts in several threads")?;
        if self.stop.count() > 0 {
            return Ok(None);
        }
        // Closing a store lets go of the locks that this process has on the file, so the stores are
        // closed only now that no thread reads any more.
        let ended: Vec<_> = ended.into_iter().collect::<Result<_>>()?;
        let (made, _stores): (Vec<_>, Vec<Store>) = ended.into_iter().unzip();
        let parts: BTreeMap<u32, Part> = made.into_iter().flatten().collect();
        Ok(Some(parts.into_values().collect()))
    }

    /// Makes one part after the other, until none is left that no other thread makes. After an
    /// error, no thread begins another part.
    fn make_some(&self, progress: &Sender<u64>) -> Result<(Vec<(u32, Part)>, Store)> {
        let store = self.store.open()?;
        let mut made = Vec::new();
        while let Some(shard) = self.next_shard() {
            let part = self.make(&store, shard, progress);
            let part = part.inspect_err(|_| self.has_failed.store(true, Ordering::Relaxed))?;
            made.extend(part.map(|part| (shard, part)));
        }
        Ok((made, store))
    }

    fn make(&self, store: &Store, shard: u32, progress: &Sender<u64>) -> Result<Option<Part>> {
        let name = part_store_name(shard);
        let path = self.folder.unfinished_path().join(&name);
        let made = self.folder.read(&name).with_context(|| format!("cannot open {}", path.shown()))?;
        let (_, tasks) = self.plan.plan.shard(shard).context("the plan has the shard")?;
        let mut part = PartWriter::begin(store, &path, made)?;
        for events in tasks {
            if self.is_stopped() {
                return Ok(None);
            }
            part.add(*events)?;
            // The receiver waits for all threads.
            let _ = progress.send(events.last.abs_diff(events.first).saturating_add(1));
        }
        let FinishedPart { size, sha256, fingerprint } = part.finish()?;
        // The part is copied from the file that is open, and that file is the planned one.
        self.plan.check_store(store, None).map_err(|failure| failure.error)?;
        Ok(Some(Part { sha256, size, store: fingerprint }))
    }

    fn next_shard(&self) -> Option<u32> {
        let shard = self.next.fetch_add(1, Ordering::Relaxed);
        self.plan.plan.shard(shard).filter(|_| !self.is_stopped()).map(|_| shard)
    }

    fn is_stopped(&self) -> bool {
        self.stop.count() > 0 || self.has_failed.load(Ordering::Relaxed)
    }
}
