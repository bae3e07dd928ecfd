//! Refuses standard streams that go to evidence, or to a file of the same command.

use std::path::{Path, PathBuf};

use clap::ArgMatches;
use events::with_causes;
use files::{SharedStream, files_in, refuse_streams_into, separated_paths};

use crate::exit::Failure;

/// The options whose folders have files that the command reads, whatever their names are. Of a
/// folder with rules, only some are read, and looked at then.
const READ: [&str; 4] = ["ioc", "ioc_warninglists", "formatters", "plan"];
/// The option whose folders have folders that the command reads.
const RESULTS: &str = "from";

/// The maximum number of files of a folder that are looked at.
const MOST_FILES: usize = 1 << 17;

/// What the command line or the environment names.
#[derive(Debug, Default)]
pub(crate) struct Named {
    /// Files and folders, also those that commas separate.
    paths: Vec<PathBuf>,
    /// Those of the options whose folders are read.
    read: Vec<PathBuf>,
    /// Folders of results.
    results: Vec<PathBuf>,
}

impl Named {
    /// Returns what these arguments name.
    pub(crate) fn by(mut matches: &ArgMatches) -> Self {
        let mut named = Self::default();
        loop {
            for id in matches.ids() {
                if let Ok(Some(values)) = matches.try_get_many::<PathBuf>(id.as_str()) {
                    let paths: Vec<_> = values.flat_map(|path| separated_paths(path)).collect();
                    match id.as_str() {
                        RESULTS => named.results.extend(paths.iter().cloned()),
                        id if READ.contains(&id) => named.read.extend(paths.iter().cloned()),
                        _ => {}
                    }
                    named.paths.extend(paths);
                }
            }
            match matches.subcommand() {
                Some((_, of_command)) => matches = of_command,
                None => return named,
            }
        }
    }

    /// Refuses standard output or standard error that goes to one of the files that the command
    /// names, or that is in a folder which it reads.
    pub(crate) fn refuse_streams(&self) -> Result<(), Failure> {
        let mut paths = self.paths.clone();
        // Folders are looked at only if that can matter.
        if files::streams_into_files() {
            paths.extend(self.read.iter().flat_map(|folder| all_files(folder)));
            let in_results = |folder: &PathBuf| {
                let is_in_folder = |path: &PathBuf| path.parent() != Some(folder);
                all_files(folder).into_iter().filter(is_in_folder).collect::<Vec<_>>()
            };
            paths.extend(self.results.iter().flat_map(in_results));
        }
        refuse_streams_into(&paths).map_err(Failure::usage)
    }
}

/// Returns the files in a folder. What cannot be read, the command itself says.
fn all_files(folder: &Path) -> Vec<PathBuf> {
    if !folder.is_dir() {
        return Vec::new();
    }
    let found = files_in(folder, MOST_FILES, |_| true).unwrap_or_default();
    found.files.into_iter().chain(found.databases).collect()
}

/// Says why a command failed: not on standard error, if that goes to a file of the command.
pub(crate) fn say(error: &anyhow::Error) {
    let shared = error.chain().find_map(|cause| cause.downcast_ref::<SharedStream>());
    let (stdout, stderr) = shared.map(SharedStream::streams).unwrap_or_default();
    streams::complain_beside(&with_causes(error.as_ref()), stdout, stderr);
}
