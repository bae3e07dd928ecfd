//! The words that a shell offers as values of options: plugins, built-in rules and their labels.
//!
//! clap completes only the values that an option accepts. These options accept other values, too,
//! so they get their words only in the description from which completions are made.
//!
//! There, options with paths also get their hint. Without it, Bash enters the names of files as
//! they are, and a name such as `$(command)`, which may come from evidence, would be run.

use std::any::TypeId;
use std::collections::BTreeMap;
use std::path::PathBuf;

use analysis::PLUGINS;
use clap::builder::{PossibleValue, PossibleValuesParser, Resettable};
use clap::{Arg, Command, ValueHint};
use clap_complete::Shell;
use filter::tagging_file::{BUILT_IN, built_in};

/// A word that stands for all files, which clap cannot offer beside words.
const FILES: &str = "OR-A-FILE";

/// What the names of values have that are paths.
const PATHS: [&str; 6] = ["FILE", "FOLDER", "DIR", "PATH", "PLAN", "PARTS"];

/// Returns the command line with the words that a shell offers.
pub(super) fn with_candidates(mut command: Command) -> Command {
    let names: Vec<_> = command.get_subcommands().map(|command| command.get_name().to_owned()).collect();
    for name in names {
        command = command.mut_subcommand(name, |command| command.mut_args(with_words));
    }
    command
}

/// Gives an argument its words, if it has some.
fn with_words(argument: Arg) -> Arg {
    let words = match argument.get_id().as_str() {
        "analysis" | "names" => plugins(),
        // The first is the option of a command, the second that of the plugin.
        "tagging_file" | "tagging-file" => files_of_rules(),
        "label" => labels(),
        "name" if argument.is_positional() => sets_and_labels(),
        _ => return with_hint(argument),
    };
    argument.value_parser(PossibleValuesParser::new(words)).default_value(Resettable::Reset)
}

/// Says whether the values of an argument are paths.
fn with_hint(argument: Arg) -> Arg {
    if !argument.get_action().takes_values() {
        return argument;
    }
    let is_path = argument.get_value_parser().type_id() == TypeId::of::<PathBuf>();
    let mut names = argument.get_value_names().unwrap_or_default().iter();
    let is_named_so = names.any(|name| PATHS.iter().any(|path| name.contains(path)));
    argument.value_hint(if is_path || is_named_so { ValueHint::FilePath } else { ValueHint::Other })
}

fn plugins() -> Vec<PossibleValue> {
    PLUGINS.iter().map(|plugin| PossibleValue::new(plugin.name)).collect()
}

fn files_of_rules() -> Vec<PossibleValue> {
    ["auto"].into_iter().chain(BUILT_IN).chain([FILES]).map(PossibleValue::new).collect()
}

/// Returns the labels of the built-in rules, each once, with what they mean.
fn labels() -> Vec<PossibleValue> {
    let sets = BUILT_IN.into_iter().filter_map(built_in);
    let mut labels = BTreeMap::new();
    for rules in sets {
        for (label, meaning) in rules.meanings() {
            labels.entry(label.as_str().to_owned()).or_insert_with(|| meaning.summary().to_owned());
        }
    }
    labels.into_iter().map(|(label, help)| described(label, help)).collect()
}

/// Returns the names of the built-in rules, and of each of their labels.
fn sets_and_labels() -> Vec<PossibleValue> {
    let of_set = |name: &'static str| {
        let rules = built_in(name);
        let labels: Vec<_> = rules
            .iter()
            .flat_map(filter::Rules::meanings)
            .map(|(label, meaning)| {
                described(format!("{name}/{}", label.as_str()), meaning.summary().to_owned())
            })
            .collect();
        [PossibleValue::new(name)].into_iter().chain(labels)
    };
    BUILT_IN.into_iter().flat_map(of_set).collect()
}

/// Returns a word with its meaning.
fn described(word: String, meaning: String) -> PossibleValue {
    // clap takes only constants. The program ends when the script is printed.
    let word: &'static str = Box::leak(word.into_boxed_str());
    // clap does not escape these quotes in the script for zsh.
    PossibleValue::new(word).help(meaning.replace('"', "'"))
}

/// Offers files beside words, where the words of the script end with [`FILES`].
pub(super) fn with_files(shell: Shell, script: &str) -> String {
    let rules = BUILT_IN.join(" ");
    let words = format!("auto {rules} {FILES}");
    match shell {
        Shell::Bash => {
            let given = format!("COMPREPLY=($(compgen -W \"{words}\" -- \"${{cur}}\"))");
            let quoted = given.replace(&format!(" {FILES}"), "").replace("compgen", "IFS=' '; compgen");
            // Names of files are lines, and are entered with quotes. Bash 3 learns the latter for
            // all words, below.
            let with_files = format!(
                "local IFS=$'\\n'\n                    {} $(compgen -f \"${{cur}}\"))\n                    if [[ \
                 \"${{BASH_VERSINFO[0]}}\" -ge 4 ]]; then\n                        compopt -o filenames\n                    fi",
                &quoted[..quoted.len() - 1]
            );
            let script = script.replace(&given, &with_files);
            script.replace(
                "complete -F _foreman -o bashdefault",
                "complete -F _foreman -o filenames -o bashdefault",
            )
        }
        Shell::Zsh => script.replace(&format!("({words})"), &format!("{{compadd auto {rules}; _files}}")),
        Shell::Fish => {
            let listed = |words: &[&str]| words.join("\\t''\n") + "\\t''";
            let rules = ["auto"].into_iter().chain(BUILT_IN).collect::<Vec<_>>();
            let words = [&rules[..], &[FILES]].concat();
            let given = format!("-r -f -a \"{}\"", listed(&words));
            script.replace(&given, &format!("-r -F -a \"{}\"", listed(&rules)))
        }
        // These shells get no values of options.
        _ => script.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::{command, completions::script};

    fn completed(shell: Shell) -> String {
        script(shell, command()).unwrap()
    }

    #[test]
    fn files_stay_possible() {
        for shell in [Shell::Bash, Shell::Zsh, Shell::Fish, Shell::Elvish, Shell::PowerShell] {
            assert!(!completed(shell).contains(FILES), "{shell}");
        }
        // Of `analyze`, `plan`, `psort`, `check` and `report`.
        for (shell, words) in [
            (Shell::Bash, "compgen -W \"auto linux windows macos\" -- \"${cur}\") $(compgen -f "),
            (Shell::Zsh, ":FILE:{compadd auto linux windows macos; _files}"),
            (Shell::Fish, "-r -F -a \"auto\\t''\nlinux"),
        ] {
            let script = completed(shell);
            assert_eq!(script.matches(words).count(), 5, "{shell}: {script}");
        }
    }

    /// The names of files come from evidence, and Bash runs `$(command)` in a word without quotes.
    #[test]
    fn bash_quotes_the_names_of_files() {
        let script = completed(Shell::Bash);
        let branches: Vec<_> = script.split(";;").filter(|branch| branch.contains("compgen -f")).collect();
        assert!(branches.len() > 50, "{script}");
        for branch in branches {
            assert!(branch.contains("IFS=$'\\n'") && branch.contains("compopt -o filenames"), "{branch}");
        }
        assert_eq!(script.matches("complete -F _foreman -o filenames -o bashdefault").count(), 1);
        assert_eq!(script.matches("complete -F _foreman").count(), 2, "one for versions that have compopt");
    }

    #[test]
    fn plugins_labels_and_rules() {
        for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
            let script = completed(shell);
            for word in ["unique_domains_visited", "log_cleared"] {
                assert!(script.contains(word), "{shell}: {word}");
            }
        }
        for shell in [Shell::Bash, Shell::Zsh] {
            assert!(completed(shell).contains("windows/log_cleared"), "{shell}");
        }
    }
}
