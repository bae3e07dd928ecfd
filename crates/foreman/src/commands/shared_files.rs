//! Refuses an output that is also something else of the same command.

use std::path::{Path, PathBuf};

use anyhow::anyhow;
use events::Shown as _;
use files::would_replace;

use crate::exit::Failure;

/// Refuses one file for two outputs, or for an output and an input: the last that is written would
/// replace the others. Each file has the option that names it. `run_folder` is the folder of an
/// interrupted run.
pub(super) fn refuse_shared_files(
    outputs: &[(&'static str, Option<&Path>)],
    inputs: &[(&'static str, PathBuf)],
    run_folder: Option<&Path>,
) -> Result<(), Failure> {
    let mut earlier: Vec<_> = inputs.iter().map(|(option, path)| (*option, path.as_path())).collect();
    for (option, path) in outputs.iter().filter_map(|(option, path)| Some((*option, (*path)?))) {
        let folder = path.parent().and_then(|folder| folder.join(".").canonicalize().ok());
        if folder.is_some() && folder.as_deref() == run_folder {
            return Err(Failure::usage(anyhow!(
                "{option} names a file in the folder of an interrupted run, {}; name another file",
                path.shown()
            )));
        }
        if let Some((other, input)) = earlier.iter().find(|(_, other)| would_replace(path, other)) {
            let path = path.shown();
            if input.is_dir() {
                return Err(Failure::usage(anyhow!(
                    "{option} names a file in a folder that {other} reads, {path}; name another file for {option}"
                )));
            }
            return Err(Failure::usage(anyhow!(
                "{option} and {other} name the same file, {path}; name another file for {option}"
            )));
        }
        earlier.push((option, path));
    }
    Ok(())
}
