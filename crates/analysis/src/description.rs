//! What a person may want to know of a plugin; each plugin describes itself beside its code.

use serde::Serialize;

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
    /// What to call its value; nothing if it is a switch.
    pub value: Option<&'static str>,
    /// Whether the plugin does not run without it.
    pub required: bool,
    /// What holds if it is not given; nothing if there is no such value.
    pub default: Option<&'static str>,
    /// What it is for, in a line.
    pub summary: &'static str,
}
