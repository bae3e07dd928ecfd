//! Why plugins cannot be run as the command line asks.

use crate::registry::PLUGINS;

/// Why plugins cannot be run as asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OptionError {
    /// No plugin was named.
    #[error("no analysis plugin was named; there are {}", plugin_names())]
    NoPlugin,
    /// There is no such plugin.
    #[error("there is no analysis plugin {name:?}{}; there are {}", did_you_mean(.nearest), plugin_names())]
    UnknownPlugin {
        /// What was asked for.
        name: String,
        /// The plugin whose name is most like it.
        nearest: Option<&'static str>,
    },
    /// A list of plugins has a comma too many.
    #[error("a name is empty in the list of analysis plugins {list:?}; remove the comma that is too many")]
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
        /// The smallest that it may be.
        least: i64,
        /// The largest.
        most: i64,
    },
    /// A plugin needs an option that was not given.
    #[error("the plugin {plugin} needs {what}")]
    Missing {
        /// The plugin.
        plugin: &'static str,
        /// The option, or the options one of which is needed.
        what: String,
    },
    /// An option was given for a plugin that is not run.
    #[error("{option} is an option of the plugin {plugin}, which is not among those to run")]
    NotSelected {
        /// The option.
        option: &'static str,
        /// The plugin it belongs to.
        plugin: &'static str,
    },
    /// A secret in the environment is not text.
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
    pub(crate) fn unknown(name: &str) -> Self {
        Self::UnknownPlugin { name: name.to_owned(), nearest: nearest_plugin(name) }
    }
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
