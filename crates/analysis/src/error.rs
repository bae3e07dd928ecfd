//! Why a plugin cannot be set up.

use std::path::PathBuf;

use events::{InvalidLabel, Shown as _};
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
        .0.shown(),
        tagging_file::BUILT_IN.join(", ")
    )]
    NoTaggingFile(PathBuf),
    /// The plugin is not one of Plaso's, which `--strict-compat` asks for.
    #[error("the plugin {0} is not a plugin of Plaso; run it without --strict-compat")]
    NotInPlaso(&'static str),
    /// The Sigma rules cannot be read.
    #[error(transparent)]
    SigmaFiles(#[from] sigma::RuleFilesError),
    /// The Sigma rules cannot be kept.
    #[error("the Sigma rules cannot be copied")]
    SigmaCopy(#[from] serde_json::Error),
    /// Rules cannot be written to the run's folder.
    #[error("the rules cannot be copied for the workers")]
    Copy(#[source] std::io::Error),
    /// The indicator lists cannot be read.
    #[error(transparent)]
    IocFiles(#[from] indicators::ListsError),
    /// The indicators cannot be compared with events.
    #[error("the indicators cannot be used: {0}")]
    IocMatcher(#[from] indicators::matching::BuildError),
    /// The indicators that the run keeps cannot be used.
    #[error(transparent)]
    IocKept(#[from] indicators::matching::LoadError),
    /// No list has an indicator that can be used.
    #[error("no indicator can be used: {0}")]
    NoIndicator(String),
    /// A list has something that cannot be used, and `--ioc-strict` was given.
    #[error(
        "{problem}{}; without --ioc-strict, the rest of the lists is used; `foreman check --ioc` shows all problems",
        match others {
            0 => String::new(),
            1 => "; 1 more problem".to_owned(),
            others => format!("; {others} more problems"),
        }
    )]
    IocProblem {
        /// The first problem.
        problem: String,
        /// The number of others.
        others: u64,
    },
    /// No Sigma rule can be used.
    #[error(
        "no Sigma rule can be used: {0}; `foreman check --sigma-rules` says why a rule is refused, and --sigma-level, \
         --sigma-status and --sigma-exclude leave out others"
    )]
    NoSigmaRule(String),
    /// A list has no words.
    #[error("{option} has nothing but commas and spaces: {list:?}; leave it out")]
    NoWord {
        /// The option.
        option: &'static str,
        /// The list.
        list: String,
    },
    /// Sigma has no such status.
    #[error("--sigma-status: {0}")]
    SigmaStatus(sigma::UnknownWord),
    /// `--sigma-exclude` names a rule or filter that is not there.
    #[error("--sigma-exclude: no rule or filter has the identifier or the file {0:?}")]
    SigmaExclude(String),
    /// The values of placeholders cannot be read.
    #[error(transparent)]
    Placeholders(#[from] sigma::PlaceholdersError),
    /// A file of the settings cannot be read.
    #[error(transparent)]
    File(#[from] UnreadableFile),
    /// The settings cannot be put into words.
    #[error("the settings cannot be put into JSON")]
    Digest(#[source] serde_json::Error),
    /// The label is not valid.
    #[error(transparent)]
    Label(#[from] InvalidLabel),
}

/// A file whose contents count cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("cannot read {}", path.shown())]
pub struct UnreadableFile {
    pub(crate) path: PathBuf,
    pub(crate) source: std::io::Error,
}
