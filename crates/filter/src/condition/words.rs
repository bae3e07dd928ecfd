//! Says conditions in words.

use std::fmt;

use super::{Case, Check, Condition, Order, Part, Piece, Regex, Test, Values};
use crate::number::Number;
use crate::quoted::quoted;

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let chain = |f: &mut fmt::Formatter<'_>, conditions: &[Self], between: &str, none: &str| {
            if conditions.is_empty() {
                return f.write_str(none);
            }
            for (number, condition) in conditions.iter().enumerate() {
                f.write_str(if number > 0 { between } else { "" })?;
                match condition {
                    Self::All(_) | Self::Any(_) => write!(f, "({condition})")?,
                    Self::Not(_) | Self::Test(_) => condition.fmt(f)?,
                }
            }
            Ok(())
        };
        match self {
            Self::All(conditions) => chain(f, conditions, " and ", "always"),
            Self::Any(conditions) => chain(f, conditions, " or ", "never"),
            Self::Not(condition) => match &**condition {
                Self::Test(_) => write!(f, "not {condition}"),
                _ => write!(f, "not ({condition})"),
            },
            Self::Test(test) => test.fmt(f),
        }
    }
}

impl fmt::Display for Test {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", self.values)?;
        match &self.check {
            Check::Text(part, text, case) => {
                f.write_str(part.words())?;
                quoted(f, text)?;
                f.write_str(case.words())
            }
            Check::Wildcard(pieces, case) => {
                f.write_str("is like ")?;
                quoted(f, &wildcard(pieces))?;
                f.write_str(case.words())
            }
            Check::Regex(regex) => regex.fmt(f),
            Check::Number(order, number) => {
                f.write_str(order.words())?;
                match number {
                    Number::Integer(number) => write!(f, "{number}"),
                    Number::Float(number) => write!(f, "{number:?}"),
                }
            }
            Check::Network(network) => write!(f, "is in the network {network}"),
            Check::Exists => f.write_str("exists"),
            Check::Attribute(part, attribute, case) => {
                write!(f, "{}the value of {attribute}{}", part.words(), case.words())
            }
            Check::OneOf(literals) => {
                write!(f, "{}one of {} texts", literals.part().words(), literals.len())?;
                f.write_str(literals.case().words())
            }
            Check::Member(condition) => write!(f, "has: {condition}"),
        }
    }
}

impl fmt::Display for Values {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Of(attribute) => f.write_str(attribute),
            Self::OfEvent => f.write_str("any value"),
        }
    }
}

impl fmt::Display for Regex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("matches ")?;
        quoted(f, &self.pattern)?;
        let flags = [(self.ignore_case, "i"), (self.multi_line, "m"), (self.dot_matches_line_end, "s")];
        let flags: String = flags.into_iter().filter(|(is_set, _)| *is_set).map(|(_, flag)| flag).collect();
        if flags.is_empty() { Ok(()) } else { write!(f, " (flags {flags})") }
    }
}

impl Part {
    fn words(self) -> &'static str {
        match self {
            Self::Whole => "is ",
            Self::Start => "starts with ",
            Self::End => "ends with ",
            Self::Any => "contains ",
        }
    }
}

impl Case {
    fn words(self) -> &'static str {
        match self {
            Self::Exact => "",
            Self::Folded => " (in any case)",
        }
    }
}

impl Order {
    fn words(self) -> &'static str {
        match self {
            Self::Equal => "is the number ",
            Self::Less => "is less than ",
            Self::LessOrEqual => "is at most ",
            Self::Greater => "is greater than ",
            Self::GreaterOrEqual => "is at least ",
        }
    }
}

/// Returns a wildcard as it is commonly written.
fn wildcard(pieces: &[Piece]) -> String {
    let mut written = String::new();
    for piece in pieces {
        match piece {
            Piece::Text(text) => {
                for character in text.chars() {
                    if matches!(character, '*' | '?' | '\\') {
                        written.push('\\');
                    }
                    written.push(character);
                }
            }
            Piece::AnyText => written.push('*'),
            Piece::AnyCharacter => written.push('?'),
        }
    }
    written
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::condition::Literals;

    #[test]
    fn every_check_in_words() {
        let text = |part, case| Check::Text(part, "a'b".into(), case);
        for (check, words) in [
            (text(Part::Whole, Case::Exact), r"x is 'a\'b'"),
            (text(Part::Start, Case::Folded), r"x starts with 'a\'b' (in any case)"),
            (text(Part::End, Case::Exact), r"x ends with 'a\'b'"),
            (text(Part::Any, Case::Folded), r"x contains 'a\'b' (in any case)"),
            (
                Check::Wildcard(
                    vec![Piece::Text("a*".into()), Piece::AnyText, Piece::AnyCharacter],
                    Case::Folded,
                ),
                r"x is like 'a\\**?' (in any case)",
            ),
            (Check::Regex(Regex { pattern: "a.b".into(), ..Regex::default() }), "x matches 'a.b'"),
            (
                Check::Regex(Regex {
                    pattern: "a".into(),
                    ignore_case: true,
                    multi_line: true,
                    dot_matches_line_end: true,
                    posix_classes: true,
                }),
                "x matches 'a' (flags ims)",
            ),
            (Check::Number(Order::Equal, Number::Integer(5)), "x is the number 5"),
            (Check::Number(Order::GreaterOrEqual, Number::Float(0.5)), "x is at least 0.5"),
            (Check::Network("10.0.0.0/8".parse().unwrap()), "x is in the network 10.0.0.0/8"),
            (Check::Exists, "x exists"),
            (
                Check::OneOf(Arc::new(Literals::new(Part::End, Case::Folded, ["a", "b"]).unwrap())),
                "x ends with one of 2 texts (in any case)",
            ),
            (Check::Member(Box::new(Condition::of("y", Check::Exists))), "x has: y exists"),
            (
                Check::Attribute(Part::End, "y".into(), Case::Folded),
                "x ends with the value of y (in any case)",
            ),
        ] {
            assert_eq!(Condition::of("x", check).to_string(), words);
        }
    }

    #[test]
    fn conditions_in_words() {
        let a = || Condition::of("a", Check::Exists);
        let b = || Condition::of_event(Check::Exists);
        for (condition, words) in [
            (
                Condition::All(vec![a(), Condition::Any(vec![a(), b()])]),
                "a exists and (a exists or any value exists)",
            ),
            (Condition::Any(vec![a(), b().negated()]), "a exists or not any value exists"),
            (Condition::All(vec![a(), b()]).negated(), "not (a exists and any value exists)"),
            (Condition::All(Vec::new()), "always"),
            (Condition::Any(Vec::new()), "never"),
        ] {
            assert_eq!(condition.to_string(), words);
        }
    }
}
