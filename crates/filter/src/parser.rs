//! Parses expressions into a syntax tree.
//!
//! There is no separate tokenizer. As in Plaso, the position decides whether `5` is a number or an
//! attribute, and whether `is` is an operator or an attribute.

mod cursor;
mod foreign;
mod literal;
mod operator;

use crate::FilterError;
use crate::ast::{Comparison, Expression, Node};
use crate::grouping::{FIRST_PASS, Join, Level};
use cursor::{Parser, is_one_of};
use operator::{GOES_WITH_NOT, NEGATABLE, known_operator};

/// The maximum length of an expression, in bytes.
pub const MAXIMUM_LENGTH: usize = 1 << 20;

/// How deeply parentheses and `not` may be nested.
pub const MAXIMUM_DEPTH: usize = 100;

impl Expression {
    /// Parses an expression. Returns `None` for an empty text, which matches every event.
    ///
    /// # Errors
    ///
    /// If the text is not a valid expression (white space alone is none, as in Plaso), is longer
    /// than [`MAXIMUM_LENGTH`], or is nested deeper than [`MAXIMUM_DEPTH`].
    pub fn parse(source: &str) -> Result<Option<Self>, FilterError> {
        Self::parse_in_line(source, 1)
    }

    /// Parses an expression that begins in this column of its line.
    pub(crate) fn parse_in_line(source: &str, column: usize) -> Result<Option<Self>, FilterError> {
        if source.len() > MAXIMUM_LENGTH {
            let found = format!("{} bytes", source.len());
            return Err(FilterError::new(column, format!("at most {MAXIMUM_LENGTH} bytes"), found));
        }
        if source.is_empty() {
            return Ok(None);
        }
        let mut parser = Parser::new(source, column);
        parser.skip_space();
        if parser.rest().is_empty() {
            return Err(FilterError::new(column, "an expression, or no text at all", "only white space"));
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

impl Parser<'_> {
    /// Parses operands joined by `and` and `or`. Returns them with the first pass in which Plaso
    /// can join them as a whole.
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
        if known_operator(attribute).is_some() && self.rest().starts_with(['\'', '"']) {
            self.at = start;
            self.counted = (start, attribute_column);
            return Err(self.error("an attribute name before the operator"));
        }
        let mut negated = self.take_not();
        let operator_column = self.column();
        let (spelling, operator) = self.operator(attribute, negated)?;
        self.skip_space();
        loop {
            let column = self.column();
            if !self.take_not() {
                break;
            }
            if negated {
                return Err(FilterError::new(column, "a value (only one `not` is allowed)", "`not`").over(3));
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
