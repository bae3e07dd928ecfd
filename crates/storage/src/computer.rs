//! The computer that a store is about, as Plaso found it in the source.

use std::collections::BTreeSet;

use events::{Value, json};

use crate::blob::Inflater;
use crate::connection::has_table;
use crate::schema::check_columns;
use crate::{StorageError, Store};

const TABLE: &str = "system_configuration";
/// How many of its rows are read. Plaso makes one for each system of a source.
const MAXIMUM_ROWS: i64 = 1_000;

impl Store {
    /// The name of the computer whose files were collected, if the store names exactly one.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    pub fn computer_name(&self) -> Result<Option<String>, StorageError> {
        let mut names = BTreeSet::new();
        self.visit_systems(|configuration| names.extend(text_in(configuration, &[b"hostname", b"name"])))?;
        Ok(names.pop_first().filter(|_| names.is_empty()))
    }

    /// Whether Plaso found the time zone of a system in the source.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    pub fn has_time_zone(&self) -> Result<bool, StorageError> {
        let mut has_one = false;
        self.visit_systems(|configuration| has_one |= text_in(configuration, &[b"time_zone"]).is_some())?;
        Ok(has_one)
    }

    /// Visits what Plaso found of the systems of the source.
    fn visit_systems(&self, mut visit: impl FnMut(&[u8])) -> Result<(), StorageError> {
        let failed = |source| self.error("read", source);
        // Some versions of Plaso may write this table in another way. Then it says nothing here.
        if !has_table(&self.connection, TABLE).map_err(failed)?
            || check_columns(&self.connection, self.path(), TABLE, "_data BLOB").is_err()
        {
            return Ok(());
        }
        let budget = self.budget(TABLE)?;
        let mut inflater = Inflater::for_reports();
        let mut read = || -> rusqlite::Result<()> {
            let sql = format!("SELECT _data FROM {TABLE} NOT INDEXED ORDER BY _identifier LIMIT ?1");
            let mut statement = self.connection.prepare(&sql)?;
            let mut rows = statement.query([MAXIMUM_ROWS])?;
            while let Some(row) = rows.next()? {
                budget.take(row)?;
                if let Ok(configuration) = inflater.json(row.get_ref(0)?) {
                    visit(configuration);
                }
            }
            Ok(())
        };
        read().map_err(failed)
    }
}

/// Returns a text in a system configuration: `{"hostname": {"name": "web01"}, "time_zone": "UTC"}`.
fn text_in(configuration: &[u8], path: &[&[u8]]) -> Option<String> {
    let found = path.iter().try_fold(configuration, |object, name| json::member(object, name))?;
    match json::value(found) {
        Ok(Value::String(text)) if !text.trim().is_empty() => Some(text.into_owned()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_configurations() {
        for (json, name) in [
            (r#"{"code_page": "cp1252", "hostname": {"name": "WEB01", "schema": "DNS"}}"#, Some("WEB01")),
            (r#"{"hostname": {"name": " "}}"#, None),
            (r#"{"hostname": "WEB01"}"#, None),
            (r#"{"code_page": "cp1252"}"#, None),
            ("[", None),
        ] {
            assert_eq!(text_in(json.as_bytes(), &[b"hostname", b"name"]).as_deref(), name, "{json}");
        }
        for (json, zone) in [
            (r#"{"time_zone": "Europe/Paris"}"#, Some("Europe/Paris")),
            (r#"{"time_zone": null}"#, None),
            (r#"{"hostname": {"time_zone": "UTC"}}"#, None),
        ] {
            assert_eq!(text_in(json.as_bytes(), &[b"time_zone"]).as_deref(), zone, "{json}");
        }
    }
}
