//! What the values of indicators and events mean: the form in which two of them are compared.
//!
//! Each function returns the one form of a value that is written in several ways: `EVIL.example.`
//! and `evil.example` are one host. Both the values of lists and those of events go through these
//! functions, so a look-up of the form in a hash table decides.

pub(crate) mod address;
pub(crate) mod hash;
pub(crate) mod host;
pub(crate) mod path;
pub(crate) mod placeholder;
pub(crate) mod registry;
pub(crate) mod text;
pub(crate) mod url;
pub(crate) mod words;
