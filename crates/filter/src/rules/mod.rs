//! What rule languages are read into.

pub(crate) mod built_in;
pub(crate) mod tagging_file;
