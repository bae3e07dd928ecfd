//! The event model of a Plaso timeline: what a storage file contains, and what an analysis adds to
//! it.
//!
//! This crate has plain data and no I/O, so that filters and plugins can be tested without a store.
//! Event data never becomes a tree: [`EventData`] is a view of the stored JSON that returns only
//! the attributes asked for.
//!
//! ```
//! use std::sync::Arc;
//!
//! use events::{AttributeNames, AttributeReader};
//!
//! // Register the attributes that will be read.
//! let mut names = AttributeNames::default();
//! let size = names.register("file_size");
//! let owner = names.register("owner");
//!
//! let mut reader = AttributeReader::new(Arc::new(names));
//! let data = reader.open(br#"{"data_type": "fs:stat", "file_size": 4096, "mode": 493}"#)?;
//! assert_eq!(data.data_type(), b"fs:stat");
//! assert_eq!(data.raw(size), Some(&b"4096"[..]));
//! assert!(data.get(owner).is_none());
//! // Ask for errors last: the JSON is checked only as far as it was read.
//! assert_eq!(data.error(), None);
//! # Ok::<(), events::EventDataError>(())
//! ```

mod attributes;
mod causes;
mod containers;
mod event;
mod event_data;
mod event_log_texts;
mod export_spec;
mod findings;
mod ids;
pub mod json;
mod label;
mod label_patterns;
mod last_result;
mod plugin_config;
mod printable;
mod range;
mod reads;
mod renamed_attributes;
mod result_table;
mod shell_word;
mod stage;
mod timestamp;
mod value;

pub use attributes::{AttributeId, AttributeNames};
pub use causes::with_causes;
pub use containers::{
    AnalysisReport, AnalysisWarning, Counter, EventDataStream, Session, StreamAttribute, UserAccount,
};
pub use event::{Event, EventView};
pub use event_data::walk::AttributeWalk;
pub use event_data::{AttributeReader, EventData, EventDataError};
pub use event_log_texts::{EventLogProvider, EventLogTexts};
pub use export_spec::{ExportFormat, ExportOrder, ExportSpec};
pub use findings::{Key, KeyLabel, Note, Notes, PluginFindings, Reduced, SetAside, TaskFindings};
pub use ids::{BadReference, EventDataId, EventDataStreamId, EventId};
pub use label::{InvalidLabel, Label, RECOVERED};
pub use label_patterns::{LabelPattern, LabelPatterns};
pub use last_result::LastResult;
pub use plugin_config::{PluginConfig, Secret, Setting};
pub use printable::{Shown, is_harmful, panic_text, printable, shown_arguments};
pub use range::{EventRange, TimeRange};
pub use reads::Reads;
pub use renamed_attributes::{OtherNames, other_name};
pub use result_table::{ResultColumn, ResultRow, ResultTable, ResultValue};
pub use shell_word::{quoted, quoted_path};
pub use stage::{Stage, StageMark};
pub use timestamp::Timestamp;
pub use value::Value;
