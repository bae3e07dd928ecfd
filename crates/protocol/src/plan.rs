//! The plan of a run on which several machines work: all that each of them needs to know.
//!
//! A plan is a file that others could change. So it is checked when it is read, and whoever works
//! on it compares what it says of the storage file and the rules with these.

use events::{EventRange, Timestamp};
use serde::{Deserialize, Serialize};

use crate::document::{DocumentError, from_json, to_json};
use crate::task::RunSpec;

const KIND: &str = "plan";

/// The plan of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// The run. Rules have the names that they have beside the plan.
    pub run: RunSpec,
    /// Whether the plugins' earlier results stay.
    pub keep_earlier: bool,
    /// The command line, without secrets, for the session.
    pub command_line: String,
    /// The start of the run.
    pub start_time: Timestamp,
    /// What tells the storage file from others.
    pub store: String,
    /// The number of events in the storage file.
    pub events: u64,
    /// The digest of all settings that decide what is found, and of the rules.
    pub settings: String,
    /// The ranges of the map tasks, in order.
    pub tasks: Vec<EventRange>,
    /// The shards, in order: ranges of positions in `tasks`.
    pub shards: Vec<Shard>,
    /// The SHA-256 of the plan's bytes, by which results name the plan. It is empty until the plan
    /// is read.
    #[serde(skip)]
    pub digest: String,
}

/// A part of a plan, for one machine: these tasks, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shard {
    /// The position of the first task.
    pub first: u32,
    /// The position of the last task.
    pub last: u32,
}

impl Shard {
    /// Divides so many tasks into shards of about this number of events.
    #[must_use]
    pub fn divide(tasks: usize, events: u64, shard_events: u64) -> Vec<Self> {
        let a_task = (events / (tasks as u64).max(1)).max(1);
        let count = u32::try_from(tasks).unwrap_or(u32::MAX);
        let a_shard = u32::try_from(shard_events / a_task).unwrap_or(u32::MAX).max(1);
        let mut shards = Vec::new();
        let mut first = 0;
        while first < count {
            let last = first.saturating_add(a_shard - 1).min(count - 1);
            shards.push(Self { first, last });
            first = last + 1;
        }
        shards
    }
}

impl Plan {
    /// Returns the plan as JSON in one line.
    ///
    /// # Errors
    ///
    /// If JSON cannot express it, because a path in it is not UTF-8.
    pub fn to_json(&self) -> serde_json::Result<Vec<u8>> {
        to_json(KIND, self)
    }

    /// Reads a plan of this program.
    ///
    /// # Errors
    ///
    /// If it is not a plan, another program made it, or it contradicts itself.
    pub fn from_json(json: &[u8]) -> Result<Self, DocumentError> {
        let plan = Self { digest: files::sha256_of(json), ..from_json(KIND, json)? };
        plan.check().map_err(|problem| DocumentError::Content(problem.to_owned()))?;
        Ok(plan)
    }

    /// Returns the position of the first task of a shard, and the ranges of all its tasks. Returns
    /// `None` if the plan has no such shard.
    #[must_use]
    pub fn shard(&self, number: u32) -> Option<(u32, &[EventRange])> {
        let Shard { first, last } = *self.shards.get(number as usize)?;
        Some((first, self.tasks.get(first as usize..=last as usize)?))
    }

    fn check(&self) -> Result<(), &'static str> {
        check_session(&self.run.id, self.start_time)?;
        if self.run.export.is_some() {
            return Err("it is the plan of an export, not of an analysis");
        }
        if self.run.part.is_some() {
            return Err("it is the plan for a part of a storage file");
        }
        let follows = |pair: &[EventRange]| pair[0].last.checked_add(1) == Some(pair[1].first);
        if self.tasks.iter().any(|task| task.first > task.last) || !self.tasks.windows(2).all(follows) {
            return Err("the ranges of its tasks do not follow each other");
        }
        let mut next = 0;
        for shard in &self.shards {
            if shard.first != next || shard.last < shard.first || shard.last as usize >= self.tasks.len() {
                return Err("its shards do not have each task once");
            }
            next = shard.last + 1;
        }
        if next as usize == self.tasks.len() { Ok(()) } else { Err("its shards do not have each task once") }
    }
}

/// Checks what a run stores in its session: its identifier, and its start. Plaso cannot show a
/// session with others.
///
/// # Errors
///
/// What is wrong.
pub fn check_session(id: &str, start: Timestamp) -> Result<(), &'static str> {
    /// The years 1 to 9999, in microseconds.
    const YEARS: std::ops::RangeInclusive<i64> = -62_135_596_800_000_000..=253_402_300_799_999_999;
    let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    if id.len() != 32 || !id.bytes().all(is_digit) {
        return Err("the identifier of its run is not one");
    }
    if !YEARS.contains(&start.0) {
        return Err("the start of its run is not in the years 1 to 9999");
    }
    Ok(())
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A plan of five tasks in three shards, as it is read.
    pub(crate) fn plan() -> Plan {
        let run = RunSpec {
            id: "0123456789abcdef".repeat(2),
            store: "/case.plaso".into(),
            part: None,
            plugins: Vec::new(),
            filter: None,
            times: None,
            strict_compat: false,
            export: None,
        };
        let plan = Plan {
            run,
            keep_earlier: false,
            command_line: "foreman plan".into(),
            start_time: Timestamp(7),
            store: "5 bytes".into(),
            events: 50,
            settings: "digest".into(),
            tasks: (0..5).map(|task| EventRange { first: 1 + task * 10, last: 10 + task * 10 }).collect(),
            shards: Shard::divide(5, 50, 20),
            digest: String::new(),
        };
        Plan::from_json(&plan.to_json().unwrap()).unwrap()
    }

    #[test]
    fn a_plan_and_its_shards() {
        let plan = plan();
        let shard = |first, last| Shard { first, last };
        assert_eq!(plan.shards, [shard(0, 1), shard(2, 3), shard(4, 4)]);
        assert_eq!(plan.shard(1).unwrap(), (2, &plan.tasks[2..4]));
        assert_eq!(plan.shard(3), None);
        assert_eq!(plan.digest, files::sha256_of(&plan.to_json().unwrap()));
        assert_eq!(Shard::divide(0, 0, 1_000_000), []);
        assert_eq!(Shard::divide(3, 3_000, 1).len(), 3);
        assert_eq!(Shard::divide(3, 3_000, u64::MAX), [shard(0, 2)]);
    }

    #[test]
    fn plans_that_contradict_themselves() {
        let json = String::from_utf8(plan().to_json().unwrap()).unwrap();
        for (from, to, problem) in [
            ("\"kind\":\"plan\"", "\"kind\":\"shard\"", "it is not a plan of foreman"),
            ("\"version\":2", "\"version\":3", "(format 3, "),
            ("\"program\":\"foreman ", "\"program\":\"foremen ", "foremen "),
            ("\"id\":\"0123", "\"id\":\"../3", "the identifier of its run"),
            ("\"start_time\":7,", "\"start_time\":253402300800000000,", "in the years 1 to 9999"),
            ("\"first\":11,", "\"first\":12,", "do not follow each other"),
            ("\"last\":50", "\"last\":40", "do not follow each other"),
            ("\"first\":2,\"last\":3}", "\"first\":2,\"last\":2}", "each task once"),
            ("\"first\":2,\"last\":3}", "\"first\":1,\"last\":3}", "each task once"),
            ("\"first\":4,\"last\":4}", "\"first\":4,\"last\":5}", "each task once"),
            (",{\"first\":4,\"last\":4}", "", "each task once"),
            ("\"shards\":[", "\"shards\":7,\"x\":[", "it is not valid"),
        ] {
            assert!(json.contains(from), "{from}");
            let error = Plan::from_json(json.replacen(from, to, 1).as_bytes()).unwrap_err().to_string();
            assert!(error.contains(problem), "{to}: {error}");
        }
    }
}
