//! Reads YAML into values that know where they stand, with bounds.
//!
//! A rule file may come from anybody. So the depth of its values and their number are limited, and
//! each use of an alias counts with all that it repeats, values and bytes: a few lines of nested
//! aliases would otherwise unfold to billions of values.

use std::collections::{BTreeMap, BTreeSet};

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, StrInput};

use crate::problem::{Place, Problem};

/// The maximum depth of a value. Sigma's own rules have 5.
const MAXIMUM_DEPTH: usize = 32;

/// The maximum number of values in a file, with repetitions by aliases.
const MAXIMUM_VALUES: usize = 1 << 20;

/// The maximum size of the texts that aliases and anchors repeat, in bytes.
const MAXIMUM_REPEATED: usize = 4 << 20;

/// A value and its position.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) place: Place,
    pub(crate) value: Value,
}

#[derive(Debug, Clone)]
pub(crate) enum Value {
    Null,
    Boolean(bool),
    /// A number, as it is written.
    Number(String),
    Text(String),
    List(Vec<Node>),
    /// In the order of the file. No name occurs twice.
    Map(Vec<(Name, Node)>),
}

/// A name in a map.
#[derive(Debug, Clone)]
pub(crate) struct Name {
    pub(crate) place: Place,
    pub(crate) text: String,
}

impl Node {
    /// Returns the member of a map, or `None` if there is none or the value is no map.
    pub(crate) fn get(&self, name: &str) -> Option<&Self> {
        self.members().iter().find(|(known, _)| known.text == name).map(|(_, value)| value)
    }

    /// Returns the members of a map. Other values have none.
    pub(crate) fn members(&self) -> &[(Name, Self)] {
        if let Value::Map(members) = &self.value { members } else { &[] }
    }

    /// Returns the members of a list, or the value itself if it is not a list.
    pub(crate) fn list(&self) -> &[Self] {
        if let Value::List(members) = &self.value { members } else { std::slice::from_ref(self) }
    }

    /// Returns a text, or another scalar as it is written.
    pub(crate) fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) | Value::Number(text) => Some(text),
            Value::Boolean(truth) => Some(if *truth { "true" } else { "false" }),
            _ => None,
        }
    }
}

/// Returns the documents of a file.
pub(crate) fn documents(text: &str) -> Result<Vec<Node>, Problem> {
    let parser = Parser::new_from_str(text);
    let mut reader = Reader { parser, anchors: BTreeMap::new(), left: LIMIT };
    let mut documents = Vec::new();
    loop {
        match reader.next()? {
            (Event::StreamEnd, _) => return Ok(documents),
            (Event::DocumentStart(_), _) => {
                let event = reader.next()?;
                documents.push(reader.node(event, 0)?.0);
            }
            _ => {}
        }
    }
}

struct Reader<'t> {
    parser: Parser<'t, StrInput<'t>>,
    /// The values with an anchor, each with its size.
    anchors: BTreeMap<usize, (Node, Size)>,
    /// How much more the file may have.
    left: Size,
}

/// The number of values in a value, and the size of their texts in bytes.
#[derive(Debug, Clone, Copy)]
struct Size {
    values: usize,
    bytes: usize,
}

/// How many values a file may have, and how many bytes of texts may be repeated.
const LIMIT: Size = Size { values: MAXIMUM_VALUES, bytes: MAXIMUM_REPEATED };

impl Size {
    fn of_text(text: &str) -> Self {
        Self { values: 1, bytes: text.len() }
    }

    fn add(&mut self, other: Self) {
        self.values += other.values;
        self.bytes += other.bytes;
    }
}

impl<'t> Reader<'t> {
    fn next(&mut self) -> Result<(Event<'t>, Place), Problem> {
        match self.parser.next_event() {
            Some(Ok((event, span))) => Ok((event, place(&span.start))),
            Some(Err(error)) => Err(Problem::at(
                place(error.marker()),
                format!("the file is not valid YAML: {}", error.info()),
            )),
            None => Ok((Event::StreamEnd, Place { line: 1, column: 1 })),
        }
    }

    /// Returns the value that begins with this event, and its size.
    fn node(&mut self, (event, place): (Event<'t>, Place), depth: usize) -> Result<(Node, Size), Problem> {
        if depth > MAXIMUM_DEPTH {
            return Err(Problem::at(place, format!("values are nested more than {MAXIMUM_DEPTH} deep")));
        }
        // The texts of the file itself are as small as the file.
        let new = Size { values: 1, bytes: 0 };
        let (value, anchor, size) = match event {
            Event::Alias(anchor) => {
                let Some(size) = self.anchors.get(&anchor).map(|(_, size)| *size) else {
                    return Err(Problem::at(place, "an alias stands inside its own value".into()));
                };
                self.take(size, place)?;
                return Ok(self.anchors[&anchor].clone());
            }
            Event::Scalar(text, style, anchor, _) => {
                self.take(new, place)?;
                let size = Size::of_text(&text);
                (scalar(text.into_owned(), style), anchor, size)
            }
            Event::SequenceStart(anchor, _) => {
                self.take(new, place)?;
                let (members, size) = self.list(depth)?;
                (Value::List(members), anchor, size)
            }
            Event::MappingStart(anchor, _) => {
                self.take(new, place)?;
                let (members, size) = self.map(depth)?;
                (Value::Map(members), anchor, size)
            }
            _ => return Err(Problem::at(place, "expected a value".into())),
        };
        let node = Node { place, value };
        if anchor > 0 {
            self.take(size, place)?;
            self.anchors.insert(anchor, (node.clone(), size));
        }
        Ok((node, size))
    }

    fn list(&mut self, depth: usize) -> Result<(Vec<Node>, Size), Problem> {
        let (mut members, mut size) = (Vec::new(), Size::of_text(""));
        loop {
            let event = self.next()?;
            if event.0 == Event::SequenceEnd {
                return Ok((members, size));
            }
            let (member, of_member) = self.node(event, depth + 1)?;
            members.push(member);
            size.add(of_member);
        }
    }

    fn map(&mut self, depth: usize) -> Result<(Vec<(Name, Node)>, Size), Problem> {
        let (mut members, mut size) = (Vec::new(), Size::of_text(""));
        let mut known = BTreeSet::new();
        loop {
            let (name, place) = match self.next()? {
                (Event::MappingEnd, _) => return Ok((members, size)),
                (Event::Scalar(name, ..), place) => (name.into_owned(), place),
                (_, place) => return Err(Problem::at(place, "expected a name, found another value".into())),
            };
            if !known.insert(name.clone()) {
                return Err(Problem::at(place, format!("`{name}` occurs twice in the same map")));
            }
            let event = self.next()?;
            let (value, of_value) = self.node(event, depth + 1)?;
            size.add(of_value);
            size.bytes += name.len();
            members.push((Name { place, text: name }, value));
        }
    }

    /// Counts values and repeated texts, and refuses too many.
    fn take(&mut self, size: Size, place: Place) -> Result<(), Problem> {
        let refused = |what: String| {
            Problem::at(place, format!("the file has more than {what}, with those that aliases repeat"))
        };
        let Some(values) = self.left.values.checked_sub(size.values) else {
            return Err(refused(format!("{MAXIMUM_VALUES} values")));
        };
        let Some(bytes) = self.left.bytes.checked_sub(size.bytes) else {
            return Err(refused(format!("{} MiB of texts", MAXIMUM_REPEATED >> 20)));
        };
        self.left = Size { values, bytes };
        Ok(())
    }
}

fn place(marker: &Marker) -> Place {
    Place { line: marker.line().max(1), column: marker.col() + 1 }
}

/// Returns the value of a scalar by the core schema of YAML 1.2. Only a plain scalar may be other
/// than text.
fn scalar(text: String, style: ScalarStyle) -> Value {
    if style != ScalarStyle::Plain {
        return Value::Text(text);
    }
    match text.as_str() {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Boolean(true),
        "false" | "False" | "FALSE" => Value::Boolean(false),
        number if is_number(number) => Value::Number(text),
        _ => Value::Text(text),
    }
}

fn is_number(text: &str) -> bool {
    if let Some(digits) = text.strip_prefix("0x") {
        return !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    }
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    digits.starts_with(|c: char| c.is_ascii_digit() || c == '.')
        && digits
            .bytes()
            .all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'E' | b'-' | b'+'))
        && digits.parse::<f64>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(text: &str) -> String {
        documents(text).unwrap_err().to_string()
    }

    #[test]
    fn values_know_their_places() {
        let documents = documents("a: 1\nb:\n  - x\n  - '2'\n---\nc: ~\n").unwrap();
        assert_eq!(documents.len(), 2);
        let b = documents[0].get("b").unwrap();
        assert_eq!(b.list()[1].place, Place { line: 4, column: 5 });
        assert!(matches!(b.list()[1].value, Value::Text(_)));
        assert!(matches!(documents[0].get("a").unwrap().value, Value::Number(_)));
        assert!(matches!(documents[1].get("c").unwrap().value, Value::Null));
    }

    #[test]
    fn scalars_are_what_they_are() {
        let numbers = ["1", "-1.5e3", "0x1f", "007"];
        assert!(numbers.into_iter().all(is_number));
        let texts = ["1.2.3", "1-2", "e1", "0x", "-", "1e"];
        assert!(!texts.into_iter().any(is_number));
    }

    #[test]
    fn errors_have_places() {
        assert_eq!(problem("a: 1\na: 2\n"), "line 2, column 1: `a` occurs twice in the same map");
        assert!(problem("a: [1\nb: 2").starts_with("line 2"), "{}", problem("a: [1\nb: 2"));
    }

    #[test]
    fn aliases_and_depth_are_bounded() {
        let mut laughs = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for level in 1..12 {
            let below = vec![format!("*a{}", level - 1); 10].join(", ");
            laughs += &format!("a{level}: &a{level} [{below}]\n");
        }
        assert!(problem(&laughs).contains("more than 1048576 values"));
        let long = format!("a: &a {}\nb: [{}]\n", "x".repeat(1 << 16), vec!["*a"; 1_000].join(", "));
        assert!(problem(&long).contains("more than 4 MiB of texts"), "{}", problem(&long));
        // An anchor keeps a copy of what is in it.
        let anchors: String =
            (0..30).map(|level| format!("{}&a{level}\n", "  ".repeat(level) + "- ")).collect();
        let nested = format!("{anchors}{}- {}", "  ".repeat(30), "x".repeat(1 << 18));
        assert!(problem(&nested).contains("more than 4 MiB of texts"), "{}", problem(&nested));
        assert!(problem("a: &a [*a]").contains("inside its own value"), "{}", problem("a: &a [*a]"));
        assert!(problem(&"[".repeat(10_000)).contains("recursion limit"), "{}", problem(&"[".repeat(10_000)));
        assert!(problem(&"- ".repeat(10_000)).contains("deep"));
    }
}
