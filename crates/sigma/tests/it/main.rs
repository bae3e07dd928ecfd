//! Tests of the whole crate.

mod sigma_hq;
