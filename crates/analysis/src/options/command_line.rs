//! The options of plugins as arguments of a command line.

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use events::{Secret, Setting};

use super::given::PluginOptions;
use super::numbers::parse_integer;
use crate::description::{FileRole, OptionDescription, OptionKind};
use crate::registry::SPECS;
use crate::spec::Spec;

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
                OptionKind::File(FileRole::Rules(_)) => {
                    let paths = matches.get_many::<PathBuf>(name);
                    paths.map(|paths| Setting::from(paths.cloned().collect::<Vec<_>>()))
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

/// Makes clap's argument for an option of a plugin.
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
        OptionKind::File(FileRole::Rules(_)) => {
            argument.value_parser(value_parser!(PathBuf)).action(ArgAction::Append)
        }
        OptionKind::File(_) => argument.value_parser(value_parser!(PathBuf)),
        OptionKind::Secret(_) => {
            let source = SPECS.iter().filter_map(|spec| spec.secret.as_ref());
            let file = source.filter(|source| source.option == *option).map(|source| source.file.long());
            argument.value_parser(secret).conflicts_with_all(file)
        }
    }
}

/// Returns the help text of an option, which begins with the plugin's name.
fn help(plugin: &str, option: &OptionDescription) -> String {
    let mut summary = option.summary.trim_end_matches('.').chars();
    let first: String = summary.next().into_iter().flat_map(char::to_lowercase).collect();
    let default = match (option.kind, option.default) {
        (OptionKind::Switch, _) | (_, None) => String::new(),
        (_, Some(default)) => format!(" [default: {default}]"),
    };
    format!("{plugin}: {first}{}{default}", summary.as_str())
}

#[expect(clippy::unnecessary_wraps, reason = "clap expects a function that returns a result")]
fn secret(text: &str) -> Result<Secret, std::convert::Infallible> {
    Ok(Secret::from(text.to_owned()))
}
