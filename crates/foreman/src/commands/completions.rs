//! `foreman completions`: prints what a shell needs to complete command lines. It is made from the
//! same description as the help.

use std::string::FromUtf8Error;

use clap::Args;
use clap_complete::{Shell, generate};

use super::candidates::{with_candidates, with_files};
use crate::exit::Status;
use crate::output::deliver;

#[derive(Debug, Args)]
pub(crate) struct CompletionsArguments {
    /// The shell.
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

pub(crate) fn completions(
    arguments: &CompletionsArguments,
    command: clap::Command,
) -> anyhow::Result<Status> {
    deliver(&script(arguments.shell, command)?)?;
    Ok(Status::Done)
}

/// Returns the script that completes command lines in this shell.
pub(super) fn script(shell: Shell, command: clap::Command) -> Result<String, FromUtf8Error> {
    let mut script = Vec::new();
    generate(shell, &mut with_candidates(command), "foreman", &mut script);
    Ok(with_files(shell, &String::from_utf8(script)?))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use clap::ValueEnum as _;

    use super::*;
    use crate::command;

    /// Returns all options of all commands that the help shows.
    fn options(command: &clap::Command) -> BTreeSet<String> {
        let visible = command.get_arguments().filter(|argument| !argument.is_hide_set());
        let own = visible.filter_map(clap::Arg::get_long).map(str::to_owned);
        let of_commands = command.get_subcommands().flat_map(options);
        own.chain(of_commands).collect()
    }

    #[test]
    fn every_shell_learns_every_option() {
        let options = options(&command());
        assert!(options.contains("tagging-file") && options.len() > 40, "{options:?}");
        for shell in Shell::value_variants() {
            let script = script(*shell, command()).unwrap();
            for option in &options {
                let found =
                    script.contains(&format!("--{option}")) || script.contains(&format!("-l {option}"));
                assert!(found, "{shell}: --{option}");
            }
        }
    }

    #[test]
    fn manual_pages_have_every_option() {
        let mut root = command();
        root.build();
        for command in root.get_subcommands().filter(|command| command.get_name() != "help") {
            let mut page = Vec::new();
            clap_mangen::Man::new(command.clone()).render(&mut page).unwrap();
            let page = String::from_utf8(page).unwrap().replace('\\', "");
            for option in options(command) {
                assert!(page.contains(&format!("--{option}")), "{}: --{option}\n{page}", command.get_name());
            }
        }
    }

    /// The documentation must describe all options that exist, and no others.
    #[test]
    fn the_documentation_has_every_option() {
        let root = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
        let read = |path: &std::path::Path| std::fs::read_to_string(path).unwrap();
        let mut text = read(&root.join("README.md"));
        for page in std::fs::read_dir(root.join("docs")).unwrap() {
            let page = page.unwrap().path();
            if page.extension().is_some_and(|end| end == "md") {
                text += &read(&page);
            }
        }
        let hyphens = text.replace('_', "-");
        let missing: Vec<_> = options(&command())
            .into_iter()
            .filter(|option| !hyphens.contains(&format!("--{option}")))
            .collect();
        assert_eq!(missing, [""; 0]);
    }
}
