//! Bytes as the plan of a run on several machines.

use protocol::{Plan, RunSpec, Shard};
use storage::EventRange;

use crate::Target;
use crate::run_over::check_error;

pub(super) const TARGET: Target = Target { name: "plan", run, seeds };

fn run(data: &[u8]) {
    let plan = match Plan::from_json(data) {
        Ok(plan) => plan,
        Err(error) => return check_error(&error),
    };
    let again = Plan::from_json(&plan.to_json().unwrap()).unwrap();
    assert_eq!(Plan { digest: plan.digest.clone(), ..again }, plan);
    let count = u32::try_from(plan.shards.len()).unwrap();
    let tasks: Vec<EventRange> = (0..count).flat_map(|shard| plan.shard(shard).unwrap().1.to_vec()).collect();
    assert_eq!(tasks, plan.tasks);
    assert_eq!(plan.shard(count), None);
}

/// A plan of a few tasks in shards of two tasks each.
pub(super) fn good() -> Plan {
    let folder = tempfile::tempdir().unwrap();
    let run = RunSpec {
        id: "0123456789abcdef".repeat(2),
        store: "/case.plaso".into(),
        part: None,
        plugins: crate::run_over::plugins(folder.path()),
        filter: Some("size > 1".into()),
        times: None,
        strict_compat: false,
        export: None,
    };
    let plan = Plan {
        run,
        keep_earlier: false,
        command_line: "foreman plan é".into(),
        start_time: events::Timestamp(-7),
        store: "5 bytes".into(),
        events: 50,
        settings: "00".into(),
        tasks: (0..5).map(|task| EventRange { first: 1 + task * 10, last: 10 + task * 10 }).collect(),
        shards: Shard::divide(5, 50, 20),
        digest: String::new(),
    };
    Plan::from_json(&plan.to_json().unwrap()).unwrap()
}

fn seeds() -> Vec<Vec<u8>> {
    let plan = good();
    let last = EventRange { first: i64::MAX, last: i64::MAX };
    let single = Plan { tasks: vec![last], shards: Shard::divide(1, 1, 1), ..plan.clone() };
    let empty = Plan { tasks: Vec::new(), shards: Vec::new(), ..plan.clone() };
    [plan, single, empty].map(|plan| plan.to_json().unwrap()).to_vec()
}
