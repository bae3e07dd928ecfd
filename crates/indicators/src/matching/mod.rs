//! Finds the indicators that an event meets, fast however many there are.
//!
//! An event has few values and a list a million, so values are looked up, not indicators searched
//! for: [`attributes`](crate::attributes) says what the values of an event are, and `index.rs` has
//! a hash table for each kind. A host is looked up with each domain that it is in, a path by its
//! last components, an address with each length of prefix that a list has. Only patterns are
//! searched for, all together. So the time of an event does not depend on the number of indicators.

mod building;
mod commands;
mod error;
mod explanation;
mod finding;
mod form;
mod free_text;
mod groups;
mod index;
mod key_wildcards;
mod matcher;
mod name_ends;
mod paths;
mod patterns;
mod registry_rows;
mod rests;
mod saved;
mod table;
#[cfg(test)]
mod tests;
mod tokens;
mod url_wildcards;
mod values;
mod walk;
mod wildcard_check;
mod wildcards;
mod written;

pub use error::BuildError;
pub use finding::{Explained, Finding, FindingId, Met, Options};
pub use groups::kinds_of_group;
pub use matcher::Matcher;
pub use saved::LoadError;
pub(crate) use wildcard_check::check_wildcard;
pub use written::written;
