//! Where in its file an event was found, as far as Plaso stores it.

use crate::Attributes;

/// What a data type calls the place, and what the number counts.
const NUMBERS: [(&str, &str); 4] =
    [("line_number", "line"), ("file_offset", "offset"), ("record_position", "offset"), ("offset", "offset")];

/// Parsers of files of lines, and of tables of databases. `/` ends the name of a parser with
/// plugins.
const OF_LINES: [&str; 6] =
    ["fish_history", "jsonl/", "networkminer_fileinfo", "text/", "winpca_db0", "winpca_dic"];
const OF_TABLES: [&str; 2] = ["esedb/", "sqlite/"];

/// Returns where in its file an event was found, such as `line 7`, or says that Plaso does not
/// store it for lines of texts and rows of tables. Returns `None` for files of other kinds whose
/// place is not stored.
#[must_use]
pub fn position_of(attributes: &Attributes<'_>) -> Option<String> {
    let parser = attributes.text("_parser_chain").unwrap_or_default();
    let found = NUMBERS.iter().find_map(|(name, what)| Some((*what, attributes.text(name)?)));
    let is_one_of = |parsers: &[&str]| parsers.iter().any(|known| parser.starts_with(known));
    match found {
        // Plaso's plugins for databases have the number of the row there.
        Some(("offset", number)) if parser.starts_with("sqlite/") => {
            Some(format!("row {number} of its table in the database"))
        }
        Some((what, number)) => Some(format!("{what} {number}")),
        None if is_one_of(&OF_LINES) => Some("line not recorded by Plaso".to_owned()),
        None if is_one_of(&OF_TABLES) => Some("row not recorded by Plaso".to_owned()),
        None => None,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use events::{AttributeNames, AttributeReader};

    use super::*;

    #[test]
    fn places_in_files() {
        for (json, expected) in [
            (
                r#"{"data_type": "googlelog:log", "line_number": 7, "_parser_chain": "text/x"}"#,
                Some("line 7"),
            ),
            (r#"{"data_type": "a", "file_offset": 745, "_parser_chain": "text/x"}"#, Some("offset 745")),
            (r#"{"data_type": "a", "offset": 0, "_parser_chain": "utmp"}"#, Some("offset 0")),
            (
                r#"{"data_type": "a", "offset": 3, "_parser_chain": "sqlite/chrome_27_history"}"#,
                Some("row 3 of its table in the database"),
            ),
            (
                r#"{"data_type": "a", "_parser_chain": "text/bash_history"}"#,
                Some("line not recorded by Plaso"),
            ),
            (
                r#"{"data_type": "macos:tcc_entry", "_parser_chain": "sqlite/macostcc"}"#,
                Some("row not recorded by Plaso"),
            ),
            (
                r#"{"data_type": "a", "_parser_chain": "esedb/user_access_logging"}"#,
                Some("row not recorded by Plaso"),
            ),
            (r#"{"data_type": "a", "_parser_chain": "jsonl/x"}"#, Some("line not recorded by Plaso")),
            (r#"{"data_type": "a", "_parser_chain": "plist"}"#, None),
        ] {
            let mut reader = AttributeReader::new(Arc::new(AttributeNames::default()));
            let data = reader.open(json.as_bytes()).unwrap();
            assert_eq!(position_of(&Attributes::of_data(&data)).as_deref(), expected, "{json}");
        }
    }
}
