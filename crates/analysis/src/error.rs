//! Why a plugin cannot be set up.

use std::path::PathBuf;

use events::InvalidLabel;
use filter::{Diagnostics, tagging_file};

/// Why a plugin cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum PrepareError {
    /// There is no such plugin; the task was made by another version, or by hand.
    #[error("there is no analysis plugin {0:?}")]
    UnknownPlugin(String),
    /// A setting is missing or is none; the task was made by another version, or by hand.
    #[error("the plugin {plugin} cannot use its setting {setting}: expected {expected}")]
    Setting {
        /// The plugin.
        plugin: &'static str,
        /// The setting.
        setting: String,
        /// What it should be.
        expected: &'static str,
    },
    /// The rules are wrong.
    #[error(transparent)]
    TaggingFile(#[from] Diagnostics),
    /// There are no such rules.
    #[error(
        "there is no tagging file {}, nor built-in rules of that name; built-in are {}",
        .0.display(),
        tagging_file::BUILT_IN.join(", ")
    )]
    NoTaggingFile(PathBuf),
    /// The label that was chosen is not valid.
    #[error(transparent)]
    Label(#[from] InvalidLabel),
}
