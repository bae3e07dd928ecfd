//! What a queue is asked to do. A queue is resumed only if it is the same.

use anyhow::{Context as _, Result, bail};
use serde::{Deserialize, Serialize};

use crate::exit::Failure;
use crate::run::input_digests::input_digests;
use crate::run::options::{InputDigests, Options};

/// What decides what is found in each storage file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct QueueSettings {
    /// The options as they were given: which rules `auto` means is another thing for each storage
    /// file.
    pub(super) options: String,
    /// The digests of the rules and of the other files that the plugins read.
    pub(super) files: InputDigests,
}

impl QueueSettings {
    /// Returns the settings of these options. `--force` may be added: whoever is told to add it
    /// for one file need not analyse all the others again.
    pub(crate) fn of(options: &Options) -> Result<Self, Failure> {
        let plugins = options.plugin_options.configure(&options.analysis).map_err(Failure::usage)?;
        let Options { filter, times, strict_compat, keep_earlier, .. } = options;
        let text = serde_json::to_string(&(plugins, filter, times, strict_compat, keep_earlier));
        let text = text.context("the options cannot be written down")?;
        Ok(Self { options: text, files: input_digests(options)? })
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
