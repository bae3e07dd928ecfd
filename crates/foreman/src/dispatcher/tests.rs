//! The dispatcher's decisions as tables.
