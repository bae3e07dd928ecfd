//! Parquet: a table for each data type, with typed columns.
//!
//! The columns must be known before the first row is written. So an export has two passes. In the
//! first one, each task finds the columns that its events need ([`Survey`]), and the foreman
//! combines them ([`Schema`]). In the second one, each task writes small Parquet files into its
//! part ([`TablesWriter`]), and the foreman puts their column chunks together, without decoding
//! them ([`join_tables`]).

mod column;
mod field;
mod join;
mod kind;
mod schema;
mod survey;
mod table;
mod writer;

pub use join::join_tables;
pub use schema::Schema;
pub(crate) use survey::Survey;
pub(crate) use writer::TablesWriter;
