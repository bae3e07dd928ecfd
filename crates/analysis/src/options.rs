//! The options of plugins on a command line, which foreman and worker share. They are made from the descriptions of
//! the plugins, and have Plaso's names.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use events::{PluginConfig, Secret, Setting};

use crate::description::{FileRole, OptionDescription, OptionKind, PluginDescription};
use crate::registry::{PLUGINS, SPECS, spec};
use crate::spec::{SecretSource, Spec};

/// The options of plugins that were given.
#[derive(Debug, Clone, Default)]
pub struct PluginOptions {
    given: BTreeMap<&'static str, Setting>,
    /// Numbers that were given, in range or not.
    numbers: BTreeMap<&'static str, i64>,
    secrets: BTreeMap<&'static str, Secret>,
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
            let plugin = self.plugin(spec(name).ok_or_else(|| OptionError::unknown(name))?)?;
            if !plugins.contains(&plugin) {
                plugins.push(plugin);
            }
        }
        self.check_selected(|spec, _| plugins.iter().any(|plugin| plugin.name() == spec.description.name))?;
        Ok(plugins)
    }

    /// Checks that no option of a plugin was given, but for those of secrets, which change no result.
    ///
    /// # Errors
    ///
    /// If one was.
    pub fn none_given(&self) -> Result<(), OptionError> {
        self.check_selected(|_, option| {
            matches!(option.kind, OptionKind::Secret(_) | OptionKind::File(FileRole::Secret))
        })
    }

    /// Replaces the rule files that were given by those that are meant, which `find` finds.
    ///
    /// # Errors
    ///
    /// The first error of `find`.
    pub fn find_rules<E>(&mut self, find: impl Fn(&Path) -> Result<PathBuf, E>) -> Result<(), E> {
        for option in SPECS.iter().flat_map(Spec::options) {
            if let OptionKind::File(FileRole::Rules(_)) = option.kind
                && let Some(Setting::Path(file)) = self.given.get_mut(option.name)
            {
                *file = find(file)?;
            }
        }
        Ok(())
    }

    /// Gives the plugin the secret that was given, as an option, in a file or in the environment. Returns whether
    /// there is one.
    pub fn give_secret(&self, source: &SecretSource, plugin: &mut PluginConfig) -> bool {
        let setting = source.file.setting();
        if let Some(file) = self.given.get(source.file.name) {
            plugin.set(&setting, file.clone());
            plugin.set_secret(None);
            return true;
        }
        let from_environment = || std::env::var(source.variable).ok().filter(|secret| !secret.is_empty());
        let given = self.secrets.get(source.option.name).cloned();
        let Some(secret) = given.or_else(|| from_environment().map(Secret::from)) else { return false };
        plugin.remove(&setting);
        plugin.set_secret(Some(secret));
        true
    }

    fn plugin(&self, spec: &'static Spec) -> Result<PluginConfig, OptionError> {
        let missing = |what| OptionError::Missing { plugin: spec.description.name, what };
        let mut plugin = PluginConfig::new(spec.description.name);
        for option in spec.options() {
            match self.value(option)?.or_else(|| option.default_value()) {
                Some(value) => plugin.set(&option.setting(), value),
                None if option.required => {
                    return Err(missing(format!("{}: {}", option.name, option.needs)));
                }
                None => {}
            }
        }
        if let Some(source) = &spec.secret
            && !self.give_secret(source, &mut plugin)
        {
            let SecretSource { what, option, file, variable, .. } = source;
            return Err(missing(format!("{what}, as {}, {variable} or {}", typed(file), typed(option))));
        }
        Ok(plugin)
    }

    /// The value of an option that was given.
    fn value(&self, option: &OptionDescription) -> Result<Option<Setting>, OptionError> {
        let (OptionKind::Number { minimum, maximum, .. }, Some(&value)) =
            (option.kind, self.numbers.get(option.name))
        else {
            return Ok(self.given.get(option.name).cloned());
        };
        let number = u64::try_from(value).ok().filter(|number| (minimum..=maximum).contains(number));
        let limit = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        let (least, most) = (limit(minimum), limit(maximum));
        let out_of_range = OptionError::OutOfRange { option: option.name, value, least, most };
        number.map(|number| Some(Setting::Number(number))).ok_or(out_of_range)
    }

    /// Checks that options were given only where they may be.
    fn check_selected(
        &self,
        may_be_given: impl Fn(&Spec, &OptionDescription) -> bool,
    ) -> Result<(), OptionError> {
        for spec in &SPECS {
            for option in spec.options() {
                let is_given = self.given.contains_key(option.name)
                    || self.numbers.contains_key(option.name)
                    || self.secrets.contains_key(option.name);
                if is_given && !may_be_given(spec, option) {
                    return Err(OptionError::NotSelected {
                        option: option.name,
                        plugin: spec.description.name,
                    });
                }
            }
        }
        Ok(())
    }
}

/// An option as it is typed with its value.
fn typed(option: &OptionDescription) -> String {
    match option.kind.value_name() {
        Some(value) => format!("{} {value}", option.name),
        None => option.name.to_owned(),
    }
}

impl clap::Args for PluginOptions {
    fn augment_args(command: Command) -> Command {
        SPECS.iter().fold(command, |command, spec| {
            let name = spec.description.name;
            let shown = spec.description.options.iter().map(move |option| argument(name, option));
            let hidden = spec.hidden_options.iter().map(move |option| argument(name, option).hide(true));
            let argument = |argument: Arg| argument.help_heading("Plugin options");
            command.args(shown.chain(hidden).map(argument))
        })
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl clap::FromArgMatches for PluginOptions {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut options = Self::default();
        options.update_from_arg_matches(matches)?;
        Ok(options)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        for option in SPECS.iter().flat_map(Spec::options) {
            let name = option.long();
            let given = match option.kind {
                OptionKind::Switch => matches.get_flag(name).then_some(Setting::Switch(true)),
                OptionKind::Truth => matches.get_one(name).copied().map(Setting::Switch),
                OptionKind::Number { .. } => {
                    if let Some(&number) = matches.get_one::<i64>(name) {
                        self.numbers.insert(option.name, number);
                    }
                    None
                }
                OptionKind::Text(_) | OptionKind::Choice { .. } => {
                    matches.get_one(name).cloned().map(Setting::Text)
                }
                OptionKind::File(_) => matches.get_one(name).cloned().map(Setting::Path),
                OptionKind::Secret(_) => {
                    if let Some(secret) = matches.get_one::<Secret>(name) {
                        self.secrets.insert(option.name, secret.clone());
                    }
                    None
                }
            };
            if let Some(given) = given {
                self.given.insert(option.name, given);
            }
        }
        Ok(())
    }
}

/// The option of a plugin as clap has it.
fn argument(plugin: &str, option: &'static OptionDescription) -> Arg {
    let argument = Arg::new(option.long()).long(option.long()).help(help(plugin, option));
    let argument = match option.only_with {
        Some(other) => argument.requires(other.trim_start_matches('-')),
        None => argument,
    };
    let Some(value_name) = option.kind.value_name() else { return argument.action(ArgAction::SetTrue) };
    let argument = argument.value_name(value_name);
    match option.kind {
        OptionKind::Switch | OptionKind::Text(_) => argument,
        OptionKind::Truth => argument
            .value_parser(value_parser!(bool))
            .num_args(0..=1)
            .require_equals(true)
            .default_missing_value("false"),
        OptionKind::Number { .. } => argument.value_parser(parse_integer),
        OptionKind::Choice { words, .. } => argument.value_parser(PossibleValuesParser::new(words)),
        OptionKind::File(_) => argument.value_parser(value_parser!(PathBuf)),
        OptionKind::Secret(_) => {
            let source = SPECS.iter().filter_map(|spec| spec.secret.as_ref());
            let file = source.filter(|source| source.option == *option).map(|source| source.file.long());
            argument.value_parser(secret).conflicts_with_all(file)
        }
    }
}

/// What an option is for, with the plugin that it is of.
fn help(plugin: &str, option: &OptionDescription) -> String {
    let mut summary = option.summary.trim_end_matches('.').chars();
    let first: String = summary.next().into_iter().flat_map(char::to_lowercase).collect();
    let default = match (option.kind, option.default) {
        (OptionKind::Switch, _) | (_, None) => String::new(),
        (_, Some(default)) => format!(" [default: {default}]"),
    };
    format!("{plugin}: {first}{}{default}", summary.as_str())
}

#[expect(clippy::unnecessary_wraps, reason = "clap takes functions that can fail")]
fn secret(text: &str) -> Result<Secret, std::convert::Infallible> {
    Ok(Secret::from(text.to_owned()))
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
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        options: PluginOptions,
        store: Option<String>,
    }

    fn parse(arguments: &[&str]) -> Result<Line, clap::Error> {
        Line::try_parse_from(["x"].iter().chain(arguments))
    }

    fn options(arguments: &[&str]) -> PluginOptions {
        parse(arguments).unwrap_or_else(|error| panic!("{error}")).options
    }

    #[test]
    fn plugins_keep_their_order_and_count_once() {
        let options = options(&["--tagging-file", "rules.txt"]);
        let plugins = options.configure(&["sessionize", " tagging ", "sessionize"]).unwrap();
        assert_eq!(plugins.iter().map(PluginConfig::name).collect::<Vec<_>>(), ["sessionize", "tagging"]);
        assert_eq!(plugins[0], PluginConfig::new("sessionize").with("maximum_pause", 10_u64));
    }

    #[test]
    fn what_cannot_be_run_is_said() {
        let given = options(&["--maximum-pause", "5"]);
        let message = |names: &[&str]| given.configure(names).unwrap_err().to_string();
        assert!(message(&["sesionise"]).contains("(did you mean \"sessionize\"?)"));
        assert!(!message(&["xyz"]).contains("did you mean"));
        assert!(message(&[]).contains("no analysis plugin"));
        assert!(message(&[""]).contains("no analysis plugin"));
        assert!(message(&["sessionize", ""]).contains("a name is empty"));
        assert_eq!(
            message(&["sessionize", "tagging"]),
            "the plugin tagging needs --tagging-file: a file, or linux, macos or windows"
        );
        let given = options(&["--maximum-pause", "5", "--tagging-file", "a"]);
        let error = given.configure(&["tagging"]).unwrap_err().to_string();
        assert!(error.starts_with("--maximum-pause is an option of"), "{error}");
    }

    /// How an option is typed with a value that it takes.
    fn example(option: &OptionDescription) -> Vec<String> {
        let value = match option.kind {
            OptionKind::Switch => return vec![option.name.to_owned()],
            OptionKind::Truth => return vec![format!("{}=true", option.name)],
            OptionKind::Number { maximum, .. } => maximum.to_string(),
            OptionKind::Choice { words, .. } => words[0].to_owned(),
            OptionKind::Text(_) | OptionKind::File(_) | OptionKind::Secret(_) => "x".to_owned(),
        };
        vec![option.name.to_owned(), value]
    }

    /// A run that is resumed knows its own settings, so that an option that it would ignore has to be refused.
    #[test]
    fn every_option_but_a_secret_is_refused_where_no_plugin_is_named() {
        for spec in &SPECS {
            for option in spec.options() {
                let other = option.only_with.into_iter().map(str::to_owned);
                let arguments: Vec<_> = example(option).into_iter().chain(other).collect();
                let given = options(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
                let is_secret = option.name.starts_with("--virustotal-api-key");
                let refused = given.none_given().is_err();
                assert_eq!(refused, !is_secret, "{}", option.name);
                // The other spec's plugin does not take it, either.
                let another =
                    if spec.description.name == "sessionize" { "browser_search" } else { "sessionize" };
                assert!(given.configure(&[another]).is_err(), "{}", option.name);
            }
        }
        assert_eq!(PluginOptions::default().none_given(), Ok(()));
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
    fn numbers_have_limits() {
        for (arguments, plugin, expected) in [
            (["--maximum-pause", "0"], "sessionize", None),
            (["--maximum-pause", "1"], "sessionize", Some(("maximum_pause", 1))),
            (["--maximum-pause", "4294967295"], "sessionize", Some(("maximum_pause", u32::MAX.into()))),
            (["--maximum-pause", "4294967296"], "sessionize", None),
            (["--nsrlsvr-port", "0"], "nsrlsvr", None),
            (["--nsrlsvr-port", "65535"], "nsrlsvr", Some(("nsrlsvr_port", 65_535))),
            (["--nsrlsvr-port", "65536"], "nsrlsvr", None),
        ] {
            match (options(&arguments).configure(&[plugin]), expected) {
                (Ok(configured), Some((setting, number))) => {
                    assert_eq!(configured[0].get(setting), Some(&Setting::Number(number)), "{arguments:?}");
                }
                (Err(OptionError::OutOfRange { option, .. }), None) => assert_eq!(option, arguments[0]),
                (configured, _) => panic!("{arguments:?}: {configured:?}"),
            }
        }
    }

    #[test]
    fn both_spellings() {
        let spelt =
            with_hyphens(["--tagging_file=a_b", "a_b", "--maximum_pause", "--", "--c_d"].map(OsString::from));
        assert_eq!(spelt, ["--tagging-file=a_b", "a_b", "--maximum-pause", "--", "--c_d"]);
    }

    #[test]
    fn the_rate_limit_is_switched_off_as_in_plaso() {
        for (arguments, limit) in [
            (&["s"][..], None),
            (&["--virustotal-free-rate-limit", "s"], Some(&Setting::Switch(false))),
            (&["--virustotal-free-rate-limit=false", "s"], Some(&Setting::Switch(false))),
            (&["--virustotal-free-rate-limit=true", "s"], Some(&Setting::Switch(true))),
        ] {
            let line = parse(arguments).ok().unwrap();
            let given = line.options.given.get("--virustotal-free-rate-limit");
            assert_eq!((given, line.store.as_deref()), (limit, Some("s")));
        }
    }

    #[test]
    fn values_that_are_refused() {
        for arguments in [
            ["--bloom-hash", "sha512"],
            ["--nsrlsvr-hash", "sha256"],
            ["--nsrlsvr-port", "x"],
            ["--virustotal-free-rate-limit=maybe", "s"],
            ["--chrome-web-store-url", "http://x"],
        ] {
            assert!(parse(&arguments).is_err(), "{arguments:?}");
        }
    }

    #[test]
    fn a_key_is_never_repeated() {
        let options = options(&["--virustotal-api-key", "s3cret"]);
        assert!(!format!("{options:?}").contains("s3cret"));
        let config = options.configure(&["virustotal"]).unwrap();
        assert!(!format!("{config:?}").contains("s3cret"));
        assert!(!serde_json::to_string(&config).unwrap().contains("s3cret"));
        let twice = ["--virustotal-api-key", "s3cret", "--virustotal-api-key-file", "f"];
        assert!(!parse(&twice).err().unwrap().to_string().contains("s3cret"));
        assert!(!parse(&["--virustotal-apikey=s3cret"]).err().unwrap().to_string().contains("s3cret"));
    }

    #[test]
    fn defaults_are_those_of_plaso() {
        let options = options(&["--virustotal-api-key-file", "k"]);
        assert_eq!(
            options.configure(&["bloom", "nsrlsvr", "virustotal"]).unwrap(),
            [
                PluginConfig::new("bloom")
                    .with("bloom_file", "hashlookup-full.bloom")
                    .with("bloom_hash", "sha1")
                    .with("bloom_label", "bloom_present"),
                PluginConfig::new("nsrlsvr")
                    .with("nsrlsvr_host", "localhost")
                    .with("nsrlsvr_port", 9120_u64)
                    .with("nsrlsvr_hash", "md5")
                    .with("nsrlsvr_label", "nsrl_present"),
                PluginConfig::new("virustotal")
                    .with("virustotal_api_key_file", "k")
                    .with("virustotal_hash", "sha256")
                    .with("virustotal_free_rate_limit", true)
                    .with("virustotal_url", "https://www.virustotal.com/api/v3"),
            ]
        );
    }

    #[test]
    fn help_says_which_plugin_an_option_is_of() {
        let command = <PluginOptions as clap::Args>::augment_args(Command::new("test"));
        for spec in &SPECS {
            for option in spec.options() {
                let argument =
                    command.get_arguments().find(|argument| argument.get_long() == Some(option.long()));
                let argument =
                    argument.unwrap_or_else(|| panic!("{} is not on the command line", option.name));
                let help = argument.get_help().unwrap().to_string();
                assert!(help.starts_with(&format!("{}: ", spec.description.name)), "{help}");
                let is_hidden = spec.hidden_options.contains(option);
                assert_eq!(argument.is_hide_set(), is_hidden, "{}", option.name);
            }
        }
        assert!(command.get_arguments().count() == SPECS.iter().flat_map(Spec::options).count());
    }
}
