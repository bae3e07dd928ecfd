//! Why plugins cannot be run with the options that were given.

use crate::description::PluginDescription;
use crate::registry::PLUGINS;

/// Why plugins cannot be run with the options that were given.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OptionError {
    /// No plugin was named.
    #[error("no analysis plugin was named; the plugins are {}", plugin_names())]
    NoPlugin,
    /// There is no such plugin.
    #[error("there is no analysis plugin {name:?}{}; the plugins are {}", did_you_mean(.nearest), plugin_names())]
    UnknownPlugin {
        /// The name that was given.
        name: String,
        /// The plugin with the most similar name.
        nearest: Option<&'static str>,
    },
    /// A list of plugins has an empty name.
    #[error("the list of analysis plugins {list:?} has an empty name; remove the extra comma")]
    EmptyName {
        /// The list.
        list: String,
    },
    /// A number is too small or too large for an option.
    #[error("{option} {value}: the value must be from {least} to {most}")]
    OutOfRange {
        /// The option.
        option: &'static str,
        /// The number.
        value: i64,
        /// The smallest allowed number.
        least: i64,
        /// The largest allowed number.
        most: i64,
    },
    /// A plugin needs an option that was not given.
    #[error("the plugin {plugin} needs {what}")]
    Missing {
        /// The plugin.
        plugin: &'static str,
        /// The option, or several options of which one is needed.
        what: String,
    },
    /// An option of a plugin was given, but the plugin is not to run.
    #[error("{option} is an option of the plugin {plugin}, which is not among the plugins to run")]
    NotSelected {
        /// The option.
        option: &'static str,
        /// The plugin of the option.
        plugin: &'static str,
    },
    /// The value of an environment variable is not text, so it is no secret.
    #[error(
        "the value of the environment variable {variable} is not valid UTF-8, so it is not {what}; correct or unset it, or use {file}"
    )]
    NotText {
        /// The variable.
        variable: &'static str,
        /// The secret.
        what: &'static str,
        /// The option for a file with the secret, as it is typed.
        file: String,
    },
}

impl OptionError {
    pub(super) fn unknown(name: &str) -> Self {
        Self::UnknownPlugin { name: name.to_owned(), nearest: nearest_plugin(name) }
    }
}

/// Returns the description of the plugin of this name.
///
/// # Errors
///
/// If there is no such plugin.
pub fn described(name: &str) -> Result<PluginDescription, OptionError> {
    let known = PLUGINS.iter().find(|plugin| plugin.name == name);
    known.copied().ok_or_else(|| OptionError::unknown(name))
}

fn plugin_names() -> String {
    PLUGINS.iter().map(|plugin| plugin.name).collect::<Vec<_>>().join(", ")
}

fn nearest_plugin(name: &str) -> Option<&'static str> {
    let likeness = |plugin: &str| strsim::jaro_winkler(&name.to_lowercase(), plugin);
    PLUGINS
        .iter()
        .map(|plugin| plugin.name)
        .filter(|plugin| likeness(plugin) > 0.7)
        .max_by(|a, b| likeness(a).total_cmp(&likeness(b)))
}

fn did_you_mean(nearest: &Option<&'static str>) -> String {
    nearest.map(|name| format!(" (did you mean {name:?}?)")).unwrap_or_default()
}
