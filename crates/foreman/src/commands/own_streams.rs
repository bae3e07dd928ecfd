//! Refuses standard streams that go to evidence, or to a file of the same command.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use clap::ArgMatches;
use clap::error::ErrorKind;
use events::{Shown as _, with_causes};
use files::{SharedStream, separated_paths};

use crate::exit::Failure;

/// The options with lists of paths, which commas separate.
const LISTS: [&str; 4] = ["tagging-file", "ioc", "ioc-warninglists", "sigma-rules"];
/// The option with the list of storage files, which may be standard input.
const STORES: &str = "stores_from";

/// Returns all paths of files and folders that the command line or the environment gives. What is
/// read of folders, their readers check. Refuses a list without a path, which would mean that there
/// is nothing to search for.
pub(crate) fn named_paths(mut matches: &ArgMatches) -> Result<Vec<PathBuf>, clap::Error> {
    let mut paths = Vec::new();
    loop {
        for id in matches.ids().map(clap::Id::as_str) {
            let Ok(Some(values)) = matches.try_get_many::<PathBuf>(id) else { continue };
            // Options of commands and those of plugins have names of two kinds.
            let name = id.replace('_', "-");
            for path in values {
                match id {
                    STORES if path.as_os_str() == "-" => paths.push("/dev/stdin".into()),
                    _ if LISTS.contains(&name.as_str()) => paths.extend(listed(&name, path)?),
                    _ => paths.push(path.clone()),
                }
            }
        }
        match matches.subcommand() {
            Some((_, of_command)) => matches = of_command,
            None => return Ok(paths),
        }
    }
}

fn listed(option: &str, list: &Path) -> Result<Vec<PathBuf>, clap::Error> {
    let paths = separated_paths(list);
    if paths.is_empty() {
        let text = format!("--{option} names no file: {:?}\n", list.shown().to_string());
        return Err(clap::Error::raw(ErrorKind::ValueValidation, text));
    }
    Ok(paths)
}

/// Returns what may be paths in arguments that clap refuses.
pub(crate) fn possible_paths(arguments: &[OsString]) -> Vec<PathBuf> {
    let value = |argument: &OsString| {
        let bytes = argument.as_bytes();
        let begin = bytes.iter().position(|byte| *byte == b'=').filter(|_| bytes.starts_with(b"--"));
        PathBuf::from(OsStr::from_bytes(begin.map_or(bytes, |equals| &bytes[equals + 1..])))
    };
    arguments.iter().skip(1).map(value).flat_map(|list| separated_paths(&list)).collect()
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
