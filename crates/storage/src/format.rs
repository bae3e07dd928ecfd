//! The versions of the storage format, and the tables that an analysis writes.

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

/// The format versions that are read and written, oldest first, with the Plaso releases that write them.
///
/// They are alike in all that an analysis touches (20260516 adds `data_type_count`, which is Plaso's own), so one
/// set of tables serves both; a version that differs will need a column here.
pub const SUPPORTED_VERSIONS: [(i64, &str); 2] =
    [(20_230_327, "plaso 20230717 to early 2026"), (20_260_516, "plaso 20260720")];

pub(crate) fn supported_versions_text() -> String {
    SUPPORTED_VERSIONS.map(|(version, writers)| format!("{version} ({writers})")).join(" and ")
}

/// The tables that an analysis may write beside the plugins' own, with the very statements that Plaso makes them with (`event_tag`'s index is in
/// [`TAG_INDEX`]). A table exists from its first row on.
pub(crate) const ANALYSIS_TABLES: [(&str, &str); 5] = [
    (
        "session",
        "CREATE TABLE session (_identifier INTEGER PRIMARY KEY AUTOINCREMENT, aborted INTEGER, artifact_filters TEXT, \
         command_line_arguments TEXT, completion_time INTEGER, debug_mode INTEGER, enabled_parser_names TEXT, \
         file_entropy TEXT, filter_file TEXT, identifier TEXT, parser_filter_expression TEXT, preferred_codepage TEXT, \
         preferred_encoding TEXT, preferred_language TEXT, preferred_time_zone TEXT, preferred_year INTEGER, \
         product_name TEXT, product_version TEXT, start_time INTEGER)",
    ),
    (
        "event_tag",
        "CREATE TABLE event_tag (_identifier INTEGER PRIMARY KEY AUTOINCREMENT, _event_identifier TEXT, labels TEXT)",
    ),
    (
        "event_label_count",
        "CREATE TABLE event_label_count (_identifier INTEGER PRIMARY KEY AUTOINCREMENT, label TEXT, \
         number_of_events INTEGER)",
    ),
    (
        "analysis_report",
        "CREATE TABLE analysis_report (_identifier INTEGER PRIMARY KEY AUTOINCREMENT, _data BLOB)",
    ),
    (
        "analysis_warning",
        "CREATE TABLE analysis_warning (_identifier INTEGER PRIMARY KEY AUTOINCREMENT, message TEXT, plugin_name TEXT)",
    ),
];

/// How the names of tables end that plugins write their results to.
pub(crate) const RESULT_SUFFIX: &str = "_analysis_result";

/// The statement that Plaso makes a plugin's table of results with.
pub(crate) fn result_table_sql(table: &ResultTable) -> String {
    let column = |column: &ResultColumn| match column {
        ResultColumn::Integer(name) => format!(", {name} INTEGER"),
        ResultColumn::Text(name) => format!(", {name} TEXT"),
    };
    let columns: String = table.columns.iter().map(column).collect();
    format!("CREATE TABLE {} (_identifier INTEGER PRIMARY KEY AUTOINCREMENT{columns})", table.name)
}

/// The tables that are read, beside those that an analysis writes.
pub(crate) const READ_TABLES: [&str; 6] =
    ["metadata", "event", "event_data", "event_data_stream", "parser_count", "user_account"];

/// The table that every store has.
pub(crate) const METADATA_TABLE: (&str, &str) = ("metadata", "CREATE TABLE metadata (key TEXT, value TEXT)");

/// The one index of the format.
pub(crate) const TAG_INDEX: &str = "CREATE INDEX event_tag_per_event ON event_tag (_event_identifier)";
