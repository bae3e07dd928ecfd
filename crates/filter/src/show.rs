//! Shows values to a person: in the syntax of expressions, short, and safe for a terminal.

use std::fmt::Write as _;

use events::{Timestamp, Value};

use events::is_harmful;

/// The maximum number of characters of a value that are shown.
const LONGEST: usize = 120;

/// Shows a value in the syntax of a literal. Cuts a long value, and escapes characters that control
/// a terminal.
#[must_use]
pub fn show_value(value: &Value<'_>) -> String {
    let mut out = String::new();
    write_value(value, &mut out);
    out
}

fn write_value(value: &Value<'_>, out: &mut String) {
    // Writing to a string cannot fail.
    let _ = match value {
        Value::Null => write!(out, "nothing"),
        Value::Boolean(truth) => write!(out, "{truth}"),
        Value::Integer(number) => write!(out, "{number}"),
        Value::Float(number) => write!(out, "{number:?}"),
        Value::String(text) => return write_text(text, out),
        Value::Object => write!(out, "(an object)"),
        Value::List { members, .. } => {
            out.push('[');
            for (number, member) in members.iter().enumerate() {
                if number > 0 {
                    out.push_str(", ");
                }
                if out.len() > LONGEST {
                    out.push('…');
                    break;
                }
                write_value(member, out);
            }
            out.push(']');
            Ok(())
        }
    };
}

fn write_text(text: &str, out: &mut String) {
    out.push('\'');
    for (number, c) in text.chars().enumerate() {
        match c {
            _ if number == LONGEST => {
                out.push('…');
                break;
            }
            '\\' => out.push_str("\\\\"),
            '\'' => out.push_str("\\'"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if is_harmful(c) => out.extend(c.escape_default()),
            c => out.push(c),
        }
    }
    out.push('\'');
}

/// Shows the time of an event as `DATETIME(…)`.
pub(crate) fn show_time(Timestamp(microseconds): Timestamp) -> String {
    match jiff::Timestamp::from_microsecond(microseconds) {
        Ok(time) => format!("DATETIME('{time:.6}')"),
        Err(_) => format!("DATETIME({microseconds})"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values() {
        let text = |text: &'static str| Value::String(text.into());
        for (value, shown) in [
            (text("C:\\a 'b'\n\u{1b}[0m\u{202e}é"), r"'C:\\a \'b\'\n\u{1b}[0m\u{202e}é'"),
            (Value::Integer(-5), "-5"),
            (Value::Float(5.0), "5.0"),
            (Value::Boolean(true), "true"),
            (Value::Object, "(an object)"),
            (Value::List { members: vec![text("a"), Value::Integer(1)], tuple: false }, "['a', 1]"),
        ] {
            assert_eq!(show_value(&value), shown);
        }
        assert_eq!(show_value(&Value::String("x".repeat(500).into())).chars().count(), LONGEST + 3);
        let long = Value::List { members: vec![text("abcdefghij"); 10_000], tuple: false };
        assert!(show_value(&long).len() < 2 * LONGEST);
    }

    #[test]
    fn times() {
        assert_eq!(show_time(Timestamp(1_325_376_000_000_001)), "DATETIME('2012-01-01T00:00:00.000001Z')");
        assert_eq!(show_time(Timestamp(i64::MAX)), "DATETIME(9223372036854775807)");
    }
}
