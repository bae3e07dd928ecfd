//! The options of plugins on a command line, which foreman and worker share.

use std::ffi::OsString;
use std::path::PathBuf;

use crate::config::{PLUGINS, PluginConfig};
use crate::description::PluginDescription;
use crate::hashes::HashOptions;
use crate::test_memory;
use crate::web_store;

/// Options of the analysis plugins. They have Plaso's names.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Plugin options")]
pub struct PluginOptions {
    /// tagging: the file with the rules, or `linux`, `macos` or `windows` for the built-in ones.
    #[arg(long, value_name = "FILE")]
    pub tagging_file: Option<PathBuf>,

    /// sessionize: the longest pause within a session, in minutes, at least 1 [default: 10].
    #[arg(long, value_name = "MINUTES", value_parser = parse_integer)]
    pub maximum_pause: Option<i64>,

    /// chrome_extension: ask the Chrome Web Store for the names of the extensions found.
    #[arg(long)]
    pub chrome_web_store: bool,

    /// Another address of the Chrome Web Store, for tests.
    #[arg(long, value_name = "URL", hide = true, requires = "chrome_web_store")]
    pub chrome_web_store_url: Option<String>,

    /// Those of the plugins that look up hashes.
    #[command(flatten)]
    pub hashes: HashOptions,

    /// How much memory test_memory eats an event, in bytes.
    #[arg(long, value_name = "BYTES", hide = true)]
    pub test_memory_bytes: Option<usize>,
}

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
    #[error("the plugin {plugin} needs {option}")]
    Missing {
        /// The plugin.
        plugin: &'static str,
        /// The option.
        option: &'static str,
    },
    /// An option was given for a plugin that is not run.
    #[error("{option} is an option of the plugin {plugin}, which is not among those to run")]
    NotSelected {
        /// The option.
        option: &'static str,
        /// The plugin it belongs to.
        plugin: &'static str,
    },
}

impl PluginOptions {
    /// The plugins named in `names`, set up with these options. A name given twice counts once.
    ///
    /// # Errors
    ///
    /// If a plugin does not exist, lacks an option, or an option was given for one that is not named.
    pub fn configure<S: AsRef<str>>(&self, names: &[S]) -> Result<Vec<PluginConfig>, OptionError> {
        let mut plugins: Vec<PluginConfig> = Vec::new();
        let names: Vec<_> = names.iter().map(|name| name.as_ref().trim()).collect();
        if matches!(names[..], [] | [""]) {
            return Err(OptionError::NoPlugin);
        }
        if names.contains(&"") {
            return Err(OptionError::EmptyName { list: names.join(",") });
        }
        for name in names {
            let plugin = self.plugin(name)?;
            if !plugins.contains(&plugin) {
                plugins.push(plugin);
            }
        }
        for (given, option, plugin) in self.given().into_iter().chain(self.hashes.given()) {
            if given && !plugins.iter().any(|config| config.name() == plugin) {
                return Err(OptionError::NotSelected { option, plugin });
            }
        }
        Ok(plugins)
    }

    fn plugin(&self, name: &str) -> Result<PluginConfig, OptionError> {
        match name {
            "tagging" => {
                let missing = OptionError::Missing {
                    plugin: "tagging",
                    option: "--tagging-file: a file, or linux, macos or windows",
                };
                Ok(PluginConfig::Tagging { tagging_file: self.tagging_file.clone().ok_or(missing)? })
            }
            "sessionize" => Ok(PluginConfig::Sessionize { maximum_pause: self.maximum_pause()? }),
            "unique_domains_visited" => Ok(PluginConfig::UniqueDomainsVisited),
            "browser_search" => Ok(PluginConfig::BrowserSearch),
            "chrome_extension" => {
                let address = self.chrome_web_store_url.as_deref().unwrap_or(web_store::ADDRESS);
                Ok(PluginConfig::ChromeExtension {
                    web_store: self.chrome_web_store.then(|| address.to_owned()),
                })
            }
            "bloom" => Ok(self.hashes.bloom()),
            "nsrlsvr" => Ok(self.hashes.nsrlsvr()),
            "virustotal" => self.hashes.virustotal(),
            "test_memory" => Ok(PluginConfig::TestMemory {
                bytes_an_event: self.test_memory_bytes.unwrap_or(test_memory::BYTES_AN_EVENT),
            }),
            _ => Err(OptionError::unknown(name)),
        }
    }

    fn maximum_pause(&self) -> Result<u32, OptionError> {
        let value = self.maximum_pause.unwrap_or(10);
        let pause = u32::try_from(value).ok().filter(|&pause| pause > 0);
        let range =
            OptionError::OutOfRange { option: "--maximum-pause", value, least: 1, most: u32::MAX.into() };
        pause.ok_or(range)
    }

    /// Checks that no option of a plugin was given, but for those that change no result.
    ///
    /// # Errors
    ///
    /// If one was.
    pub fn none_given(&self) -> Result<(), OptionError> {
        let mut given = self.given().into_iter().filter(|(given, ..)| *given);
        match given.next() {
            Some((_, option, plugin)) => Err(OptionError::NotSelected { option, plugin }),
            None => Ok(()),
        }
    }

    /// Which options were given, and of which plugin each is; those of [`HashOptions`] aside.
    fn given(&self) -> [(bool, &'static str, &'static str); 5] {
        let Self { tagging_file, maximum_pause, chrome_web_store, chrome_web_store_url, .. } = self;
        let Self { test_memory_bytes, .. } = self;
        [
            (tagging_file.is_some(), "--tagging-file", "tagging"),
            (maximum_pause.is_some(), "--maximum-pause", "sessionize"),
            (*chrome_web_store, "--chrome-web-store", "chrome_extension"),
            (chrome_web_store_url.is_some(), "--chrome-web-store-url", "chrome_extension"),
            (test_memory_bytes.is_some(), "--test-memory-bytes", "test_memory"),
        ]
    }
}

impl OptionError {
    fn unknown(name: &str) -> Self {
        Self::UnknownPlugin { name: name.to_owned(), nearest: nearest_plugin(name) }
    }
}

/// What there is to know of the plugin of this name.
///
/// # Errors
///
/// If there is none.
pub fn described(name: &str) -> Result<PluginDescription, OptionError> {
    let known = PLUGINS.iter().find(|plugin| plugin.name == name);
    known.copied().ok_or_else(|| OptionError::unknown(name))
}

/// The arguments of a command line with Plaso's spelling of options (`--tagging_file`) turned into ours
/// (`--tagging-file`).
pub fn with_hyphens(arguments: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    let mut only_values = false;
    let spell = |argument: OsString| match argument.to_str() {
        Some("--") => {
            only_values = true;
            argument
        }
        Some(text) if text.starts_with("--") && !only_values => {
            let (name, value) = text.split_at(text.find('=').unwrap_or(text.len()));
            format!("{}{value}", name.replace('_', "-")).into()
        }
        _ => argument,
    };
    arguments.into_iter().map(spell).collect()
}

/// A whole number as psort takes it: as Python reads one, with space around it and `_` between digits.
///
/// # Errors
///
/// If it is none.
pub fn parse_integer(text: &str) -> Result<i64, String> {
    let number = text.trim();
    let groups = number.strip_prefix(['-', '+']).unwrap_or(number).split('_');
    let is_number =
        groups.into_iter().all(|group| !group.is_empty() && group.bytes().all(|b| b.is_ascii_digit()));
    let number = Some(number.replace('_', "")).filter(|_| is_number).and_then(|number| number.parse().ok());
    number.ok_or_else(|| "expected a whole number, such as 10".into())
}

/// The same command line, with negative numbers as values of options: `--maximum-pause -1` is told that the number is
/// too small, and not that `-1` is no option.
pub fn with_negative_numbers(command: clap::Command) -> clap::Command {
    let takes_number = |argument: &clap::Arg| {
        !argument.is_positional() && argument.get_action().takes_values() && !argument.is_require_equals_set()
    };
    command
        .mut_args(|argument| match takes_number(&argument) {
            true => argument.allow_negative_numbers(true),
            false => argument,
        })
        .mut_subcommands(with_negative_numbers)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plugins_keep_their_order_and_count_once() {
        let options = PluginOptions { tagging_file: Some("rules.txt".into()), ..PluginOptions::default() };
        let plugins = options.configure(&["sessionize", " tagging ", "sessionize"]).unwrap();
        assert_eq!(plugins.iter().map(PluginConfig::name).collect::<Vec<_>>(), ["sessionize", "tagging"]);
        assert_eq!(plugins[0], PluginConfig::Sessionize { maximum_pause: 10 });
    }

    #[test]
    fn what_cannot_be_run_is_said() {
        let options = PluginOptions { maximum_pause: Some(5), ..PluginOptions::default() };
        let message = |names: &[&str]| options.configure(names).unwrap_err().to_string();
        assert!(message(&["sesionise"]).contains("(did you mean \"sessionize\"?)"));
        assert!(!message(&["xyz"]).contains("did you mean"));
        assert!(message(&[]).contains("no analysis plugin"));
        assert!(message(&[""]).contains("no analysis plugin"));
        assert!(message(&["sessionize", ""]).contains("a name is empty"));
        assert_eq!(
            message(&["sessionize", "tagging"]),
            "the plugin tagging needs --tagging-file: a file, or linux, macos or windows"
        );
        let options = PluginOptions { tagging_file: Some("a".into()), ..options };
        assert!(
            options
                .configure(&["tagging"])
                .unwrap_err()
                .to_string()
                .starts_with("--maximum-pause is an option of")
        );
    }

    #[test]
    fn numbers_as_python_reads_them() {
        for (text, number) in
            [("5", Some(5)), (" +5 ", Some(5)), ("-1", Some(-1)), ("1_0", Some(10)), ("007", Some(7))]
        {
            assert_eq!(parse_integer(text).ok(), number, "{text}");
        }
        for text in ["", "-", "x", "1.5", "0x10", "_1", "1__0", "--1", "1e3", "99999999999999999999"] {
            assert!(parse_integer(text).is_err(), "{text}");
        }
    }

    #[test]
    fn pauses_are_at_least_a_minute() {
        for (pause, expected) in
            [(0, None), (-1, None), (1, Some(1)), (1 << 32, None), (u32::MAX.into(), Some(u32::MAX))]
        {
            let options = PluginOptions { maximum_pause: Some(pause), ..PluginOptions::default() };
            let plugins = options.configure(&["sessionize"]).ok();
            let expected = expected.map(|maximum_pause| vec![PluginConfig::Sessionize { maximum_pause }]);
            assert_eq!(plugins, expected, "{pause}");
        }
    }

    #[test]
    fn both_spellings() {
        let spelt =
            with_hyphens(["--tagging_file=a_b", "a_b", "--maximum_pause", "--", "--c_d"].map(OsString::from));
        assert_eq!(spelt, ["--tagging-file=a_b", "a_b", "--maximum-pause", "--", "--c_d"]);
    }
}
