//! Which columns the events of a task need.

use std::collections::BTreeMap;

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
    /// The number of columns that were noted here.
    #[serde(skip)]
    number: usize,
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

    /// Of too many tables and columns, those whose names come first are kept. So the result depends
    /// neither on the order of the events nor on how they are divided among tasks, and the type of
    /// a column that is kept fits all its values.
    fn note(&mut self, data_type: &str, found: impl IntoIterator<Item = (String, Kind)>) {
        if !self.data_types.contains_key(data_type) {
            if data_type.len() > MAXIMUM_NAME {
                return;
            }
            self.data_types.insert(data_type.to_owned(), BTreeMap::new());
            if self.data_types.len() > MAXIMUM_TABLES {
                self.number -= self.data_types.pop_last().map_or(0, |(_, columns)| columns.len());
            }
        }
        let Some(columns) = self.data_types.get_mut(data_type) else { return };
        let before = columns.len();
        note_columns(columns, found);
        self.number = self.number - before + columns.len();
        while self.number > MAXIMUM_ALL_COLUMNS
            && let Some(columns) = self.data_types.values_mut().rev().find(|columns| !columns.is_empty())
        {
            columns.pop_last();
            self.number -= 1;
        }
    }
}

fn note_columns(columns: &mut BTreeMap<String, Kind>, found: impl IntoIterator<Item = (String, Kind)>) {
    let mut by_lowercase: Option<BTreeMap<String, String>> = None;
    for (name, kind) in found {
        if let Some(known) = columns.get_mut(&name) {
            *known = known.with(kind);
            continue;
        }
        if columns.len() >= MAXIMUM_COLUMNS && columns.last_key_value().is_some_and(|(last, _)| *last < name)
        {
            continue;
        }
        let by_lowercase = by_lowercase
            .get_or_insert_with(|| columns.keys().map(|name| (name.to_lowercase(), name.clone())).collect());
        // Most readers do not distinguish names by case.
        match by_lowercase.get(&name.to_lowercase()) {
            Some(alike) if *alike < name => continue,
            Some(alike) => drop(columns.remove(alike)),
            None => {}
        }
        by_lowercase.insert(name.to_lowercase(), name.clone());
        columns.insert(name, kind);
        if columns.len() > MAXIMUM_COLUMNS
            && let Some((last, _)) = columns.pop_last()
        {
            by_lowercase.remove(&last.to_lowercase());
        }
    }
}

/// Returns the name of the column for an attribute, or `None` if the attribute gets no column of
/// its own because of its name.
pub(crate) fn column_name(name: &[u8], has_prefix: bool) -> Option<String> {
    let is_plain = (1..=MAXIMUM_NAME).contains(&name.len())
        && name.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'_');
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
            survey.note(&format!("t{number:04}"), [("a".to_owned(), Kind::Text)]);
        }
        assert_eq!(survey.data_types.len(), MAXIMUM_TABLES);
        survey.note("t0001", (0..2_000).map(|number| (format!("c{number}"), Kind::Text)));
        assert_eq!(survey.data_types["t0001"].len(), MAXIMUM_COLUMNS);
        for number in 2..100 {
            survey.note(&format!("t{number:04}"), (0..500).map(|number| (format!("c{number}"), Kind::Text)));
        }
        assert_eq!(survey.data_types.values().map(BTreeMap::len).sum::<usize>(), MAXIMUM_ALL_COLUMNS);
    }

    #[test]
    fn names_differ_by_more_than_case() {
        let mut survey = Survey::default();
        survey.note("t", [("name".to_owned(), Kind::Text), ("Name".to_owned(), Kind::Integer)]);
        survey.note("t", [("name".to_owned(), Kind::Text), ("NAMES".to_owned(), Kind::Text)]);
        let columns: Vec<_> = survey.data_types["t"].iter().map(|(name, kind)| (&**name, *kind)).collect();
        assert_eq!(columns, [("NAMES", Kind::Text), ("Name", Kind::Integer)]);
        for name in ["a b", ""] {
            assert_eq!(column_name(name.as_bytes(), false), None);
        }
        assert_eq!(column_name(b"user", true).as_deref(), Some("attribute_user"));
    }

    /// A task with more columns than there may be must not hide the type of a value from the
    /// others: it would be left out.
    #[test]
    fn the_columns_do_not_depend_on_how_events_are_divided() {
        let kinds = [Kind::Boolean, Kind::Integer, Kind::Float, Kind::Text, Kind::Texts, Kind::Json];
        let mut random = 7_u32;
        let mut next = |below: u32| {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (random >> 8) % below
        };
        let events: Vec<_> = (0..6_000)
            .map(|_| {
                let of_type = next(1_300);
                let columns = (0..next(30)).map(|_| {
                    let name = format!("c{}", next(if of_type < 20 { 900 } else { 40 }));
                    let name = if next(9) == 0 { name.to_uppercase() } else { name };
                    (name, kinds[next(6) as usize])
                });
                (format!("t{of_type}"), columns.collect::<Vec<_>>())
            })
            .chain(
                (0..9).map(|_| ("t1".into(), (0..900).map(|at| (format!("c{at}"), kinds[at % 6])).collect())),
            )
            .collect();
        let of = |events: &mut dyn Iterator<Item = &(String, Vec<(String, Kind)>)>| {
            let mut survey = Survey::default();
            events.for_each(|(data_type, columns)| survey.note(data_type, columns.iter().cloned()));
            survey
        };
        let whole = of(&mut events.iter());
        assert_eq!(whole.data_types.len(), MAXIMUM_TABLES);
        assert_eq!(whole.number, whole.data_types.values().map(BTreeMap::len).sum::<usize>());
        assert_eq!(of(&mut events.iter().rev()), whole);
        for tasks in [2, 7, 500] {
            let mut merged = Survey::default();
            events.chunks(events.len() / tasks).for_each(|task| merged.merge(of(&mut task.iter())));
            assert_eq!(merged, whole, "{tasks}");
        }
    }
}
