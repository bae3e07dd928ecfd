//! What a machine hands over for a shard of a plan: which events its task stores have, and which
//! events it has skipped.
//!
//! The record lies beside the task stores, where others could change it. So it is compared with the
//! plan, and the task stores are compared with both.

use std::collections::BTreeSet;

use events::EventRange;
use serde::{Deserialize, Serialize};

use crate::document::{DocumentError, from_json, to_json};
use crate::message::TaskDone;
use crate::plan::Plan;
use crate::task::is_task_store_name;

const KIND: &str = "shard";

/// The beginning of the JSON of each record, by which the folder of a shard is recognised.
pub const SHARD_SIGNATURE: &str = "{\"kind\":\"shard\",";

/// What a machine hands over for a shard.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ShardRecord {
    /// The SHA-256 of the plan's bytes.
    pub plan: String,
    /// The number of the shard.
    pub shard: u32,
    /// The SHA-256 of the part that was read, or `None` if the whole storage file was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<String>,
    /// The task stores.
    pub tasks: Vec<ShardTask>,
    /// The events that were skipped, because each worker that examined them ended.
    pub set_aside: Vec<SkippedEvent>,
    /// The workers that were replaced, and why.
    pub replaced: Vec<String>,
    /// How long the work took.
    pub seconds: f64,
}

/// A task store of a shard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShardTask {
    /// The events that were examined.
    pub events: EventRange,
    /// The name of the task store.
    pub store: String,
    /// The size of the task store in bytes.
    pub size: u64,
    /// The SHA-256 of the task store.
    pub sha256: String,
    /// The result of the task.
    pub done: TaskDone,
}

/// An event that was skipped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SkippedEvent {
    /// The row of the event.
    pub event: i64,
    /// Why it was skipped.
    pub reason: String,
}

/// What became of some events of a shard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece<'r> {
    /// They are in this task store.
    Done(&'r ShardTask),
    /// The event was skipped.
    Skipped(&'r SkippedEvent),
}

impl Piece<'_> {
    /// Returns the events.
    #[must_use]
    pub fn events(&self) -> EventRange {
        match self {
            Self::Done(task) => task.events,
            Self::Skipped(skipped) => EventRange { first: skipped.event, last: skipped.event },
        }
    }
}

impl ShardRecord {
    /// Returns the record as JSON in one line.
    ///
    /// # Errors
    ///
    /// Never, because JSON can express every record.
    pub fn to_json(&self) -> serde_json::Result<Vec<u8>> {
        to_json(KIND, self)
    }

    /// Reads the record of this shard of the plan.
    ///
    /// # Errors
    ///
    /// If it is no record of this program, plan and shard, or does not have each event of the shard
    /// exactly once.
    pub fn from_json(json: &[u8], plan: &Plan, number: u32) -> Result<Self, DocumentError> {
        let record: Self = from_json(KIND, json)?;
        if record.plan != plan.digest {
            return Err(DocumentError::Content("it is a result of another plan".into()));
        }
        if record.shard != number {
            return Err(DocumentError::Content(format!("it is the result of shard {}", record.shard)));
        }
        let mut names = BTreeSet::new();
        if !record.tasks.iter().all(|task| is_task_store_name(&task.store) && names.insert(&task.store)) {
            return Err(DocumentError::Content("it names a file that is no task store of its own".into()));
        }
        let (_, tasks) = plan.shard(number).ok_or(DocumentError::Kind(KIND))?;
        record.check_cover(tasks).map_err(DocumentError::Content)?;
        Ok(record)
    }

    /// Returns what became of the events, in their order.
    #[must_use]
    pub fn pieces(&self) -> Vec<Piece<'_>> {
        let skipped = self.set_aside.iter().map(Piece::Skipped);
        let mut pieces: Vec<_> = self.tasks.iter().map(Piece::Done).chain(skipped).collect();
        pieces.sort_by_key(|piece| piece.events().first);
        pieces
    }

    /// Checks that each event of these tasks is done or skipped exactly once, and no other is.
    fn check_cover(&self, tasks: &[EventRange]) -> Result<(), String> {
        let mut tasks = tasks.iter();
        let mut task = tasks.next();
        let mut next = task.map(|task| task.first);
        for piece in self.pieces() {
            let EventRange { first, last } = piece.events();
            let (Some(within), Some(expected)) = (task, next) else {
                return Err(format!("event {first} is not one of the shard"));
            };
            if first > expected {
                return Err(format!("events {expected} to {} are missing", first - 1));
            }
            if first < expected {
                return Err(format!("event {first} is there twice, or is not one of the shard"));
            }
            if first > last || last > within.last {
                return Err(format!("events {first} to {last} are no task of the plan, and no part of one"));
            }
            if last == within.last {
                task = tasks.next();
                next = task.map(|task| task.first);
            } else {
                next = Some(last + 1);
            }
        }
        match (task, next) {
            (Some(within), Some(next)) => {
                let last = tasks.as_slice().last().unwrap_or(within).last;
                Err(format!("events {next} to {last} are missing"))
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::tests::plan;
    use crate::task::task_store_name;

    fn range(first: i64, last: i64) -> EventRange {
        EventRange { first, last }
    }

    /// The record of the shard with the events 21 to 40, whose pieces are these.
    fn record(done: &[EventRange], skipped: &[i64]) -> ShardRecord {
        let task = |(number, &events)| ShardTask {
            events,
            store: task_store_name(number),
            size: 0,
            sha256: "0".into(),
            done: TaskDone::default(),
        };
        ShardRecord {
            plan: plan().digest,
            shard: 1,
            part: None,
            tasks: (7..).zip(done).map(task).collect(),
            set_aside: skipped.iter().map(|&event| SkippedEvent { event, reason: "x".into() }).collect(),
            replaced: Vec::new(),
            seconds: 0.5,
        }
    }

    fn read(record: &ShardRecord) -> Result<ShardRecord, String> {
        ShardRecord::from_json(&record.to_json().unwrap(), &plan(), 1).map_err(|error| error.to_string())
    }

    #[test]
    fn the_events_of_a_shard_are_there_once() {
        for (done, skipped) in [
            (&[range(21, 30), range(31, 40)][..], &[][..]),
            (&[range(31, 40), range(21, 30)], &[]),
            (&[range(21, 24), range(31, 40), range(26, 30)], &[25]),
            (&[range(21, 30), range(31, 39)], &[40]),
        ] {
            let record = record(done, skipped);
            assert_eq!(read(&record).as_ref(), Ok(&record));
        }
        for (done, skipped, problem) in [
            (&[][..], &[][..], "events 21 to 40 are missing"),
            (&[range(21, 30)], &[], "events 31 to 40 are missing"),
            (&[range(22, 30), range(31, 40)], &[], "events 21 to 21 are missing"),
            (&[range(21, 30), range(31, 39)], &[], "events 40 to 40 are missing"),
            (&[range(21, 30), range(21, 30), range(31, 40)], &[], "event 21 is there twice"),
            (&[range(21, 30), range(31, 40)], &[40], "event 40 is not one of the shard"),
            (&[range(21, 30), range(31, 40)], &[30], "event 30 is there twice"),
            (&[range(11, 20), range(21, 30), range(31, 40)], &[], "event 11 is there twice, or is not"),
            (&[range(21, 40)], &[], "events 21 to 40 are no task of the plan"),
            (&[range(21, 20)], &[], "no task of the plan"),
        ] {
            let error = read(&record(done, skipped)).unwrap_err();
            assert!(error.contains(problem), "{problem}: {error}");
        }
    }

    #[test]
    fn records_of_something_else() {
        let good = || record(&[range(21, 30), range(31, 40)], &[]);
        let mut names = good();
        names.tasks[1].store = names.tasks[0].store.clone();
        let mut path = good();
        path.tasks[1].store = "../task-000001.sqlite".into();
        for (record, problem) in [
            (ShardRecord { plan: "other".into(), ..good() }, "it is a result of another plan"),
            (ShardRecord { shard: 2, ..good() }, "it is the result of shard 2"),
            (names, "no task store of its own"),
            (path, "no task store of its own"),
        ] {
            let error = read(&record).unwrap_err();
            assert!(error.contains(problem), "{problem}: {error}");
        }
        assert!(String::from_utf8(good().to_json().unwrap()).unwrap().starts_with(SHARD_SIGNATURE));
    }
}
