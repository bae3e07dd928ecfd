//! STIX 2.0 and 2.1: the indicators of a bundle, and their patterns.

mod bundle;
mod cursor;
mod parser;
mod translate;

pub(crate) use bundle::read_bundle;

use crate::model::{Full, Indicators};
use crate::tree::{self, Origin, Tree};

/// Adds the indicators of a pattern.
pub(crate) fn add_pattern(pattern: &str, origin: Origin, to: &mut Indicators) -> Result<(), Full> {
    let tree = match parser::parse(pattern) {
        Ok(parsed) => translate::translate(parsed, origin.line, to.regex_check()),
        Err(error) => Tree::wrong(pattern, error.to_string()),
    };
    tree::add(tree, origin, to)
}

/// Returns whether a line of a text is a pattern.
pub(crate) fn is_pattern(line: &str) -> bool {
    let start = line.trim_start().trim_start_matches(['(', ' ']);
    let Some(test) = start.strip_prefix('[') else { return false };
    let object = test.trim_start_matches(['(', ' ']).split(':').next().unwrap_or_default();
    let is_object = object.starts_with(|first: char| first.is_ascii_lowercase())
        && object.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    is_object && test.len() > object.len() + 1 && line.contains(['=', '\'', '<', '>'])
}

#[cfg(test)]
mod tests;
