//! Why indicators cannot be compared with events.

use crate::matching::written::written;
use crate::model::{Indicator, Indicators};

/// Indicators that cannot be compared with events.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}{reason}")]
pub struct BuildError {
    place: String,
    reason: String,
}

impl BuildError {
    /// A pattern of an indicator cannot be used.
    pub(super) fn new(indicators: &Indicators, indicator: &Indicator<'_>, reason: String) -> Self {
        let file = &indicators.list(indicator.list).file;
        Self { place: format!("{file}, line {}: `{}`: ", indicator.line, written(indicator)), reason }
    }

    /// All indicators together are too many.
    pub(super) fn of_all(reason: String) -> Self {
        Self { place: String::new(), reason }
    }
}
