//! Tests of the whole crate.
#![expect(clippy::unwrap_used, reason = "a test that cannot continue has failed")]

mod correlations;
mod differences;
mod filters;
mod found;
mod in_memory;
mod mitre;
mod random;
mod refused;
mod regression;
mod semantics;
mod sigma_hq;
