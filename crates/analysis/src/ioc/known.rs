//! Values that are known to be good.

use std::path::Path;

use indicators::{Indicator, Warninglists, known_good};

use crate::error::PrepareError;

/// What is known to be good: what is built in, and the warninglists of MISP.
pub(super) struct KnownGood {
    lists: Option<Warninglists>,
}

impl KnownGood {
    pub(super) fn read(folder: Option<&Path>) -> Result<Self, PrepareError> {
        Ok(Self { lists: folder.map(Warninglists::read).transpose()? })
    }

    /// Returns whether an indicator is known to be good.
    pub(super) fn has(&self, indicator: &Indicator<'_>) -> bool {
        known_good(indicator).is_some()
            || self.lists.as_ref().is_some_and(|lists| !lists.names_of(indicator).is_empty())
    }

    /// Returns the names of the lists that an indicator is on.
    pub(super) fn names(&self, indicator: &Indicator<'_>) -> Vec<String> {
        let of_lists = self.lists.iter().flat_map(|lists| lists.names_of(indicator));
        known_good(indicator).into_iter().chain(of_lists).map(str::to_owned).collect()
    }
}
