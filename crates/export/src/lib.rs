//! Writes events for other tools: as JSON lines, as CSV, and as Parquet.
//!
//! A worker writes the events of its task into a *part*, a file beside its task store
//! ([`Exporter`]). The foreman then joins the parts of all tasks without looking at the events in
//! them: [`join_rows`] and [`join_by_time`] for lines, [`join_tables`] for Parquet.

mod cells;
mod csv;
mod date_time;
mod error;
mod exporter;
mod join;
mod json_lines;
mod part;
mod row;
mod tables;

pub use csv::header;
pub use error::{ExportError, Unexportable};
pub use exporter::Exporter;
pub use join::{MERGED_AT_ONCE, OpenPart, Parts, join_by_time, join_rows};
pub use tables::{Schema, join_tables};
