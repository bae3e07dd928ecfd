//! A correlation that can be evaluated.

use serde::Serialize;

use super::condition::Condition;
use super::kind::Kind;
use super::read::Unresolved;
use crate::rule::Metadata;

/// A correlation that can be evaluated.
#[derive(Debug, Clone, Serialize)]
pub struct Correlation {
    /// What the rule says about itself.
    #[serde(flatten)]
    pub metadata: Metadata,
    /// The label of the records that made it fire.
    pub label: String,
    /// Whether records get the label. If only other correlations refer to this one, they do not.
    pub gives_label: bool,
    /// What is counted or computed.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// The fields that must have the same values in all records of a window.
    pub group_by: Vec<String>,
    /// The length of a window, in microseconds.
    #[serde(skip)]
    pub timespan: i64,
    /// What must be true of a window.
    #[serde(skip)]
    pub condition: Condition,
    /// What the correlation refers to, in the order of its list.
    #[serde(skip)]
    pub inputs: Vec<Input>,
    /// The fields whose values are counted or computed with, in their order.
    #[serde(skip)]
    pub fields: Vec<String>,
}

/// A rule or correlation that a correlation refers to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    /// What is referred to.
    pub source: Source,
    /// Where the source has the values that the correlation needs: first those of `group_by`, then
    /// those of `fields`, then those that other correlations need of it.
    pub values: Vec<usize>,
}

/// What a correlation refers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// A position in [`Collection::used`](crate::Collection::used).
    Rule(usize),
    /// A position in [`Collection::correlations`](crate::Collection::correlations). It is lower
    /// than that of the correlation that refers to it.
    Correlation(usize),
}

impl Unresolved {
    /// Returns the correlation with these inputs.
    pub(crate) fn resolved(
        self,
        metadata: Metadata,
        label: String,
        gives_label: bool,
        inputs: Vec<Input>,
    ) -> Correlation {
        let Self { kind, group_by, timespan, condition, fields, .. } = self;
        Correlation { metadata, label, gives_label, kind, group_by, timespan, condition, inputs, fields }
    }
}
