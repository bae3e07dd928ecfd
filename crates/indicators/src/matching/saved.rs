//! A matcher in the file of a run.

use std::io::{self, Write};
use std::path::Path;

use crate::compiled;
use crate::input::ListsError;
use crate::matching::error::BuildError;
use crate::matching::finding::Options;
use crate::matching::matcher::Matcher;
use crate::matching::values::ValueTables;
use crate::model::Indicators;

/// Why a matcher cannot be loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The file cannot be read, or is not what was saved.
    #[error(transparent)]
    File(#[from] ListsError),
    /// Its indicators cannot be compared with events.
    #[error("the indicators cannot be used: {0}")]
    Build(#[from] BuildError),
}

impl Matcher {
    /// Writes the indicators and their tables to a file, from which [`load`](Self::load) gets them
    /// in a tenth of the time.
    ///
    /// # Errors
    ///
    /// If the file cannot be written.
    pub fn save(&self, to: &mut dyn Write) -> io::Result<()> {
        let (indicators, index) = (&self.tables.indicators, &self.tables.index);
        let mut writer = compiled::begin(to, indicators.digest())?;
        indicators.save(&mut writer)?;
        index.values.save(&mut writer)?;
        writer.finish()
    }

    /// Loads what was saved. Also returns the SHA-256 of the bytes that were loaded. Returns `None`
    /// if the path does not name such a file, but lists.
    ///
    /// # Errors
    ///
    /// If the file cannot be read, was made by another version or is damaged, or a pattern cannot
    /// be used.
    pub fn load(path: &Path, options: Options) -> Result<Option<(Self, String)>, LoadError> {
        let loaded = compiled::load(path, |digest, from| {
            let indicators = Indicators::load(digest, from)?;
            let values = ValueTables::load(from, indicators.len())?;
            Ok((indicators, values))
        })?;
        let Some(((indicators, values), digest)) = loaded else { return Ok(None) };
        Ok(Some((Self::of(indicators, values, options)?, digest)))
    }
}

#[cfg(test)]
mod tests;
