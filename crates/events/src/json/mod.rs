//! Reading the JSON that Plaso stores, without building a tree.
//!
//! Why not a library: Plaso writes the dialect of Python's `json` module (`NaN`, `Infinity`, lone
//! surrogates, integers of any size), which serde_json and sonic-rs refuse, and an event data is read for one
//! or two attributes of dozens. So there is one reader that steps over what nobody asked for and decodes the
//! rest; it is compared with serde_json by property tests. Depth is bounded, so that a hostile store
//! cannot exhaust the stack.

mod decode;
mod error;
mod members;
mod span;
mod string;
#[cfg(test)]
mod tests;

pub use decode::{strings, value};
pub use error::{JsonError, MAXIMUM_DEPTH};
pub(crate) use members::Place;
pub use members::{Member, Members};
pub use string::quoted;
