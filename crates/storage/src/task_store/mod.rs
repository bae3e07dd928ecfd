//! Task stores: what one task of a run found, as an SQLite file.
//!
//! A worker writes one, closes it, and reports it; the foreman merges it and removes it. It is
//! written to a file of another name first ([`files::NewFile`]), so that one with its own name is
//! complete. It can be looked at with the `sqlite3` shell: `SELECT event, labels FROM event_tag`,
//! `SELECT * FROM counter` and so on; the column `plugin` is a position in the table `plugin`.

mod file;
mod format;
mod reader;
mod values;
mod writer;

pub use file::{check_place, digest};
pub use format::{Origin, TaskHeader, TaskStep};
pub use reader::TaskStore;
pub(crate) use values::label;
pub use writer::TaskStoreWriter;
