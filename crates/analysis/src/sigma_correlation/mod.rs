//! Evaluates Sigma's correlations in the reduce step of the plugin `sigma`.
//!
//! A worker makes a key of each record that some rule matches ([`MatchedRecord`]): its time, its
//! identity, and the values of the fields that correlations need. The keys sort by time, so the
//! reduce step sees all records in the order of time, and the copies of a record one after the
//! other. [`Correlations`] keeps, for each correlation and each group of values, a window of the
//! records of the last timespan, and looks at it whenever a record comes.
//!
//! Memory is bounded: all windows together keep at most 64 MiB. If there is more in them, the
//! oldest records leave their windows early, which is counted.

mod correlations;
mod firings;
mod group;
mod matched;
#[cfg(test)]
mod naive;
mod record;
#[cfg(test)]
mod rsigma;
mod tally;
#[cfg(test)]
mod tests;
mod values;

pub(crate) use correlations::Correlations;
pub(crate) use firings::{Firing, Firings};
pub(crate) use matched::MatchedRecords;
pub(crate) use record::{MatchedRecord, identity};
pub(crate) use values::FieldReader;
