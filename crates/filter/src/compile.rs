//! Compiles a parsed expression into conditions that events can be checked against.

mod patterns;
mod plaso_test;
mod subjects;

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use events::{AttributeNames, Reads};

use crate::ast::{self, Comparison, Expression, Literal, Operator};
use crate::condition::{self, Case, MAXIMUM_SEARCHED, Part, Piece, Values};
use crate::date_time;
use crate::error::FilterError;
use crate::error::visible;
use crate::fields::FieldNames;
use crate::matcher::check::{Check, Kind};
use crate::matcher::condition::{Condition, Test};
use crate::matcher::node::{Node, TimeCondition};
use crate::matcher::text_form::{LONGEST_AROUND_CHARACTERS, MOST_CHARACTERS, TextForm};
use crate::matcher::witness::LONGEST;
use crate::pattern::Flags;
use crate::subject::{Subject, TIMESTAMP};
use patterns::EXPECTED;
pub(crate) use patterns::Patterns;
use plaso_test::{order_test, test};

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
    /// The names of the attributes that conditions test, each once: a few thousand rules test the
    /// same ones some ten thousand times.
    tested_names: BTreeSet<Arc<str>>,
    /// How many bytes of texts are searched for.
    searched: usize,
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
            tested_names: BTreeSet::new(),
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
            ast::Node::Test(test) => self.test(test)?,
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
        let (column, length) = (comparison.literal_column, comparison.literal_length());
        self.count_searched(test.searched(LONGEST), column, length)?;
        let columns =
            comparison.attribute_column..comparison.attribute_column + comparison.attribute.chars().count();
        let Some(subject) = self.subject(&comparison.attribute, columns)? else {
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
        let (column, length) = (comparison.literal_column, comparison.literal_length());
        let source = match &comparison.literal {
            Literal::Text(text) => text.clone(),
            Literal::Integer(number) => number.to_string(),
            other => return Err(FilterError::new(column, EXPECTED, other.type_name()).over(length)),
        };
        let ignore_case = comparison.operator == Operator::InsensitiveRegexp;
        let flags = Flags { ignore_case, ..Flags::default() };
        Ok(Test::Regexp(Box::new(self.patterns.compile(&source, flags, column, length)?)))
    }

    /// Counts a text of this length that the matcher searches for, and refuses too many. The text
    /// has `length` characters at `column` of its source.
    fn count_searched(&mut self, searched: usize, column: usize, length: usize) -> Result<(), FilterError> {
        self.searched = self.searched.saturating_add(searched);
        if self.searched <= MAXIMUM_SEARCHED {
            return Ok(());
        }
        let expected = format!(
            "texts of at most {} MiB together after `contains` and in regular expressions (of each, {LONGEST} bytes \
             count)",
            MAXIMUM_SEARCHED >> 20
        );
        Err(FilterError::new(column, expected, "one more").over(length))
    }

    /// Compiles a test of a condition, which has no columns.
    pub(crate) fn test(&mut self, test: &condition::Test) -> Result<Node, FilterError> {
        if let Some(data_type) = asked_data_type(test) {
            // Every event has one data type, a text: what equals it in Plaso's language equals it
            // here, and is found as fast.
            return self.comparison(&data_type);
        }
        let (subject, attribute) = match &test.values {
            Values::Of(attribute) => (self.tested(attribute)?, attribute.as_str()),
            Values::OfEvent => {
                self.reads.event_data = true;
                (Some(Subject::AnyValue), "any value")
            }
        };
        let Some(subject) = subject else {
            return Ok(Node::Constant(false));
        };
        let kind = match &test.check {
            condition::Check::Text(part, text, case) => Kind::Text(TextForm::of_part(*part, text, *case)),
            condition::Check::Wildcard(pieces, case) => Kind::Text(wildcard(pieces, *case)?),
            condition::Check::Regex(regex) => {
                Kind::Regex(Box::new(self.patterns.compile(&regex.pattern, regex.flags(), 1, 1)?))
            }
            condition::Check::Number(order, number) => Kind::Number(*order, *number),
            condition::Check::Network(network) => Kind::Network(*network),
            condition::Check::Exists => Kind::Exists,
            condition::Check::OneOf(literals) => Kind::OneOf(Arc::clone(literals)),
            condition::Check::Member(condition) => return self.member(subject, condition),
            condition::Check::Attribute(part, other, case) => match self.tested(other)? {
                Some(other) => Kind::Other(*part, other, *case),
                None => return Ok(Node::Constant(false)),
            },
        };
        let check = Check { attribute: self.shared_name(attribute), subject, kind };
        self.count_searched(check.searched(LONGEST), 1, 1)?;
        Ok(Node::Check(Box::new(check)))
    }

    fn member(&mut self, subject: Subject, condition: &condition::Condition) -> Result<Node, FilterError> {
        match subject {
            Subject::Field(field) => Ok(Node::Member(field, Box::new(self.node(&condition.clone().into())?))),
            // Only registry keys have members.
            _ => Ok(Node::Constant(false)),
        }
    }

    fn shared_name(&mut self, attribute: &str) -> Arc<str> {
        if let Some(known) = self.tested_names.get(attribute) {
            return Arc::clone(known);
        }
        let name: Arc<str> = attribute.into();
        self.tested_names.insert(Arc::clone(&name));
        name
    }
}

/// Returns the comparison of the data type that a test makes, if it makes one.
fn asked_data_type(test: &condition::Test) -> Option<Comparison> {
    match (&test.values, &test.check) {
        (Values::Of(attribute), condition::Check::Text(Part::Whole, data_type, Case::Exact))
            if attribute == "data_type" && !data_type.is_empty() =>
        {
            Some(Comparison {
                attribute: attribute.clone(),
                negated: false,
                operator: Operator::Equal,
                literal: Literal::Text(data_type.clone()),
                attribute_column: 1,
                literal_column: 1,
                end_column: 1,
            })
        }
        _ => None,
    }
}

fn wildcard(pieces: &[Piece], case: Case) -> Result<TextForm, FilterError> {
    let form = TextForm::of_wildcard(pieces, case);
    if form.any_characters() > MOST_CHARACTERS {
        return Err(FilterError::new(1, format!("a wildcard with at most {MOST_CHARACTERS} `?`"), "more"));
    }
    if form.any_characters() > 0 && form.length() > LONGEST_AROUND_CHARACTERS {
        let expected = format!("a wildcard with `?` of at most {LONGEST_AROUND_CHARACTERS} bytes");
        return Err(FilterError::new(1, expected, "more"));
    }
    Ok(form)
}
