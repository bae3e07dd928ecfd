//! The versions of the storage format, and the tables that are read and written.

use events::{ResultColumn, ResultTable};

/// How blobs are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    /// As JSON text.
    None,
    /// As zlib-deflated JSON.
    Zlib,
}

/// What distinguishes one store's format from another's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Format {
    /// The format version, an integer date.
    pub version: i64,
    /// How blobs are stored.
    pub compression: Compression,
}

/// The format versions that are read and written, oldest first, with the Plaso releases that write
/// them.
///
/// They are alike in all that an analysis touches (20260516 adds `data_type_count`, which is
/// Plaso's own), so one set of tables serves both; a version that differs will need a column here.
pub const SUPPORTED_VERSIONS: [(i64, &str); 2] =
    [(20_230_327, "plaso 20230717 to early 2026"), (20_260_516, "plaso 20260720")];

pub(crate) fn supported_versions_text() -> String {
    SUPPORTED_VERSIONS.map(|(version, writers)| format!("{version} ({writers})")).join(" and ")
}

/// A table of the format.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Table {
    pub(crate) name: &'static str,
    /// The columns that this program reads or writes, beside `_identifier`. A store must have them.
    pub(crate) columns: &'static str,
    /// The other columns that Plaso makes. Needed only to make the table.
    pub(crate) others: &'static str,
}

/// Every table that any command reads or writes, beside the plugins' own; the others of a store are
/// never looked at.
///
/// [`schema::check`](crate::schema::check) holds a store's tables to this list.
pub(crate) const TABLES: [Table; 17] = [
    table("event", "_event_data_identifier TEXT, timestamp INTEGER, timestamp_desc TEXT"),
    table("event_data", "_data BLOB"),
    table(
        "event_data_stream",
        "file_entropy TEXT, md5_hash TEXT, path_spec TEXT, sha1_hash TEXT, sha256_hash TEXT, yara_match TEXT",
    ),
    table("event_tag", "_event_identifier TEXT, labels TEXT"),
    table("event_label_count", "label TEXT, number_of_events INTEGER"),
    Table {
        name: "session",
        columns: "aborted INTEGER, command_line_arguments TEXT, completion_time INTEGER, debug_mode INTEGER, \
                  identifier TEXT, preferred_encoding TEXT, preferred_time_zone TEXT, product_name TEXT, \
                  product_version TEXT, start_time INTEGER",
        others: "artifact_filters TEXT, enabled_parser_names TEXT, file_entropy TEXT, filter_file TEXT, \
                 parser_filter_expression TEXT, preferred_codepage TEXT, preferred_language TEXT, \
                 preferred_year INTEGER",
    },
    table("analysis_report", "_data BLOB"),
    table("analysis_warning", "message TEXT, plugin_name TEXT"),
    table("parser_count", "name TEXT, number_of_events INTEGER"),
    table("data_type_count", "name TEXT, number_of_events INTEGER"),
    table("user_account", "user_directory TEXT, username TEXT"),
    table("source_configuration", "path TEXT, source_type TEXT"),
    // Only the rows of this one are counted.
    table("event_source", ""),
    table("preprocessing_warning", "message TEXT, path_spec TEXT, plugin_name TEXT"),
    table("extraction_warning", "message TEXT, parser_chain TEXT, path_spec TEXT"),
    table("timelining_warning", "message TEXT, parser_chain TEXT, path_spec TEXT"),
    table("recovery_warning", "message TEXT, parser_chain TEXT, path_spec TEXT"),
];

const fn table(name: &'static str, columns: &'static str) -> Table {
    Table { name, columns, others: "" }
}

/// The tables that an analysis writes beside the plugins' own. Each exists from its first row on.
pub(crate) const ANALYSIS_TABLES: [&str; 5] =
    ["session", "event_tag", "event_label_count", "analysis_report", "analysis_warning"];

impl Table {
    /// The table of this name.
    pub(crate) fn of(name: &str) -> Option<Self> {
        TABLES.into_iter().find(|table| table.name == name)
    }

    /// The statement that Plaso makes the table with: the columns are in alphabetical order.
    pub(crate) fn statement(&self) -> String {
        statement(self.name, columns(self.columns).chain(columns(self.others)).collect())
    }
}

fn statement(table: &str, mut columns: Vec<&str>) -> String {
    columns.sort_unstable();
    columns.insert(0, "_identifier INTEGER PRIMARY KEY AUTOINCREMENT");
    format!("CREATE TABLE {table} ({})", columns.join(", "))
}

/// The names of columns in a list such as `label TEXT, number_of_events INTEGER`, with
/// `_identifier`.
pub(crate) fn column_names(list: &str) -> String {
    std::iter::once("_identifier").chain(names(list)).collect::<Vec<_>>().join(", ")
}

/// The names of columns in such a list.
pub(crate) fn names(list: &str) -> impl Iterator<Item = &str> {
    columns(list).filter_map(|column| column.split(' ').next())
}

/// How the names of tables end that plugins write their results to.
pub(crate) const RESULT_SUFFIX: &str = "_analysis_result";

/// The columns of a plugin's own table as a list such as `extension TEXT, username TEXT`.
pub(crate) fn result_columns(columns: &[ResultColumn]) -> String {
    let columns = columns.iter().map(|column| match column {
        ResultColumn::Integer(name) => format!("{name} INTEGER"),
        ResultColumn::Text(name) => format!("{name} TEXT"),
    });
    columns.collect::<Vec<_>>().join(", ")
}

/// The statement that Plaso makes a plugin's own table with.
pub(crate) fn result_table_statement(table: &ResultTable) -> String {
    statement(table.name, columns(&result_columns(table.columns)).collect())
}

/// The parts of a list such as `label TEXT, number_of_events INTEGER`.
pub(crate) fn columns(list: &str) -> impl Iterator<Item = &str> {
    list.split(", ").filter(|column| !column.is_empty())
}

/// SQLite's own table of the last numbers that it has given to rows.
pub(crate) const SEQUENCE: Table = table("sqlite_sequence", "");

/// The table that every store has. It has no `_identifier`.
pub(crate) const METADATA: Table = table("metadata", "key TEXT, value TEXT");

/// The one index of the format.
pub(crate) const TAG_INDEX: &str = "CREATE INDEX event_tag_per_event ON event_tag (_event_identifier)";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_made_with_the_statement_that_plaso_uses() {
        assert_eq!(
            Table::of("session").unwrap().statement(),
            "CREATE TABLE session (_identifier INTEGER PRIMARY KEY AUTOINCREMENT, aborted INTEGER, artifact_filters TEXT, \
             command_line_arguments TEXT, completion_time INTEGER, debug_mode INTEGER, enabled_parser_names TEXT, \
             file_entropy TEXT, filter_file TEXT, identifier TEXT, parser_filter_expression TEXT, preferred_codepage TEXT, \
             preferred_encoding TEXT, preferred_language TEXT, preferred_time_zone TEXT, preferred_year INTEGER, \
             product_name TEXT, product_version TEXT, start_time INTEGER)"
        );
        assert_eq!(
            Table::of("event_tag").unwrap().statement(),
            "CREATE TABLE event_tag (_identifier INTEGER PRIMARY KEY AUTOINCREMENT, _event_identifier TEXT, labels TEXT)"
        );
        assert!(ANALYSIS_TABLES.iter().all(|name| Table::of(name).is_some()));
    }
}
