//! Finds the rules that an event meets.

pub(crate) mod condition;
pub(crate) mod context;
pub(crate) mod dispatch;
pub(crate) mod literals;
pub(crate) mod suffixes;
