//! Checking tagging files.

use std::path::Path;

use super::check_rules;
use crate::diagnostics::Diagnostics;
use crate::error::visible;
use crate::rules::built_in;
use crate::rules::tagging_file::{parse_what_can_be, read};

/// Returns all that is wrong or odd in a tagging file, which messages call `name`. If there are
/// errors, [`parse`](crate::tagging_file::parse) refuses the file for these.
#[must_use]
pub fn check(name: &str, text: &str) -> Diagnostics {
    let (rules, errors) = parse_what_can_be(name, text);
    check_rules(&rules, errors)
}

/// Returns all that is wrong or odd in the tagging file at `path`.
#[must_use]
pub fn check_file(path: &Path) -> Diagnostics {
    let name = visible(&path.to_string_lossy());
    read(path, &name).map_or_else(|errors| errors, |text| check(&name, &text))
}

/// Returns all that is odd in the tagging file that comes with the program under this name, or
/// `None` if there is none.
#[must_use]
pub fn check_built_in(name: &str) -> Option<Diagnostics> {
    built_in::text(name).map(|text| check(name, text))
}
