//! Values that are known to be good.

use std::path::Path;

use indicators::{Indicator, Warninglists, known_good};

use crate::error::PrepareError;
use crate::rules_read::RulesRead;

/// What is known to be good: what is built in, and the warninglists of MISP.
pub(super) struct KnownGood {
    lists: Option<Warninglists>,
}

impl KnownGood {
    pub(super) fn read(folder: Option<&Path>) -> Result<Self, PrepareError> {
        Ok(Self { lists: folder.map(Warninglists::read).transpose()? })
    }

    /// Adds the digests of what was read at this path.
    pub(super) fn add_digests(&self, path: &Path, read: &RulesRead) {
        let Some(lists) = &self.lists else { return };
        if let Some(digest) = lists.digest_of_kept() {
            read.add(path, digest.to_owned());
        }
        read.add_collection(path, lists.digest().to_owned());
    }

    /// Returns the number of warninglists in words, and what of them cannot be used.
    pub(super) fn summary(&self) -> Option<String> {
        let lists = self.lists.as_ref()?;
        let mut summary = format!("warninglists: {}", lists.lists().len());
        if let Some(first) = lists.problems().first() {
            summary += &format!(", {} not usable, the first in {first}", lists.problems().len());
        }
        Some(summary)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_used_of_warninglists_is_said() {
        assert_eq!(KnownGood::read(None).unwrap().summary(), None);
        let folder = tempfile::tempdir().unwrap();
        let list = r#"{"name": "Names", "type": "hostname", "list": ["good.example", "not a host"]}"#;
        std::fs::write(folder.path().join("names.json"), list).unwrap();
        assert_eq!(
            KnownGood::read(Some(folder.path())).unwrap().summary().unwrap(),
            "warninglists: 1, 1 not usable, the first in names.json, line 1: `not a host`: it is no name of a host"
        );
    }
}
