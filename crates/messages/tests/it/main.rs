//! Messages of the events of real stores.
#![expect(clippy::unwrap_used, reason = "a test that cannot continue has failed")]

mod psort;
mod records;
