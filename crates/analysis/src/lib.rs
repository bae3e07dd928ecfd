//! Analysis plugins: what is found in events.
//!
//! A plugin looks at one event after the other, in storage order and in any process, and says what it finds; if a
//! label depends on all events, a reduce step decides it ([`plugin`]). [`Pipeline`] drives the filter and all plugins
//! of a run over the same events. Nothing here knows of processes, IPC or SQL.

mod browser_search;
mod chrome_extension;
mod config;
mod description;
mod hashes;
mod netloc;
mod options;
mod pipeline;
pub mod plugin;
mod proxy;
mod search_engines;
mod sessionize;
mod tagging;
mod test_memory;
#[cfg(test)]
mod test_support;
mod unique_domains_visited;
mod urls;
mod web_store;

pub use config::{PLUGINS, PluginConfig, PrepareError, load_tagging_file};
pub use description::{OptionDescription, PluginDescription};
pub use hashes::{API_KEY_OPTION, API_KEY_VARIABLE, ApiKey, ApiKeySource, HashKind, HashOptions};
pub use options::{
    OptionError, PluginOptions, described, parse_integer, with_hyphens, with_negative_numbers,
};
pub use pipeline::{Pipeline, PipelineError};
