//! Operators of SQL and other languages, and the expression that means the same here.

use crate::ast::Literal;
use crate::error::visible;
use crate::parser::cursor::{Parser, is_one_of};

/// The maximum number of values of an `in (…)` that the suggestion repeats.
const MAXIMUM_VALUES: usize = 20;

/// A value, as it is written in an expression.
struct Value(String);

impl<'s> Parser<'s> {
    /// Returns the comparison that means the same as a comparison with an operator of another
    /// language, in backquotes. The parser stands at the operator. Returns `None` if the operator
    /// is not known, or the values after it cannot be read.
    pub(super) fn foreign_operator(&self, attribute: &str, negated: bool) -> Option<String> {
        let mut ahead = Parser::new(&self.source[self.at..], 1);
        let operator = ahead.word().to_ascii_lowercase();
        ahead.at += operator.len();
        ahead.skip_space();
        let not = if negated { "not " } else { "" };
        let meant = match operator.as_str() {
            "in" => {
                let any: Vec<_> =
                    ahead.list()?.into_iter().map(|Value(v)| format!("{attribute} is {v}")).collect();
                format!("{not}({})", any.join(" or "))
            }
            "between" => {
                let Value(first) = ahead.value()?;
                ahead.take_keyword("and", "&&").then_some(())?;
                let Value(last) = ahead.value()?;
                format!("{not}({attribute} >= {first} and {attribute} <= {last})")
            }
            "like" | "ilike" => like(attribute, &ahead.text_in_quotes()?, negated),
            "startswith" | "starts" => {
                let text = literally(&ahead.text_in_quotes()?);
                format!("{not}{attribute} iregexp {}", quoted(&format!("^{text}")))
            }
            "endswith" | "ends" => {
                let text = literally(&ahead.text_in_quotes()?);
                format!("{not}{attribute} iregexp {}", quoted(&format!("{text}$")))
            }
            _ => return None,
        };
        Some(format!("`{meant}`"))
    }

    /// Reads `(a, b, …)`.
    fn list(&mut self) -> Option<Vec<Value>> {
        let close = if self.take("(") {
            ")"
        } else if self.take("[") {
            "]"
        } else {
            return None;
        };
        let mut values = Vec::new();
        while values.len() < MAXIMUM_VALUES {
            self.skip_space();
            values.push(self.value()?);
            if self.take(close) {
                return Some(values);
            }
            self.take(",").then_some(())?;
        }
        None
    }

    /// Reads a value and the space after it. A word without quotes gets quotes.
    fn value(&mut self) -> Option<Value> {
        let start = self.at;
        let word = self.word();
        let is_word = word.starts_with(|c: char| c.is_alphabetic() || c == '_');
        if is_word && !is_one_of(word, &["and", "or", "not", "DATETIME", "PATH"]) {
            let word = self.unquoted();
            self.at += word.len();
            self.skip_space();
            return Some(Value(quoted(word)));
        }
        self.literal().ok()?;
        let value = Value(visible(&self.source[start..self.at]));
        self.skip_space();
        Some(value)
    }

    fn text_in_quotes(&mut self) -> Option<String> {
        match self.literal().ok()? {
            Literal::Text(text) if text.chars().count() <= 60 => Some(text),
            _ => None,
        }
    }

    /// Returns what was meant as a text, but has no quotes. It ends before a space, a comma or a
    /// parenthesis.
    pub(super) fn unquoted(&self) -> &'s str {
        let rest = self.rest();
        let is_end = |c: char| c.is_whitespace() || matches!(c, '(' | ')' | ',' | '\'' | '"');
        &rest[..rest.find(is_end).unwrap_or(rest.len())]
    }
}

/// Returns the comparison for an SQL pattern, in which `%` stands for any text and `_` for any
/// character.
fn like(attribute: &str, pattern: &str, negated: bool) -> String {
    let inside = pattern.trim_matches('%');
    let (open_start, open_end) = (pattern.starts_with('%'), pattern.ends_with('%'));
    let is_plain = !inside.contains('%');
    let not = if negated { "not " } else { "" };
    if is_plain && open_start && open_end && !inside.is_empty() {
        return format!("{attribute} {not}contains {}", quoted(inside));
    }
    if is_plain && !open_start && !open_end {
        return format!("{attribute} is {not}{}", quoted(inside));
    }
    let start = if open_start { "" } else { "^" };
    let end = if open_end { "" } else { "$" };
    let middle: Vec<_> = inside.split('%').map(literally).collect();
    format!("{not}{attribute} iregexp {}", quoted(&format!("{start}{}{end}", middle.join(".*"))))
}

/// Returns a regular expression for this very text.
fn literally(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        if "\\.+*?()|[]{}^$".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// Returns the text in quotes, as an expression needs it.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::from("'");
    for c in text.chars() {
        if matches!(c, '\\' | '\'') {
            out.push('\\');
        }
        out.push(c);
    }
    out.push('\'');
    visible(&out)
}

#[cfg(test)]
mod tests {
    use crate::ast::Expression;

    /// Each suggestion is an expression that can be used.
    #[test]
    fn operators_of_sql() {
        for (slip, meant) in [
            ("event_identifier in (4624, 4625)", "(event_identifier is 4624 or event_identifier is 4625)"),
            ("v not in ('a', b:c)", "not (v is 'a' or v is 'b:c')"),
            ("v in ['it\\'s']", "(v is 'it\\'s')"),
            ("pid between 5 and 7", "(pid >= 5 and pid <= 7)"),
            ("pid NOT BETWEEN 5 AND 7", "not (pid >= 5 and pid <= 7)"),
            (
                "timestamp between '2020-01-01' and '2020-02-01'",
                "(timestamp >= '2020-01-01' and timestamp <= '2020-02-01')",
            ),
            ("filename like '%evil%'", "filename contains 'evil'"),
            ("filename not like '%evil%'", "filename not contains 'evil'"),
            ("filename like 'evil'", "filename is 'evil'"),
            ("filename not like 'evil'", "filename is not 'evil'"),
            ("filename LIKE '%.exe'", "filename iregexp '\\\\.exe$'"),
            ("filename like '/tmp/%.sh'", "filename iregexp '^/tmp/.*\\\\.sh$'"),
            ("filename not like '/tmp/%'", "not filename iregexp '^/tmp/'"),
            ("filename startswith '/tmp'", "filename iregexp '^/tmp'"),
            ("filename endswith 'C:\\\\x'", "filename iregexp 'C:\\\\\\\\x$'"),
        ] {
            let error = Expression::parse(slip).unwrap_err();
            assert_eq!(error.suggestion(), Some(&*format!("`{meant}`")), "{slip}");
            assert!(Expression::parse(meant).unwrap().is_some(), "{meant}");
        }
        // Nothing is suggested if the values cannot be read.
        for slip in ["v in (", "v in 5", "v in (a b)", "v between 5", "v like 5"] {
            let error = Expression::parse(slip).unwrap_err();
            assert!(!error.suggestion().is_some_and(|meant| meant.contains("v ")), "{slip}: {error}");
        }
    }

    #[test]
    fn texts_without_quotes() {
        for (slip, meant) in [
            ("data_type == windows:evtx:record", "'windows:evtx:record'"),
            ("data_type is fs:stat and v is 1", "'fs:stat'"),
            ("(data_type is fs:stat)", "'fs:stat'"),
            ("filename contains /etc/passwd", "'/etc/passwd'"),
            ("filename contains C:\\Windows", "'C:\\\\Windows'"),
        ] {
            let error = Expression::parse(slip).unwrap_err();
            assert_eq!(error.suggestion(), Some(&*format!("`{meant}`")), "{slip}");
            assert!(Expression::parse(&format!("v is {meant}")).unwrap().is_some(), "{meant}");
        }
    }
}
