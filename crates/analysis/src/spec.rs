//! The spec that each plugin exports: all that the rest of the program needs to know of the plugin.

use std::fs::File;
use std::io::{self, BufReader, Read as _, Write};
use std::path::{Path, PathBuf};

use events::{AttributeNames, PluginConfig, ResultTable, Setting};
use filter::Diagnostics;
use filter::tagging_file::is_built_in;

use crate::description::{FileRole, OptionDescription, OptionKind, PluginDescription};
use crate::error::{PrepareError, UnreadableFile};
use crate::plugin::{AnalysisPlugin, RunContext};
use crate::settings::Settings;

/// A plugin before it has settings. To add a plugin, write a file that exports a spec, and add a
/// line to the list of specs (`registry.rs`).
#[derive(Debug, Clone, Copy)]
pub struct Spec {
    /// The plugin's name, purpose and options.
    pub description: PluginDescription,
    /// Whether the plugin serves only tests. Such a plugin is shown nowhere.
    pub is_hidden: bool,
    /// Options that serve only tests. They are shown nowhere.
    pub hidden_options: &'static [OptionDescription],
    /// The source of the plugin's secret, if it needs one.
    pub secret: Option<SecretSource>,
    /// Sets up the plugin. The attributes that it reads are added to the names.
    pub prepare: Prepare,
    /// Finds errors and warnings in a file with the plugin's rules, if it has rules.
    pub check_rules: Option<CheckRules>,
    /// Writes all rules that an option of the role [`Collection`](FileRole::Collection) names into
    /// one file.
    pub collect: Option<Collect>,
    /// The plugin's table in the store, if its reduce step has other results than labels and
    /// counts.
    pub results: Option<&'static ResultTable>,
}

/// Sets up a plugin.
pub type Prepare =
    fn(&Settings<'_>, &mut AttributeNames, &RunContext) -> Result<Box<dyn AnalysisPlugin>, PrepareError>;

/// Finds errors and warnings in a file with rules.
pub type CheckRules = fn(&Path) -> Diagnostics;

/// Writes all rules in a file, in a folder, or in several, into one file. They may be larger than
/// memory should hold.
pub type Collect = fn(&Path, &mut dyn Write) -> Result<(), PrepareError>;

/// The source of a plugin's secret: an option, a file or the environment.
#[derive(Debug, Clone, Copy)]
pub struct SecretSource {
    /// What the secret is, such as `an API key`.
    pub what: &'static str,
    /// The option for the secret itself.
    pub option: OptionDescription,
    /// The option for the name of a file with the secret.
    pub file: OptionDescription,
    /// The environment variable for the secret.
    pub variable: &'static str,
    /// What the variable is for.
    pub variable_summary: &'static str,
    /// The name of the file in which a run keeps the secret for its workers.
    pub kept_as: &'static str,
}

/// A file that an option of a plugin names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputFile {
    /// The option.
    pub option: &'static OptionDescription,
    /// The path of the file.
    pub path: PathBuf,
    /// What a run does with the file.
    pub role: FileRole,
}

impl InputFile {
    /// Returns the files and folders that the path names. A collection can be a list of them.
    #[must_use]
    pub fn places(&self) -> Vec<PathBuf> {
        match (self.role, self.path.to_str()) {
            (FileRole::Collection(_), Some(list)) if !self.path.exists() => {
                list.split(',').map(|name| name.trim().into()).collect()
            }
            _ => vec![self.path.clone()],
        }
    }
}

impl Spec {
    /// Makes the spec of a plugin without a secret, rules or a result table.
    #[must_use]
    pub const fn new(description: PluginDescription, prepare: Prepare) -> Self {
        Self {
            description,
            is_hidden: false,
            hidden_options: &[],
            secret: None,
            prepare,
            check_rules: None,
            collect: None,
            results: None,
        }
    }

    /// Returns all options, including those that are shown nowhere.
    pub fn options(&self) -> impl Iterator<Item = &'static OptionDescription> + use<> {
        self.description.options.iter().chain(self.hidden_options)
    }

    /// Returns the files that these settings name.
    #[must_use]
    pub fn input_files(&self, config: &PluginConfig) -> Vec<InputFile> {
        let mut files = Vec::new();
        for option in self.options() {
            let OptionKind::File(role) = option.kind else { continue };
            let paths = config.get(&option.setting()).map(Setting::paths).unwrap_or_default();
            files.extend(paths.into_iter().map(|path| InputFile { option, path: path.to_owned(), role }));
        }
        files
    }

    /// Returns whether a run with the settings `asked` gives the same results as a run that began
    /// with the settings `begun`. A file of which the run has a copy is compared with the copy. A
    /// secret changes no result.
    ///
    /// # Errors
    ///
    /// If a file cannot be read.
    pub fn is_same_run(&self, asked: &PluginConfig, begun: &PluginConfig) -> Result<bool, UnreadableFile> {
        for option in self.options() {
            let setting = option.setting();
            let (asked, begun) = (asked.get(&setting), begun.get(&setting));
            let is_same = asked == begun
                || match (option.kind, asked.map(Setting::paths), begun.map(Setting::paths)) {
                    (OptionKind::Secret(_) | OptionKind::File(FileRole::Secret), ..) => true,
                    (OptionKind::File(FileRole::Collection(_)), Some(asked), Some(begun)) => {
                        let collect = self.collect.zip(asked.first().zip(begun.first()));
                        collect.is_some_and(|(collect, (asked, begun))| {
                            Comparison::open(begun)
                                .is_ok_and(|mut with| collect(asked, &mut with).is_ok() && with.finish())
                        })
                    }
                    (OptionKind::File(role), Some(asked), Some(begun)) => {
                        !asked.is_empty() && are_same_files(role, &asked, &begun)?
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

/// Returns whether a run reads the same from the files `asked` as from the files `begun`.
fn are_same_files(role: FileRole, asked: &[&Path], begun: &[&Path]) -> Result<bool, UnreadableFile> {
    if asked.len() != begun.len() {
        return Ok(false);
    }
    for (asked, begun) in asked.iter().zip(begun) {
        let is_same = asked == begun
            || match role {
                FileRole::Rules(_) => {
                    let are_files = [asked, begun].iter().all(|path| !is_built_in(path) && path.exists());
                    are_files && read(asked)? == read(begun)?
                }
                // Collected, see `Spec::is_same_run`.
                FileRole::Collection(_) => false,
                FileRole::Data | FileRole::Secret => asked.canonicalize().is_ok_and(|real| real == **begun),
            };
        if !is_same {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Compares what is written to it with a file.
struct Comparison {
    file: BufReader<File>,
    differs: bool,
}

impl Comparison {
    fn open(path: &Path) -> io::Result<Self> {
        Ok(Self { file: BufReader::new(files::open_input(path)?), differs: false })
    }

    /// Returns whether the same was written as the file has.
    fn finish(mut self) -> bool {
        !self.differs && self.file.read(&mut [0]).is_ok_and(|more| more == 0)
    }
}

impl Write for Comparison {
    fn write(&mut self, written: &[u8]) -> io::Result<usize> {
        let mut of_file = vec![0; written.len()];
        let is_there = self.file.read_exact(&mut of_file).is_ok();
        self.differs |= !is_there || of_file != written;
        Ok(written.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn read(path: &Path) -> Result<Vec<u8>, UnreadableFile> {
    let mut bytes = Vec::new();
    let read = files::open_input(path).and_then(|mut file| file.read_to_end(&mut bytes));
    read.map(|_| bytes).map_err(|source| UnreadableFile { path: path.to_owned(), source })
}
