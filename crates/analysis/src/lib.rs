//! Analysis plugins, which find things in events.
//!
//! A plugin examines one event after the other, in storage order and in any process, and returns
//! its findings. If a label depends on all events, a reduce step decides it ([`plugin`]).
//! [`Pipeline`] runs the filter and all plugins of a run over the same events. A plugin is a file
//! that exports a [`Spec`], and a line in the list of specs ([`SPECS`]). This crate does not know
//! processes, IPC or SQL.

mod browser_search;
mod chrome_extension;
mod description;
mod error;
#[cfg(test)]
mod example;
mod file_sample;
mod hashes;
mod home_directories;
mod ioc;
mod netloc;
mod no_proxy;
mod options;
mod patience;
mod pipeline;
pub mod plugin;
mod proxy;
mod registry;
mod rules_read;
mod search_engines;
mod sessionize;
mod settings;
mod settings_digest;
mod sigma_correlation;
mod sigma_results;
mod sigma_rules;
mod spec;
mod tagging;
mod test_memory;
#[cfg(test)]
mod test_support;
mod time_slots;
mod unique_domains_visited;
mod urls;
mod web_store;

pub use description::{FileRole, OptionDescription, OptionKind, PluginDescription};
pub use error::{PrepareError, UnreadableFile};
pub use ioc::sigma_rules_of_lists;
pub use options::{
    OptionError, PluginOptions, described, parse_integer, with_hyphens, with_negative_numbers,
};
pub use pipeline::{Pipeline, PipelineError};
pub use registry::{PLUGINS, SPECS, copy_name, is_kept_file, result_tables, secret_sources, spec, spec_of};
pub use rules_read::RulesRead;
pub use settings::Settings;
pub use settings_digest::{settings_digest, settings_digest_of_read};
pub use sigma_rules::text_of_not_read;
pub use spec::{CheckRules, Collect, InputFile, KeptDigest, Prepare, SecretSource, Spec};
pub use tagging::{check_tagging_file, load_labels, load_tagging_file};
pub use time_slots::TimeSlots;
