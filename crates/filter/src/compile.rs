//! Compiles a parsed expression into conditions that events can be checked against.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use events::{AttributeId, AttributeNames, Reads, StreamAttribute};

use crate::ast::{self, Comparison, Expression, Literal, Operator};
use crate::compare::Operand;
use crate::date_time;
use crate::error::FilterError;
use crate::error::visible;
use crate::fields::FieldNames;
use crate::matcher::condition::{Condition, Needle, Test};
use crate::matcher::node::{Node, TimeCondition};
use crate::matcher::witness::LONGEST;
use crate::path::Segments;
use crate::pattern::{BadPattern, MAXIMUM_PATTERN_SIZE, Pattern};
use crate::subject::{DEPRECATED, Subject, TIMESTAMP};

/// How many different attributes the expressions of a run may name. Each of them costs time for
/// every event.
const MAXIMUM_ATTRIBUTES: usize = 10_000;

/// How many regular expressions a filter or a tagging file may have.
const MAXIMUM_PATTERNS: usize = 10_000;

/// How much memory the regular expressions of a filter or a tagging file may take together, in
/// bytes. Each counts with its maximum size.
const MAXIMUM_PATTERN_MEMORY: usize = 1 << 30;

/// How many bytes of texts the expressions of a run may search for. The automaton for so many takes
/// about 1 GiB while it is made.
const MAXIMUM_SEARCHED: usize = 16 << 20;

/// A problem of an expression that can be compiled.
#[derive(Debug, Clone)]
pub(crate) struct Warning {
    pub(crate) columns: Range<usize>,
    pub(crate) message: String,
}

/// Compiles expressions. Collects the parts of an event that they read, and warnings about them.
#[derive(Debug)]
pub(crate) struct Compiler<'n> {
    names: &'n mut AttributeNames,
    /// Whether `tag` is visible.
    sees_labels: bool,
    pub(crate) reads: Reads,
    /// Each warning once, in the order of the source.
    pub(crate) warnings: Vec<Warning>,
    warned: BTreeSet<String>,
    pub(crate) patterns: Patterns,
    fields: FieldNames,
    /// How many bytes of texts are searched for.
    searched: usize,
}

/// The number of regular expressions compiled so far, and the memory that they may take together.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Patterns {
    count: usize,
    memory: usize,
}

impl<'n> Compiler<'n> {
    pub(crate) fn new(names: &'n mut AttributeNames, sees_labels: bool) -> Self {
        Self {
            names,
            sees_labels,
            reads: Reads::default(),
            warnings: Vec::new(),
            warned: BTreeSet::new(),
            patterns: Patterns::default(),
            fields: FieldNames::default(),
            searched: 0,
        }
    }

    /// Returns the fields inside attributes that the expressions compare.
    pub(crate) fn take_fields(&mut self) -> Arc<FieldNames> {
        Arc::new(std::mem::take(&mut self.fields))
    }

    pub(crate) fn compile(&mut self, expression: &Expression) -> Result<Node, FilterError> {
        self.warn_of_grouping(expression);
        self.node(&expression.root)
    }

    pub(crate) fn warn_of_grouping(&mut self, expression: &Expression) {
        if expression.plaso_differs {
            self.warn(
                expression.root.columns(),
                "Plaso joins the `or` before an `and` next to parentheses, but here `and` comes first; put \
                 parentheses around the `and` to get the same result in both"
                    .into(),
            );
        }
    }

    fn node(&mut self, node: &ast::Node) -> Result<Node, FilterError> {
        Ok(match node {
            ast::Node::And(operands) => Node::And(self.compile_all(operands)?),
            ast::Node::Or(operands) => Node::Or(self.compile_all(operands)?),
            ast::Node::Not(operand) => Node::Not(Box::new(self.node(operand)?)),
            ast::Node::Comparison(comparison) => self.leaf(comparison)?,
        })
    }

    /// Compiles a comparison, which becomes a node without children.
    pub(crate) fn leaf(&mut self, comparison: &Comparison) -> Result<Node, FilterError> {
        if TIMESTAMP.contains(&&*comparison.attribute) {
            self.time(comparison)
        } else {
            self.comparison(comparison)
        }
    }

    fn compile_all(&mut self, operands: &[ast::Node]) -> Result<Vec<Node>, FilterError> {
        operands.iter().map(|operand| self.node(operand)).collect()
    }

    fn warn(&mut self, columns: Range<usize>, message: String) {
        if self.warned.insert(message.clone()) {
            self.warnings.push(Warning { columns, message });
        }
    }

    /// Returns the messages of the warnings.
    pub(crate) fn messages(&self) -> Vec<String> {
        self.warnings.iter().map(|warning| warning.message.clone()).collect()
    }

    fn time(&mut self, comparison: &Comparison) -> Result<Node, FilterError> {
        if matches!(comparison.operator, Operator::Regexp | Operator::InsensitiveRegexp) {
            let expected = "a comparison of times such as `timestamp > DATETIME('2012-03-05')`";
            let found = format!("`{} {}`", comparison.attribute, comparison.operator.as_str());
            let length = comparison.end_column - comparison.attribute_column;
            return Err(FilterError::new(comparison.attribute_column, expected, found).over(length));
        }
        let refused = |found| {
            let error = FilterError::new(comparison.literal_column, date_time::EXPECTED, found);
            Err(error.over(comparison.literal_length()))
        };
        let microseconds = match &comparison.literal {
            Literal::DateTime(microseconds, _) => *microseconds,
            Literal::Integer(microseconds) => *microseconds,
            Literal::Text(text) => match date_time::parse_plain(text) {
                Some(microseconds) => microseconds,
                None => return refused(format!("`{}`", visible(text))),
            },
            Literal::Float(_) | Literal::Path(_) => return refused(comparison.literal.type_name().into()),
        };
        if !matches!(comparison.literal, Literal::DateTime(..)) {
            self.warn(
                comparison.literal_column..comparison.end_column,
                "a text or number that is compared with `timestamp` is read as a date and time; write DATETIME(…)"
                    .into(),
            );
        }
        let is_met = match comparison.operator {
            Operator::Contains | Operator::InSet => {
                let what = format!("`timestamp {}` never matches", comparison.operator.as_str());
                self.warn(comparison.columns(), what);
                // psort fails at `inset`, with or without `not`. `contains` does not hold, and `not
                // contains` holds.
                let holds = comparison.negated && comparison.operator == Operator::Contains;
                return Ok(Node::Constant(holds));
            }
            operator => order_test(operator),
        };
        Ok(Node::Time(TimeCondition { is_met, negated: comparison.negated, microseconds }))
    }

    fn comparison(&mut self, comparison: &Comparison) -> Result<Node, FilterError> {
        let test = match comparison.operator {
            Operator::Regexp | Operator::InsensitiveRegexp => self.pattern(comparison)?,
            _ => test(comparison),
        };
        self.count_searched(&test, comparison)?;
        let Some(subject) = self.subject(comparison)? else {
            return Ok(Node::Constant(comparison.negated));
        };
        if let Literal::DateTime(..) = comparison.literal {
            let attribute = visible(&comparison.attribute);
            let what = format!("`{attribute}` cannot be compared with a date-time; only `timestamp` can");
            self.warn(comparison.columns(), what);
        }
        Ok(Node::Condition(Box::new(Condition {
            attribute: comparison.attribute.as_str().into(),
            subject,
            negated: comparison.negated,
            operator: comparison.operator,
            test,
            literal_type: comparison.literal.type_name(),
        })))
    }

    fn pattern(&mut self, comparison: &Comparison) -> Result<Test, FilterError> {
        const EXPECTED: &str = "a regular expression";
        let column = comparison.literal_column;
        let source = match &comparison.literal {
            Literal::Text(text) => text.clone(),
            Literal::Integer(number) => number.to_string(),
            other => {
                let error = FilterError::new(column, EXPECTED, other.type_name());
                return Err(error.over(comparison.literal_length()));
            }
        };
        self.patterns.count += 1;
        // The check comes before compiling, so that a file with very many patterns does not take
        // for ever.
        self.check_patterns(comparison)?;
        let bad = |reason| {
            let found = format!("`{}` ({reason})", visible(&source));
            FilterError::new(column, EXPECTED, found).over(comparison.literal_length())
        };
        match Pattern::new(&source, comparison.operator == Operator::InsensitiveRegexp) {
            Ok(pattern) => {
                self.patterns.memory = self.patterns.memory.saturating_add(pattern.size);
                self.check_patterns(comparison)?;
                Ok(Test::Regexp(Box::new(pattern)))
            }
            Err(BadPattern::TooLarge(reason)) => {
                self.patterns.memory = self.patterns.memory.saturating_add(MAXIMUM_PATTERN_SIZE);
                Err(bad(reason))
            }
            Err(BadPattern::Other(reason)) => Err(bad(reason)),
        }
    }

    /// Counts the texts that the matcher searches for, and refuses too many.
    fn count_searched(&mut self, test: &Test, comparison: &Comparison) -> Result<(), FilterError> {
        let searched: usize = match test {
            Test::Contains(needle) => needle.lower.len().min(LONGEST),
            Test::Regexp(pattern) => {
                pattern.required().into_iter().flatten().map(|text| text.len().min(LONGEST)).sum()
            }
            _ => 0,
        };
        self.searched = self.searched.saturating_add(searched);
        if self.searched <= MAXIMUM_SEARCHED {
            return Ok(());
        }
        let expected = format!(
            "texts of at most {} MiB together after `contains` and in regular expressions (of each, {LONGEST} bytes \
             count)",
            MAXIMUM_SEARCHED >> 20
        );
        Err(FilterError::new(comparison.literal_column, expected, "one more")
            .over(comparison.literal_length()))
    }

    fn check_patterns(&self, comparison: &Comparison) -> Result<(), FilterError> {
        let expected = if self.patterns.count > MAXIMUM_PATTERNS {
            format!("at most {MAXIMUM_PATTERNS} regular expressions")
        } else if self.patterns.memory > MAXIMUM_PATTERN_MEMORY {
            format!(
                "regular expressions that take at most {} MiB of memory together",
                MAXIMUM_PATTERN_MEMORY >> 20
            )
        } else {
            return Ok(());
        };
        Err(FilterError::new(comparison.literal_column, expected, "one more")
            .over(comparison.literal_length()))
    }

    /// Returns where the attribute's value comes from, or `None` if no event has the attribute.
    fn subject(&mut self, comparison: &Comparison) -> Result<Option<Subject>, FilterError> {
        let attribute = comparison.attribute.as_str();
        if let Some((_, instead)) = DEPRECATED.iter().find(|(name, _)| *name == attribute) {
            let columns = comparison.attribute_column..comparison.attribute_column + attribute.len();
            self.warn(
                columns,
                format!("`{attribute}` is no longer an attribute, so no event has it; {instead}"),
            );
            return Ok(None);
        }
        if attribute == "timestamp_desc" {
            return Ok(Some(Subject::Description));
        }
        if attribute == "tag" {
            self.reads.labels |= self.sees_labels;
            return Ok(self.sees_labels.then_some(Subject::Labels));
        }
        self.reads.event_data = true;
        if let Some((base, field)) = FieldNames::split(attribute) {
            let id = self.register(comparison, base)?;
            return Ok(Some(Subject::Field(self.fields.register(id, base, field))));
        }
        let in_data = self.register(comparison, attribute)?;
        let in_stream = StreamAttribute::ALL.into_iter().find(|known| known.name() == attribute);
        Ok(Some(match in_stream {
            Some(in_stream) => {
                self.reads.stream.insert(in_stream);
                Subject::Stream(in_stream, in_data)
            }
            None => Subject::Data(in_data),
        }))
    }

    fn register(&mut self, comparison: &Comparison, attribute: &str) -> Result<AttributeId, FilterError> {
        let is_new = self.names.number_of(attribute.as_bytes()).is_none();
        if is_new && self.names.count() >= MAXIMUM_ATTRIBUTES {
            let expected = format!("at most {MAXIMUM_ATTRIBUTES} different attributes");
            let found = format!("`{}`", visible(attribute));
            let error = FilterError::new(comparison.attribute_column, expected, found);
            return Err(error.over(attribute.chars().count()));
        }
        Ok(self.names.register(attribute))
    }
}

fn order_test(operator: Operator) -> fn(Ordering) -> bool {
    match operator {
        Operator::NotEqual => Ordering::is_ne,
        Operator::Less => Ordering::is_lt,
        Operator::LessOrEqual => Ordering::is_le,
        Operator::Greater => Ordering::is_gt,
        Operator::GreaterOrEqual => Ordering::is_ge,
        _ => Ordering::is_eq,
    }
}

/// Returns the test of a comparison without a regular expression.
fn test(comparison: &Comparison) -> Test {
    let literal = &comparison.literal;
    let operand = Operand::of(literal);
    match comparison.operator {
        Operator::Equal => Test::Equals(operand),
        Operator::NotEqual => Test::Differs(operand),
        Operator::Contains => match literal {
            Literal::Text(text) => Test::Contains(Box::new(Needle::new(text))),
            Literal::Path(path) => Test::ContainsPath(Segments::of(path)),
            _ => Test::HasMember(operand),
        },
        Operator::InSet => Test::InSet(match literal {
            Literal::Text(text) => Some(text.as_str().into()),
            _ => None,
        }),
        order => Test::Order(order_test(order), operand),
    }
}
