//! Decodes values for people, in bounded time and memory.
//!
//! Some kilobytes of a store can hold a list of tens of millions of numbers. Rules and filters must
//! see all of it. But a message, a page or a table of it is of no use, and would take gigabytes.

use super::decode::{Room, whole_value};
use super::error::JsonError;
use crate::Value;

/// The maximum number of members of the lists in a value that is decoded whole. No parser of Plaso
/// writes so many.
const MAXIMUM_WHOLE: usize = 100_000;
/// The number of members that are decoded of a value with more.
const MAXIMUM_OF_MORE: usize = 1_000;

/// A value, or the beginning of a value with very long lists.
#[derive(Debug, Clone, PartialEq)]
pub struct Bounded<'a> {
    /// The value. The last member of a list that was cut says how long the list is.
    pub value: Value<'a>,
    /// Whether a list was cut.
    pub is_cut: bool,
}

/// Decodes the one value that `json` consists of, as [`value`](super::value) does. If its lists
/// have more than 100,000 members together, only the first 1,000 members are decoded.
///
/// # Errors
///
/// If `json` is not exactly one value, or nests too deep. The members that are not decoded are not
/// checked.
pub fn bounded_value(json: &[u8]) -> Result<Bounded<'_>, JsonError> {
    let mut room = Room::for_members(MAXIMUM_WHOLE);
    let value = whole_value(json, &mut room)?;
    if !room.is_full {
        return Ok(Bounded { value, is_cut: false });
    }
    let value = whole_value(json, &mut Room::for_members(MAXIMUM_OF_MORE))?;
    Ok(Bounded { value, is_cut: true })
}

/// Returns whether the JSON may have so many members of lists and objects that a tree of it would
/// take too much memory.
#[must_use]
pub fn has_many_parts(json: &[u8]) -> bool {
    json.iter().filter(|byte| matches!(byte, b',' | b'[' | b'{')).nth(MAXIMUM_WHOLE).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(count: usize) -> String {
        format!("[{}]", vec!["1"; count].join(", "))
    }

    #[test]
    fn ordinary_values_are_whole() {
        for json in [&list(100_000), "[[1, 2], {\"__type__\": \"tuple\", \"values\": [3]}]", "\"a\"", "[]"] {
            let expected = Bounded { value: super::super::value(json.as_bytes()).unwrap(), is_cut: false };
            assert_eq!(bounded_value(json.as_bytes()).unwrap(), expected);
        }
        assert!(!has_many_parts(list(99_999).as_bytes()));
    }

    #[test]
    fn long_lists_are_cut_and_say_so() {
        let json = list(100_001);
        assert!(has_many_parts(json.as_bytes()));
        let Bounded { value: Value::List { members, .. }, is_cut: true } =
            bounded_value(json.as_bytes()).unwrap()
        else {
            panic!("not cut")
        };
        assert_eq!(members.len(), 1_001);
        assert_eq!(members[1_000].as_str(), Some("… (a list of 100,001 members, the first 1,000 shown)"));
        // What is inside of other lists counts, too, and each list that is cut says so.
        let nested = format!("[{}, 7, {}]", list(90_000), list(90_000));
        let Value::List { members, .. } = bounded_value(nested.as_bytes()).unwrap().value else { panic!() };
        assert_eq!(members.len(), 2);
        assert_eq!(members[1].as_str(), Some("… (a list of 3 members, the first 1 shown)"));
        let Value::List { members: inner, .. } = &members[0] else { panic!() };
        assert_eq!(inner.last().unwrap().as_str(), Some("… (a list of 90,000 members, the first 999 shown)"));
        bounded_value(&json.as_bytes()[..json.len() - 1]).unwrap_err();
    }
}
