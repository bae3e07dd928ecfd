//! What a person may want to know of a plugin; each plugin describes itself beside its code.
//!
//! An option is described once: the command line is made from its description ([`PluginOptions`](crate::PluginOptions)),
//! and so is what `foreman plugins` shows.

use serde::{Serialize, Serializer};

/// A plugin, described for people and for tools that choose plugins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct PluginDescription {
    /// Its name.
    pub name: &'static str,
    /// What it does, in a line.
    pub summary: &'static str,
    /// What it reads, in a line.
    pub reads: &'static str,
    /// What it writes, in a line.
    pub writes: &'static str,
    /// Its options.
    pub options: &'static [OptionDescription],
}

/// An option of a plugin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct OptionDescription {
    /// The option as it is typed, such as `--tagging-file`.
    pub name: &'static str,
    /// What values it takes; for tools, what to call them, or `null` for a switch.
    #[serde(rename = "value", serialize_with = "value_name")]
    pub kind: OptionKind,
    /// Whether the plugin does not run without it.
    pub required: bool,
    /// The value that is used if the option is not given, or `None` if there is no such value.
    pub default: Option<&'static str>,
    /// What it is for, in a line.
    pub summary: &'static str,
    /// What the value may be, for the message that a required option is missing.
    #[serde(skip)]
    pub needs: &'static str,
    /// The option without which this one has no meaning.
    #[serde(skip)]
    pub only_with: Option<&'static str>,
}

/// What values an option takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OptionKind {
    /// None: giving the option switches something on.
    Switch,
    /// `true` or `false`. Without a value it means `false`, as in Plaso.
    Truth,
    /// A number.
    Number {
        /// What to call it in the help, such as `MINUTES`.
        name: &'static str,
        /// The least that is allowed.
        minimum: u64,
        /// The most that is allowed.
        maximum: u64,
    },
    /// A text, with what to call it in the help.
    Text(&'static str),
    /// One of a few words.
    Choice {
        /// What to call it in the help, such as `HASH`.
        name: &'static str,
        /// The words.
        words: &'static [&'static str],
    },
    /// The path of a file.
    File(FileRole),
    /// A text that nobody else may see, with what to call it in the help; see [`SecretSource`](crate::SecretSource).
    Secret(&'static str),
}

/// What a file that a plugin is given is to a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileRole {
    /// Rules. The run keeps a copy under this name, so that all workers use what was checked, even if somebody saves
    /// another version meanwhile. If there is no such file, the path is the name of built-in rules.
    Rules(&'static str),
    /// Data too large to copy. Workers read the file where it is.
    Data,
    /// It has the plugin's secret. Another file changes no result.
    Secret,
}

impl OptionDescription {
    /// Describes an option without a default.
    #[must_use]
    pub const fn new(name: &'static str, kind: OptionKind, summary: &'static str) -> Self {
        Self { name, kind, required: false, default: None, summary, needs: "", only_with: None }
    }

    /// The same with a value that is used if the option is not given.
    #[must_use]
    pub const fn with_default(self, default: &'static str) -> Self {
        Self { default: Some(default), ..self }
    }

    /// The same, but the plugin does not run without it; `needs` says what the value may be.
    #[must_use]
    pub const fn required(self, needs: &'static str) -> Self {
        Self { required: true, needs, ..self }
    }

    /// The same, but refused without the other option.
    #[must_use]
    pub const fn only_with(self, other: &'static str) -> Self {
        Self { only_with: Some(other), ..self }
    }

    /// The name without hyphens before it, such as `tagging-file`.
    #[must_use]
    pub fn long(&self) -> &'static str {
        self.name.trim_start_matches('-')
    }

    /// The name of the setting that has the option's value in a task, such as `tagging_file`.
    #[must_use]
    pub fn setting(&self) -> String {
        self.long().replace('-', "_")
    }
}

impl OptionKind {
    /// What to call a value, or `None` if the option takes none.
    #[must_use]
    pub fn value_name(self) -> Option<&'static str> {
        match self {
            Self::Switch => None,
            Self::Truth => Some("true|false"),
            Self::Number { name, .. } | Self::Text(name) | Self::Choice { name, .. } | Self::Secret(name) => {
                Some(name)
            }
            Self::File(_) => Some("FILE"),
        }
    }
}

fn value_name<S: Serializer>(kind: &OptionKind, serializer: S) -> Result<S::Ok, S::Error> {
    kind.value_name().serialize(serializer)
}
