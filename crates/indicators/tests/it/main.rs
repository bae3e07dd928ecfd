//! Tests of the whole crate.
#![expect(clippy::unwrap_used, reason = "a test that cannot continue has failed")]

mod samples;
