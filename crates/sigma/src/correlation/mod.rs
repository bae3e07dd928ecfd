//! Correlations: how many records, values or rules must come together, within which time.
//!
//! A document of a rule file is read into an [`Unresolved`] correlation, or a rule with an old
//! aggregation (`| count() by x > 5`) is translated to one. When all files are read, the references
//! to other rules are resolved, which gives a [`Correlation`]. `analysis` evaluates it.

mod aggregation;
mod condition;
mod fields;
mod kind;
mod model;
mod number;
mod read;
mod references;
mod resolve;
mod timespan;

pub(crate) use aggregation::{Aggregation, split};
pub use condition::{Condition, Operator, Presence, Threshold};
pub use fields::Field;
pub use kind::Kind;
pub use model::{Correlation, Input, Source};
pub use number::{MILLIONTHS, millionths};
pub(crate) use read::{Unresolved, read};
pub(crate) use references::References;
pub use resolve::MAXIMUM_CORRELATIONS;
pub(crate) use resolve::{Names, Request, Resolved, resolve};
