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
        let failed = |source| self.error("read", source);
        // Some versions of Plaso may write this table in another way. Then it says nothing here.
        if !has_table(&self.connection, TABLE).map_err(failed)?
            || check_columns(&self.connection, self.path(), TABLE, "_data BLOB").is_err()
        {
            return Ok(None);
        }
        let budget = self.budget(TABLE)?;
        let mut inflater = Inflater::for_reports();
        let mut names = BTreeSet::new();
        let mut read = || -> rusqlite::Result<()> {
            let sql = format!("SELECT _data FROM {TABLE} ORDER BY _identifier LIMIT ?1");
            let mut statement = self.connection.prepare(&sql)?;
            let mut rows = statement.query([MAXIMUM_ROWS])?;
            while let Some(row) = rows.next()? {
                budget.take(row)?;
                names.extend(inflater.json(row.get_ref(0)?).ok().and_then(name_in));
            }
            Ok(())
        };
        read().map_err(failed)?;
        Ok(names.pop_first().filter(|_| names.is_empty()))
    }
}

/// Returns the name in a system configuration: `{"hostname": {"name": "web01"}}`.
fn name_in(configuration: &[u8]) -> Option<String> {
    let hostname = member(configuration, b"hostname")?;
    match json::value(member(hostname, b"name")?) {
        Ok(Value::String(name)) if !name.trim().is_empty() => Some(name.into_owned()),
        _ => None,
    }
}

fn member<'j>(object: &'j [u8], name: &[u8]) -> Option<&'j [u8]> {
    let mut members = json::Members::of(object).ok()?;
    while let Some((key, span)) = members.next_member().ok()? {
        if key == name {
            return Some(&object[span]);
        }
    }
    None
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
            assert_eq!(name_in(json.as_bytes()).as_deref(), name, "{json}");
        }
    }
}
