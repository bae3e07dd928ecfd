//! Formats values as Python's `str.format` does.

use std::fmt::Write as _;

use events::Value;

use super::size::{MAXIMUM_READ, size};
use crate::show::MAXIMUM_MESSAGE;

/// The maximum width and number of digits that a format may ask for.
const MAXIMUM_WIDTH: usize = 1_000;

/// A format string such as `{name:08x} of {other}`, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Template {
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Field { name: String, repr: bool, spec: Spec },
}

/// What stands behind the colon of a field.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Spec {
    fill: Option<char>,
    align: Option<char>,
    sign: Option<char>,
    alternate: bool,
    width: usize,
    grouping: Option<char>,
    precision: Option<usize>,
    kind: Option<char>,
}

impl Template {
    /// Takes a format string apart.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut literal = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            literal.push_str(&rest[..at]);
            let brace = &rest[at..=at];
            rest = &rest[at + 1..];
            if let Some(after) = rest.strip_prefix(brace) {
                literal.push_str(brace);
                rest = after;
                continue;
            }
            if brace == "}" {
                return Err("a `}` has no `{`".into());
            }
            let (field, after) = rest.split_once('}').ok_or("a `{` has no `}`")?;
            if !literal.is_empty() {
                parts.push(Part::Text(std::mem::take(&mut literal)));
            }
            parts.push(Part::field(field)?);
            rest = after;
        }
        literal.push_str(rest);
        if !literal.is_empty() {
            parts.push(Part::Text(literal));
        }
        Ok(Self { parts })
    }

    /// Returns the names of the fields that are names of attributes. psort takes another name for
    /// text at first, and then finds no value for it.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        let names = self.parts.iter().filter_map(|part| match part {
            Part::Field { name, .. } => Some(name.as_str()),
            Part::Text(_) => None,
        });
        names.filter(|name| name.starts_with(|c: char| c.is_ascii_lowercase()))
    }

    /// Writes the text with the values of `value`. Returns `false` if a value is missing.
    pub(super) fn write<'v>(&self, out: &mut String, value: impl Fn(&str) -> Option<Value<'v>>) -> bool {
        let mut left = MAXIMUM_READ;
        for part in &self.parts {
            // A hostile file can name a long value a million times, and write nothing of it.
            if out.len() > MAXIMUM_MESSAGE || left == 0 {
                break;
            }
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Field { name, repr, spec } => match value(name) {
                    Some(value) => {
                        left = left.saturating_sub(1 + size(&value));
                        spec.write(&value, *repr, out);
                    }
                    None => return false,
                },
            }
        }
        true
    }
}

impl Part {
    fn field(field: &str) -> Result<Self, String> {
        let (name, spec) = field.split_once(':').unwrap_or((field, ""));
        let (name, conversion) = name.split_once('!').unwrap_or((name, ""));
        let spec = Spec::parse(spec).ok_or_else(|| format!("`{spec}` is not a format that is known here"))?;
        Ok(Self::Field { name: name.into(), repr: conversion == "r", spec })
    }
}

impl Spec {
    fn parse(text: &str) -> Option<Self> {
        let mut spec = Self::default();
        let mut rest = text;
        let is_align = |c: char| matches!(c, '<' | '>' | '^' | '=');
        let mut start = rest.chars();
        match (start.next(), start.next()) {
            (Some(fill), Some(align)) if is_align(align) => {
                (spec.fill, spec.align) = (Some(fill), Some(align));
                rest = start.as_str();
            }
            (Some(align), _) if is_align(align) => {
                spec.align = Some(align);
                rest = &rest[1..];
            }
            _ => {}
        }
        spec.sign = take(&mut rest, &['+', '-', ' ']);
        spec.alternate = take(&mut rest, &['#']).is_some();
        if take(&mut rest, &['0']).is_some() && spec.align.is_none() {
            (spec.fill, spec.align) = (Some('0'), Some('='));
        }
        spec.width = digits(&mut rest)?.unwrap_or(0);
        spec.grouping = take(&mut rest, &[',', '_']);
        if take(&mut rest, &['.']).is_some() {
            spec.precision = Some(digits(&mut rest)??);
        }
        spec.kind = take(&mut rest, &['s', 'd', 'x', 'X', 'o', 'b', 'c', 'f', 'F', 'e', 'g', '%']);
        rest.is_empty().then_some(spec)
    }

    fn write(&self, value: &Value<'_>, as_repr: bool, out: &mut String) {
        let number = match value {
            _ if as_repr => None,
            Value::Integer(number) => self.integer(*number),
            Value::Boolean(truth) if self.kind.is_some() => self.integer(i128::from(*truth)),
            Value::Float(number) => self.float(*number),
            _ => None,
        };
        let is_number = number.is_some();
        let text = number.unwrap_or_else(|| {
            let text = if as_repr { repr(value) } else { text(value) };
            match self.precision {
                Some(precision) => text.chars().take(precision).collect(),
                None => text,
            }
        });
        self.pad(&text, is_number, out);
    }

    /// Returns `None` if a number cannot be written like this.
    fn integer(&self, number: i128) -> Option<String> {
        let magnitude = number.unsigned_abs();
        let (prefix, digits) = match self.kind {
            None | Some('d') => ("", magnitude.to_string()),
            Some('x') => ("0x", format!("{magnitude:x}")),
            Some('X') => ("0X", format!("{magnitude:X}")),
            Some('o') => ("0o", format!("{magnitude:o}")),
            Some('b') => ("0b", format!("{magnitude:b}")),
            #[expect(clippy::cast_precision_loss, reason = "as Python does")]
            Some('f' | 'F' | 'e' | 'g' | '%') => return self.float(number as f64),
            _ => return None,
        };
        let digits = self.grouping.map_or(digits.clone(), |separator| grouped(&digits, separator));
        let prefix = if self.alternate { prefix } else { "" };
        Some(format!("{}{prefix}{digits}", self.sign_of(number < 0)))
    }

    fn float(&self, number: f64) -> Option<String> {
        let magnitude = number.abs();
        let precision = self.precision.unwrap_or(6);
        let digits = match self.kind {
            Some('f' | 'F') => format!("{magnitude:.precision$}"),
            Some('%') => format!("{:.precision$}%", magnitude * 100.0),
            None if self.precision.is_none() => float(magnitude),
            _ => return None,
        };
        Some(format!("{}{digits}", self.sign_of(number.is_sign_negative())))
    }

    fn sign_of(&self, is_negative: bool) -> &'static str {
        match (is_negative, self.sign) {
            (true, _) => "-",
            (false, Some('+')) => "+",
            (false, Some(' ')) => " ",
            (false, _) => "",
        }
    }

    fn pad(&self, text: &str, is_number: bool, out: &mut String) {
        let missing = self.width.saturating_sub(text.chars().count());
        let fill = self.fill.unwrap_or(' ');
        let push = |count: usize, out: &mut String| out.extend(std::iter::repeat_n(fill, count));
        match self.align.unwrap_or(if is_number { '>' } else { '<' }) {
            '<' => {
                out.push_str(text);
                push(missing, out);
            }
            '^' => {
                push(missing / 2, out);
                out.push_str(text);
                push(missing - missing / 2, out);
            }
            '=' if is_number => {
                let (sign, digits) = text.split_at(usize::from(text.starts_with(['-', '+', ' '])));
                out.push_str(sign);
                push(missing, out);
                out.push_str(digits);
            }
            _ => {
                push(missing, out);
                out.push_str(text);
            }
        }
    }
}

fn take(rest: &mut &str, accepted: &[char]) -> Option<char> {
    let next = rest.chars().next().filter(|next| accepted.contains(next))?;
    *rest = &rest[next.len_utf8()..];
    Some(next)
}

/// Reads a number, if there is one. Returns `None` if it is too large.
#[expect(clippy::option_option, reason = "too large and absent are two things")]
fn digits(rest: &mut &str) -> Option<Option<usize>> {
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    if end == 0 {
        return Some(None);
    }
    let number = rest[..end].parse().ok().filter(|number| *number <= MAXIMUM_WIDTH)?;
    *rest = &rest[end..];
    Some(Some(number))
}

fn grouped(digits: &str, separator: char) -> String {
    let mut out = String::new();
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            out.push(separator);
        }
        out.push(digit);
    }
    out
}

/// Python's `str(value)`.
pub(super) fn text(value: &Value<'_>) -> String {
    match value {
        Value::String(text) => text.to_string(),
        other => repr(other),
    }
}

/// Python's `repr(value)`.
fn repr(value: &Value<'_>) -> String {
    match value {
        Value::Null => "None".into(),
        Value::Boolean(true) => "True".into(),
        Value::Boolean(false) => "False".into(),
        Value::Integer(number) => number.to_string(),
        Value::Float(number) if number.is_sign_negative() => format!("-{}", float(number.abs())),
        Value::Float(number) => float(*number),
        Value::String(text) => quoted(text),
        Value::Object => "(an object)".into(),
        Value::List { members, tuple } => {
            let inside = members.iter().map(repr).collect::<Vec<_>>().join(", ");
            match (tuple, members.len()) {
                (false, _) => format!("[{inside}]"),
                (true, 1) => format!("({inside},)"),
                (true, _) => format!("({inside})"),
            }
        }
    }
}

/// Python's `repr` of a number that is not negative: the shortest digits that mean this number.
fn float(number: f64) -> String {
    if number.is_nan() {
        return "nan".into();
    }
    if number.is_infinite() {
        return "inf".into();
    }
    if number != 0.0 && !(1e-4..1e16).contains(&number) {
        let scientific = format!("{number:e}");
        let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
        let exponent: i32 = exponent.parse().unwrap_or_default();
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{digits}e{sign}{:02}", exponent.abs());
    }
    format!("{number:?}")
}

fn quoted(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut out = String::from(quote);
    for c in text.chars() {
        // Writing to a string cannot fail.
        let _ = match c {
            '\\' => write!(out, "\\\\"),
            '\n' => write!(out, "\\n"),
            '\r' => write!(out, "\\r"),
            '\t' => write!(out, "\\t"),
            c if c == quote => write!(out, "\\{c}"),
            c if c.is_control() || c == '\u{a0}' || c == '\u{ad}' => {
                write!(out, "\\x{:02x}", u32::from(c))
            }
            c if is_invisible(c) => write!(out, "\\u{:04x}", u32::from(c)),
            c => write!(out, "{c}"),
        };
    }
    out.push(quote);
    out
}

/// Returns whether a character is written as an escape because it is a space other than ` `, a
/// separator or a formatting character.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{2000}'..='\u{200f}' | '\u{2028}'..='\u{202f}' | '\u{205f}'..='\u{206f}' | '\u{3000}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use events::json;

    use super::*;

    #[test]
    fn as_python_does() {
        for (format, stored, expected) in [
            ("0x{v:08x}", "255", "0x000000ff"),
            ("{v:04X} {v:03o} {v:d}", "255", "00FF 377 255"),
            ("{v:.2f}", "2.345", "2.35"),
            ("{v:>5}|{v:<5}|{v:^5}|{v:*^6}", "\"ab\"", "   ab|ab   | ab  |**ab**"),
            ("{v:,} {v:+d} {v:08}", "-1234567", "-1,234,567 -1234567 -1234567"),
            ("{{{v}}}", "true", "{True}"),
            ("{v}", "[\"a'b\", 1, null, 0.5, \"c\\n\"]", "[\"a'b\", 1, None, 0.5, 'c\\n']"),
            ("{v}", r#"{"__type__": "tuple", "values": ["x"]}"#, "('x',)"),
            ("{v!s}{v!r}", "\"x\"", "x'x'"),
            ("{v}", "1e16", "1e+16"),
            ("{v}", "-0.00001", "-1e-05"),
            ("{v}", r#"["\u200e8\u00a0"]"#, "['\\u200e8\\xa0']"),
            ("{v:d}", "\"text\"", "text"),
        ] {
            let value = json::value(stored.as_bytes()).unwrap();
            let mut out = String::new();
            assert!(Template::parse(format).unwrap().write(&mut out, |_| Some(value.clone())));
            assert_eq!(out, expected, "{format} {stored}");
        }
    }

    #[test]
    fn what_is_no_format_is_refused() {
        for format in ["{", "}", "{a", "{a:>99999}", "{a:q}", "{a:.}"] {
            assert!(Template::parse(format).is_err(), "{format}");
        }
    }

    /// A format may write nothing of a long value.
    #[test]
    fn a_template_reads_up_to_a_size() {
        let value = Value::String("x".repeat(1 << 20).into());
        let reads = std::cell::Cell::new(0);
        let read = |_: &str| {
            reads.set(reads.get() + 1);
            Some(value.clone())
        };
        assert!(Template::parse(&"{a:.0}".repeat(1_000)).unwrap().write(&mut String::new(), read));
        assert_eq!(reads.get(), MAXIMUM_READ >> 20);
    }
}
