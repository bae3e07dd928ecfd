//! Visits a list of lists, such as the values of a registry key, and decodes nothing in it.

use super::error::{JsonError, expected};
use super::members::{TUPLE, values_of_tuple};
use super::span::{after_whitespace, nested_end, value_end};

/// Calls `visit` with the members of each list in the list that begins at `start`, as they are
/// written, and returns where the list ends, so that its end need not be searched for. A tuple is a
/// list, too. What is no list is passed over.
///
/// # Errors
///
/// If it is not valid JSON, as far as it was looked at.
pub(crate) fn rows<'j>(
    json: &'j [u8],
    start: usize,
    mut visit: impl FnMut(&[&'j [u8]]),
) -> Result<usize, JsonError> {
    if json.get(start) != Some(&b'[') {
        return value_end(json, start);
    }
    let mut row = Vec::new();
    each_member(json, start, |at| {
        let (is_row, end) = row_at(json, at, &mut row)?;
        if is_row {
            visit(&row);
        }
        Ok(end)
    })
}

/// Reads the members of the value at `at`, if it is a list. Returns whether it is one, and where it
/// ends.
fn row_at<'j>(json: &'j [u8], at: usize, row: &mut Vec<&'j [u8]>) -> Result<(bool, usize), JsonError> {
    let mut read = |start| {
        row.clear();
        each_member(json, start, |at| {
            let end = value_end(json, at)?;
            row.push(&json[at..end]);
            Ok(end)
        })
    };
    match json.get(at) {
        Some(b'[') => Ok((true, read(at)?)),
        Some(b'{') => {
            let start = at + TUPLE.len();
            if json[at..].starts_with(TUPLE) && json.get(start) == Some(&b'[') {
                let end = after_whitespace(json, read(start)?);
                if json.get(end) == Some(&b'}') {
                    return Ok((true, end + 1));
                }
            }
            // A tuple that something else than Plaso has written, or another object.
            let end = nested_end(json, at)?;
            match values_of_tuple(&json[at..end])? {
                Some(list) => read(at + list).map(|_| (true, end)),
                None => Ok((false, end)),
            }
        }
        _ => Ok((false, value_end(json, at)?)),
    }
}

/// Calls `visit` with the place of each member of the list at `start`. It returns where the member
/// ends. Returns where the list ends.
fn each_member(
    json: &[u8],
    start: usize,
    mut visit: impl FnMut(usize) -> Result<usize, JsonError>,
) -> Result<usize, JsonError> {
    let mut at = after_whitespace(json, start + 1);
    if json.get(at) == Some(&b']') {
        return Ok(at + 1);
    }
    loop {
        at = after_whitespace(json, visit(at)?);
        match json.get(at) {
            Some(b',') => at = after_whitespace(json, at + 1),
            Some(b']') => return Ok(at + 1),
            _ => return expected("a comma or a closing bracket", at),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Value;
    use crate::json::value;

    /// What the tree of the same JSON has.
    fn of_tree(json: &str) -> Vec<Vec<Value<'_>>> {
        let Ok(Value::List { members, .. }) = value(json.as_bytes()) else { return Vec::new() };
        let lists = members.into_iter().filter_map(|member| match member {
            Value::List { members, .. } => Some(members),
            _ => None,
        });
        lists.collect()
    }

    #[test]
    fn rows_are_what_the_tree_has() {
        for json in [
            r#"[["a", "REG_SZ", "b\"]"], ["c", null, [1, ["]"]]], 5, "x", {"a": [1]}, []]"#,
            r#"[{"__type__": "tuple", "values": ["a", "b", "c"]}, {"__type__": "tuple", "values": []}]"#,
            r#"[{"values": ["a"], "__type__": "tuple"}, {"__type__": "tuple", "values": [1] , "b": 1}]"#,
            r#"[ [ 1 , 2 ] , {"__type__":"tuple","values":[3]} ]"#,
            "[]",
            "[ ]",
            "5",
            r#""[[1]]""#,
            "{}",
        ] {
            let mut found = Vec::new();
            let around = format!("x{json}, [[3]]");
            let end = rows(around.as_bytes(), 1, |row| {
                found.push(row.iter().map(|member| value(member).unwrap()).collect::<Vec<_>>());
            });
            assert_eq!(end, Ok(json.len() + 1), "{json}");
            assert_eq!(found, of_tree(json), "{json}");
        }
    }

    #[test]
    fn broken_lists_are_errors() {
        for json in
            ["", "[", "[[", "[[1,", "[[1 2]]", "[[1]", "[[1],", "[{", "[[\"a]]", "[,]", "[[1}]", "[[@]]"]
        {
            assert!(rows(json.as_bytes(), 0, |_| {}).is_err(), "{json}");
        }
    }
}
