//! Helpers that are data: they turn a value into words before the message is made.

use events::Value;

use super::python::text;
use super::values::Values;
use super::yaml::Node;

/// A helper of a formatter.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Helper {
    input: String,
    output: String,
    kind: Kind,
}

#[derive(Debug, Clone, PartialEq)]
enum Kind {
    Boolean { if_true: Option<String>, if_false: Option<String> },
    Enumeration { words: Vec<(Value<'static>, String)>, otherwise: Option<String> },
    Flags(Vec<(i128, String)>),
}

impl Helper {
    /// Reads the helpers of a formatter, in the order in which they work.
    ///
    /// # Errors
    ///
    /// What is wrong with one.
    pub(super) fn of(formatter: &Node) -> Result<Vec<Self>, String> {
        let mut helpers = Vec::new();
        for (key, read) in [
            ("boolean_helpers", boolean as fn(&Node) -> Result<Kind, String>),
            ("enumeration_helpers", enumeration),
            ("flags_helpers", flags),
        ] {
            for node in formatter.get(key).map_or(&[][..], Node::members) {
                let attribute = |name: &str| {
                    let found = node.get(name).and_then(Node::text);
                    found.map(str::to_owned).ok_or_else(|| format!("one of its {key} has no {name}"))
                };
                let (input, output) = (attribute("input_attribute")?, attribute("output_attribute")?);
                helpers.push(Self { input, output, kind: read(node)? });
            }
        }
        Ok(helpers)
    }

    /// Adds what it makes of the values.
    pub(super) fn apply(&self, values: &mut Values<'_, '_>) {
        let input = values.get(&self.input);
        let output = match (&self.kind, input) {
            (Kind::Boolean { if_true, if_false }, input) => {
                let words = if input.is_some_and(|value| value.is_truthy()) { if_true } else { if_false };
                words.clone().map(|words| Value::String(words.into()))
            }
            (_, None) => return,
            (Kind::Enumeration { words, otherwise }, Some(input)) => {
                let word = words.iter().find(|(known, _)| is_same(known, &input)).map(|(_, word)| word);
                match word.or(otherwise.as_ref()) {
                    Some(word) => Some(Value::String(word.clone().into())),
                    None => Some(input),
                }
            }
            (Kind::Flags(words), Some(input)) => {
                let Some(flags) = as_integer(&input) else { return };
                let set = words.iter().filter(|(flag, _)| flag & flags != 0).map(|(_, word)| word.as_str());
                Some(Value::String(set.collect::<Vec<_>>().join(", ").into()))
            }
        };
        values.set(&self.output, output);
    }
}

fn boolean(node: &Node) -> Result<Kind, String> {
    let words = |key| node.get(key).and_then(Node::text).map(str::to_owned);
    Ok(Kind::Boolean { if_true: words("value_if_true"), if_false: words("value_if_false") })
}

fn enumeration(node: &Node) -> Result<Kind, String> {
    let otherwise = node.get("default_value").and_then(Node::text).map(str::to_owned);
    Ok(Kind::Enumeration { words: words(node)?, otherwise })
}

fn flags(node: &Node) -> Result<Kind, String> {
    let number = |(flag, word)| match flag {
        Value::Integer(flag) => Ok((flag, word)),
        _ => Err("a flag is not a number".to_owned()),
    };
    Ok(Kind::Flags(words(node)?.into_iter().map(number).collect::<Result<_, _>>()?))
}

fn words(node: &Node) -> Result<Vec<(Value<'static>, String)>, String> {
    let Some(Node::Map(members)) = node.get("values") else {
        return Err("one of its helpers has no values".into());
    };
    let word = |(value, word): &(Node, Node)| Some((value.value()?, text(&word.value()?)));
    members.iter().map(word).collect::<Option<_>>().ok_or_else(|| "a helper's values are not words".into())
}

/// Python's `==` for keys of a dictionary.
fn is_same(a: &Value<'_>, b: &Value<'_>) -> bool {
    match (as_integer(a), as_integer(b)) {
        (Some(a), Some(b)) => a == b,
        _ => a == b,
    }
}

fn as_integer(value: &Value<'_>) -> Option<i128> {
    match value {
        Value::Integer(number) => Some(*number),
        Value::Boolean(truth) => Some(i128::from(*truth)),
        _ => None,
    }
}
