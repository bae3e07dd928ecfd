//! What must be true of the records in a window.

use std::collections::BTreeSet;

use serde::Serialize;

use super::number::millionths;
use crate::detection::Detection;
use crate::problem::Problem;
use crate::yaml::{Name, Node, Value};

/// What must be true of the records in a window.
#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    /// A number of the window meets all of these.
    Number(Vec<Threshold>),
    /// The rules with records in the window meet this.
    Rules(Presence),
}

/// A comparison with a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Threshold {
    /// How the numbers are compared.
    pub operator: Operator,
    /// The number that the window's is compared with, in millionths.
    pub number: i128,
}

/// How two numbers are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Operator {
    /// Less than.
    Lt,
    /// Less than or equal to.
    Lte,
    /// Greater than.
    Gt,
    /// Greater than or equal to.
    Gte,
    /// Equal to.
    Eq,
    /// Not equal to.
    Neq,
}

/// Which rules have records in a window. Rules are positions in the list of the correlation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Presence {
    /// All of these hold.
    All(Vec<Presence>),
    /// One of these holds.
    Any(Vec<Presence>),
    /// This does not hold.
    Not(Box<Presence>),
    /// A rule has a record in the window.
    Rule(usize),
}

impl Operator {
    pub(super) const ALL: [(&'static str, Self); 6] = [
        ("lt", Self::Lt),
        ("lte", Self::Lte),
        ("gt", Self::Gt),
        ("gte", Self::Gte),
        ("eq", Self::Eq),
        ("neq", Self::Neq),
    ];
}

impl Threshold {
    /// Returns whether a number meets the threshold. The number is `times` as large as the one that
    /// is meant, in millionths.
    #[must_use]
    pub fn holds(self, number: i128, times: i128) -> bool {
        let order = number.cmp(&self.number.saturating_mul(times));
        match self.operator {
            Operator::Lt => order.is_lt(),
            Operator::Lte => order.is_le(),
            Operator::Gt => order.is_gt(),
            Operator::Gte => order.is_ge(),
            Operator::Eq => order.is_eq(),
            Operator::Neq => order.is_ne(),
        }
    }
}

impl Presence {
    /// Returns whether this holds if `is_present` says which rules have records.
    pub fn holds(&self, is_present: &dyn Fn(usize) -> bool) -> bool {
        match self {
            Self::All(all) => all.iter().all(|one| one.holds(is_present)),
            Self::Any(any) => any.iter().any(|one| one.holds(is_present)),
            Self::Not(one) => !one.holds(is_present),
            Self::Rule(rule) => is_present(*rule),
        }
    }

    /// Returns the presence of each of so many rules.
    pub(super) fn of_all(rules: usize) -> Self {
        Self::All((0..rules).map(Self::Rule).collect())
    }

    /// Makes a presence of a condition whose tests have positions of rules in the place of fields.
    pub(super) fn of_detection(detection: &Detection) -> Self {
        let all = |all: &[Detection]| all.iter().map(Self::of_detection).collect();
        match detection {
            Detection::All(conditions) => Self::All(all(conditions)),
            Detection::Any(conditions) => Self::Any(all(conditions)),
            Detection::Not(condition) => Self::Not(Box::new(Self::of_detection(condition))),
            Detection::Test(test) => {
                let position = test.field.as_ref().and_then(|position| position.parse().ok());
                Self::Rule(position.unwrap_or(usize::MAX))
            }
        }
    }

    /// Adds the rules that this names.
    pub(super) fn rules(&self, found: &mut BTreeSet<usize>) {
        match self {
            Self::All(all) | Self::Any(all) => all.iter().for_each(|one| one.rules(found)),
            Self::Not(one) => one.rules(found),
            Self::Rule(rule) => drop(found.insert(*rule)),
        }
    }

    /// Returns whether only `and` joins the rules.
    pub(super) fn is_conjunction(&self) -> bool {
        match self {
            Self::All(all) => all.iter().all(Self::is_conjunction),
            Self::Rule(_) => true,
            Self::Any(_) | Self::Not(_) => false,
        }
    }
}

/// A condition with operators, such as `gte: 10`.
#[derive(Debug, Default)]
pub(super) struct Comparison {
    pub(super) thresholds: Vec<Threshold>,
    pub(super) fields: Vec<String>,
    pub(super) percentile: Option<u8>,
}

impl Comparison {
    pub(super) fn read(condition: &Node) -> Result<Self, Problem> {
        let mut read = Self::default();
        for (name, value) in condition.members() {
            read.member(name, value)?;
        }
        if read.thresholds.is_empty() {
            let operators = Operator::ALL.map(|(name, _)| name).join(", ");
            return Err(Problem::wrong(condition.place, format!("the condition needs one of {operators}")));
        }
        Ok(read)
    }

    fn member(&mut self, name: &Name, value: &Node) -> Result<(), Problem> {
        let refused = |reason: String| Err(Problem::wrong(value.place, reason));
        if let Some((_, operator)) = Operator::ALL.iter().find(|(known, _)| *known == name.text) {
            return match value.text().and_then(millionths) {
                Some(number) => {
                    self.thresholds.push(Threshold { operator: *operator, number });
                    Ok(())
                }
                None => refused(format!("`{}` needs a number", name.text)),
            };
        }
        match (name.text.as_str(), &value.value) {
            ("field", Value::Text(_) | Value::List(_)) => {
                self.fields = texts(value)?;
                Ok(())
            }
            ("percentile", Value::Number(number)) => match number.parse() {
                Ok(percentile @ 0..=100) => {
                    self.percentile = Some(percentile);
                    Ok(())
                }
                _ => refused("`percentile` needs a whole number from 0 to 100".into()),
            },
            ("field" | "percentile", _) => refused(format!("`{}` has no value that it can have", name.text)),
            (other, _) => Err(Problem::wrong(name.place, format!("a condition has no `{other}`"))),
        }
    }
}

/// Returns the texts of a list, or a single text.
pub(super) fn texts(value: &Node) -> Result<Vec<String>, Problem> {
    let text = |value: &Node| match value.text() {
        Some(text) if !text.trim().is_empty() => Ok(text.trim().to_owned()),
        _ => Err(Problem::wrong(value.place, "expected a name".into())),
    };
    value.list().iter().map(text).collect()
}
