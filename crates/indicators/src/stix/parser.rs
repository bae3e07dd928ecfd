//! The grammar of STIX patterns.

use std::borrow::Cow;

use super::cursor::{Cursor, PatternError};

/// The longest pattern, in bytes.
const LONGEST_PATTERN: usize = 256 << 10;

/// The maximum depth of parentheses.
const MAXIMUM_DEPTH: u32 = 32;

/// A pattern.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Pattern<'a> {
    Test(Test<'a>),
    All(Vec<Pattern<'a>>),
    Any(Vec<Pattern<'a>>),
    /// It asks for several events, by this operator.
    SeveralEvents {
        written: &'a str,
        operator: &'static str,
    },
}

/// A test of one property.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Test<'a> {
    pub(super) written: &'a str,
    pub(super) object: &'a str,
    /// The properties, joined by dots, without indices of lists.
    pub(super) path: String,
    pub(super) is_negated: bool,
    pub(super) operator: Operator,
    pub(super) values: Vec<Constant<'a>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Equal,
    In,
    Like,
    Matches,
    IsSubset,
    /// One that is not supported.
    Other(&'static str),
}

/// A constant.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Constant<'a> {
    Text(Cow<'a, str>),
    /// A number, a truth value, a time, or bytes, as written.
    Other(&'a str),
}

const OPERATORS: [(&str, Operator); 12] = [
    ("==", Operator::Equal),
    ("=", Operator::Equal),
    ("!=", Operator::Other("!=")),
    ("<>", Operator::Other("<>")),
    (">=", Operator::Other(">=")),
    ("<=", Operator::Other("<=")),
    (">", Operator::Other(">")),
    ("<", Operator::Other("<")),
    ("LIKE", Operator::Like),
    ("MATCHES", Operator::Matches),
    ("ISSUBSET", Operator::IsSubset),
    ("ISSUPERSET", Operator::Other("ISSUPERSET")),
];

/// Parses a pattern.
pub(super) fn parse(text: &str) -> Result<Pattern<'_>, PatternError> {
    let mut parser = Parser { cursor: Cursor::new(text), depth: 0 };
    if text.len() > LONGEST_PATTERN {
        let reason = format!("the pattern is longer than {} KiB", LONGEST_PATTERN >> 10);
        return Err(parser.cursor.error(reason));
    }
    let pattern = parser.sequence()?;
    if !parser.cursor.is_at_end() {
        return Err(parser.cursor.expected("AND, OR or the end of the pattern"));
    }
    Ok(pattern)
}

struct Parser<'a> {
    cursor: Cursor<'a>,
    depth: u32,
}

impl<'a> Parser<'a> {
    /// Observations, joined by FOLLOWEDBY.
    fn sequence(&mut self) -> Result<Pattern<'a>, PatternError> {
        let start = self.cursor.position();
        let first = self.alternative_observations()?;
        let mut is_alone = true;
        while self.cursor.take_keyword("FOLLOWEDBY") {
            self.alternative_observations()?;
            is_alone = false;
        }
        Ok(if is_alone { first } else { self.several_events(start, "FOLLOWEDBY") })
    }

    fn alternative_observations(&mut self) -> Result<Pattern<'a>, PatternError> {
        let mut alternatives = vec![self.joint_observations()?];
        while self.cursor.take_keyword("OR") {
            alternatives.push(self.joint_observations()?);
        }
        Ok(one_or(alternatives, Pattern::Any))
    }

    fn joint_observations(&mut self) -> Result<Pattern<'a>, PatternError> {
        let start = self.cursor.position();
        let first = self.observation()?;
        let mut is_alone = true;
        while self.cursor.take_keyword("AND") {
            self.observation()?;
            is_alone = false;
        }
        Ok(if is_alone { first } else { self.several_events(start, "AND between observations") })
    }

    /// Tests of one event in square brackets, or a part in parentheses, with its qualifiers.
    fn observation(&mut self) -> Result<Pattern<'a>, PatternError> {
        let start = self.cursor.position();
        let found = if self.cursor.take("[") {
            let found = self.alternatives()?;
            self.cursor.require("]")?;
            found
        } else if self.cursor.take("(") {
            let found = self.nested(Self::sequence)?;
            self.cursor.require(")")?;
            found
        } else {
            return Err(self.cursor.expected("`[` or `(`"));
        };
        let mut first = None;
        while let Some(qualifier) = self.qualifier()? {
            first.get_or_insert(qualifier);
        }
        Ok(first.map_or(found, |qualifier| self.several_events(start, qualifier)))
    }

    fn qualifier(&mut self) -> Result<Option<&'static str>, PatternError> {
        if self.cursor.take_keyword("WITHIN") {
            self.number()?;
            self.keyword("SECONDS")?;
            Ok(Some("WITHIN"))
        } else if self.cursor.take_keyword("REPEATS") {
            self.number()?;
            self.keyword("TIMES")?;
            Ok(Some("REPEATS"))
        } else if self.cursor.take_keyword("START") {
            self.constant()?;
            self.keyword("STOP")?;
            self.constant()?;
            Ok(Some("START"))
        } else {
            Ok(None)
        }
    }

    fn keyword(&mut self, keyword: &str) -> Result<(), PatternError> {
        if self.cursor.take_keyword(keyword) { Ok(()) } else { Err(self.cursor.expected(keyword)) }
    }

    fn several_events(&self, start: usize, operator: &'static str) -> Pattern<'a> {
        Pattern::SeveralEvents { written: self.cursor.since(start), operator }
    }

    fn alternatives(&mut self) -> Result<Pattern<'a>, PatternError> {
        let mut alternatives = vec![self.conjunction()?];
        while self.cursor.take_keyword("OR") {
            alternatives.push(self.conjunction()?);
        }
        Ok(one_or(alternatives, Pattern::Any))
    }

    fn conjunction(&mut self) -> Result<Pattern<'a>, PatternError> {
        let mut parts = vec![self.test()?];
        while self.cursor.take_keyword("AND") {
            parts.push(self.test()?);
        }
        Ok(one_or(parts, Pattern::All))
    }

    fn test(&mut self) -> Result<Pattern<'a>, PatternError> {
        if self.cursor.take("(") {
            let found = self.nested(Self::alternatives)?;
            self.cursor.require(")")?;
            return Ok(found);
        }
        let start = self.cursor.position();
        let exists = self.cursor.take_keyword("EXISTS");
        let (object, path) = self.path()?;
        let is_negated = self.cursor.take_keyword("NOT");
        let (operator, values) = match exists {
            true => (Operator::Other("EXISTS"), Vec::new()),
            false => self.operation()?,
        };
        let written = self.cursor.since(start);
        Ok(Pattern::Test(Test { written, object, path, is_negated, operator, values }))
    }

    fn operation(&mut self) -> Result<(Operator, Vec<Constant<'a>>), PatternError> {
        if self.cursor.take_keyword("IN") {
            self.cursor.require("(")?;
            let mut values = vec![self.constant()?];
            while self.cursor.take(",") {
                values.push(self.constant()?);
            }
            self.cursor.require(")")?;
            return Ok((Operator::In, values));
        }
        let operator = OPERATORS.into_iter().find(|(sign, _)| {
            let is_word = sign.as_bytes()[0].is_ascii_alphabetic();
            if is_word { self.cursor.take_keyword(sign) } else { self.cursor.take(sign) }
        });
        let Some((_, operator)) = operator else {
            return Err(self.cursor.expected("an operator such as `=`, IN, LIKE or MATCHES"));
        };
        Ok((operator, vec![self.constant()?]))
    }

    /// `type:property.'property'[*].property`.
    fn path(&mut self) -> Result<(&'a str, String), PatternError> {
        let object = self.cursor.take_word();
        if object.is_empty() {
            return Err(self.cursor.expected("a property such as file:name"));
        }
        self.cursor.require(":")?;
        let mut path = self.property()?.into_owned();
        loop {
            if self.cursor.take(".") {
                path.push('.');
                path += &self.property()?;
            } else if self.cursor.take("[") {
                if !self.cursor.take("*") {
                    self.number()?;
                }
                self.cursor.require("]")?;
            } else {
                return Ok((object, path));
            }
        }
    }

    fn property(&mut self) -> Result<Cow<'a, str>, PatternError> {
        if self.cursor.rest().starts_with('\'') {
            return self.cursor.take_text();
        }
        let word = self.cursor.take_word();
        if word.is_empty() { Err(self.cursor.expected("the name of a property")) } else { Ok(word.into()) }
    }

    fn constant(&mut self) -> Result<Constant<'a>, PatternError> {
        let start = self.cursor.position();
        let rest = self.cursor.rest();
        if rest.starts_with('\'') {
            return Ok(Constant::Text(self.cursor.take_text()?));
        }
        // A time, or bytes as hexadecimal digits or in Base64.
        if rest.get(1..2) == Some("'") && rest.starts_with(['t', 'h', 'b']) {
            self.cursor.take(&rest[..1]);
            self.cursor.take_text()?;
            return Ok(Constant::Other(self.cursor.since(start)));
        }
        if !self.cursor.peek_word().eq_ignore_ascii_case("true")
            && !self.cursor.peek_word().eq_ignore_ascii_case("false")
        {
            self.number()?;
        } else {
            self.cursor.take_word();
        }
        Ok(Constant::Other(self.cursor.since(start)))
    }

    fn number(&mut self) -> Result<(), PatternError> {
        let is_digit = |text: &str| text.starts_with(|first: char| first.is_ascii_digit());
        if !is_digit(self.cursor.rest().trim_start_matches(['-', '+'])) {
            return Err(self.cursor.expected("a number or a text in single quotation marks"));
        }
        self.cursor.take("+");
        self.cursor.take_word();
        if self.cursor.take(".") {
            self.cursor.take_word();
        }
        Ok(())
    }

    fn nested(
        &mut self,
        parse: impl FnOnce(&mut Self) -> Result<Pattern<'a>, PatternError>,
    ) -> Result<Pattern<'a>, PatternError> {
        self.depth += 1;
        if self.depth > MAXIMUM_DEPTH {
            return Err(self.cursor.error(format!("parentheses are nested more than {MAXIMUM_DEPTH} deep")));
        }
        let found = parse(self)?;
        self.depth -= 1;
        Ok(found)
    }
}

/// Returns the only part, or all parts joined.
fn one_or<'a>(mut parts: Vec<Pattern<'a>>, join: fn(Vec<Pattern<'a>>) -> Pattern<'a>) -> Pattern<'a> {
    if parts.len() == 1 { parts.remove(0) } else { join(parts) }
}
