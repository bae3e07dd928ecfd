//! What is found, and how it is looked for.

use crate::model::{Details, Indicator, IndicatorId, Kind, ListId};

/// How indicators are compared with events.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// Values are also looked for in texts for people.
    pub text: bool,
    /// A URL is found if an indicator is its beginning.
    pub url_prefix: bool,
}

/// The number of a finding: an indicator, or a combination of indicators.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FindingId(pub u32);

/// What a finding is about.
#[derive(Debug, Clone)]
pub struct Finding<'a> {
    /// The list.
    pub list: ListId,
    /// The line in the list's file.
    pub line: u32,
    /// The kind of the indicator, or `None` for a combination.
    pub kind: Option<Kind>,
    /// The indicator, or `None` for a combination.
    pub indicator: Option<Indicator<'a>>,
    /// The value as the list has it.
    pub value: String,
    /// What the list says about it.
    pub details: Details<'a>,
}

/// A value of an event that meets an indicator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Met {
    /// The indicator.
    pub indicator: IndicatorId,
    /// The attribute that has the value.
    pub attribute: String,
    /// The value, or the part of a long one that has the indicator.
    pub value: String,
    /// Whether the value is cut.
    pub is_cut: bool,
}

/// The values of an event that meet indicators.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Explained {
    /// The values, each with one indicator.
    pub met: Vec<Met>,
    /// How many more there are.
    pub left_out: usize,
}
