//! The spec that each plugin exports: all that the rest of the program needs to know of the plugin.

use std::io::{Read as _, Write};
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
    /// The options that say to which server hashes, names or a secret go.
    pub servers: &'static [OptionDescription],
    /// The source of the plugin's secret, if it needs one.
    pub secret: Option<SecretSource>,
    /// Sets up the plugin. The attributes that it reads are added to the names.
    pub prepare: Prepare,
    /// Finds errors and warnings in a file with the plugin's rules, if it has rules.
    pub check_rules: Option<CheckRules>,
    /// Writes all rules that an option of the role [`Collection`](FileRole::Collection) names into
    /// one file.
    pub collect: Option<Collect>,
    /// Returns the digest of the collection that a file was made of which the plugin has kept
    /// ([`AnalysisPlugin::keep`]), or `None` if the plugin has not made the file.
    pub kept_digest: Option<KeptDigest>,
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

/// Returns the digest that a kept file says of what it was made of.
pub type KeptDigest = fn(&Path) -> Result<Option<String>, PrepareError>;

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
        match self.role {
            FileRole::Collection(_) => files::separated_paths(&self.path),
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
            servers: &[],
            secret: None,
            prepare,
            check_rules: None,
            collect: None,
            kept_digest: None,
            results: None,
        }
    }

    /// Returns all options, including those that are shown nowhere.
    pub fn options(&self) -> impl Iterator<Item = &'static OptionDescription> + use<> {
        self.description.options.iter().chain(self.hidden_options)
    }

    /// Returns the options that say to which server something goes, and that these settings give
    /// another value than the default.
    pub fn servers(&self, config: &PluginConfig) -> impl Iterator<Item = &'static OptionDescription> {
        self.servers.iter().filter(|option| {
            let setting = config.get(&option.setting());
            setting.is_some() && setting != option.default_value().as_ref()
        })
    }

    /// Returns whether the plugin with these settings sends something to a server.
    #[must_use]
    pub fn asks_server(&self, config: &PluginConfig) -> bool {
        self.servers.iter().any(|option| {
            let switch = self.options().find(|switch| Some(switch.name) == option.only_with);
            switch.is_none_or(|switch| config.get(&switch.setting()) == Some(&Setting::Switch(true)))
        })
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
            let is_equal = asked == begun;
            let (asked, begun) = (asked.map(Setting::paths), begun.map(Setting::paths));
            let is_same = is_equal
                || match (option.kind, asked.as_deref(), begun.as_deref()) {
                    (OptionKind::Secret(_) | OptionKind::File(FileRole::Secret), ..) => true,
                    (OptionKind::File(FileRole::Collection(_)), Some([asked]), Some([begun])) => {
                        let digests = (self.digest_of_files(asked), self.digest_of_kept(begun));
                        matches!(digests, (Ok(asked), Ok(begun)) if asked == begun)
                    }
                    (OptionKind::File(role), Some(asked), Some(begun)) => {
                        !asked.is_empty() && are_same_files(role, asked, begun)?
                    }
                    _ => false,
                };
            if !is_same {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Returns what tells the files of a collection from others.
    ///
    /// # Errors
    ///
    /// If a file or folder cannot be read.
    pub fn digest_of_files(&self, path: &Path) -> Result<String, PrepareError> {
        let mut hashed = files::Sha256Writer::default();
        if let Some(collect) = self.collect {
            collect(path, &mut hashed)?;
        }
        Ok(hashed.digest())
    }

    /// Returns what tells the files of a collection from others, by the file in which a run keeps
    /// them.
    pub(crate) fn digest_of_kept(&self, path: &Path) -> Result<String, PrepareError> {
        if let Some(digest) = self.kept_digest.map(|of| of(path)).transpose()?.flatten() {
            return Ok(digest);
        }
        let digest = files::open_input(path).and_then(files::sha256);
        Ok(digest.map_err(|source| UnreadableFile { path: path.to_owned(), source })?)
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

fn read(path: &Path) -> Result<Vec<u8>, UnreadableFile> {
    let mut bytes = Vec::new();
    let read = files::open_input(path).and_then(|mut file| file.read_to_end(&mut bytes));
    read.map(|_| bytes).map_err(|source| UnreadableFile { path: path.to_owned(), source })
}
