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

#[cfg(test)]
mod tests {
    use crate::{PLUGINS, PluginOptions};

    #[test]
    fn options_are_described_as_the_command_line_has_them() {
        let command = <PluginOptions as clap::Args>::augment_args(clap::Command::new("test"));
        let visible: Vec<_> = command.get_arguments().filter(|argument| !argument.is_hide_set()).collect();
        let described =
            PLUGINS.iter().flat_map(|plugin| plugin.options.iter().map(move |option| (plugin, option)));
        assert_eq!(described.clone().count(), visible.len());
        for (plugin, option) in described {
            let argument = visible
                .iter()
                .find(|argument| argument.get_long() == option.name.strip_prefix("--"))
                .unwrap_or_else(|| panic!("{} is not on the command line", option.name));
            let help = argument.get_help().unwrap().to_string();
            assert!(help.starts_with(&format!("{}: ", plugin.name)), "{help}");
            if let (Some(default), Some(_)) = (option.default, option.value) {
                assert!(help.contains(&format!("[default: {default}]")), "{help}");
            }
            let value = argument.get_value_names().filter(|_| argument.get_action().takes_values());
            assert_eq!(value.map(|names| names[0].as_str()), option.value, "{}", option.name);
        }
        assert!(PLUGINS.is_sorted_by_key(|plugin| plugin.name));
    }
}
