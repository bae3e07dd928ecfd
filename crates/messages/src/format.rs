//! The built-in formats: text with places for attributes.
//!
//! | in a format | in the message |
//! | --- | --- |
//! | `{size}` | the value of `size`, or `?` if the event has none |
//! | `{url\|title}` | the first of these that the event has |
//! | `{.Image}` | a field of an event record: short for `xml_string.Image` |
//! | `{.Task.Command}` | an element of a field that holds XML itself |
//! | `{#count}` | how often, in words: `once`, `7 times` |
//! | `{>.IpAddress}` | an address, and that it is one of the host itself |
//! | `{@package}` | a path, with words for the folder or the object of the shell at its beginning |
//! | `{.*}` | all fields that the event record has of its own |
//! | `{type=2:interactive,3:network}` | the word for the value, or the value if it has no word |
//! | `[ from {address}]` | nothing if the event lacks a value for a place between the brackets |
//! | `{{`, `[[`, `]]` | `{`, `[`, `]` |
//!
//! If a value without a word has commas, each part of it gets its word.

use std::borrow::Cow;

use crate::Attributes;
use crate::log_line::is_of_host;
use crate::process_number::process_number;
use crate::shell_names::{object_in_words, path_in_words};
use crate::show::{MAXIMUM_MESSAGE, push_line};

/// A format, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Format {
    groups: Vec<Group>,
}

/// Pieces that are shown together or not at all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Group {
    is_optional: bool,
    pieces: Vec<Piece>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Place { names: Vec<String>, words: Vec<(String, String)>, form: Form },
    AllFields,
}

/// How a value is written that has no word of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Plain,
    Times,
    Path,
    Address,
}

/// What stands behind an address of the host itself.
const OF_HOST: &str = " (this host itself)";

/// Returns how often something happened, in words.
pub(crate) fn times(count: &str) -> String {
    if count == "1" { "once".to_owned() } else { format!("{count} times") }
}

impl Format {
    /// Takes a format apart.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub(crate) fn parse(text: &str) -> Result<Self, &'static str> {
        let mut groups = vec![Group::default()];
        let mut rest = text;
        while let Some(next) = rest.chars().next() {
            let group = groups.last_mut().ok_or("no group")?;
            if let Some(escaped) = ["{{", "[[", "]]"].iter().find(|escape| rest.starts_with(**escape)) {
                group.add_text(next);
                rest = &rest[escaped.len()..];
                continue;
            }
            match next {
                '{' => {
                    let (place, after) = rest[1..].split_once('}').ok_or("a `{` has no `}`")?;
                    group.pieces.push(Piece::parse(place)?);
                    rest = after;
                    continue;
                }
                '[' if group.is_optional => return Err("a `[` stands between `[` and `]`"),
                '[' => groups.push(Group { is_optional: true, pieces: Vec::new() }),
                ']' if !group.is_optional => return Err("a `]` has no `[`"),
                ']' => groups.push(Group::default()),
                other => group.add_text(other),
            }
            rest = &rest[next.len_utf8()..];
        }
        match groups.last() {
            Some(last) if last.is_optional => Err("a `[` has no `]`"),
            _ => Ok(Self { groups }),
        }
    }

    /// Returns the message of an event.
    pub(crate) fn message(&self, attributes: &Attributes<'_>) -> String {
        let mut out = String::new();
        for group in &self.groups {
            if out.len() > MAXIMUM_MESSAGE {
                break;
            }
            let start = out.len();
            for piece in &group.pieces {
                if !piece.write(attributes, &mut out) {
                    if group.is_optional {
                        out.truncate(start);
                        break;
                    }
                    out.push('?');
                }
            }
        }
        out
    }

    /// Returns the names of all attributes and fields in it.
    #[cfg(test)]
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.groups.iter().flat_map(|group| &group.pieces).flat_map(|piece| match piece {
            Piece::Place { names, .. } => names.iter().map(String::as_str).collect(),
            Piece::Text(_) | Piece::AllFields => Vec::new(),
        })
    }
}

impl Group {
    fn add_text(&mut self, c: char) {
        match self.pieces.last_mut() {
            Some(Piece::Text(text)) => text.push(c),
            _ => self.pieces.push(Piece::Text(c.into())),
        }
    }
}

impl Piece {
    fn parse(place: &str) -> Result<Self, &'static str> {
        if place == ".*" {
            return Ok(Self::AllFields);
        }
        let (form, place) = match place.split_at_checked(1) {
            Some(("#", rest)) => (Form::Times, rest),
            Some(("@", rest)) => (Form::Path, rest),
            Some((">", rest)) => (Form::Address, rest),
            _ => (Form::Plain, place),
        };
        let (names, words) = place.split_once('=').unwrap_or((place, ""));
        let name = |name: &str| match name.strip_prefix('.') {
            Some(field) => format!("xml_string.{field}"),
            None => name.to_owned(),
        };
        let names: Vec<_> = names.split('|').map(name).collect();
        if names.iter().any(|name| name.is_empty() || name.contains([' ', '{', '['])) {
            return Err("a place has no name of an attribute");
        }
        let word = |pair: &str| -> Result<_, &'static str> {
            let (value, word) = pair.split_once(':').ok_or("a word has no value before it")?;
            Ok((value.to_ascii_lowercase(), word.to_owned()))
        };
        let words = words.split(',').filter(|pair| !pair.is_empty()).map(word).collect::<Result<_, _>>()?;
        Ok(Self::Place { names, words, form })
    }

    /// Writes the piece. Returns `false` if the event has no value for it.
    fn write(&self, attributes: &Attributes<'_>, out: &mut String) -> bool {
        match self {
            Self::Text(text) => out.push_str(text),
            Self::AllFields => return attributes.write_record_fields(out),
            Self::Place { names, words, form } => {
                let named = names.iter().find_map(|name| Some((name, attributes.text(name)?)));
                let Some((name, value)) = named else { return false };
                let word = |value: &str| {
                    let word = words.iter().find(|(known, _)| known.eq_ignore_ascii_case(value));
                    word.map(|(_, word)| word.as_str())
                };
                match word(&value) {
                    Some(word) => out.push_str(word),
                    None if !words.is_empty() && value.contains(',') => {
                        let parts = value.split(',').map(str::trim).map(|part| word(part).unwrap_or(part));
                        push_line(&parts.collect::<Vec<_>>().join(", "), out);
                    }
                    None => match form {
                        Form::Plain => {
                            push_line(&process_number(name, &value).map_or(value, Cow::Owned), out)
                        }
                        Form::Address => {
                            push_line(&value, out);
                            if is_of_host(&value) {
                                out.push_str(OF_HOST);
                            }
                        }
                        Form::Times => push_line(&times(&value), out),
                        Form::Path => {
                            let object = object_in_words(&value);
                            push_line(&object.unwrap_or_else(|| path_in_words(&value)), out);
                        }
                    },
                }
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use events::{AttributeNames, AttributeReader};

    use super::*;

    fn message(format: &str, json: &str) -> String {
        let mut reader = AttributeReader::new(Arc::new(AttributeNames::default()));
        let data = reader.open(json.as_bytes()).unwrap();
        Format::parse(format).unwrap().message(&Attributes::of_data(&data))
    }

    #[test]
    fn places_and_groups() {
        let json = r#"{"data_type": "t", "a": "x", "n": 3, "object": "::{031E4825-7B94-4DC3-B131-E946B44C8DD5}\\Videos.library-ms", "one": 1, "own": "::1", "none": "-", "several": "1, 2,3", "list": ["p", "q"],
                       "xml_string": "<Event><EventData><Data Name=\"Image\">i.exe</Data><Data Name=\"Content\">&lt;Exec&gt;&lt;Command&gt;cmd /c&lt;/Command&gt;&lt;/Exec&gt;</Data></EventData></Event>"}"#;
        for (format, expected) in [
            ("{a}, {b}", "x, ?"),
            ("{b|a}[ by {none}][ in {n}]", "x in 3"),
            ("{n=3:three,4:four} {n=4:four}", "three 3"),
            ("{several=1:one,3:three} {several}", "one, 2, three 1, 2,3"),
            ("{.Image}: {.*}", "i.exe: Image: i.exe; Content: <Exec><Command>cmd /c</Command></Exec>"),
            ("{list} {list.1}", "p, q q"),
            ("{#n}, {#one}, {@a}", "3 times, once, x"),
            ("{>own} {>a}", "::1 (this host itself) x"),
            ("{@object}", "Videos.library-ms in the libraries ({031E4825-7B94-4DC3-B131-E946B44C8DD5})"),
            ("{.Content.Command} [{.Content.None}]", "cmd /c "),
            ("[[{{a] [[{a}", "[{a] [x"),
        ] {
            if format.contains("a] ") {
                assert!(Format::parse(format).is_err());
                continue;
            }
            assert_eq!(message(format, json), expected, "{format}");
        }
        assert_eq!(message("[[{{a}]] é{a}", json), "[{a}] éx");
    }

    #[test]
    fn what_is_no_format_is_refused() {
        for wrong in ["{a", "[a", "a]", "[a[b]]c", "{}", "{a=b}", "{a b}"] {
            assert!(Format::parse(wrong).is_err(), "{wrong}");
        }
    }
}
