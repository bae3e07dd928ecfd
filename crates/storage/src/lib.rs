//! The `.plaso` storage file and the task stores of a run. The only crate with SQL.
//!
//! - [`Store`] opens a storage file, says exactly what is wrong with anything else, and reads from it.
//! - [`StoreWriter`] holds the store's write lock for a whole run and changes it in one transaction at the end.
//! - [`undo_interrupted`] lets SQLite undo what a killed program has left half done, if the journal fits the store.
//! - [`task_store`] keeps what one task found; [`merge`] unites the task stores of a run into the store.
//!
//! Facts about the format come from files written by plaso 20240826 and 20260720.

mod blob;
mod connection;
mod error;
mod event_reader;
mod format;
mod journal;
mod key_labels;
mod label_table;
pub mod merge;
mod overview;
mod results;
mod store;
mod tag_batch;
mod tag_writer;
pub mod task_store;
mod writer;

pub use error::StorageError;
pub use event_reader::{EventRange, EventReader, ReadPlan, TimeRange, Unreadable};
pub use format::{Compression, Format, SUPPORTED_VERSIONS};
pub use journal::{Aftermath, Baseline, Undone, undo_interrupted};
pub use label_table::{LabelNumber, LabelTable};
pub use overview::{Source, StoredTag};
pub use results::{ReportHead, UnreadableReport};
pub use store::Store;
pub use tag_writer::{TagTotals, TagWriter};
pub use writer::{Committed, Interrupter, StoreWriter};
