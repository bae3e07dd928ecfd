//! A run on several machines: one makes a plan, each works on shards of it, and one merges what
//! they hand over (`docs/scale-out.md`).
//!
//! A shard is a run of the same engine over some of the plan's tasks. The merge is a run whose
//! tasks are done already. Whatever starts the machines is no part of foreman: it sees the numbers
//! of shards, and lines of JSON.

pub(crate) mod make_plan;
pub(crate) mod merge;
mod plan_folder;
mod results;
pub(crate) mod split;
pub(crate) mod work;

pub(crate) use results::missing;
