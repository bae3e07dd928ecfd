//! Makes manual pages, one for each program and command, from the descriptions from which the help
//! is made.

use std::io::Write as _;

use anyhow::{Context as _, Result};
use clap::Command;
use clap_mangen::Man;
use roff::{Roff, bold, roman};

use crate::VERSION;

/// The name of the worker's page. `worker` alone would be too common.
const WORKER_PAGE: &str = "foreman-worker";

#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) name: String,
    pub(crate) text: Vec<u8>,
}

/// What a page has in addition to commands and options.
struct Manual {
    exit_statuses: &'static [(u8, &'static str)],
    environment: Vec<(&'static str, &'static str)>,
    files: &'static [(&'static str, &'static str)],
    examples: &'static [(&'static str, &'static str)],
    see_also: &'static str,
}

impl Manual {
    fn of_foreman(command: &str) -> Self {
        Self {
            exit_statuses: foreman::manual::exit_statuses(command),
            environment: foreman::manual::environment(),
            files: foreman::manual::FILES,
            examples: foreman::manual::examples(command),
            see_also: if command == "foreman" { WORKER_PAGE } else { "foreman" },
        }
    }

    fn of_worker(_command: &str) -> Self {
        Self {
            exit_statuses: worker::manual::EXIT_STATUSES,
            environment: worker::manual::environment(),
            files: &[],
            examples: worker::manual::EXAMPLES,
            see_also: "foreman",
        }
    }
}

/// Returns all pages. `time`, in seconds since 1970, gives their date.
pub(crate) fn pages(time: u64) -> Result<Vec<Page>> {
    let time = i64::try_from(time).context("the time is too far in the future")?;
    let date = jiff::Timestamp::from_second(time)
        .context("the time is too far in the future")?
        .strftime("%F")
        .to_string();
    let mut pages = Vec::new();
    add(&mut pages, &built(foreman::command()), &Manual::of_foreman, &date)?;
    add(&mut pages, &built(worker::command().display_name(WORKER_PAGE)), &Manual::of_worker, &date)?;
    Ok(pages)
}

/// Builds the command, so that its subcommands know their full names.
fn built(command: Command) -> Command {
    let mut command = command.disable_help_subcommand(true);
    command.build();
    command
}

/// Adds the pages of a command and of its subcommands.
fn add(pages: &mut Vec<Page>, command: &Command, manual: &dyn Fn(&str) -> Manual, date: &str) -> Result<()> {
    let name = command.get_display_name().unwrap_or(command.get_name()).to_owned();
    let text = page(command, &manual(command.get_name()), date);
    pages.push(Page { text: text.with_context(|| format!("cannot make the page {name}"))?, name });
    for command in command.get_subcommands().filter(|command| !command.is_hide_set()) {
        add(pages, command, manual, date)?;
    }
    Ok(())
}

fn page(command: &Command, manual: &Manual, date: &str) -> Result<Vec<u8>> {
    let man =
        Man::new(command.clone()).date(date).source(format!("foreman {VERSION}")).manual("foreman's manual");
    let mut text = Vec::new();
    man.render_title(&mut text)?;
    man.render_name_section(&mut text)?;
    man.render_synopsis_section(&mut text)?;
    man.render_description_section(&mut text)?;
    man.render_options_section(&mut text)?;
    if command.has_subcommands() {
        man.render_subcommands_section(&mut text)?;
    }
    text.write_all(sections(command, manual).render().as_bytes())?;
    Ok(text)
}

fn sections(command: &Command, manual: &Manual) -> Roff {
    let mut roff = Roff::new();
    roff.control("SH", ["EXIT STATUS"]);
    for (status, meaning) in manual.exit_statuses {
        item(&mut roff, &status.to_string(), meaning);
    }
    roff.control("SH", ["ENVIRONMENT"]);
    for argument in command.get_arguments().filter(|argument| !argument.is_hide_set()) {
        if let (Some(variable), Some(option)) = (argument.get_env(), argument.get_long()) {
            item(
                &mut roff,
                &variable.to_string_lossy(),
                &format!("The value for --{option} if that option is not given."),
            );
        }
    }
    for (variable, meaning) in &manual.environment {
        item(&mut roff, variable, meaning);
    }
    if !manual.files.is_empty() {
        roff.control("SH", ["FILES"]);
    }
    for (file, meaning) in manual.files {
        item(&mut roff, file, meaning);
    }
    if !manual.examples.is_empty() {
        roff.control("SH", ["EXAMPLES"]);
    }
    for (what, line) in manual.examples {
        roff.text([roman(format!("{what}:"))]);
        roff.control("PP", []).control("RS", ["4"]).control("nf", []);
        roff.text([bold(*line)]);
        roff.control("fi", []).control("RE", []).control("PP", []);
    }
    roff.control("SH", ["SEE ALSO"]);
    roff.text([bold(manual.see_also), roman("(1)")]);
    roff
}

fn item(roff: &mut Roff, term: &str, meaning: &str) {
    roff.control("TP", []);
    roff.text([bold(term)]);
    roff.text([roman(meaning)]);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn visible(command: &Command) -> Vec<&Command> {
        let below = command.get_subcommands().filter(|command| !command.is_hide_set()).flat_map(visible);
        std::iter::once(command).chain(below).collect()
    }

    /// Returns the text of a page without the escapes of roff.
    fn text(page: &Page) -> String {
        let text = String::from_utf8(page.text.clone()).unwrap();
        let text = text.replace("\\*(Aq", "'");
        ["\\fB", "\\fI", "\\fR", "\\"].iter().fold(text, |text, escape| text.replace(escape, ""))
    }

    #[test]
    fn every_command_has_a_page_with_all_of_its_help() {
        let pages = pages(0).unwrap();
        let roots = [built(foreman::command()), built(worker::command().display_name(WORKER_PAGE))];
        let commands: Vec<_> = roots.iter().flat_map(visible).collect();
        assert_eq!(commands.len(), pages.len());
        for command in commands {
            let name = command.get_display_name().unwrap_or(command.get_name());
            let page = text(pages.iter().find(|page| page.name == name).unwrap());
            for argument in command.get_arguments().filter(|argument| !argument.is_hide_set()) {
                let long = argument.get_long().map(|long| format!("--{long}"));
                let short = argument.get_short().map(|short| format!("-{short}"));
                let env = argument.get_env().map(|env| env.to_string_lossy().into_owned());
                let help = argument.get_long_help().or(argument.get_help());
                let help = help.map(|help| help.to_string().chars().take(20).collect());
                for part in [long, short, env, help].into_iter().flatten() {
                    assert!(page.contains(&part), "{name}: {part}\n{page}");
                }
            }
            for subcommand in command.get_subcommands().filter(|command| !command.is_hide_set()) {
                assert!(page.contains(&format!("{}(1)", subcommand.get_display_name().unwrap())), "{page}");
            }
        }
    }

    #[test]
    fn pages_tell_what_the_help_tells() {
        let pages = pages(1_764_000_000).unwrap();
        let of = |name: &str| text(pages.iter().find(|page| page.name == name).unwrap());
        let analyze = of("foreman-analyze");
        assert!(analyze.contains("2025-11-24"), "{analyze}");
        for part in foreman::manual::examples("analyze").iter().flat_map(|(what, line)| [what, line]) {
            assert!(analyze.contains(part), "{part}\n{analyze}");
        }
        for (variable, _) in foreman::manual::environment() {
            assert!(analyze.contains(variable), "{variable}");
        }
        for (file, _) in foreman::manual::FILES {
            assert!(analyze.contains(file), "{file}");
        }
        assert!(analyze.contains("130\nfailed") || analyze.contains("130\naborted"), "{analyze}");
        assert!(!of("foreman-psort").contains("130\n"));
        assert!(of("foreman-worker-run").contains("worker run --store case.plaso"));
    }
}
