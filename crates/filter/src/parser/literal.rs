//! Values: texts in quotes, numbers, `DATETIME(…)` and `PATH(…)`.

use super::cursor::{Parser, is_one_of};
use super::foreign::quoted;
use crate::ast::{Literal, Operator};
use crate::characters::is_word;
use crate::error::visible;
use crate::{FilterError, bare_word, date_time};

const VALUE: &str = "a value: a text in quotes, a number, DATETIME(…) or PATH(…)";

impl Parser<'_> {
    pub(super) fn literal(&mut self) -> Result<Literal, FilterError> {
        if let Some(text) = self.text()? {
            return Ok(Literal::Text(text));
        }
        if let Some(number) = self.number()? {
            return Ok(number);
        }
        if self.take("DATETIME(") {
            return self.date_time();
        }
        if self.take("PATH(") {
            return self.path();
        }
        let word = self.word();
        let meant = match word {
            _ if is_one_of(word, &["DATETIME", "PATH"]) => Some(format!("`{word}(…)`")),
            // In quotes the word would match nothing.
            _ if bare_word::is_known(word) => None,
            _ => return Err(self.without_quotes()),
        };
        Err(self.error(VALUE).suggesting(meant))
    }

    /// Returns the error for a text without quotes, such as `fs:stat` or `/etc/passwd`.
    fn without_quotes(&mut self) -> FilterError {
        let text = self.unquoted();
        if !text.starts_with(|c| is_word(c) || matches!(c, '/' | '\\' | '.')) {
            return self.error(VALUE);
        }
        let (found, length) = (format!("`{}`", visible(text)), text.chars().count());
        let meant = (length <= 50).then(|| format!("`{}`", quoted(text)));
        FilterError::new(self.column(), VALUE, found).over(length).suggesting(meant)
    }

    /// Refuses `True`, `None` and the like, which are not values here, and suggests the comparison
    /// that means the same.
    pub(super) fn refuse_word(
        &mut self,
        attribute: &str,
        operator: Operator,
        negated: bool,
    ) -> Result<(), FilterError> {
        match bare_word::meant(self.word(), attribute, operator, negated) {
            None => Ok(()),
            Some(meant) => Err(self.error(VALUE).suggesting(Some(meant))),
        }
    }

    /// Parses the rest of a value after `PATH(`. `PATH()` is an empty path. But if the expression
    /// has a text in quotes before it, Plaso takes that text as the path. Nobody means that, so
    /// this is an error.
    fn path(&mut self) -> Result<Literal, FilterError> {
        self.skip_space();
        let before = self.last_text.take();
        let path = match self.text()? {
            Some(path) => path,
            None if !self.rest().starts_with(')') => return Err(self.error("a path in quotes")),
            None => match before {
                None => String::new(),
                Some(text) => {
                    let meant = Some("`PATH('')`");
                    let text = visible(&self.source[text]);
                    let found = format!("`)`, for which Plaso takes the text before it, {text}");
                    return Err(FilterError::new(self.column(), "a path in quotes", found).suggesting(meant));
                }
            },
        };
        self.closing()?;
        Ok(Literal::Path(path))
    }

    fn date_time(&mut self) -> Result<Literal, FilterError> {
        const EXPECTED: &str = "a date and time in quotes, or microseconds since 1970";
        self.skip_space();
        let column = self.column();
        let literal = if let Some(text) = self.text()? {
            let microseconds = date_time::parse(&text).ok_or_else(|| {
                let length = self.column() - column;
                FilterError::new(column, date_time::EXPECTED, format!("`{}`", visible(&text))).over(length)
            })?;
            Literal::DateTime(microseconds, Some(text))
        } else {
            match self.number()? {
                Some(Literal::Integer(microseconds)) => Literal::DateTime(microseconds, None),
                Some(other) => return Err(FilterError::new(column, EXPECTED, other.type_name())),
                None => return Err(self.error(EXPECTED)),
            }
        };
        self.closing()?;
        Ok(literal)
    }

    fn closing(&mut self) -> Result<(), FilterError> {
        self.skip_space();
        if self.take(")") { Ok(()) } else { Err(self.error("`)`")) }
    }

    fn number(&mut self) -> Result<Option<Literal>, FilterError> {
        let column = self.column();
        let rest = self.rest();
        let digits = rest.strip_prefix('-').unwrap_or(rest);
        if !digits.starts_with(|c: char| c.is_ascii_digit()) {
            return Ok(None);
        }
        let count = |text: &str, is: fn(&char) -> bool| text.chars().take_while(is).count();
        let sign = rest.len() - digits.len();
        let whole = count(digits, char::is_ascii_digit);
        let (length, number) =
            if let Some(hexadecimal) = digits.strip_prefix("0x").or(digits.strip_prefix("0X")) {
                let length = sign + 2 + count(hexadecimal, char::is_ascii_hexdigit);
                let number = format!("{}{}", &rest[..sign], &rest[sign + 2..length]);
                (length, i128::from_str_radix(&number, 16).ok().map(Literal::Integer))
            } else if digits[whole..].starts_with('.')
                && digits[whole + 1..].starts_with(|c: char| c.is_ascii_digit())
            {
                let length = sign + whole + 1 + count(&digits[whole + 1..], char::is_ascii_digit);
                let number = rest[..length].parse().ok().filter(|number: &f64| number.is_finite());
                (length, number.map(Literal::Float))
            } else {
                let length = sign + whole;
                (length, rest[..length].parse().ok().map(Literal::Integer))
            };
        let Some(number) = number else {
            let found = format!("`{}`", visible(&rest[..length]));
            let error = FilterError::new(column, "a number (of at most 127 bits)", found);
            return Err(error.over(rest[..length].chars().count()));
        };
        self.at += length;
        Ok(Some(number))
    }

    fn text(&mut self) -> Result<Option<String>, FilterError> {
        let Some(quote @ ('\'' | '"')) = self.rest().chars().next() else {
            return Ok(None);
        };
        let column = self.column();
        let start = self.at;
        self.at += 1;
        let mut text = String::new();
        loop {
            let rest = self.rest();
            let Some(end) = rest.find([quote, '\\']) else {
                self.at = self.source.len();
                let expected = format!("a closing `{quote}` for the one in column {column}");
                return Err(FilterError::new(self.column(), expected, "the end"));
            };
            text.push_str(&rest[..end]);
            self.at += end;
            if rest[end..].starts_with(quote) {
                self.at += 1;
                self.last_text = Some(start..self.at);
                return Ok(Some(text));
            }
            self.escape(&mut text)?;
        }
    }

    /// Skips an escape sequence and adds its meaning to `text`.
    fn escape(&mut self, text: &mut String) -> Result<(), FilterError> {
        const EXPECTED: &str = r#"one of the escapes \\ \' \" \n \r \t \b \. \w \s \xNN"#;
        let rest = self.rest();
        let Some(escaped) = rest[1..].chars().next() else {
            return Err(self.error(EXPECTED));
        };
        let mut length = 1 + escaped.len_utf8();
        match escaped {
            '\\' | '\'' | '"' => text.push(escaped),
            'n' => text.push('\n'),
            'r' => text.push('\r'),
            't' => text.push('\t'),
            'b' => text.push('\u{8}'),
            // These are for regular expressions, so the backslash stays.
            '.' | 'w' | 's' => text.extend(['\\', escaped]),
            'x' | 'X' => {
                let code = rest.get(2..4).filter(|digits| !digits.starts_with('+'));
                match code.map(|digits| u8::from_str_radix(digits, 16)) {
                    Some(Ok(code)) if code.is_ascii() => text.push(char::from(code)),
                    _ => {
                        let found: String = rest.chars().take(4).collect();
                        let expected = "two hexadecimal digits, at most 7f, after `\\x`";
                        let error =
                            FilterError::new(self.column(), expected, format!("`{}`", visible(&found)));
                        return Err(error.over(found.chars().count()));
                    }
                }
                length += 2;
            }
            _ => {
                let found = format!("`{}`", visible(&rest[..length]));
                let meant = format!("`\\\\{}`", visible(&rest[1..length]));
                let error = FilterError::new(self.column(), EXPECTED, found).over(2);
                return Err(error.suggesting(Some(meant)));
            }
        }
        self.at += length;
        Ok(())
    }
}
