//! Descriptions of plugins for people. Each plugin has its description in its own file.
//!
//! Each option is described once. Its argument on the command line
//! ([`PluginOptions`](crate::PluginOptions)) and the output of `foreman plugins` are made from this
//! description.

use serde::{Serialize, Serializer};

/// The description of a plugin, for people and for programs that let a user choose plugins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct PluginDescription {
    /// Its name.
    pub name: &'static str,
    /// What the plugin does, in one line.
    pub summary: &'static str,
    /// What the plugin reads, in one line.
    pub reads: &'static str,
    /// What the plugin writes, in one line.
    pub writes: &'static str,
    /// Its options.
    pub options: &'static [OptionDescription],
}

/// An option of a plugin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct OptionDescription {
    /// The option as it is typed, such as `--tagging-file`.
    pub name: &'static str,
    /// The values that the option takes. In JSON this is the name of the value, or `null` for a
    /// switch.
    #[serde(rename = "value", serialize_with = "value_name")]
    pub kind: OptionKind,
    /// Whether the plugin needs this option.
    pub required: bool,
    /// The value if the option is not given, or `None` if there is no such value.
    pub default: Option<&'static str>,
    /// What the option is for, in one line.
    pub summary: &'static str,
    /// Which values are possible, for the message that a required option is missing.
    #[serde(skip)]
    pub needs: &'static str,
    /// An option that must be given together with this one.
    #[serde(skip)]
    pub only_with: Option<&'static str>,
}

/// The values that an option takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OptionKind {
    /// No value: the option switches something on.
    Switch,
    /// `true` or `false`. Without a value it means `false`, as in Plaso.
    Truth,
    /// A number.
    Number {
        /// The name of the value in the help, such as `MINUTES`.
        name: &'static str,
        /// The smallest allowed number.
        minimum: u64,
        /// The largest allowed number.
        maximum: u64,
    },
    /// A text, with the name of the value in the help.
    Text(&'static str),
    /// One of a few words.
    Choice {
        /// The name of the value in the help, such as `HASH`.
        name: &'static str,
        /// The allowed words.
        words: &'static [&'static str],
    },
    /// The path of a file.
    File(FileRole),
    /// A text that nobody else may see, with the name of the value in the help; see
    /// [`SecretSource`](crate::SecretSource).
    Secret(&'static str),
}

/// What a run does with a file that a plugin's option names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileRole {
    /// The file has rules. The run keeps a copy under this name, so that all workers use the rules
    /// that were checked, even if somebody changes the file meanwhile. A name of built-in rules
    /// always means these, and no file. There may be several such files.
    Rules(&'static str),
    /// Files with rules, or folders with such files, separated by commas. The run keeps all rules
    /// in one file of this name, which [`Spec::collect`](crate::Spec::collect) makes.
    Collection(&'static str),
    /// The file has data, and is too large to copy. Workers read the file at its path.
    Data,
    /// The file has the plugin's secret. The results do not depend on which file it is.
    Secret,
}

impl OptionDescription {
    /// Makes a description of an option without a default.
    #[must_use]
    pub const fn new(name: &'static str, kind: OptionKind, summary: &'static str) -> Self {
        Self { name, kind, required: false, default: None, summary, needs: "", only_with: None }
    }

    /// Adds a value that is used if the option is not given.
    #[must_use]
    pub const fn with_default(self, default: &'static str) -> Self {
        Self { default: Some(default), ..self }
    }

    /// Makes the option required. `needs` says which values are possible.
    #[must_use]
    pub const fn required(self, needs: &'static str) -> Self {
        Self { required: true, needs, ..self }
    }

    /// Requires another option: without it, this option is refused.
    #[must_use]
    pub const fn only_with(self, other: &'static str) -> Self {
        Self { only_with: Some(other), ..self }
    }

    /// Returns the name without its hyphens at the start, such as `tagging-file`.
    #[must_use]
    pub fn long(&self) -> &'static str {
        self.name.trim_start_matches('-')
    }

    /// Returns the name of the setting that has the option's value in a task, such as
    /// `tagging_file`.
    #[must_use]
    pub fn setting(&self) -> String {
        self.long().replace('-', "_")
    }
}

impl OptionKind {
    /// Returns the name of the value in the help, or `None` if the option takes no value.
    #[must_use]
    pub fn value_name(self) -> Option<&'static str> {
        match self {
            Self::Switch => None,
            Self::Truth => Some("true|false"),
            Self::Number { name, .. } | Self::Text(name) | Self::Choice { name, .. } | Self::Secret(name) => {
                Some(name)
            }
            Self::File(FileRole::Collection(_)) => Some("FILE|FOLDER,…"),
            Self::File(_) => Some("FILE"),
        }
    }
}

fn value_name<S: Serializer>(kind: &OptionKind, serializer: S) -> Result<S::Ok, S::Error> {
    kind.value_name().serialize(serializer)
}
