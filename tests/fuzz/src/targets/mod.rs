//! The targets, one file each.

mod bloom;
mod event_data;
mod fields;
mod filter;
mod formatters;
mod indicators;
mod parts;
mod plan;
mod protocol;
mod shard;
mod sigma;
mod stix_pattern;
mod store_contents;
mod store_file;
mod tagging_file;
mod task_store;

use crate::Target;

/// All targets.
pub const TARGETS: [Target; 16] = [
    store_file::TARGET,
    store_contents::TARGET,
    event_data::TARGET,
    filter::TARGET,
    fields::TARGET,
    formatters::TARGET,
    tagging_file::TARGET,
    sigma::TARGET,
    indicators::TARGET,
    stix_pattern::TARGET,
    protocol::TARGET,
    bloom::TARGET,
    task_store::TARGET,
    plan::TARGET,
    parts::TARGET,
    shard::TARGET,
];
