//! Plaso's event filter language and tagging files: parse, check, compile to a matcher.

mod ast;
mod built_in;
mod compare;
mod compile;
mod condition;
mod date_time;
mod dispatch;
mod endings;
mod error;
mod filter;
mod grouping;
mod literals;
mod notes;
mod occurrence;
mod parser;
mod path;
mod pattern;
mod reads;
mod rule_set;
mod subject;
mod tagging_file;

pub use ast::Expression;
pub use error::FilterError;
pub use filter::Filter;
pub use notes::Note;
pub use parser::{MAXIMUM_DEPTH, MAXIMUM_LENGTH};
pub use reads::Reads;
pub use rule_set::RuleSet;
pub use tagging_file::{MAXIMUM_FILE_SIZE, TaggingFile, TaggingFileError, TaggingFileErrors};
