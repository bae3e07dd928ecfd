//! What the workers read beside the store: rules and secrets that the run keeps in its folder.

use std::collections::BTreeMap;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use analysis::{FileRole, InputFile, Pipeline, PluginOptions};
use anyhow::{Context as _, Result, anyhow};
use events::{PluginConfig, Shown as _};
use files::{Sha256Writer, WrittenFile};
use filter::tagging_file::is_built_in;

use super::secrets;
use crate::exit::Failure;
use crate::supervise::run_folder::RunFolder;

/// The digests of kept files, by their paths.
pub(super) type KeptDigests = BTreeMap<PathBuf, String>;

/// A folder in which the files of plugins are kept.
pub(super) trait Keeper {
    /// Makes a file in the folder.
    fn new_file(&mut self, name: &str) -> io::Result<WrittenFile>;

    /// Returns the path by which the plugin names the file.
    fn path_of(&self, name: &str) -> PathBuf;

    /// Puts the secret of a plugin where its workers find it.
    fn keep_secret(&mut self, plugin: &mut PluginConfig) -> Result<()>;
}

impl Keeper for &RunFolder {
    fn new_file(&mut self, name: &str) -> io::Result<WrittenFile> {
        RunFolder::new_file(self, name)
    }

    fn path_of(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    fn keep_secret(&mut self, plugin: &mut PluginConfig) -> Result<()> {
        secrets::keep_secret(plugin, self)
    }
}

/// Prepares the files and secrets of plugins for the workers. Rules are copied into the run's
/// folder, so that all workers use the rules that were checked, even if somebody changes the file
/// meanwhile. What takes long to read is kept as the checked plugins of `pipeline` have it. Also
/// returns the digest of each copy, taken from the bytes that were written: results of workers that
/// have read others are refused.
pub(super) fn keep_files(
    mut plugins: Vec<PluginConfig>,
    pipeline: &mut Pipeline,
    folder: &mut impl Keeper,
) -> Result<(Vec<PluginConfig>, KeptDigests)> {
    let mut digests = KeptDigests::new();
    for (plugin, checked) in plugins.iter_mut().zip(pipeline.plugins()) {
        let spec = analysis::spec_of(plugin)?;
        for of_option in spec.input_files(plugin).chunk_by(|a, b| a.option == b.option) {
            let mut keep = |(position, file): (usize, &InputFile)| match file.role {
                FileRole::Rules(kept_as) if !is_built_in(&file.path) => {
                    let (kept, digest) =
                        keep_copy(&file.path, &analysis::copy_name(kept_as, position), folder)?;
                    digests.insert(kept.clone(), digest);
                    Ok(kept)
                }
                FileRole::Collection(kept_as) => {
                    let collect =
                        spec.collect.context("a plugin with a collection of rules collects them")?;
                    let mut to = BufWriter::new(Hashed::new(folder.new_file(kept_as)?));
                    match checked.keep(file.option.name, &mut to) {
                        Some(written) => written.with_context(|| cannot_keep(&file.path))?,
                        None => collect(&file.path, &mut to)?,
                    }
                    to.flush().with_context(|| cannot_keep(&file.path))?;
                    let (kept, written) = (folder.path_of(kept_as), to.into_parts().0);
                    digests.insert(kept.clone(), written.hashed.digest());
                    Ok(kept)
                }
                // Built-in rules.
                FileRole::Rules(_) => Ok(file.path.clone()),
                FileRole::Data | FileRole::Secret => real_path(&file.path),
            };
            let kept = of_option.iter().enumerate().map(&mut keep).collect::<Result<Vec<_>>>()?;
            plugin.set(&of_option[0].option.setting(), kept);
        }
        folder.keep_secret(plugin)?;
    }
    Ok((plugins, digests))
}

/// A file, with the digest of what is written to it.
struct Hashed {
    file: WrittenFile,
    hashed: Sha256Writer,
}

impl Hashed {
    fn new(file: WrittenFile) -> Self {
        Self { file, hashed: Sha256Writer::default() }
    }
}

impl Write for Hashed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.hashed.write_all(&bytes[..written])?;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

fn cannot_keep(path: &Path) -> String {
    format!("cannot copy what {} has to the folder of the run", path.shown())
}

fn keep_copy(file: &Path, name: &str, folder: &mut impl Keeper) -> Result<(PathBuf, String)> {
    let kept = folder.path_of(name);
    let copied =
        files::open_input(file).and_then(|from| files::copy_with_sha256(from, folder.new_file(name)?));
    let digest = copied.with_context(|| format!("cannot copy {} to {}", file.shown(), kept.shown()))?;
    Ok((kept, digest))
}

/// Gives the plugins of an interrupted run their secrets again. The run's folder does not keep
/// secrets after an interruption.
pub(super) fn renew_secrets(
    plugins: &mut [PluginConfig],
    options: &PluginOptions,
    folder: &RunFolder,
) -> Result<(), Failure> {
    for plugin in plugins {
        if let Some(source) = &analysis::spec_of(plugin).map_err(Failure::usage)?.secret {
            let setting = source.file.setting();
            if !options.give_secret(source, plugin).map_err(Failure::usage)? {
                let kept = plugin.get(&setting).and_then(|file| file.as_path());
                if kept.is_none_or(|file| secrets::is_kept(file, folder)) {
                    return Err(Failure::usage(anyhow!(
                        "the plugin {} needs {}, which an interrupted run does not keep; set {} or give {}",
                        plugin.name(),
                        source.what,
                        source.variable,
                        source.file.name
                    )));
                }
                continue;
            }
            if let Some(file) = plugin.get(&setting).and_then(|file| file.as_path()) {
                let file = real_path(file)?;
                plugin.set(&setting, file);
            }
            secrets::keep_secret(plugin, folder)?;
        }
    }
    Ok(())
}

fn real_path(file: &Path) -> Result<PathBuf> {
    file.canonicalize().with_context(|| format!("cannot find {}", file.shown()))
}
