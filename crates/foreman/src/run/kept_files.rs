//! What the workers read beside the store: rules and secrets that the run keeps in its folder.

use std::collections::BTreeMap;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use analysis::{FileRole, InputFile, Pipeline, PluginOptions};
use anyhow::{Context as _, Result, anyhow, bail};
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
/// meanwhile. What takes long to read is kept as the checked plugins of `pipeline` have it; a copy
/// of anything else than what they have read is refused, since tasks and results are those of
/// `pipeline`. Also returns the digest of each copy, taken from the bytes that were written, and of
/// each large file that the checked plugins have read: results of workers that have read others are
/// refused.
pub(super) fn keep_files(
    mut plugins: Vec<PluginConfig>,
    pipeline: &mut Pipeline,
    folder: &mut impl Keeper,
) -> Result<(Vec<PluginConfig>, KeptDigests)> {
    let mut digests = KeptDigests::new();
    let read = pipeline.rules_read().clone();
    for (plugin, checked) in plugins.iter_mut().zip(pipeline.plugins()) {
        let spec = analysis::spec_of(plugin)?;
        for of_option in spec.input_files(plugin).chunk_by(|a, b| a.option == b.option) {
            let mut keep = |(position, file): (usize, &InputFile)| match file.role {
                FileRole::Rules(kept_as) if !is_built_in(&file.path) => {
                    let (kept, digest) =
                        keep_copy(&file.path, &analysis::copy_name(kept_as, position), folder)?;
                    check_as_read(&file.path, read.digest(&file.path), &digest)?;
                    digests.insert(kept.clone(), digest);
                    Ok(kept)
                }
                FileRole::Collection(kept_as) => {
                    let collect =
                        spec.collect.context("a plugin with a collection of rules collects them")?;
                    let mut to = BufWriter::new(Hashed::new(folder.new_file(kept_as)?));
                    let was_read = match checked.keep(file.option.name, &mut to) {
                        Some(written) => written.with_context(|| cannot_keep(&file.path)).map(|()| None)?,
                        None => collect(&file.path, &mut to).map(|()| read.collection(&file.path))?,
                    };
                    to.flush().with_context(|| cannot_keep(&file.path))?;
                    let (kept, digest) = (folder.path_of(kept_as), to.into_parts().0.hashed.digest());
                    check_as_read(&file.path, was_read, &digest)?;
                    digests.insert(kept.clone(), digest);
                    Ok(kept)
                }
                // Built-in rules.
                FileRole::Rules(_) => Ok(file.path.clone()),
                FileRole::Data | FileRole::Secret => {
                    let real = real_path(&file.path)?;
                    digests.extend(read.digest(&file.path).map(|digest| (real.clone(), digest)));
                    Ok(real)
                }
            };
            let kept = of_option.iter().enumerate().map(&mut keep).collect::<Result<Vec<_>>>()?;
            plugin.set(&of_option[0].option.setting(), kept);
        }
        folder.keep_secret(plugin)?;
    }
    Ok((plugins, digests))
}

/// Refuses a copy of other rules than those that the checked plugins have read.
fn check_as_read(path: &Path, was_read: Option<String>, copied: &str) -> Result<()> {
    if was_read.is_some_and(|digest| digest != copied) {
        bail!(
            "{} was changed while the run was being set up, so nothing is analysed with it; start again",
            path.shown()
        );
    }
    Ok(())
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
/// secrets after an interruption, and its record, which may come from somebody else, does not say
/// which file of the user is one.
pub(super) fn renew_secrets(
    plugins: &mut [PluginConfig],
    options: &PluginOptions,
    folder: &RunFolder,
) -> Result<(), Failure> {
    for plugin in plugins {
        if let Some(source) = &analysis::spec_of(plugin).map_err(Failure::usage)?.secret {
            let setting = source.file.setting();
            if !options.give_secret(source, plugin).map_err(Failure::usage)? {
                return Err(Failure::usage(anyhow!(
                    "the plugin {} needs {}, which an interrupted run does not keep; set {} or give {}",
                    plugin.name(),
                    source.what,
                    source.variable,
                    source.file.name
                )));
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

#[cfg(test)]
mod tests {
    use analysis::plugin::RunContext;

    use super::*;
    use crate::supervise::run_folder::DRY_RUN_PREFIX;

    /// Rules are exchanged when the foreman has compiled them and not yet copied them. If the
    /// workers then loaded the copy, the tasks would be those of other rules: a correlation that
    /// only the copy has would never be looked at.
    #[test]
    fn rules_that_are_changed_before_they_are_copied() {
        let sigma = |name: &str| {
            format!(
                "title: {name}\nlogsource: {{product: windows}}\ndetection: {{selection: {{a: b}}, condition: selection}}\n"
            )
        };
        let tagging = |name: &str| format!("{name}\n  data_type is 'a:b'\n");
        let warninglist =
            |name: &str| format!(r#"{{"name": "{name}", "type": "hostname", "list": ["a.example"]}}"#);
        let ioc = |folder: &Path| {
            std::fs::write(folder.join("list.txt"), "192.0.2.1").unwrap();
            PluginConfig::new("ioc").with("ioc", folder.join("list.txt"))
        };
        type Text<'t> = &'t dyn Fn(&str) -> String;
        type Plugin<'t> = &'t dyn Fn(&Path) -> PluginConfig;
        let texts: [(&str, Text<'_>, Plugin<'_>); 4] = [
            ("a.txt", &tagging, &|at| PluginConfig::new("tagging").with("tagging_file", at.join("a.txt"))),
            ("a.yml", &sigma, &|at| PluginConfig::new("sigma").with("sigma_rules", at.join("a.yml"))),
            ("in/a.yml", &sigma, &|at| PluginConfig::new("sigma").with("sigma_rules", at.join("in"))),
            ("w/a.json", &warninglist, &|at| ioc(at).with("ioc_warninglists", at.join("w"))),
        ];
        for (name, text, plugin) in texts {
            let given = tempfile::tempdir().unwrap();
            let file = given.path().join(name);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            let keep = |before: &str, after: &str| {
                std::fs::write(&file, text(before)).unwrap();
                let plugins = vec![plugin(given.path())];
                let mut pipeline = Pipeline::new(&plugins, None, &RunContext::default()).unwrap();
                std::fs::write(&file, text(after)).unwrap();
                let place = tempfile::tempdir().unwrap();
                let folder = RunFolder::temporary(place.path(), DRY_RUN_PREFIX).unwrap();
                let kept = keep_files(plugins, &mut pipeline, &mut &folder);
                kept.map(|(_, digests)| digests).map_err(|error| format!("{error:#}"))
            };
            let digests = keep("one", "one").unwrap();
            assert!(!digests.is_empty(), "{name}");
            let said = keep("one", "two").unwrap_err();
            assert!(said.contains("was changed while the run was being set up"), "{name}: {said}");
        }
    }
}
