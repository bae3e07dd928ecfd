//! Groups similar warnings: of analyses, and of Plaso while it collected the events.

use std::collections::BTreeMap;

use messages::place;
use serde::Serialize;
use storage::{StorageError, Store};

use crate::Table;
use crate::table::{LeftOut, short};

/// The maximum number of groups.
const MAXIMUM_GROUPS: usize = 5_000;

/// Warnings of a plugin that say the same about different things.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WarningGroup {
    /// The plugin.
    pub plugin: String,
    /// How many there are.
    pub number: u64,
    /// The message of the first warning.
    pub message: String,
}

/// Warnings of Plaso that say the same about different things.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CollectionWarnings {
    /// What they are about: `preprocessing`, `extraction`, `timelining` or `recovery`.
    pub kind: &'static str,
    /// The parser, or the plugin if they are about preprocessing.
    pub parser: String,
    /// How many there are.
    pub number: u64,
    /// The message of the first warning.
    pub message: String,
    /// The file of the first warning.
    pub file: String,
}

pub(crate) fn warning_groups(store: &Store) -> Result<Table<WarningGroup>, StorageError> {
    let mut groups = Groups::default();
    store.visit_analysis_warnings(|warning| {
        let (plugin, message) = (short(&warning.plugin_name), short(&warning.message));
        let key = (plugin.clone(), common_part(&message));
        groups.add(key, || WarningGroup { plugin, number: 0, message }, |group| &mut group.number);
    })?;
    Ok(groups.finish(|group| group.number))
}

pub(crate) fn collection_warnings(store: &Store) -> Result<Table<CollectionWarnings>, StorageError> {
    let mut groups = Groups::default();
    store.visit_collection_warnings(|kind, warning| {
        let (parser, message) = (short(&warning.origin), short(&warning.message));
        let key = (kind, parser.clone(), common_part(&message));
        let new = || {
            let file = short(&place(&warning.path_spec).unwrap_or_default());
            CollectionWarnings { kind, parser, number: 0, message, file }
        };
        groups.add(key, new, |group| &mut group.number);
    })?;
    Ok(groups.finish(|group| group.number))
}

/// Groups of warnings by what they have in common, of a bounded number.
struct Groups<K, G> {
    groups: BTreeMap<K, G>,
    left_out: LeftOut,
}

impl<K, G> Default for Groups<K, G> {
    fn default() -> Self {
        Self { groups: BTreeMap::new(), left_out: LeftOut::default() }
    }
}

impl<K: Ord + std::hash::Hash, G> Groups<K, G> {
    /// Adds a warning to its group, which may be new.
    fn add(&mut self, key: K, new: impl FnOnce() -> G, number: impl FnOnce(&mut G) -> &mut u64) {
        if self.groups.len() == MAXIMUM_GROUPS && !self.groups.contains_key(&key) {
            self.left_out.add(&key, 1);
        } else {
            *number(self.groups.entry(key).or_insert_with(new)) += 1;
        }
    }

    /// Returns the groups, the largest first.
    fn finish(self, number: impl Fn(&G) -> u64) -> Table<G> {
        let mut rows: Vec<G> = self.groups.into_values().collect();
        rows.sort_by_key(|group| std::cmp::Reverse(number(group)));
        Table { rows, more: self.left_out.rest() }
    }
}

/// Returns what similar messages about different events, files, hashes or addresses have in common.
/// A quoted text, and each word with a digit or in the form of an address or a path, is replaced by
/// `#`.
fn common_part(message: &str) -> String {
    let is_particular = |word: &&str| word.contains(['/', '\\']) || word.bytes().any(|b| b.is_ascii_digit());
    let mut common = String::new();
    for (position, part) in message.split('"').enumerate() {
        if position % 2 == 1 {
            common.push_str("# ");
            continue;
        }
        for word in part.split_whitespace() {
            common.push_str(if is_particular(&word) { "#" } else { word });
            common.push(' ');
        }
    }
    common
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_alike() {
        for (a, b, alike) in [
            ("event.1 was skipped: it is broken", "event.22 was skipped: it is broken", true),
            ("no query in URL: https://a.example/?q=", "no query in URL: http://b.example/", true),
            ("cannot open /etc/a: not found", "cannot open C:\\b: not found", true),
            ("bad line 8 \"GET it all...\"", "bad line 9 \"POST...\"", true),
            ("bad line 8 \"GET it all...", "bad line 9 \"POST", true),
            ("cannot read x", "cannot read y", false),
            ("cannot read \"x\" now", "cannot read \"y\" yet", false),
        ] {
            assert_eq!(common_part(a) == common_part(b), alike, "{a}, {b}");
        }
    }

    #[test]
    fn groups_are_bounded() {
        let mut groups = Groups::default();
        for number in 0..MAXIMUM_GROUPS + 3 {
            for _ in 0..2 {
                groups.add(number, || 0, |group| group);
            }
        }
        let table = groups.finish(|number| *number);
        assert_eq!((table.rows.len(), table.more.rows, table.more.number), (MAXIMUM_GROUPS, 3, 6));
        assert!(table.rows.iter().all(|number| *number == 2));
    }
}
