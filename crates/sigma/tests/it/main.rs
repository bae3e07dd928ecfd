//! Tests of the whole crate.

mod found;
mod mitre;
mod regression;
mod sigma_hq;
