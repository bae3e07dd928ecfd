//! Why a plugin cannot be set up.

use std::path::PathBuf;

use events::InvalidLabel;
use filter::{Diagnostics, tagging_file};

/// Why a plugin cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum PrepareError {
    /// There is no such plugin. Another version made the task, or it was made by hand.
    #[error("there is no analysis plugin {0:?}")]
    UnknownPlugin(String),
    /// A setting is missing or not valid. Another version made the task, or it was made by hand.
    #[error("the plugin {plugin} cannot use its setting {setting}: expected {expected}")]
    Setting {
        /// The plugin.
        plugin: &'static str,
        /// The setting.
        setting: String,
        /// What was expected.
        expected: &'static str,
    },
    /// The rules are not valid.
    #[error(transparent)]
    TaggingFile(#[from] Diagnostics),
    /// There is neither a file nor built-in rules of this name.
    #[error(
        "there is no tagging file {}, and there are no built-in rules of that name; the built-in rules are {}",
        .0.display(),
        tagging_file::BUILT_IN.join(", ")
    )]
    NoTaggingFile(PathBuf),
    /// The label is not valid.
    #[error(transparent)]
    Label(#[from] InvalidLabel),
}
