//! Which plugins there are, and how one is set up for a run.

use std::path::{Path, PathBuf};

use events::AttributeNames;
use filter::{TaggingFile, TaggingFileErrors};
use serde::{Deserialize, Serialize};

use crate::plugin::{AnalysisPlugin, Surroundings};
use crate::sessionize::Sessionize;
use crate::tagging::Tagging;

/// A plugin with its settings: all that a worker needs to know to set it up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "plugin", rename_all = "snake_case")]
pub enum PluginConfig {
    /// Labels events by rules.
    Tagging {
        /// A tagging file, or the name of built-in rules if there is no such file.
        tagging_file: PathBuf,
    },
    /// Gives events without long pauses between them the label of one session.
    Sessionize {
        /// The longest pause within a session, in minutes.
        maximum_pause: u32,
    },
}

/// What a person may want to know of a plugin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PluginDescription {
    /// Its name.
    pub name: &'static str,
    /// What it does, in a line.
    pub summary: &'static str,
}

/// All plugins, by name.
pub const PLUGINS: [PluginDescription; 2] = [
    PluginDescription {
        name: "sessionize",
        summary: "Gives events that follow each other without a long pause the label of one session.",
    },
    PluginDescription { name: "tagging", summary: "Labels events by the rules of a tagging file." },
];

/// Why a plugin cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum PrepareError {
    /// The tagging file is wrong.
    #[error(transparent)]
    TaggingFile(#[from] TaggingFileErrors),
    /// There is no such tagging file.
    #[error(
        "there is no tagging file {}, nor built-in rules of that name; built-in are {}",
        .0.display(),
        TaggingFile::BUILT_IN.join(", ")
    )]
    NoTaggingFile(PathBuf),
}

impl PluginConfig {
    /// The plugin's name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Tagging { .. } => "tagging",
            Self::Sessionize { .. } => "sessionize",
        }
    }

    /// Sets the plugin up; the attributes it will ask for are added to `names`.
    ///
    /// # Errors
    ///
    /// If a setting is of no use, such as a tagging file with an error.
    pub fn prepare(
        &self,
        names: &mut AttributeNames,
        _surroundings: &Surroundings,
    ) -> Result<Box<dyn AnalysisPlugin>, PrepareError> {
        Ok(match self {
            Self::Tagging { tagging_file } => Box::new(Tagging::new(&rules(tagging_file)?, names)?),
            Self::Sessionize { maximum_pause } => Box::new(Sessionize::new(*maximum_pause)),
        })
    }
}

/// The rules of a file, or built-in ones if there is no such file.
fn rules(path: &Path) -> Result<TaggingFile, PrepareError> {
    if path.exists() {
        return Ok(TaggingFile::load(path)?);
    }
    path.to_str().and_then(TaggingFile::built_in).ok_or_else(|| PrepareError::NoTaggingFile(path.to_owned()))
}
