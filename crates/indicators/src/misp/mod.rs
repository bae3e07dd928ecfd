//! MISP: events, search results and feeds in JSON, and the names of its types.

mod attribute;
mod event;
mod types;

pub(crate) use attribute::add_typed;
pub(crate) use event::{read_attributes, read_event};
pub(crate) use types::{is_type, kinds_of_type};

#[cfg(test)]
mod tests;
