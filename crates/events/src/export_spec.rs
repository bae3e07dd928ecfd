//! What an export writes, as plain data that a task carries.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::LabelPatterns;

/// What an export writes of the events that match the filter of its run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportSpec {
    /// The form of the output.
    pub format: ExportFormat,
    /// The order of the events.
    pub order: ExportOrder,
    /// Only events with one of these labels are written, or all events if there are none.
    #[serde(default)]
    pub labels: LabelPatterns,
    /// The folder of Plaso's formatter files, or `None` for the built-in formats of messages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub formatters: Option<PathBuf>,
    /// The columns of each Parquet file. Without them, a task of a Parquet export only finds out
    /// which columns its events need.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<PathBuf>,
}

/// The forms of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExportFormat {
    /// One JSON object a line.
    JsonLines,
    /// Comma-separated values.
    Csv,
    /// One Parquet file a data type.
    Parquet,
}

/// The order of exported events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExportOrder {
    /// The order of the store's rows.
    Rows,
    /// The order of their times. Events without a time come first, and events of the same time are
    /// in the order of their rows.
    Time,
}
