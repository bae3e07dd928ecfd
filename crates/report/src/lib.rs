//! What is in a Plaso storage file and what analyses have found in it, for people and for programs.
//!
//! [`Info`] and [`Report`] are models: plain data that is read from a store once, in bounded memory however large it is. They
//! are what the JSON consists of, and all that the other forms know.

mod collect;
mod info;
mod json;
mod labels;
mod table;
mod text;
mod text_table;
mod time;
mod words;

pub use info::{
    Count, EventFacts, Info, ReportLine, RunFacts, SourceFacts, StoreFacts, TagFacts, WarningCount,
};
pub use json::json;
pub use table::{Rest, Table};
pub use text::{TextOptions, info_text};
pub use time::Time;
pub use words::{bytes, number};

/// The version of the models, which the JSON says; it changes when a field changes its meaning or goes.
pub const FORMAT_VERSION: u32 = 1;

/// Is told now and then how many rows of what have been read.
pub type Progress<'p> = &'p mut dyn FnMut(&'static str, u64);
