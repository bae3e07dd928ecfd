//! Bytes as the record of a shard that another machine has handed over.

use std::sync::LazyLock;

use protocol::{Plan, ShardRecord, ShardTask, SkippedEvent, TaskDone, task_store_name};
use storage::EventRange;

use super::plan::good;
use crate::Target;
use crate::run_over::check_error;

pub(super) const TARGET: Target = Target { name: "shard", run, seeds };

/// The shard that is handed over: the events 21 to 40, in two tasks.
const SHARD: u32 = 1;

static PLAN: LazyLock<Plan> = LazyLock::new(good);

fn run(data: &[u8]) {
    let record = match ShardRecord::from_json(data, &PLAN, SHARD) {
        Ok(record) => record,
        Err(error) => return check_error(&error),
    };
    let ranges: Vec<EventRange> = record.pieces().iter().map(|piece| piece.events()).collect();
    assert!(ranges.iter().all(|range| range.first <= range.last));
    assert!(ranges.windows(2).all(|pair| pair[0].last + 1 == pair[1].first));
    assert_eq!((ranges[0].first, ranges[ranges.len() - 1].last), (21, 40));
    assert!(record.tasks.iter().all(|task| !task.store.contains('/')));
}

fn seeds() -> Vec<Vec<u8>> {
    let record = |done: &[(i64, i64)], skipped: &[i64]| {
        let task = |(number, &(first, last))| ShardTask {
            events: EventRange { first, last },
            store: task_store_name(number),
            size: 0,
            sha256: "00".into(),
            done: TaskDone { task: number, ..TaskDone::default() },
        };
        let record = ShardRecord {
            plan: PLAN.digest.clone(),
            shard: SHARD,
            part: Some("00".into()),
            tasks: (2..).zip(done).map(task).collect(),
            set_aside: skipped.iter().map(|&event| SkippedEvent { event, reason: "é".into() }).collect(),
            replaced: vec!["worker 7 was killed".into()],
            seconds: 0.5,
        };
        record.to_json().unwrap()
    };
    vec![
        record(&[(21, 30), (31, 40)], &[]),
        record(&[(21, 24), (26, 30), (31, 39)], &[25, 40]),
        record(&[(21, 30)], &[]),
    ]
}
