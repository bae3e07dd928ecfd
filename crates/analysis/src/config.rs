//! Which plugins there are, and how one is set up for a run.

use std::path::{Path, PathBuf};

use events::{AttributeNames, InvalidLabel, Label};
use filter::{Diagnostics, Rules, tagging_file};
use serde::{Deserialize, Serialize};

use crate::browser_search::{self, BrowserSearch};
use crate::chrome_extension::{self, ChromeExtension};
use crate::description::PluginDescription;
use crate::hashes::{self, ApiKeySource, Bloom, HashKind, Nsrlsvr, VirusTotal};
use crate::plugin::{AnalysisPlugin, Surroundings};
use crate::sessionize::{self, Sessionize};
use crate::tagging::{self, Tagging};
use crate::test_memory::TestMemory;
use crate::unique_domains_visited::{self, UniqueDomainsVisited};

/// A plugin with its settings: all that a worker needs to know to set it up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "plugin", rename_all = "snake_case")]
pub enum PluginConfig {
    /// Labels events by rules.
    Tagging {
        /// A tagging file, or the name of built-in rules if there is no such file.
        tagging_file: PathBuf,
    },
    /// Gives events without long pauses between them the label of one session.
    Sessionize {
        /// The longest pause within a session, in minutes.
        maximum_pause: u32,
    },
    /// Counts the visits of each domain.
    UniqueDomainsVisited,
    /// Finds what was searched for with search engines.
    BrowserSearch,
    /// Finds the extensions of the users of Chrome and Chromium.
    ChromeExtension {
        /// The address of the web store, if names are to be looked up.
        web_store: Option<String>,
    },
    /// Looks hashes of files up in a bloom filter.
    Bloom {
        /// The filter.
        bloom_file: PathBuf,
        /// Which hash.
        hash: HashKind,
        /// The label for events of files in the filter.
        label: String,
    },
    /// Looks hashes of files up in nsrlsvr.
    Nsrlsvr {
        /// The server.
        host: String,
        /// Its port.
        port: u16,
        /// Which hash.
        hash: HashKind,
        /// The label for events of files that the server knows.
        label: String,
    },
    /// Looks hashes of programs up in VirusTotal.
    Virustotal {
        /// Where the API key is.
        api_key: ApiKeySource,
        /// Which hash.
        hash: HashKind,
        /// Whether to make no more requests than a free key allows.
        free_rate_limit: bool,
        /// The address of the API.
        url: String,
    },
    /// Eats memory.
    TestMemory {
        /// How much an event.
        bytes_an_event: usize,
    },
}

/// The plugins to choose from, by name; those that only serve tests are not among them.
pub const PLUGINS: &[PluginDescription] = &[
    hashes::BLOOM,
    browser_search::DESCRIPTION,
    chrome_extension::DESCRIPTION,
    hashes::NSRLSVR,
    sessionize::DESCRIPTION,
    tagging::DESCRIPTION,
    unique_domains_visited::DESCRIPTION,
    hashes::VIRUSTOTAL,
];

/// Why a plugin cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum PrepareError {
    /// The tagging file is wrong.
    #[error(transparent)]
    TaggingFile(#[from] Diagnostics),
    /// There is no such tagging file.
    #[error(
        "there is no tagging file {}, nor built-in rules of that name; built-in are {}",
        .0.display(),
        tagging_file::BUILT_IN.join(", ")
    )]
    NoTaggingFile(PathBuf),
    /// A label was chosen that is none.
    #[error(transparent)]
    Label(#[from] InvalidLabel),
}

impl PluginConfig {
    /// The plugin's name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Tagging { .. } => "tagging",
            Self::Sessionize { .. } => "sessionize",
            Self::UniqueDomainsVisited => "unique_domains_visited",
            Self::BrowserSearch => "browser_search",
            Self::ChromeExtension { .. } => "chrome_extension",
            Self::Bloom { .. } => "bloom",
            Self::Nsrlsvr { .. } => "nsrlsvr",
            Self::Virustotal { .. } => "virustotal",
            Self::TestMemory { .. } => "test_memory",
        }
    }

    /// Sets the plugin up; the attributes it will ask for are added to `names`.
    ///
    /// # Errors
    ///
    /// If a setting is of no use, such as a tagging file with an error.
    pub fn prepare(
        &self,
        names: &mut AttributeNames,
        surroundings: &Surroundings,
    ) -> Result<Box<dyn AnalysisPlugin>, PrepareError> {
        Ok(match self {
            Self::Tagging { tagging_file } => {
                Box::new(Tagging::new(&load_tagging_file(tagging_file)?, names)?)
            }
            Self::Sessionize { maximum_pause } => Box::new(Sessionize::new(*maximum_pause)),
            Self::UniqueDomainsVisited => {
                Box::new(UniqueDomainsVisited::new(names, surroundings.strict_compat))
            }
            Self::BrowserSearch => Box::new(BrowserSearch::new(names, surroundings.strict_compat)),
            Self::ChromeExtension { web_store } => {
                Box::new(ChromeExtension::new(names, &surroundings.user_accounts, web_store.clone()))
            }
            Self::Bloom { bloom_file, hash, label } => {
                Box::new(Bloom::plugin(bloom_file.clone(), *hash, Label::new(label)?))
            }
            Self::Nsrlsvr { host, port, hash, label } => {
                Box::new(Nsrlsvr::plugin(host.clone(), *port, *hash, Label::new(label)?))
            }
            Self::Virustotal { api_key, hash, free_rate_limit, url } => Box::new(VirusTotal::plugin(
                url.clone(),
                api_key.clone(),
                *free_rate_limit,
                *hash,
                surroundings.strict_compat,
            )),
            Self::TestMemory { bytes_an_event } => Box::new(TestMemory::new(*bytes_an_event)),
        })
    }
}

/// The rules of a file, or built-in ones if there is no such file.
///
/// # Errors
///
/// If there are neither, or something is wrong with them.
pub fn load_tagging_file(path: &Path) -> Result<Rules, PrepareError> {
    if path.exists() {
        return Ok(tagging_file::load(path)?);
    }
    path.to_str().and_then(tagging_file::built_in).ok_or_else(|| PrepareError::NoTaggingFile(path.to_owned()))
}
