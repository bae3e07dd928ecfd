//! The `.plaso` storage file and the task stores of a run. The only crate with SQL.
//!
//! - [`Store`] opens a storage file, says exactly what is wrong with anything else, and reads from
//!   it.
//! - [`StoreWriter`] holds the store's write lock for a whole run and changes it in one transaction
//!   at the end.
//! - [`undo_interrupted`] lets SQLite undo what a killed run has left half done, if the journal is
//!   the one that the run recorded.
//! - [`task_store`] keeps what one task found; [`merge`] unites the task stores of a run into the
//!   store.
//!
//! Facts about the format come from files written by plaso 20240826 and 20260720.
//!
//! ```
//! use events::{EventId, Label};
//! use storage::{Store, StoreWriter};
//!
//! # let copy = testing::Store::of("sample");
//! # let path = copy.path();
//! let store = Store::open(path)?;
//! assert_eq!(store.format().version, 20_260_516);
//! assert_eq!(store.number_of_events()?, 4_547);
//!
//! let writer = StoreWriter::lock(path)?;
//! let mut tags = writer.tags();
//! let label = tags.labels().number(&Label::new("suspicious")?);
//! tags.add(EventId::new(1), &[label])?;
//! assert_eq!(tags.finish()?.labels_added, 1);
//! // Without this the store stays as it was.
//! writer.commit()?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod before_change;
mod blob;
mod budget;
mod commit;
mod computer;
mod connection;
mod counters;
mod error;
mod event_labels;
mod event_log_texts;
mod event_reader;
mod event_streams;
mod existing_events;
mod fingerprint;
mod format;
mod in_order;
mod indexes;
mod journal;
mod key_labels;
mod label_set;
mod label_table;
mod last_write;
mod limits;
pub mod merge;
mod metadata;
#[cfg(target_os = "linux")]
mod no_links;
mod overview;
mod part;
mod read_event;
mod read_failure;
mod read_plan;
mod refused_access;
mod report_counter;
mod results;
mod run_results;
mod same_store;
mod scan;
mod schema;
mod shared_data;
mod store;
mod store_file;
mod store_state;
mod tag_batch;
mod tag_writer;
mod tags;
pub mod task_store;
mod threads;
mod unreadable;
mod what_it_is;
mod writer;

pub use before_change::BYTES_BEHIND;
pub use commit::{Committed, Durability};
pub use error::StorageError;
pub use event_log_texts::event_log_texts;
pub use event_reader::EventReader;
// They say what is read from a store.
pub use events::{EventRange, TimeRange};
pub use format::{Compression, Format, SUPPORTED_VERSIONS};
pub use in_order::read_in_order;
pub use journal::{
    Aftermath, Baseline, InterruptedRun, Undone, companion, holds_results, idle_journal, is_journal,
    journal_path, undo_interrupted,
};
pub use label_set::LabelNumber;
pub use label_table::LabelTable;
pub use last_write::counts_as_write;
pub use overview::{CollectionWarning, Source, StoredTag};
pub use part::{FinishedPart, PartWriter};
pub use read_event::ReadEvent;
pub use read_plan::ReadPlan;
pub use results::{ReportHead, UnreadableReport};
pub use same_store::SameStore;
pub use scan::{EventRanges, ScanPart, scan_events};
pub use store::Store;
pub use store_state::StoreState;
pub use tag_writer::{TagTotals, TagWriter};
pub use threads::on_each_processor;
pub use unreadable::{Shared, Unreadable};
pub use writer::{Interrupter, StoreWriter};
