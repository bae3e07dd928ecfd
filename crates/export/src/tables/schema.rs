//! The tables of an export, with their columns.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::kind::Kind;
use super::survey::Survey;
use crate::error::ExportError;
use crate::join::OpenPart;

/// The tables of an export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schema {
    /// The tables, sorted by data type. The last one is for all other data types.
    pub(crate) tables: Vec<Table>,
}

/// A table: a Parquet file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Table {
    /// The data type of its events, or `None` for all that have no table of their own.
    pub(crate) data_type: Option<String>,
    /// The name of the file.
    pub(crate) file: String,
    /// The columns for attributes, sorted by name.
    pub(crate) columns: Vec<(String, Kind)>,
}

/// The name of the table for data types that have no table of their own.
const OTHERS: &str = "other_data_types";
/// The maximum length of the name of a file, without its end.
const MAXIMUM_NAME: usize = 100;
/// A schema with the maximum number of tables and columns is smaller. A larger file was not written
/// by foreman.
const MAXIMUM_SIZE: u64 = 16 << 20;

impl Schema {
    /// Combines the columns that the events of all tasks need, in the order of the tasks.
    ///
    /// # Errors
    ///
    /// If a part cannot be read.
    pub fn combine(parts: &[PathBuf], open: &OpenPart<'_>) -> Result<Self, ExportError> {
        let mut all = Survey::default();
        for part in parts {
            all.merge(read(part, open)?);
        }
        let mut files = BTreeSet::from([OTHERS.to_owned()]);
        let own = all.data_types.into_iter().map(|(data_type, columns): (String, BTreeMap<_, _>)| Table {
            file: file_name(&data_type, &mut files),
            data_type: Some(data_type),
            columns: columns.into_iter().collect(),
        });
        let mut tables: Vec<_> = own.collect();
        tables.push(Table { data_type: None, file: OTHERS.into(), columns: Vec::new() });
        Ok(Self { tables })
    }

    /// Reads a schema that a foreman has written as JSON.
    ///
    /// # Errors
    ///
    /// If the file cannot be read.
    pub(crate) fn read(path: &Path) -> Result<Self, ExportError> {
        read(path, &files::open_input)
    }

    /// Returns the position of the table for a data type.
    pub(crate) fn table_for(&self, data_type: &str) -> usize {
        let own = &self.tables[..self.tables.len().saturating_sub(1)];
        own.binary_search_by(|table| table.data_type.as_deref().cmp(&Some(data_type))).unwrap_or(own.len())
    }
}

fn read<T: serde::de::DeserializeOwned>(path: &Path, open: &OpenPart<'_>) -> Result<T, ExportError> {
    let mut json = Vec::new();
    let file = open(path).and_then(|file| file.take(MAXIMUM_SIZE).read_to_end(&mut json));
    file.map_err(|error| ExportError::read(path, error))?;
    serde_json::from_slice(&json).map_err(|error| ExportError::damaged(path, error.to_string()))
}

/// Makes a file name from a data type, which a store may have made up. Only letters, digits and
/// underscores remain, and no two tables get the same name.
fn file_name(data_type: &str, taken: &mut BTreeSet<String>) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' };
    let name: String = data_type.chars().take(MAXIMUM_NAME).map(plain).collect();
    let name = if name.is_empty() { "no_data_type".to_owned() } else { name };
    let numbered = (2_u32..).map(|number| format!("{name}_{number}"));
    let free = std::iter::once(name.clone()).chain(numbered).find(|name| !taken.contains(name));
    let free = free.expect("there are fewer tables than numbers");
    taken.insert(free.clone());
    free
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files() {
        let mut taken = BTreeSet::from([OTHERS.to_owned()]);
        for (data_type, expected) in [
            ("windows:evtx:record", "windows_evtx_record"),
            ("windows:EVTX:record", "windows_evtx_record_2"),
            ("../../etc/passwd", "______etc_passwd"),
            ("a/b\0\n", "a_b__"),
            ("", "no_data_type"),
            ("other:data_types", "other_data_types_2"),
        ] {
            assert_eq!(file_name(data_type, &mut taken), expected);
        }
        assert_eq!(file_name(&"é".repeat(5_000), &mut taken).len(), MAXIMUM_NAME);
    }

    #[test]
    fn tables_are_found() {
        let table = |data_type: Option<&str>| Table {
            data_type: data_type.map(str::to_owned),
            file: String::new(),
            columns: Vec::new(),
        };
        let schema = Schema { tables: vec![table(Some("a")), table(Some("b:c")), table(None)] };
        assert_eq!(["a", "b:c", "b", "", "z"].map(|name| schema.table_for(name)), [0, 1, 2, 2, 2]);
    }
}
