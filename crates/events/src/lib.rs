//! The event model of a Plaso timeline: what a storage file holds and what an analysis leaves in it.
//!
//! Everything here is plain data and no I/O, so that the filter language and the analysis plugins can be
//! tested without a store. Event data is never turned into a tree: [`EventData`] is a view over the stored
//! JSON that yields only the attributes somebody asks for.

mod attributes;
mod containers;
mod event;
mod event_data;
mod findings;
mod ids;
pub mod json;
mod label;
mod plugin_config;
mod printable;
mod result_table;
mod stage;
mod value;

pub use attributes::{AttributeId, AttributeNames};
pub use containers::{
    AnalysisReport, AnalysisWarning, Counter, EventDataStream, Session, StreamAttribute, UserAccount,
};
pub use event::{Event, EventView};
pub use event_data::{AttributeReader, EventData, EventDataError};
pub use findings::{Key, KeyLabel, Note, PluginFindings, Reduced, SetAside, TaskFindings};
pub use ids::{BadReference, EventDataId, EventDataStreamId, EventId};
pub use label::{InvalidLabel, Label};
pub use plugin_config::{PluginConfig, Secret, Setting};
pub use printable::{is_harmful, panic_text, printable};
pub use result_table::{ResultColumn, ResultRow, ResultTable, ResultValue};
pub use stage::{Stage, StageMark};
pub use value::Value;
