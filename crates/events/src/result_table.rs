//! The tables that plugins store results in.

use serde::{Deserialize, Serialize};

/// A plugin's table in the store, as the plugin declares it.
///
/// The names come only from the program's own declarations, never from a file, so SQL may contain
/// them.
#[derive(Debug, PartialEq, Eq)]
pub struct ResultTable {
    /// The table's name. Names of Plaso's tables end with `_analysis_result`.
    pub name: &'static str,
    /// The columns, in alphabetical order, as Plaso makes them.
    pub columns: &'static [ResultColumn],
}

/// A column of a [`ResultTable`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResultColumn {
    /// Integers.
    Integer(&'static str),
    /// Texts.
    Text(&'static str),
}

impl ResultColumn {
    /// The column's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Integer(name) | Self::Text(name) => name,
        }
    }
}

/// A row of a [`ResultTable`]: a value for each column, in the order of the columns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ResultRow(pub Vec<ResultValue>);

/// A value in a [`ResultRow`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ResultValue {
    /// An integer.
    Integer(u64),
    /// A text.
    Text(String),
}

impl From<u64> for ResultValue {
    fn from(number: u64) -> Self {
        Self::Integer(number)
    }
}

impl From<String> for ResultValue {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for ResultValue {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl ResultTable {
    /// Returns whether the row has a value of the right kind for each column.
    #[must_use]
    pub fn takes(&self, row: &ResultRow) -> bool {
        row.0.len() == self.columns.len()
            && self.columns.iter().zip(&row.0).all(|(column, value)| {
                matches!(
                    (column, value),
                    (ResultColumn::Integer(_), ResultValue::Integer(_))
                        | (ResultColumn::Text(_), ResultValue::Text(_))
                )
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_that_a_table_takes() {
        const TABLE: ResultTable =
            ResultTable { name: "t", columns: &[ResultColumn::Integer("n"), ResultColumn::Text("t")] };
        for (json, takes) in [(r#"[5,"x"]"#, true), (r#"["x",5]"#, false), ("[5]", false), ("[]", false)] {
            let row: ResultRow = serde_json::from_str(json).unwrap();
            assert_eq!(TABLE.takes(&row), takes, "{json}");
            assert_eq!(serde_json::to_string(&row).unwrap(), json);
        }
        assert!(serde_json::from_str::<ResultRow>("[null]").is_err());
    }
}
