//! Counts events over time in two passes and in bounded memory.
//!
//! The times in a store may span milliseconds or tens of thousands of years, because a damaged
//! record can have any time. So the first pass counts the times coarsely ([`Coarse`]). An [`Axis`]
//! is chosen that contains nearly all of them. The second pass counts the events in the bins of the
//! axis ([`Bins`]).

mod axis;
mod bins;
mod coarse;
mod units;

pub(crate) use axis::Axis;
pub use bins::Bins;
pub(crate) use coarse::Coarse;
