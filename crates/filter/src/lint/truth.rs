//! Expressions that hold for no event, or for all.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use events::Value;

use super::finding::{Finding, Scope};
use crate::ast::{self, Comparison, Expression, Literal, Operator};
use crate::compile::Compiler;
use crate::data_types::DataTypes;
use crate::error::{FilterError, visible};
use crate::matcher::condition::Test;
use crate::matcher::node::Node;
use crate::matcher::scratch::Scratch;

/// How many comparisons that must hold together are compared with each other.
const MAXIMUM_COMPARED: usize = 300;

/// Attributes that are texts in every event.
const TEXTS: [&str; 2] = ["data_type", "timestamp_desc"];

const IN_TEXT: &str = "`inset` asks for a text in quotes, of which the value is a part";

/// What is odd about an expression, and whether it is that for which the expression never or always
/// matches.
pub(super) fn judge(
    expression: &Expression,
    compiler: &mut Compiler<'_>,
    scope: Scope,
) -> Result<Vec<Finding>, FilterError> {
    compiler.warn_of_grouping(expression);
    let mut judge = Judge { compiler, scope, found: Vec::new(), taken_over: 0 };
    judge.take_over_warnings();
    let judged = judge.node(&expression.root)?;
    let Judge { mut found, .. } = judge;
    let name = scope.name();
    let so = match judged.truth {
        Truth::Never => format!("; so the {name} never matches"),
        Truth::Always => format!("; so the {name} matches every event"),
        Truth::Open => return Ok(found),
    };
    if let Some(cause) = judged.cause.and_then(|cause| found.get_mut(cause)) {
        cause.message.push_str(&so);
    }
    Ok(found)
}

struct Judge<'c, 'n> {
    compiler: &'c mut Compiler<'n>,
    scope: Scope,
    found: Vec<Finding>,
    /// How many of the compiler's warnings are among what was found.
    taken_over: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Truth {
    Never,
    Always,
    Open,
}

impl Truth {
    fn of(truth: bool) -> Self {
        if truth { Self::Always } else { Self::Never }
    }
}

/// A part of an expression that was judged.
struct Judged<'e> {
    truth: Truth,
    /// What says so, as a position in what was found.
    cause: Option<usize>,
    /// The comparisons that must all hold for it to hold.
    conjuncts: Vec<(&'e Comparison, Node)>,
}

impl Judged<'_> {
    fn new(truth: Truth, cause: Option<usize>) -> Self {
        Self { truth, cause, conjuncts: Vec::new() }
    }
}

impl Judge<'_, '_> {
    /// Adds what the compiler has warned of since the last time; the position of the last of it.
    fn take_over_warnings(&mut self) -> Option<usize> {
        let new = &self.compiler.warnings[self.taken_over..];
        self.taken_over += new.len();
        let warned = !new.is_empty();
        self.found.extend(new.iter().map(|w| Finding::warning(w.columns.clone(), w.message.clone())));
        warned.then(|| self.found.len() - 1)
    }

    fn find(&mut self, columns: Range<usize>, message: String) -> usize {
        self.found.push(Finding::warning(columns, message));
        self.found.len() - 1
    }

    fn node<'e>(&mut self, node: &'e ast::Node) -> Result<Judged<'e>, FilterError> {
        match node {
            ast::Node::Comparison(comparison) => self.comparison(comparison),
            ast::Node::Not(operand) => {
                let judged = self.node(operand)?;
                Ok(Judged::new(
                    match judged.truth {
                        Truth::Never => Truth::Always,
                        Truth::Always => Truth::Never,
                        Truth::Open => Truth::Open,
                    },
                    judged.cause,
                ))
            }
            ast::Node::Or(operands) => {
                self.repeated(operands);
                let judged = self.all(operands)?;
                Ok(decided(&judged, Truth::Always))
            }
            ast::Node::And(operands) => {
                self.repeated(operands);
                let judged = self.all(operands)?;
                let decided = decided(&judged, Truth::Never);
                let conjuncts: Vec<_> = judged.into_iter().flat_map(|judged| judged.conjuncts).collect();
                if decided.truth == Truth::Open
                    && let Some(cause) = self.contradiction(node, &conjuncts)
                {
                    return Ok(Judged::new(Truth::Never, Some(cause)));
                }
                Ok(Judged { conjuncts, ..decided })
            }
        }
    }

    fn all<'e>(&mut self, operands: &'e [ast::Node]) -> Result<Vec<Judged<'e>>, FilterError> {
        operands.iter().map(|operand| self.node(operand)).collect()
    }

    fn comparison<'e>(&mut self, comparison: &'e Comparison) -> Result<Judged<'e>, FilterError> {
        let compiled = self.compiler.leaf(comparison)?;
        let warned = self.take_over_warnings();
        if let Node::Constant(truth) = compiled {
            let hidden = comparison.attribute == "tag" && self.scope == Scope::Rule;
            let cause = match hidden {
                true => {
                    Some(self.find(comparison.columns(), "rules see no tags, so `tag` is not there".into()))
                }
                false => warned,
            };
            return Ok(Judged::new(Truth::of(truth), cause));
        }
        if let Some(why) = impossible(comparison).filter(|_| matches!(compiled, Node::Condition(_))) {
            let cause = match warned {
                Some(warned) => warned,
                None => {
                    let holds = if comparison.negated { "always holds" } else { "never holds" };
                    let message = format!("`{}` {holds}: {why}", visible(&comparison.to_string()));
                    self.find(comparison.columns(), message)
                }
            };
            return Ok(Judged::new(Truth::of(comparison.negated), Some(cause)));
        }
        if let Some(why) = says_little(comparison, &compiled) {
            let message = format!("`{}` {why}", visible(&comparison.to_string()));
            self.find(comparison.columns(), message);
        }
        Ok(Judged { conjuncts: vec![(comparison, compiled)], ..Judged::new(Truth::Open, None) })
    }

    /// Finds a comparison that stands twice in a chain.
    fn repeated(&mut self, operands: &[ast::Node]) {
        let mut seen = BTreeSet::new();
        for operand in operands {
            if let ast::Node::Comparison(comparison) = operand
                && !seen.insert(comparison.to_string())
            {
                let message = format!("`{}` stands here twice", visible(&comparison.to_string()));
                self.find(comparison.columns(), message);
            }
        }
    }

    /// Finds two comparisons that cannot hold for the same event.
    fn contradiction(&mut self, and: &ast::Node, conjuncts: &[(&Comparison, Node)]) -> Option<usize> {
        let conjuncts = &conjuncts[..conjuncts.len().min(MAXIMUM_COMPARED)];
        if let Some((first, second)) = fixed_otherwise(conjuncts).or_else(|| empty_range(conjuncts)) {
            let text = |comparison: &Comparison| visible(&comparison.to_string());
            let message = format!("`{}` and `{}` never hold together", text(first), text(second));
            return Some(self.find(second.columns(), message));
        }
        let types = DataTypes::of(and)?;
        types
            .names
            .is_empty()
            .then(|| self.find(and.columns(), "the data types that are asked for exclude each other".into()))
    }
}

/// What operands come to if one of this truth decides; the others must be of the other truth all.
fn decided<'e>(operands: &[Judged<'_>], decisive: Truth) -> Judged<'e> {
    let other = if decisive == Truth::Never { Truth::Always } else { Truth::Never };
    if let Some(one) = operands.iter().find(|operand| operand.truth == decisive) {
        return Judged::new(decisive, one.cause);
    }
    if operands.iter().all(|operand| operand.truth == other) {
        return Judged::new(other, operands.iter().find_map(|operand| operand.cause));
    }
    Judged::new(Truth::Open, None)
}

/// Why no value of any attribute satisfies the comparison, negated or not.
fn impossible(comparison: &Comparison) -> Option<String> {
    let Comparison { attribute, operator, literal, .. } = comparison;
    let is_number = matches!(literal, Literal::Integer(_) | Literal::Float(_));
    let is_nothing = match literal {
        Literal::Text(text) => text.is_empty(),
        Literal::Integer(number) => *number == 0,
        Literal::Float(number) => *number == 0.0,
        _ => false,
    };
    match (operator, literal) {
        (Operator::Equal, _) if is_nothing => Some("a value that is empty or 0 satisfies no operator".into()),
        (Operator::NotEqual, _) => None,
        (Operator::InSet, _) if is_in_no_text(comparison) => {
            // Negated it holds for events that do not have the attribute.
            (!comparison.negated).then(|| IN_TEXT.into())
        }
        (Operator::InSet, _) => None,
        // The compiler has warned of it.
        (_, Literal::DateTime(..)) => Some("only `timestamp` is compared with a date-time".into()),
        (Operator::Regexp | Operator::InsensitiveRegexp, Literal::Text(pattern)) => {
            cannot_match(pattern).then(|| "the regular expression matches nothing".into())
        }
        (Operator::Regexp | Operator::InsensitiveRegexp, _) => None,
        _ if is_number && TEXTS.contains(&attribute.as_str()) => {
            Some(format!("`{attribute}` is a text, which is compared with a number"))
        }
        _ => None,
    }
}

/// Whether the comparison is an `inset` of something that is not a text.
fn is_in_no_text(comparison: &Comparison) -> bool {
    comparison.operator == Operator::InSet && !matches!(comparison.literal, Literal::Text(_))
}

/// Whether a pattern asks for something before the beginning or behind the end of a text. Only
/// patterns without alternatives, groups, classes and escapes are looked at, so that it is certain.
fn cannot_match(pattern: &str) -> bool {
    if pattern.contains(['\\', '(', '[', '|', '#']) {
        return false;
    }
    let characters: Vec<char> = pattern.chars().collect();
    let is_plain =
        |at: usize| characters.get(at).is_some_and(|c| c.is_alphanumeric() || matches!(c, '/' | '_' | '-'));
    let is_optional = |at: usize| matches!(characters.get(at), Some('?' | '*' | '{'));
    characters.iter().enumerate().any(|(at, c)| match c {
        '^' => at > 0 && is_plain(at - 1) && !is_optional(at + 1),
        '$' => is_plain(at + 1) && !is_optional(at + 2),
        _ => false,
    })
}

/// What is said of a comparison that holds for whatever has the attribute.
fn says_little(comparison: &Comparison, compiled: &Node) -> Option<String> {
    let Node::Condition(condition) = compiled else { return None };
    let attribute = &comparison.attribute;
    if condition.negated {
        return is_in_no_text(comparison)
            .then(|| format!("holds only for events without `{attribute}`: {IN_TEXT}"));
    }
    match &condition.test {
        Test::Contains(needle) if needle.exact.is_empty() => {
            Some(format!("holds for every event that has a text in `{attribute}`"))
        }
        Test::Regexp(pattern) if pattern.is_found_everywhere() => {
            Some(format!("holds for every event that has a text in `{attribute}`"))
        }
        Test::InSet(Some(text)) if text.is_empty() => Some("holds for no text".into()),
        _ => None,
    }
}

/// Two comparisons of an attribute, one of which says what its value is and the other that it is
/// another.
fn fixed_otherwise<'e>(conjuncts: &[(&'e Comparison, Node)]) -> Option<(&'e Comparison, &'e Comparison)> {
    let scratch = Scratch::default();
    for (fixing, compiled) in conjuncts {
        let value = match (&fixing.literal, fixing.operator, compiled) {
            (Literal::Text(text), Operator::Equal, Node::Condition(_)) => Value::String(text.into()),
            (Literal::Integer(number), Operator::Equal, Node::Condition(_)) => Value::Integer(*number),
            _ => continue,
        };
        if fixing.negated {
            continue;
        }
        let is_text = matches!(value, Value::String(_));
        for (other, compiled) in conjuncts.iter().filter(|(other, _)| other.attribute == fixing.attribute) {
            let Node::Condition(condition) = compiled else { continue };
            // 5, 5.0 and True are equal, but only one of them is formatted as 5.
            if !is_text && matches!(condition.test, Test::Regexp(_)) {
                continue;
            }
            if !condition.holds_for(Some(&value), &scratch) {
                let in_order = fixing.attribute_column < other.attribute_column;
                return Some(if in_order { (fixing, other) } else { (other, fixing) });
            }
        }
    }
    None
}

/// A bound: the number, whether it is excluded, and what says so.
type Bound<'e> = (i128, bool, &'e Comparison);

/// Two comparisons of a time or number that leave no value between them.
fn empty_range<'e>(conjuncts: &[(&'e Comparison, Node)]) -> Option<(&'e Comparison, &'e Comparison)> {
    let mut ranges: BTreeMap<&str, (Option<Bound<'e>>, Option<Bound<'e>>)> = BTreeMap::new();
    for (comparison, compiled) in conjuncts.iter().filter(|(comparison, _)| !comparison.negated) {
        let (attribute, number) = match (compiled, &comparison.literal) {
            (Node::Time(condition), _) => ("timestamp", condition.microseconds),
            (_, Literal::Integer(number)) => (comparison.attribute.as_str(), *number),
            _ => continue,
        };
        let (least, most) = ranges.entry(attribute).or_default();
        let excluded = matches!(comparison.operator, Operator::Less | Operator::Greater);
        let bound = (number, excluded, *comparison);
        let (raises, lowers) = match comparison.operator {
            Operator::Equal => (true, true),
            Operator::Greater | Operator::GreaterOrEqual => (true, false),
            Operator::Less | Operator::LessOrEqual => (false, true),
            _ => continue,
        };
        if raises && least.is_none_or(|(held, held_excluded, _)| (held, held_excluded) < (number, excluded)) {
            *least = Some(bound);
        }
        if lowers && most.is_none_or(|(held, held_excluded, _)| (held, !held_excluded) > (number, !excluded))
        {
            *most = Some(bound);
        }
        if let (Some((low, low_excluded, low_by)), Some((high, high_excluded, high_by))) = (*least, *most)
            && (low > high || (low == high && (low_excluded || high_excluded)))
        {
            let in_order = low_by.attribute_column < high_by.attribute_column;
            return Some(if in_order { (low_by, high_by) } else { (high_by, low_by) });
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::cannot_match;

    #[test]
    fn patterns_that_match_nothing() {
        for pattern in ["a$b", "foo^bar", "x$/y", "a^"] {
            assert!(cannot_match(pattern), "{pattern}");
        }
        for pattern in ["^a$", "a$", "a*^b", "a^?", "a$b?", "a$b*", r"a\$b", "(a|b)$c", "[$a]", "x?^a", "$"] {
            assert!(!cannot_match(pattern), "{pattern}");
        }
    }
}
