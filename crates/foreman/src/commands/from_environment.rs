//! The options of `analyze` that the environment gives. A command that is shown to the user repeats
//! them: the shell in which it is entered may have another environment.

use std::ffi::OsString;
use std::path::Path;

use clap::{ArgMatches, Args, Command, FromArgMatches, parser::ValueSource};

use crate::shell::absolute;

/// The options that decide what a run does or where it is found, and whether each is a path. The
/// number of workers is not among them: it changes only how long the run takes.
const OPTIONS: [(&str, bool); 5] = [
    ("temporary_directory", true),
    ("worker", true),
    ("worker_memory_limit", false),
    ("worker_timeout", false),
    ("maximum_worker_failures", false),
];

/// Words of a command, as far as the environment gives them. A structure of arguments must have
/// this before the options, because each field takes its values away.
#[derive(Debug)]
pub(super) struct FromEnvironment(Vec<String>);

impl FromEnvironment {
    /// Returns the options and their values. Paths are absolute.
    pub(super) fn words(&self) -> &[String] {
        &self.0
    }
}

impl Args for FromEnvironment {
    fn augment_args(command: Command) -> Command {
        command
    }

    fn augment_args_for_update(command: Command) -> Command {
        command
    }
}

impl FromArgMatches for FromEnvironment {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut words = Vec::new();
        for (id, is_path) in OPTIONS {
            if matches.value_source(id) != Some(ValueSource::EnvVariable) {
                continue;
            }
            for value in matches.get_raw(id).into_iter().flatten() {
                let value = if is_path { absolute(Path::new(value)).into() } else { OsString::from(value) };
                words.extend([format!("--{}", id.replace('_', "-")), value.to_string_lossy().into_owned()]);
            }
        }
        Ok(Self(words))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}
