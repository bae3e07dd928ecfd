//! The options of plugins on a command line, which foreman and worker share.
//!
//! They are made from the descriptions of the plugins, and have Plaso's names.

mod command_line;
mod error;
mod given;
mod numbers;
mod spelling;
#[cfg(test)]
mod tests;

pub use error::{OptionError, described};
pub use given::PluginOptions;
pub use numbers::{parse_integer, with_negative_numbers};
pub use spelling::with_hyphens;
