//! Bytes as a task store that a run has left: merged as the store of a map task or of a reduce
//! step.

use events::{EventRange, Timestamp};
use std::path::PathBuf;

use protocol::task_store_name;
use storage::StoreWriter;
use storage::merge::{MapTask, MergePlan, merge};
use storage::task_store::{Origin, TaskStore};

use crate::Target;
use crate::run_over::{analyse, check_error, first_task};
use crate::samples::{STORE, shrunk};
use crate::workplace::{file, in_empty_folder};

pub(super) const TARGET: Target = Target { name: "task_store", run, seeds };

/// The first byte says whether the rest is the store of a reduce step. A good store of the other
/// kind is merged with it.
fn run(data: &[u8]) {
    let Some((&first, rest)) = data.split_first() else { return };
    let reduces = first == b'r';
    in_empty_folder(|folder| {
        let path = file(folder, "case.plaso", &STORE);
        let good = good();
        let [map, reduce] = &good.stores;
        let tried = file(folder, "tried.sqlite", rest);
        let other = file(folder, "good.sqlite", if reduces { map } else { reduce });
        let (map, reduce) = if reduces { (other, tried) } else { (tried, other) };
        let map_task = MapTask { events: good.events, store: map.clone() };
        let plugins = ["tagging", "sessionize", "browser_search"].map(str::to_owned);
        let plan = MergePlan {
            origin: &good.origin,
            plugins: &plugins,
            result_tables: &plugins.each_ref().map(|name| analysis::spec(name)?.results),
            map_tasks: &[map_task.clone(), map_task],
            reduce_tasks: &[None, Some(reduce), None],
            event_filter: None,
            time_compiled: Timestamp(0),
            keep_earlier: false,
            set_aside: &[],
            is_group: |_| false,
        };
        let writer = StoreWriter::lock(&path).unwrap();
        match merge(&writer, &plan, |_| true) {
            Ok(_) => drop(writer.commit().unwrap()),
            Err(error) => check_error(&error),
        }
        if let Err(error) =
            TaskStore::open(&map, &good.origin).and_then(|task| task.add_counts(0, &mut Default::default()))
        {
            check_error(&error);
        }
    });
}

/// Task stores that can be merged.
struct Good {
    /// The store of a map task and of a reduce step.
    stores: [Vec<u8>; 2],
    /// The events of the map task.
    events: EventRange,
    origin: Origin,
}

fn good() -> &'static Good {
    static GOOD: std::sync::OnceLock<Good> = std::sync::OnceLock::new();
    GOOD.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let path = file(folder.path(), "case.plaso", &STORE);
        let (origin, events) = first_task(&path, folder.path()).unwrap();
        analyse(&path, folder.path()).unwrap();
        let stored = |task| -> PathBuf { folder.path().join(task_store_name(task)) };
        let stores = [shrunk(&stored(0)), shrunk(&stored(4))];
        Good { stores, events, origin }
    })
}

fn seeds() -> Vec<Vec<u8>> {
    let [map, reduce] = &good().stores;
    vec![[b"m", &**map].concat(), [b"r", &**reduce].concat()]
}
