//! Reads YAML with limits. Aliases and tags are refused: no formatter file of Plaso has them, and
//! aliases can make a small file large.

use std::collections::VecDeque;

use saphyr_parser::{Event, Parser, ScalarStyle};

/// The maximum number of scalars, lists and maps in a file. The largest of Plaso has 5,000.
const MAXIMUM_NODES: usize = 200_000;
/// The maximum depth. A helper's values are at depth 4.
const MAXIMUM_DEPTH: usize = 16;

/// A part of a YAML file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Node {
    Scalar {
        text: String,
        /// Whether it stands without quotes, so that it may be a number or a truth value.
        is_plain: bool,
    },
    List(Vec<Node>),
    Map(Vec<(Node, Node)>),
}

/// Reads all documents of a file.
///
/// # Errors
///
/// What is wrong, with line and column.
pub(super) fn documents(text: &str) -> Result<Vec<Node>, String> {
    let mut events = VecDeque::new();
    let mut documents = Vec::new();
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| error.to_string())?;
        let at = || format!("line {} column {}", span.start.line(), span.start.col() + 1);
        let is_tagged = match &event {
            Event::Scalar(.., tag) | Event::SequenceStart(_, tag) | Event::MappingStart(_, tag) => {
                tag.is_some()
            }
            _ => false,
        };
        if is_tagged || matches!(event, Event::Alias(_)) {
            return Err(format!("{}: aliases and tags are not accepted", at()));
        }
        events.push_back(event);
        if events.len() > MAXIMUM_NODES {
            return Err(format!("{}: the file has more than {MAXIMUM_NODES} values", at()));
        }
    }
    while let Some(event) = events.pop_front() {
        if matches!(event, Event::DocumentStart(_)) && !matches!(events.front(), Some(Event::DocumentEnd)) {
            documents.push(node(&mut events, 0)?);
        }
    }
    Ok(documents)
}

fn node(events: &mut VecDeque<Event<'_>>, depth: usize) -> Result<Node, String> {
    if depth > MAXIMUM_DEPTH {
        return Err(format!("values are nested deeper than {MAXIMUM_DEPTH}"));
    }
    match events.pop_front() {
        Some(Event::Scalar(text, style, ..)) => {
            Ok(Node::Scalar { text: text.into_owned(), is_plain: style == ScalarStyle::Plain })
        }
        Some(Event::SequenceStart(..)) => {
            let mut members = Vec::new();
            while !matches!(events.front(), Some(Event::SequenceEnd) | None) {
                members.push(node(events, depth + 1)?);
            }
            events.pop_front();
            Ok(Node::List(members))
        }
        Some(Event::MappingStart(..)) => {
            let mut members = Vec::new();
            while !matches!(events.front(), Some(Event::MappingEnd) | None) {
                members.push((node(events, depth + 1)?, node(events, depth + 1)?));
            }
            events.pop_front();
            Ok(Node::Map(members))
        }
        _ => Err("a value is missing".into()),
    }
}

impl Node {
    /// Returns the value of a key of a map.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        let Self::Map(members) = self else { return None };
        let found = members.iter().find(|(name, _)| name.text() == Some(key));
        found.map(|(_, value)| value).filter(|value| !value.is_null())
    }

    /// Returns the text of a scalar.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Scalar { text, .. } => Some(text),
            Self::List(_) | Self::Map(_) => None,
        }
    }

    /// Returns the members of a list.
    pub(super) fn members(&self) -> &[Self] {
        match self {
            Self::List(members) => members,
            Self::Scalar { .. } | Self::Map(_) => &[],
        }
    }

    fn is_null(&self) -> bool {
        matches!(self, Self::Scalar { text, is_plain: true } if matches!(text.as_str(), "" | "~" | "null"))
    }

    /// Returns the scalar as a value: a number or a truth value if it stands without quotes and is
    /// one, otherwise a text.
    pub(super) fn value(&self) -> Option<events::Value<'static>> {
        use events::Value;
        let Self::Scalar { text, is_plain } = self else { return None };
        if *is_plain {
            if matches!(text.as_str(), "true" | "True" | "yes") {
                return Some(Value::Boolean(true));
            }
            if matches!(text.as_str(), "false" | "False" | "no") {
                return Some(Value::Boolean(false));
            }
            if let Some(number) = integer(text) {
                return Some(Value::Integer(number));
            }
        }
        Some(Value::String(text.clone().into()))
    }
}

/// Reads a whole number, decimal or with `0x`.
fn integer(text: &str) -> Option<i128> {
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |digits| (-1, digits));
    let number = match digits.strip_prefix("0x") {
        Some(hexadecimal) => i128::from_str_radix(hexadecimal, 16).ok()?,
        None if digits.bytes().all(|byte| byte.is_ascii_digit()) => digits.parse().ok()?,
        None => return None,
    };
    Some(sign * number)
}

#[cfg(test)]
mod tests {
    use events::Value;

    use super::*;

    #[test]
    fn documents_of_a_file() {
        let text = "# a comment\n---\ntype: 'basic'\nvalues:\n  0x10: 'a'\n  '7': b\nlist:\n- x\n- {y: 1}\n---\nb: true\n";
        let documents = documents(text).unwrap();
        assert_eq!(documents.len(), 2);
        assert_eq!(documents[0].get("type").and_then(Node::text), Some("basic"));
        let Some(Node::Map(values)) = documents[0].get("values") else { panic!() };
        assert_eq!(values[0].0.value(), Some(Value::Integer(16)));
        assert_eq!(values[1].0.value(), Some(Value::String("7".into())));
        assert_eq!(documents[0].get("list").unwrap().members().len(), 2);
        assert_eq!(documents[1].get("b").and_then(Node::value), Some(Value::Boolean(true)));
    }

    #[test]
    fn what_could_do_harm_is_refused() {
        let deep = format!("a: {}{}", "[".repeat(100), "]".repeat(100));
        let many = format!("a: [{}]", "1,".repeat(MAXIMUM_NODES));
        for text in ["a: &x 1\nb: *x\n", "a: !!python/object:os.system 1\n", &deep, &many, "a: [", "a: b: c"]
        {
            assert!(documents(text).is_err(), "{}", &text[..text.len().min(40)]);
        }
    }
}
