//! What the tests of several crates share:
//!
//! - storage files: copies of the test data ([`Store`]) or files made for a test ([`NewStore`]),
//!   the results of analyses in them ([`Dump`]), and digests that show what did not change;
//! - events made from literals ([`Sample`]);
//! - keys for the reduce step of a plugin ([`ReduceMemory`]);
//! - the paths of the test data, and what a test reports if it cannot run ([`places`]).
#![expect(clippy::unwrap_used, reason = "a test that cannot continue has failed")]

mod digest;
mod dump;
mod new_store;
pub mod places;
mod reduce_memory;
mod sample;
mod store;

pub use digest::{digest_of_evidence, digest_of_numbers, digest_of_rows, digest_of_table};
pub use dump::{Dump, Report, reports};
pub use new_store::{Compression, NewStore, deflate};
pub use reduce_memory::ReduceMemory;
pub use sample::{Sample, stream};
pub use store::Store;
