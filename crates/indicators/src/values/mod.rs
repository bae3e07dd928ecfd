//! Values in their usual form.

pub mod canonical;
mod punycode;
mod refang;
mod shape;
mod stand_ins;
pub(crate) mod url;

pub(crate) use refang::refang;
pub(crate) use shape::{NoShape, Recognised, as_kind, by_shape, hash};
