//! Which columns the events of a task need.

use std::collections::{BTreeMap, BTreeSet};

use events::json::{self, Bounded, JsonError};
use serde::{Deserialize, Serialize};

use super::kind::Kind;
use crate::row::Row;

/// The maximum number of tables. Plaso has about 300 data types. The events of others share one
/// table.
pub(crate) const MAXIMUM_TABLES: usize = 1_000;
/// The maximum number of columns of a table, beside those that every table has. Other attributes
/// share one column.
pub(crate) const MAXIMUM_COLUMNS: usize = 500;
/// The maximum number of columns of all tables together.
pub(crate) const MAXIMUM_ALL_COLUMNS: usize = 20_000;
/// The maximum length of the name of a column.
const MAXIMUM_NAME: usize = 100;

/// The columns of each data type.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Survey {
    pub(crate) data_types: BTreeMap<String, BTreeMap<String, Kind>>,
}

impl Survey {
    /// Takes note of the columns that an event needs.
    pub(crate) fn add(&mut self, row: &Row<'_>) -> Result<(), JsonError> {
        let mut found = Vec::new();
        for (name, has_prefix, value) in row.attributes() {
            let Some(name) = column_name(name, has_prefix) else { continue };
            if let Some(kind) = kind(row, &name, value)? {
                found.push((name, kind));
            }
        }
        self.note(&row.data_type, found);
        Ok(())
    }

    /// Adds the columns that the events of another task need.
    pub(crate) fn merge(&mut self, other: Self) {
        for (data_type, columns) in other.data_types {
            self.note(&data_type, columns);
        }
    }

    fn note(&mut self, data_type: &str, found: impl IntoIterator<Item = (String, Kind)>) {
        let mut room = MAXIMUM_ALL_COLUMNS.saturating_sub(self.data_types.values().map(BTreeMap::len).sum());
        if !self.data_types.contains_key(data_type) {
            if self.data_types.len() >= MAXIMUM_TABLES || data_type.len() > MAXIMUM_NAME {
                return;
            }
            self.data_types.insert(data_type.to_owned(), BTreeMap::new());
        }
        let Some(columns) = self.data_types.get_mut(data_type) else { return };
        let mut lowercase: Option<BTreeSet<String>> = None;
        for (name, kind) in found {
            if let Some(known) = columns.get_mut(&name) {
                *known = known.with(kind);
                continue;
            }
            // Most readers do not distinguish names by case.
            let lowercase =
                lowercase.get_or_insert_with(|| columns.keys().map(|name| name.to_lowercase()).collect());
            if columns.len() < MAXIMUM_COLUMNS && room > 0 && lowercase.insert(name.to_lowercase()) {
                columns.insert(name, kind);
                room -= 1;
            }
        }
    }
}

/// Returns the name of the column for an attribute, or `None` if the attribute gets no column of
/// its own because of its name.
pub(crate) fn column_name(name: &[u8], has_prefix: bool) -> Option<String> {
    let is_plain = name.len() <= MAXIMUM_NAME && name.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'_');
    let name = std::str::from_utf8(name).ok().filter(|_| is_plain)?;
    Some(if has_prefix { format!("attribute_{name}") } else { name.to_owned() })
}

fn kind(row: &Row<'_>, name: &str, value: &[u8]) -> Result<Option<Kind>, JsonError> {
    // The values of a registry key are objects in an export.
    let is_values = name == "values" && row.data_type.starts_with("windows:registry:");
    let stored = value;
    let Bounded { value, is_cut } = json::bounded_value(stored)?;
    // A very long list is written as it is stored.
    Ok(Kind::of(stored, &value).map(|kind| if is_values || is_cut { Kind::Json } else { kind }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_bounded() {
        let mut survey = Survey::default();
        for number in 0..2_000 {
            survey.note(&format!("t{number}"), [("a".to_owned(), Kind::Text)]);
        }
        assert_eq!(survey.data_types.len(), MAXIMUM_TABLES);
        survey.note("t1", (0..2_000).map(|number| (format!("c{number}"), Kind::Text)));
        assert_eq!(survey.data_types["t1"].len(), MAXIMUM_COLUMNS);
        for number in 2..100 {
            survey.note(&format!("t{number}"), (0..500).map(|number| (format!("c{number}"), Kind::Text)));
        }
        assert_eq!(survey.data_types.values().map(BTreeMap::len).sum::<usize>(), MAXIMUM_ALL_COLUMNS);
    }

    #[test]
    fn names_differ_by_more_than_case() {
        let mut survey = Survey::default();
        survey.note("t", [("Name".to_owned(), Kind::Text)]);
        survey.note("t", [("name".to_owned(), Kind::Text), ("Name".to_owned(), Kind::Integer)]);
        assert_eq!(survey.data_types["t"].keys().collect::<Vec<_>>(), ["Name"]);
        assert_eq!(column_name(b"a b", false), None);
        assert_eq!(column_name(b"user", true).as_deref(), Some("attribute_user"));
    }
}
