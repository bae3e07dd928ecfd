//! Selections: what a part of a detection asks for.

use crate::detection::Detection;
use crate::item::{Unfolding, item};
use crate::problem::Problem;
use crate::yaml::{Name, Node, Value};

/// Reads a selection: a map of fields, a list of maps, or a list of keywords.
pub(crate) fn selection(name: &Name, value: &Node, unfolding: Unfolding<'_>) -> Result<Detection, Problem> {
    match &value.value {
        Value::Map(members) if members.is_empty() => Err(empty(name, value)),
        Value::Map(members) => {
            let items = members.iter().map(|(key, value)| item(Some(key), value, unfolding));
            Ok(Detection::all(items.collect::<Result<_, _>>()?))
        }
        Value::List(members) if members.is_empty() => Err(empty(name, value)),
        Value::List(members) => {
            let alternative = |member: &Node| match member.value {
                Value::List(_) => {
                    let reason = format!("`{}` has a list inside a list", name.text);
                    Err(Problem::wrong(member.place, reason))
                }
                _ => selection(name, member, unfolding),
            };
            Ok(Detection::any(members.iter().map(alternative).collect::<Result<_, _>>()?))
        }
        Value::Null => Err(empty(name, value)),
        _ => item(None, value, unfolding),
    }
}

fn empty(name: &Name, value: &Node) -> Problem {
    Problem::wrong(value.place, format!("`{}` is empty", name.text))
}
