//! The syntax tree of an expression. Its printed form can be parsed again.

use std::fmt;
use std::ops::Range;

use crate::condition::{Condition, Test};
use crate::quoted::quoted;

/// A parsed event filter expression.
///
/// The printed form of an expression parses to an equal expression. Equality ignores the positions
/// in the source.
#[derive(Debug, Clone)]
pub struct Expression {
    pub(crate) root: Node,
    /// Whether Plaso would group the expression differently. Parentheses would avoid this.
    pub(crate) plaso_differs: bool,
}

impl PartialEq for Expression {
    fn eq(&self, other: &Self) -> bool {
        self.root == other.root
    }
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Node {
    /// Two or more conditions that must all hold. A whole chain is one level, so that a long chain
    /// is not deep.
    And(Vec<Node>),
    /// Two or more conditions, of which at least one must hold.
    Or(Vec<Node>),
    Not(Box<Node>),
    /// A comparison in Plaso's language.
    Comparison(Comparison),
    /// A test of another language.
    Test(Box<Test>),
}

#[derive(Debug, Clone)]
pub(crate) struct Comparison {
    pub(crate) attribute: String,
    pub(crate) negated: bool,
    pub(crate) operator: Operator,
    pub(crate) literal: Literal,
    /// The columns where the attribute and the value begin, and the column after the value.
    pub(crate) attribute_column: usize,
    pub(crate) literal_column: usize,
    pub(crate) end_column: usize,
}

impl Comparison {
    /// Returns the columns of the comparison in the source.
    pub(crate) fn columns(&self) -> Range<usize> {
        self.attribute_column..self.end_column
    }

    /// Returns the length of the value in the source, in characters.
    pub(crate) fn literal_length(&self) -> usize {
        self.end_column - self.literal_column
    }
}

impl PartialEq for Comparison {
    fn eq(&self, other: &Self) -> bool {
        (&self.attribute, self.negated, self.operator, &self.literal)
            == (&other.attribute, other.negated, other.operator, &other.literal)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Operator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Contains,
    InSet,
    Regexp,
    InsensitiveRegexp,
}

impl Operator {
    /// The spellings of the operators. The first spelling of each is the printed one.
    pub(crate) const SPELLINGS: [(&'static str, Self); 12] = [
        ("is", Self::Equal),
        ("==", Self::Equal),
        ("equals", Self::Equal),
        ("!=", Self::NotEqual),
        ("<", Self::Less),
        ("<=", Self::LessOrEqual),
        (">", Self::Greater),
        (">=", Self::GreaterOrEqual),
        ("contains", Self::Contains),
        ("inset", Self::InSet),
        ("regexp", Self::Regexp),
        ("iregexp", Self::InsensitiveRegexp),
    ];

    pub(crate) fn as_str(self) -> &'static str {
        Self::SPELLINGS.iter().find(|(_, operator)| *operator == self).map_or("", |(spelling, _)| spelling)
    }
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Literal {
    Text(String),
    Integer(i128),
    Float(f64),
    /// `DATETIME(…)`: microseconds since 1970-01-01 00:00:00 UTC, and the text if it was written as
    /// a text.
    DateTime(i128, Option<String>),
    /// `PATH('…')`
    Path(String),
}

impl Literal {
    /// Returns the name of the literal's type for messages, in the same words as
    /// `events::Value::type_name`.
    pub(crate) fn type_name(&self) -> &'static str {
        match self {
            Self::Text(_) => "a text",
            Self::Integer(_) => "an integer",
            Self::Float(_) => "a floating-point number",
            Self::DateTime(..) => "a date-time",
            Self::Path(_) => "a path",
        }
    }
}

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.root.fmt(f)
    }
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::And(operands) => chain(f, operands, " and "),
            Self::Or(operands) => chain(f, operands, " or "),
            Self::Not(operand) => {
                f.write_str("not ")?;
                operand.operand(f)
            }
            Self::Comparison(comparison) => comparison.fmt(f),
            Self::Test(test) => test.fmt(f),
        }
    }
}

impl From<Condition> for Expression {
    fn from(condition: Condition) -> Self {
        Self { root: condition.into(), plaso_differs: false }
    }
}

impl From<Condition> for Node {
    fn from(condition: Condition) -> Self {
        let all = |conditions: Vec<Condition>| conditions.into_iter().map(Self::from).collect();
        match condition {
            Condition::All(conditions) => Self::And(all(conditions)),
            Condition::Any(conditions) => Self::Or(all(conditions)),
            Condition::Not(condition) => Self::Not(Box::new((*condition).into())),
            Condition::Test(test) => Self::Test(Box::new(test)),
        }
    }
}

impl Node {
    /// Adds all comparisons of Plaso's language to `out`, from left to right.
    pub(crate) fn comparisons<'n>(&'n self, out: &mut Vec<&'n Comparison>) {
        match self {
            Self::And(operands) | Self::Or(operands) => {
                operands.iter().for_each(|operand| operand.comparisons(out));
            }
            Self::Not(operand) => operand.comparisons(out),
            Self::Comparison(comparison) => out.push(comparison),
            Self::Test(_) => {}
        }
    }

    /// Returns the columns from the start of the first comparison to the end of the last one.
    pub(crate) fn columns(&self) -> Range<usize> {
        match self {
            Self::And(operands) | Self::Or(operands) => {
                let start = operands.first().map_or(1, |first| first.columns().start);
                start..operands.last().map_or(start, |last| last.columns().end)
            }
            Self::Not(operand) => operand.columns(),
            Self::Comparison(comparison) => comparison.columns(),
            // Its front end knows where it was written.
            Self::Test(_) => 1..1,
        }
    }

    /// Returns what a single comparison compares.
    pub(crate) fn attribute(&self) -> String {
        match self {
            Self::Comparison(comparison) => comparison.attribute.clone(),
            Self::Test(test) => test.values.to_string(),
            Self::And(_) | Self::Or(_) | Self::Not(_) => String::new(),
        }
    }

    fn operand(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::And(_) | Self::Or(_) => write!(f, "({self})"),
            Self::Not(_) | Self::Comparison(_) | Self::Test(_) => write!(f, "{self}"),
        }
    }
}

fn chain(f: &mut fmt::Formatter<'_>, operands: &[Node], between: &str) -> fmt::Result {
    if operands.is_empty() {
        return f.write_str(if between == " and " { "always" } else { "never" });
    }
    for (number, operand) in operands.iter().enumerate() {
        if number > 0 {
            f.write_str(between)?;
        }
        operand.operand(f)?;
    }
    Ok(())
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let operator = self.operator.as_str();
        match operator {
            // People say it so.
            "is" if self.negated => write!(f, "{} is not {}", self.attribute, self.literal),
            _ if self.negated => write!(f, "{} not {operator} {}", self.attribute, self.literal),
            _ => write!(f, "{} {operator} {}", self.attribute, self.literal),
        }
    }
}

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => quoted(f, text),
            Self::Integer(number) => write!(f, "{number}"),
            // Rust never prints an exponent here, and omits the fraction only for whole numbers.
            Self::Float(number) if number.fract() == 0.0 => write!(f, "{number}.0"),
            Self::Float(number) => write!(f, "{number}"),
            Self::DateTime(_, Some(text)) => {
                f.write_str("DATETIME(")?;
                quoted(f, text)?;
                f.write_str(")")
            }
            Self::DateTime(microseconds, None) => write!(f, "DATETIME({microseconds})"),
            Self::Path(path) => {
                f.write_str("PATH(")?;
                quoted(f, path)?;
                f.write_str(")")
            }
        }
    }
}
