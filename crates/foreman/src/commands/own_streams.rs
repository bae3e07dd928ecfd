//! Refuses standard streams that go to evidence, or to a file of the same command.

use std::path::PathBuf;

use anyhow::anyhow;
use clap::ArgMatches;
use events::Shown as _;
use files::{NamedStream, stream_into_one_of};

use crate::exit::Failure;

/// Returns all paths of files and folders that the command line or the environment gives.
pub(crate) fn named_paths(mut matches: &ArgMatches) -> Vec<PathBuf> {
    let mut paths = Vec::new();
    loop {
        for id in matches.ids() {
            if let Ok(Some(values)) = matches.try_get_many::<PathBuf>(id.as_str()) {
                paths.extend(values.cloned());
            }
        }
        match matches.subcommand() {
            Some((_, of_command)) => matches = of_command,
            None => return paths,
        }
    }
}

/// Refuses standard output or standard error that goes to one of the files that the command names.
/// An input would get what is printed, and an output that replaces the file would lose it.
pub(crate) fn refuse_named_files(paths: &[PathBuf]) -> Result<(), Failure> {
    let Some((stream, path)) = stream_into_one_of(paths) else { return Ok(()) };
    let stream = if stream == NamedStream::Stdout { "standard output" } else { "standard error" };
    Err(Failure::usage(anyhow!(
        "{stream} goes to {}, which the command names as well; send it to another file",
        path.shown()
    )))
}
