//! Indicators that cannot be compared with events, and how an indicator is written.

use crate::model::{Indicator, Indicators, Value};

/// Indicators that cannot be compared with events.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}{reason}")]
pub struct BuildError {
    place: String,
    reason: String,
}

impl BuildError {
    pub(super) fn new(indicators: &Indicators, indicator: &Indicator<'_>, reason: String) -> Self {
        let file = &indicators.list(indicator.list).file;
        Self { place: format!("{file}, line {}: `{}`: ", indicator.line, written(indicator)), reason }
    }

    pub(super) fn of_all(reason: String) -> Self {
        Self { place: String::new(), reason }
    }
}

/// Returns the value of an indicator as its list has it.
#[must_use]
pub fn written(indicator: &Indicator<'_>) -> String {
    match (indicator.written, indicator.value) {
        (Some(written), _) => written.to_owned(),
        (None, Value::Hash(bytes)) => bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
        (None, Value::Address(address)) => address.to_string(),
        (None, Value::Network { address, prefix }) => format!("{address}/{prefix}"),
        (None, Value::Text(text)) => text.to_owned(),
    }
}
