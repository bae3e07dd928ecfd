//! What a queue is asked to do. A queue is resumed only if it is the same.

use analysis::PluginOptions;
use anyhow::{Context as _, Result, bail};
use serde::{Deserialize, Serialize};

use crate::exit::Failure;
use crate::run::options::Options;
use crate::tagging_files::find_for_several_stores;

/// What decides what is found in each storage file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct QueueSettings {
    /// The options as they were given: which rules `auto` means is another thing for each storage
    /// file.
    pub(super) options: String,
    /// A digest of the rules and of the other files that the plugins read.
    pub(super) files: String,
}

impl QueueSettings {
    /// Returns the settings of these options.
    pub(crate) fn of(options: &Options) -> Result<Self, Failure> {
        let configured = |given: &PluginOptions| given.configure(&options.analysis).map_err(Failure::usage);
        let plugins = configured(&options.plugin_options)?;
        let Options { filter, times, strict_compat, keep_earlier, .. } = options;
        let text = serde_json::to_string(&(plugins, filter, times, strict_compat, keep_earlier));
        let text = text.context("the options cannot be written down")?;
        let mut found = options.plugin_options.clone();
        found.find_rules(find_for_several_stores)?;
        let files = analysis::settings_digest(&configured(&found)?, None, None, false);
        Ok(Self { options: text, files: files.map_err(Failure::usage)? })
    }

    /// Refuses to resume a queue that had the settings `earlier`.
    pub(super) fn check(&self, earlier: &Self) -> Result<()> {
        if self.options != earlier.options {
            bail!(
                "the interrupted run had other plugins or options: give those again, or start anew without --resume; they \
                 were {}, and are now {}",
                earlier.options,
                self.options
            );
        }
        if self.files != earlier.files {
            bail!(
                "the rules or other files that the plugins read were changed since the interrupted run began: restore them, \
                 or start anew without --resume"
            );
        }
        Ok(())
    }
}
