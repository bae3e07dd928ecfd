//! Bytes as the list of a storage file's parts, which lies beside a plan.

use std::sync::LazyLock;

use protocol::{Part, Parts, Plan};

use super::plan::good;
use crate::Target;
use crate::run_over::check_error;

pub(super) const TARGET: Target = Target { name: "parts", run, seeds };

static PLAN: LazyLock<Plan> = LazyLock::new(good);

fn run(data: &[u8]) {
    let parts = match Parts::from_json(data, &PLAN) {
        Ok(parts) => parts,
        Err(error) => return check_error(&error),
    };
    assert_eq!(Parts::from_json(&parts.to_json().unwrap(), &PLAN).unwrap(), parts);
    let count = u32::try_from(PLAN.shards.len()).unwrap();
    assert!((0..count).all(|shard| parts.of_shard(shard).is_some()));
    assert_eq!(parts.of_shard(count), None);
}

fn seeds() -> Vec<Vec<u8>> {
    let part = |sha256: &str| Part { sha256: sha256.into(), size: 5, store: "é bytes".into() };
    let of = |plan: &str, parts: &[&str]| {
        let parts = parts.iter().copied().map(part).collect();
        Parts { plan: plan.into(), parts }.to_json().unwrap()
    };
    vec![of(&PLAN.digest, &["00", "11", "22"]), of(&PLAN.digest, &[]), of("", &["00", "11", "22"])]
}
