//! Going on with a run that was interrupted.
//!
//! A run writes down what it is before it begins. Going on makes sense only if everything that could change its result
//! is as it was: the program, the store, the plugins with all their settings, and the filter.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use analysis::PluginConfig;
use anyhow::{Context as _, Result, anyhow, bail};
use protocol::RunSpec;
use serde::{Deserialize, Serialize};

use crate::run_folder::RunFolder;

/// What a run writes down before it begins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RunRecord {
    /// The program's version.
    program: String,
    store: Fingerprint,
    /// The run.
    pub(crate) run: RunSpec,
    /// When it began: microseconds since 1970-01-01 00:00:00 UTC.
    pub(crate) start_time: i64,
}

/// What tells a store that was changed from one that was not, without reading all of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Fingerprint {
    bytes: u64,
    /// SQLite counts every transaction that changes the file, at offset 24 of it (the "file change counter" of its file
    /// format).
    changes: [u8; 4],
}

impl RunRecord {
    pub(crate) fn new(run: RunSpec, start_time: i64) -> Result<Self> {
        let store = Fingerprint::of(&run.store)?;
        Ok(Self { program: env!("CARGO_PKG_VERSION").to_owned(), store, run, start_time })
    }

    /// The run that was interrupted in `folder`, if it can be gone on with as asked: with these plugins (if any are named) and
    /// this filter (if there is one).
    pub(crate) fn resumed(
        folder: &RunFolder,
        store: &Path,
        plugins: Option<&[PluginConfig]>,
        filter: Option<&str>,
    ) -> Result<Self> {
        let record = folder.begun()?;
        record.check(store, plugins, filter).with_context(|| {
            format!(
                "the run that was interrupted cannot be gone on with: start it anew without --resume, or discard it with \
                 'foreman clean {}'",
                store.display()
            )
        })?;
        Ok(record)
    }

    fn check(&self, store: &Path, plugins: Option<&[PluginConfig]>, filter: Option<&str>) -> Result<()> {
        let Self { program, store: fingerprint, run, start_time: _ } = self;
        if program != env!("CARGO_PKG_VERSION") {
            bail!("foreman {program} began it, this is foreman {}", env!("CARGO_PKG_VERSION"));
        }
        if run.store != store {
            bail!("it is of {}", run.store.display());
        }
        if *fingerprint != Fingerprint::of(store)? {
            bail!("the storage file was changed since");
        }
        if filter.is_some() && filter != run.filter.as_deref() {
            bail!("its filter was {}", run.filter.as_deref().unwrap_or("empty"));
        }
        let Some(plugins) = plugins else { return Ok(()) };
        let names =
            |plugins: &[PluginConfig]| plugins.iter().map(PluginConfig::name).collect::<Vec<_>>().join(",");
        if names(plugins) != names(&run.plugins) {
            bail!("its plugins were {}", names(&run.plugins));
        }
        for (asked, begun) in plugins.iter().zip(&run.plugins) {
            if !same(asked, begun)? {
                return Err(anyhow!("the settings of {} were others", begun.name()));
            }
        }
        Ok(())
    }
}

impl Fingerprint {
    fn of(store: &Path) -> Result<Self> {
        let read = || {
            let mut file = File::open(store)?;
            let mut header = [0; 28];
            file.read_exact(&mut header)?;
            let changes = [header[24], header[25], header[26], header[27]];
            Ok::<_, std::io::Error>(Self { bytes: file.metadata()?.len(), changes })
        };
        read().with_context(|| format!("cannot read {}", store.display()))
    }
}

/// Whether a plugin is asked for as it was begun. Files that the run has a copy of are compared by what is in them.
fn same(asked: &PluginConfig, begun: &PluginConfig) -> Result<bool> {
    Ok(match (asked, begun) {
        (PluginConfig::Tagging { tagging_file: a }, PluginConfig::Tagging { tagging_file: b }) if a != b => {
            let read =
                |path: &Path| std::fs::read(path).with_context(|| format!("cannot read {}", path.display()));
            a.exists() && read(a)? == read(b)?
        }
        (PluginConfig::Bloom { bloom_file, .. }, PluginConfig::Bloom { bloom_file: begun_with, .. }) => {
            let mut asked = asked.clone();
            if let PluginConfig::Bloom { bloom_file: path, .. } = &mut asked
                && bloom_file.canonicalize().is_ok_and(|real| real == *begun_with)
            {
                begun_with.clone_into(path);
            }
            asked == *begun
        }
        // The key is not kept, and changes no answer.
        (PluginConfig::Virustotal { .. }, PluginConfig::Virustotal { .. }) => {
            without_key(asked) == without_key(begun)
        }
        _ => asked == begun,
    })
}

fn without_key(plugin: &PluginConfig) -> PluginConfig {
    let mut plugin = plugin.clone();
    if let PluginConfig::Virustotal { api_key, .. } = &mut plugin {
        *api_key = analysis::ApiKeySource::File(std::path::PathBuf::new());
    }
    plugin
}
