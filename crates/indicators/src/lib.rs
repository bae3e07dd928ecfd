//! Indicators of compromise: reads what threat reports, MISP and feeds name into one model.
//!
//! The format of a file is found by its content. Each value is refanged, recognised and brought
//! into its usual form, so that it can be compared with the values of events by its kind, never as
//! a piece of text. Nothing is dropped in silence: [`Indicators`] has an account of each value that
//! is left out, and of each that cannot be used, with the reason and its place.
//!
//! All files are untrusted: sizes, depths and numbers have limits.

pub mod attributes;
mod compiled;
mod input;
mod json;
mod known_good;
pub mod matching;
mod meaning;
mod misp;
mod model;
mod openioc;
mod reading;
mod regex;
mod stix;
mod text;
mod time;
mod tree;
mod values;
mod warninglists;
mod words;

pub use compiled::kept_digest;
pub use input::{ListsError, keep};
pub use known_good::known_good;
pub use model::{
    Comparison, Details, Format, Group, Indicator, IndicatorId, Indicators, Kind, LeftOut, List, ListId,
    Node, OtherFile, Place, Problem, SigmaRule, ThreatLevel, Value,
};
pub use reading::{ReadOptions, read, read_bytes};
pub use values::canonical;
pub use warninglists::{Warninglist, Warninglists};
