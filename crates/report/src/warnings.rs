//! Groups similar analysis warnings.

use std::collections::BTreeMap;

use serde::Serialize;
use storage::{StorageError, Store};

use crate::table::short;
use crate::{Rest, Table};

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

pub(crate) fn warning_groups(store: &Store) -> Result<Table<WarningGroup>, StorageError> {
    let mut groups: BTreeMap<(String, String), WarningGroup> = BTreeMap::new();
    let mut more = Rest::default();
    store.visit_analysis_warnings(|warning| {
        let (plugin, message) = (short(&warning.plugin_name), short(&warning.message));
        let key = (plugin, common_part(&message));
        if let Some(group) = groups.get_mut(&key) {
            group.number += 1;
        } else if groups.len() < MAXIMUM_GROUPS {
            let group = WarningGroup { plugin: key.0.clone(), number: 1, message };
            groups.insert(key, group);
        } else {
            more.rows += 1;
            more.number += 1;
        }
    })?;
    let mut rows: Vec<WarningGroup> = groups.into_values().collect();
    rows.sort_by_key(|group| std::cmp::Reverse(group.number));
    Ok(Table { rows, more })
}

/// Returns what similar messages about different events, hashes or addresses have in common. Each
/// word with a digit or in the form of an address is replaced by `#`.
fn common_part(message: &str) -> String {
    let is_particular = |word: &&str| word.contains("://") || word.bytes().any(|b| b.is_ascii_digit());
    message
        .split_whitespace()
        .map(|word| if is_particular(&word) { "#" } else { word })
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_alike() {
        for (a, b, alike) in [
            ("event.1 was set aside: it is broken", "event.22 was set aside: it is broken", true),
            ("no query in URL: https://a.example/?q=", "no query in URL: http://b.example/", true),
            ("cannot read x", "cannot read y", false),
        ] {
            assert_eq!(common_part(a) == common_part(b), alike, "{a}, {b}");
        }
    }
}
