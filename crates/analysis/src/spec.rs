//! What each plugin exports: all that the rest of the program needs to know of it.

use std::path::{Path, PathBuf};

use events::{AttributeNames, PluginConfig, ResultTable};
use filter::Diagnostics;

use crate::description::{FileRole, OptionDescription, OptionKind, PluginDescription};
use crate::error::PrepareError;
use crate::plugin::{AnalysisPlugin, RunContext};
use crate::settings::Settings;

/// A plugin before it has settings. A plugin is added by a file that exports one of these, and by a line in the list
/// of them (`registry.rs`).
#[derive(Debug, Clone, Copy)]
pub struct Spec {
    /// What it is called, does and takes.
    pub description: PluginDescription,
    /// Whether it only serves tests and is shown nowhere.
    pub is_hidden: bool,
    /// Options that only serve tests and are shown nowhere.
    pub hidden_options: &'static [OptionDescription],
    /// Where its secret comes from, if it needs one.
    pub secret: Option<SecretSource>,
    /// Sets it up; the attributes that it will ask for are added to the names.
    pub prepare: Prepare,
    /// Finds what is wrong or odd in the rules that it is given, if it takes rules.
    pub check_rules: Option<CheckRules>,
    /// Its own table in the store, if its reduce step has results beside labels and counts.
    pub results: Option<&'static ResultTable>,
}

/// Sets a plugin up.
pub type Prepare =
    fn(&Settings<'_>, &mut AttributeNames, &RunContext) -> Result<Box<dyn AnalysisPlugin>, PrepareError>;

/// Finds what is wrong or odd in rules, in a file or built-in.
pub type CheckRules = fn(&Path) -> Result<Diagnostics, PrepareError>;

/// Where a plugin's secret comes from: an option, a file or the environment.
#[derive(Debug, Clone, Copy)]
pub struct SecretSource {
    /// What it is, such as `an API key`.
    pub what: &'static str,
    /// The option that has it.
    pub option: OptionDescription,
    /// The option that has the name of a file with it.
    pub file: OptionDescription,
    /// The environment variable that has it.
    pub variable: &'static str,
    /// What the variable is for.
    pub variable_summary: &'static str,
    /// What a run calls the file that it keeps the secret in for its workers.
    pub kept_as: &'static str,
}

/// A file that a plugin is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputFile {
    /// The option that names it.
    pub option: &'static OptionDescription,
    /// Where it is.
    pub path: PathBuf,
    /// What it is to the run.
    pub role: FileRole,
}

/// A file that has to be compared with another and cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("cannot read {}", path.display())]
pub struct UnreadableFile {
    path: PathBuf,
    source: std::io::Error,
}

impl Spec {
    /// Makes a spec of a plugin that has neither a secret nor rules nor a table of its own.
    #[must_use]
    pub const fn new(description: PluginDescription, prepare: Prepare) -> Self {
        Self {
            description,
            is_hidden: false,
            hidden_options: &[],
            secret: None,
            prepare,
            check_rules: None,
            results: None,
        }
    }

    /// All options, also those that are shown nowhere.
    pub fn options(&self) -> impl Iterator<Item = &'static OptionDescription> + use<> {
        self.description.options.iter().chain(self.hidden_options)
    }

    /// Returns the files that a plugin with these settings is given.
    #[must_use]
    pub fn input_files(&self, config: &PluginConfig) -> Vec<InputFile> {
        let file = |option: &'static OptionDescription| {
            let OptionKind::File(role) = option.kind else { return None };
            let path = config.get(&option.setting())?.as_path()?.to_owned();
            Some(InputFile { option, path, role })
        };
        self.options().filter_map(file).collect()
    }

    /// Returns whether a run with the settings `asked` gives the results of one that was begun with the settings
    /// `begun`. Files that the run has a copy of are compared by their contents. A secret changes no result.
    ///
    /// # Errors
    ///
    /// If a file cannot be read.
    pub fn is_same_run(&self, asked: &PluginConfig, begun: &PluginConfig) -> Result<bool, UnreadableFile> {
        for option in self.options() {
            let setting = option.setting();
            let (asked, begun) = (asked.get(&setting), begun.get(&setting));
            let is_same = asked == begun
                || match (option.kind, asked.and_then(|a| a.as_path()), begun.and_then(|b| b.as_path())) {
                    (OptionKind::Secret(_) | OptionKind::File(FileRole::Secret), ..) => true,
                    (OptionKind::File(FileRole::Rules(_)), Some(asked), Some(begun)) => {
                        asked.exists() && read(asked)? == read(begun)?
                    }
                    (OptionKind::File(FileRole::Data), Some(asked), Some(begun)) => {
                        asked.canonicalize().is_ok_and(|real| real == begun)
                    }
                    _ => false,
                };
            if !is_same {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

fn read(path: &Path) -> Result<Vec<u8>, UnreadableFile> {
    std::fs::read(path).map_err(|source| UnreadableFile { path: path.to_owned(), source })
}
