//! Refuses standard streams that go to evidence, or to a file of the same command.

use std::path::PathBuf;

use clap::ArgMatches;
use files::separated_paths;

use crate::exit::Failure;

/// Returns all paths of files and folders that the command line or the environment gives, also
/// those that commas separate.
pub(crate) fn named_paths(mut matches: &ArgMatches) -> Vec<PathBuf> {
    let mut paths = Vec::new();
    loop {
        for id in matches.ids() {
            if let Ok(Some(values)) = matches.try_get_many::<PathBuf>(id.as_str()) {
                paths.extend(values.flat_map(|path| separated_paths(path)));
            }
        }
        match matches.subcommand() {
            Some((_, of_command)) => matches = of_command,
            None => return paths,
        }
    }
}

/// Refuses standard output or standard error that goes to one of the files that the command names.
pub(crate) fn refuse_named_files(paths: &[PathBuf]) -> Result<(), Failure> {
    files::refuse_streams_into(paths).map_err(Failure::usage)
}
