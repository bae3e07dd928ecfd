//! Sigma rules: reads them, checks them, and translates them to conditions on the events of Plaso.
//!
//! A rule asks for fields of a log source. [`Collection::read`] finds the events of Plaso that the
//! log source means and the attributes that have the fields (`log_sources.yml`), and makes
//! [`filter::Rules`] of all rules together. Nothing of a rule is dropped in silence: a rule that
//! cannot be translated is refused, with the reason and its place.
//!
//! The semantics are those of Sigma's specification 2.1:
//!
//! - Texts are compared without regard to case, except after `cased` and in regular expressions.
//! - `*` and `?` also match the end of a line.
//! - An absent field, an empty one and 0 are three things. `null` is the absent field.
//! - Keywords may stand in any value of the event.

mod assembly;
mod budget;
mod choice;
mod collection;
mod condition;
mod correlation;
mod detection;
mod document;
mod encoding;
mod item;
mod label;
mod level;
mod linked;
mod log_source;
mod meant;
mod modifiers;
mod pattern_check;
mod placeholders;
mod prepare;
mod problem;
mod rule;
mod rule_file;
mod rule_filter;
mod selection;
mod text;
mod unknown_field;
mod yaml;

pub use choice::{Selection, StateEvents};
pub use collection::{Collection, OtherRule, Role, UsedRule};
pub use correlation::{
    Condition, Correlation, Field, Input, Kind, MAXIMUM_CORRELATIONS, MILLIONTHS, Operator, Presence, Source,
    Threshold, millionths,
};
pub use level::{Level, Status, UnknownWord};
pub use log_source::data_types;
pub use placeholders::{Placeholders, PlaceholdersError};
pub use problem::{Problem, WhyNot};
pub use rule::Metadata;
pub use rule_file::{
    Digests, MAXIMUM_FILE_SIZE, RuleFile, RuleFilesError, kept, not_read, read, read_with_digests,
};
pub use rule_filter::UsedFilter;
pub use unknown_field::UnknownField;
