//! Checks tagging files.

use std::path::Path;

use super::check_rules;
use crate::diagnostics::Diagnostics;
use crate::error::visible;
use crate::rules::built_in;
use crate::rules::tagging_file::{parse_what_can_be, read};

/// Checks a tagging file. `name` is its name in messages. If there are errors, they are the errors
/// for which [`parse`](crate::tagging_file::parse) refuses the file.
#[must_use]
pub fn check(name: &str, text: &str) -> Diagnostics {
    let (rules, errors) = parse_what_can_be(name, text.to_owned());
    check_rules(&rules, errors, true)
}

/// Checks the tagging file at `path`.
#[must_use]
pub fn check_file(path: &Path) -> Diagnostics {
    let name = visible(&path.to_string_lossy());
    read(path, &name).map_or_else(|errors| errors, |text| check(&name, &text))
}

/// Returns the errors and warnings of the tagging file at `path`, without hints. That is faster.
#[must_use]
pub fn warnings(path: &Path) -> Diagnostics {
    let name = visible(&path.to_string_lossy());
    let text = match read(path, &name) {
        Ok(text) => text,
        Err(errors) => return errors,
    };
    let (rules, errors) = parse_what_can_be(&name, text);
    check_rules(&rules, errors, false)
}

/// Checks the built-in tagging file with this name. Returns `None` if there is none.
#[must_use]
pub fn check_built_in(name: &str) -> Option<Diagnostics> {
    built_in::text(name).map(|text| check(name, text))
}
