//! Reads the JSON that Plaso stores, without building a tree.
//!
//! No library fits. Plaso writes the dialect of Python's `json` module (`NaN`, `Infinity`, lone
//! surrogates, integers of any size), which serde_json and sonic-rs refuse. And a run reads only
//! one or two of dozens of attributes. So this reader skips the attributes that are not needed, and
//! decodes only the others. Property tests compare it with serde_json. The depth of nesting is
//! limited, so that a hostile store cannot exhaust the stack.

mod bounded;
mod decode;
mod error;
mod members;
mod rows;
mod span;
mod strict;
mod string;
mod string_end;
#[cfg(test)]
mod tests;
mod text;

pub use bounded::{Bounded, bounded_value, has_many_parts};
pub use decode::{member_value, strings, value};
pub use error::{JsonError, MAXIMUM_DEPTH};
pub(crate) use members::Place;
pub(crate) use members::has_needless_escape;
pub use members::{Member, Members, elements, member};
pub(crate) use rows::rows;
pub(crate) use span::value_end;
pub use strict::{is_large_whole_number, write_strict, write_strict_member, write_text};
pub use string::quoted;
pub(crate) use text::check_characters;
