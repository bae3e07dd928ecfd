//! MISP: events, search results and feeds, in JSON.

mod attribute;
mod event;
mod types;

pub(crate) use event::{read_attributes, read_event};
