//! From text to tree.
//!
//! There is no separate list of tokens: whether `5` is a number or an attribute, or `is` an
//! operator or one, depends on where it stands, as it does in Plaso.

use std::ops::Range;

use crate::ast::{Comparison, Expression, Literal, Node, Operator};
use crate::characters::{is_space, is_word};
use crate::error::visible;
use crate::grouping::{FIRST_PASS, Join, Level};
use crate::{FilterError, bare_word, date_time};

/// How long an expression may be, in bytes.
pub const MAXIMUM_LENGTH: usize = 1 << 20;

/// How deep parentheses and `not` may nest.
pub const MAXIMUM_DEPTH: usize = 100;

impl Expression {
    /// Reads an expression; nothing if it is empty, which matches everything.
    ///
    /// # Errors
    ///
    /// If it is not an expression, is longer than [`MAXIMUM_LENGTH`], or nests deeper than
    /// [`MAXIMUM_DEPTH`].
    pub fn parse(source: &str) -> Result<Option<Self>, FilterError> {
        Self::parse_in_line(source, 1)
    }

    /// Reads an expression that begins in this column of its line.
    pub(crate) fn parse_in_line(source: &str, column: usize) -> Result<Option<Self>, FilterError> {
        if source.len() > MAXIMUM_LENGTH {
            let found = format!("{} bytes", source.len());
            return Err(FilterError::new(column, format!("at most {MAXIMUM_LENGTH} bytes"), found));
        }
        let mut parser = Parser::new(source, column);
        parser.skip_space();
        if parser.rest().is_empty() {
            return Ok(None);
        }
        let (root, _) = parser.any_of(0)?;
        if parser.rest().starts_with(')') {
            return Err(parser.error("`and`, `or` or the end (there is no `(` for this one)"));
        }
        if !parser.rest().is_empty() {
            return Err(parser.error("`and`, `or` or the end"));
        }
        Ok(Some(Self { root, plaso_differs: parser.plaso_differs }))
    }
}

const GOES_WITH_NOT: [&str; 4] = ["is", "equals", "contains", "inset"];
const NEGATABLE: &str = "an operator that goes with `not`: `is`, `equals`, `contains` or `inset`";

const VALUE: &str = "a value: a text in quotes, a number, DATETIME(…) or PATH(…)";

struct Parser<'s> {
    source: &'s str,
    at: usize,
    /// A position before `at` and its column, so that columns are counted once and not from the
    /// start each time.
    counted: (usize, usize),
    /// Whether Plaso groups something differently.
    plaso_differs: bool,
    /// Where the last text in quotes before this place stands.
    last_text: Option<Range<usize>>,
}

impl<'s> Parser<'s> {
    fn new(source: &'s str, column: usize) -> Self {
        Self { source, at: 0, counted: (0, column), plaso_differs: false, last_text: None }
    }

    fn rest(&self) -> &'s str {
        &self.source[self.at..]
    }

    fn column(&mut self) -> usize {
        let (from, column) = self.counted;
        let column = column + self.source[from..self.at].chars().count();
        self.counted = (self.at, column);
        column
    }

    fn skip_space(&mut self) {
        self.at = self.source.len() - self.rest().trim_start_matches(is_space).len();
    }

    /// Steps over `text`, in any case, if it stands here.
    fn take(&mut self, text: &str) -> bool {
        let found = self.rest().get(..text.len()).is_some_and(|here| here.eq_ignore_ascii_case(text));
        if found {
            self.at += text.len();
        }
        found
    }

    /// The word that stands here, perhaps empty.
    fn word(&self) -> &'s str {
        let rest = self.rest();
        &rest[..rest.find(|c| !is_word(c) && c != '.').unwrap_or(rest.len())]
    }

    /// Steps over a keyword, written as a word or as a symbol, and the space behind it.
    fn take_keyword(&mut self, word: &str, symbol: &str) -> bool {
        let found = self.word().eq_ignore_ascii_case(word) && self.take(word) || self.take(symbol);
        if found {
            self.skip_space();
        }
        found
    }

    fn error(&mut self, expected: &'static str) -> FilterError {
        let found = self.found();
        FilterError::new(self.column(), expected, found).over(self.found_length())
    }

    /// What stands here, for a message.
    fn found(&self) -> String {
        match self.here() {
            "" => "the end".into(),
            here => format!("`{}`", visible(here)),
        }
    }

    /// How many characters that is.
    fn found_length(&self) -> usize {
        self.here().chars().count()
    }

    /// The word, the text in quotes or the character that stands here; empty at the end.
    fn here(&self) -> &'s str {
        let rest = self.rest();
        let word = self.word();
        let length = match rest.chars().next() {
            None => 0,
            Some(_) if !word.is_empty() => word.len(),
            Some(quote @ ('\'' | '"')) => rest[1..].find(quote).map_or(rest.len(), |end| end + 2),
            Some(c) => c.len_utf8(),
        };
        &rest[..length]
    }

    /// Operands joined by `and` and `or`, and the pass in which Plaso joins the whole.
    fn any_of(&mut self, depth: usize) -> Result<(Node, usize), FilterError> {
        let (first, ready) = self.operand(depth)?;
        let mut level = Level::new(ready);
        let mut alternatives = Vec::new();
        let mut conjuncts = vec![first];
        loop {
            let join = if self.take_keyword("and", "&&") {
                Join::And
            } else if self.take_keyword("or", "||") {
                alternatives.push(chain(std::mem::take(&mut conjuncts), Node::And));
                Join::Or
            } else {
                break;
            };
            let (operand, ready) = self.operand(depth)?;
            conjuncts.push(operand);
            level.join(join, ready);
        }
        alternatives.push(chain(conjuncts, Node::And));
        let (ready, differs) = level.reduce();
        self.plaso_differs |= differs;
        Ok((chain(alternatives, Node::Or), ready))
    }

    fn operand(&mut self, depth: usize) -> Result<(Node, usize), FilterError> {
        if depth > MAXIMUM_DEPTH {
            let expected = format!("parentheses and `not` nested at most {MAXIMUM_DEPTH} deep");
            let (found, length) = (self.found(), self.found_length());
            return Err(FilterError::new(self.column(), expected, found).over(length));
        }
        if self.word().eq_ignore_ascii_case("not") {
            self.take("not");
            self.skip_space();
            let (operand, ready) = self.operand(depth + 1)?;
            return Ok((Node::Not(Box::new(operand)), ready));
        }
        let opened = self.column();
        if !self.take("(") {
            return Ok((self.comparison()?, FIRST_PASS));
        }
        self.skip_space();
        let group = self.any_of(depth + 1)?;
        if !self.take(")") {
            let (found, length) = (self.found(), self.found_length());
            let expected = format!("`and`, `or` or a `)` for the `(` in column {opened}");
            return Err(FilterError::new(self.column(), expected, found).over(length));
        }
        self.skip_space();
        Ok(group)
    }

    fn comparison(&mut self) -> Result<Node, FilterError> {
        let attribute_column = self.column();
        let attribute = self.word();
        if attribute.is_empty() || is_one_of(attribute, &["and", "or"]) {
            return Err(self.error("a comparison, beginning with an attribute name"));
        }
        let start = self.at;
        self.at += attribute.len();
        self.skip_space();
        if operator(attribute).is_some() && self.rest().starts_with(['\'', '"']) {
            self.at = start;
            self.counted = (start, attribute_column);
            return Err(self.error("an attribute name before the operator"));
        }
        let mut negated = self.take_not();
        let operator_column = self.column();
        let (spelling, operator) = self.operator(negated)?;
        self.skip_space();
        loop {
            let column = self.column();
            if !self.take_not() {
                break;
            }
            if negated {
                return Err(FilterError::new(column, "a value (`not` stands once)", "`not`").over(3));
            }
            negated = true;
        }
        if negated && !is_one_of(spelling, &GOES_WITH_NOT) {
            let found = format!("`{spelling}`");
            return Err(FilterError::new(operator_column, NEGATABLE, found).over(spelling.chars().count()));
        }
        let literal_column = self.column();
        self.refuse_word(attribute, operator, negated)?;
        let literal = self.literal()?;
        let end_column = self.column();
        self.skip_space();
        Ok(Node::Comparison(Comparison {
            attribute: attribute.into(),
            negated,
            operator,
            literal,
            attribute_column,
            literal_column,
            end_column,
        }))
    }

    fn take_not(&mut self) -> bool {
        let rest = self.rest();
        let is_not = rest.get(..3).is_some_and(|word| word.eq_ignore_ascii_case("not"))
            && !rest[3..].starts_with(|c: char| is_word(c) && !c.is_ascii_digit());
        if is_not {
            self.at += 3;
            self.skip_space();
        }
        is_not
    }

    /// The operator and how it is spelt here.
    fn operator(&mut self, negated: bool) -> Result<(&'s str, Operator), FilterError> {
        let rest = self.rest();
        let length = if rest.starts_with(['<', '>', '!', '=']) {
            1 + usize::from(rest[1..].starts_with('='))
        } else {
            rest.find(|c| !is_word(c)).unwrap_or(rest.len())
        };
        let spelling = &rest[..length];
        if let Some(operator) = operator(spelling) {
            self.at += length;
            return Ok((spelling, operator));
        }
        let expected = if negated { NEGATABLE } else { "an operator" };
        // All of what was meant for one symbol, such as `=>`.
        let symbol = rest.find(|c| !matches!(c, '<' | '>' | '!' | '=' | '~')).unwrap_or(rest.len());
        let spelling = if symbol > 0 { &rest[..symbol] } else { spelling };
        let (found, length) = if symbol > 0 {
            (format!("`{}`", visible(spelling)), spelling.chars().count())
        } else {
            (self.found(), self.found_length())
        };
        let error = FilterError::new(self.column(), expected, found).over(length);
        Err(error.suggesting(nearest_operator(spelling)))
    }

    fn literal(&mut self) -> Result<Literal, FilterError> {
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
            // In quotes it would match nothing.
            _ if bare_word::is_known(word) => None,
            _ if word.starts_with(is_word) => Some(format!("`'{}'`", visible(word))),
            _ => None,
        };
        Err(self.error(VALUE).suggesting(meant))
    }

    /// Refuses `True`, `None` and the like, which are no values, with the comparison that means the
    /// same.
    fn refuse_word(&mut self, attribute: &str, operator: Operator, negated: bool) -> Result<(), FilterError> {
        match bare_word::meant(self.word(), attribute, operator, negated) {
            None => Ok(()),
            Some(meant) => Err(self.error(VALUE).suggesting(Some(meant))),
        }
    }

    /// What stands behind `PATH(`. `PATH()` is an empty path, but behind a text Plaso takes that
    /// text for the path, which nobody means.
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
                    let found = format!("`)`, where Plaso takes the text before, {text}");
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

    /// Steps over an escape sequence and adds what it stands for.
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
            // These are for regular expressions, which see the backslash.
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

fn chain(mut operands: Vec<Node>, of: fn(Vec<Node>) -> Node) -> Node {
    match operands.pop() {
        Some(only) if operands.is_empty() => only,
        last => {
            operands.extend(last);
            of(operands)
        }
    }
}

fn operator(spelling: &str) -> Option<Operator> {
    Operator::SPELLINGS
        .iter()
        .find(|(candidate, _)| candidate.eq_ignore_ascii_case(spelling))
        .map(|(_, operator)| *operator)
}

fn nearest_operator(spelling: &str) -> Option<String> {
    const NEGATED: [&str; 4] = ["is not", "not equals", "not contains", "not inset"];
    const FARTHEST: usize = 2;
    if spelling.is_empty() || spelling.len() > 20 {
        return None;
    }
    let spelling = spelling.to_lowercase();
    let sorted = |text: &str| {
        let mut letters: Vec<char> = text.chars().collect();
        letters.sort_unstable();
        letters
    };
    let letters = sorted(&spelling);
    Operator::SPELLINGS
        .iter()
        .map(|(candidate, _)| *candidate)
        .chain(NEGATED)
        // A word is no misspelt symbol.
        .filter(|candidate| candidate.starts_with(is_word) == spelling.starts_with(is_word))
        .map(|candidate| (strsim::osa_distance(&spelling, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= FARTHEST && *distance < candidate.len())
        // `=>` is as far from `==` as from `>=`, but has the letters of one of them.
        .min_by_key(|(distance, candidate)| (*distance, sorted(candidate) != letters))
        .map(|(_, candidate)| format!("`{candidate}`"))
}

fn is_one_of(word: &str, keywords: &[&str]) -> bool {
    keywords.iter().any(|keyword| keyword.eq_ignore_ascii_case(word))
}
