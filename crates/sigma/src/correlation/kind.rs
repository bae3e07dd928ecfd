//! The types of correlations.

use serde::Serialize;

/// What is counted or computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The number of records.
    EventCount,
    /// The number of different values of a field.
    ValueCount,
    /// The sum of a field's values.
    ValueSum,
    /// The mean of a field's values.
    ValueAvg,
    /// The median of a field's values.
    ValueMedian,
    /// The value below which this percentage of a field's values is.
    ValuePercentile(u8),
    /// Which rules have records.
    Temporal,
    /// Whether rules have records in the order of the list.
    TemporalOrdered,
}

impl Kind {
    /// Returns whether it computes with the values of fields.
    pub(super) fn needs_field(self) -> bool {
        !matches!(self, Self::EventCount | Self::Temporal | Self::TemporalOrdered)
    }

    /// Returns whether it is about which rules have records.
    pub(super) fn is_temporal(self) -> bool {
        matches!(self, Self::Temporal | Self::TemporalOrdered)
    }
}
