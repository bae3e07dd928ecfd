//! Refuses standard streams that go to evidence, or to a file of the same command.

use std::path::PathBuf;

use clap::ArgMatches;
use events::with_causes;
use files::{SharedStream, separated_paths};

use crate::exit::Failure;

/// The options with lists of paths, which commas separate.
const LISTS: [&str; 4] = ["tagging_file", "ioc", "ioc_warninglists", "sigma_rules"];
/// The option with the list of storage files, which may be standard input.
const STORES: &str = "stores_from";

/// Returns all paths of files and folders that the command line or the environment gives. What is
/// read of folders, their readers check.
pub(crate) fn named_paths(mut matches: &ArgMatches) -> Vec<PathBuf> {
    let mut paths = Vec::new();
    loop {
        for id in matches.ids().map(clap::Id::as_str) {
            let Ok(Some(values)) = matches.try_get_many::<PathBuf>(id) else { continue };
            for path in values {
                match id {
                    STORES if path.as_os_str() == "-" => paths.push("/dev/stdin".into()),
                    id if LISTS.contains(&id) => paths.extend(separated_paths(path)),
                    _ => paths.push(path.clone()),
                }
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

/// Says why a command failed: not on standard error, if that goes to a file of the command.
pub(crate) fn say(error: &anyhow::Error) {
    let (stdout, stderr) = SharedStream::among_causes(error.as_ref());
    streams::complain_beside(&with_causes(error.as_ref()), stdout, stderr);
}
