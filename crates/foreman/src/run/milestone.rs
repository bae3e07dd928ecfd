//! How far a run is, for those who wait for it or write it down.

use protocol::RunSpec;

/// What a run has reached.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Milestone<'a> {
    /// It is set up: its folder and its record are there.
    Begun(&'a RunSpec),
    /// Its workers are done.
    Worked,
    /// All its results are ready, and it is about to store them.
    Stores {
        run: &'a RunSpec,
        /// Whether something was skipped.
        is_incomplete: bool,
        /// [`StoreWriter::digest_of_results`](storage::StoreWriter::digest_of_results); `None` in a
        /// dry run.
        results: Option<&'a str>,
    },
}
