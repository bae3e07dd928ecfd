//! Values of indicators for people.

use crate::model::{Indicator, Value};
use crate::values::canonical;

/// Returns the value of an indicator as its list has it.
#[must_use]
pub fn written(indicator: &Indicator<'_>) -> String {
    match (indicator.written, indicator.value) {
        (Some(written), _) => written.to_owned(),
        (None, Value::Hash(bytes)) => canonical::digits(bytes),
        (None, Value::Address(address)) => address.to_string(),
        (None, Value::Network { address, prefix }) => format!("{address}/{prefix}"),
        (None, Value::Text(text)) => text.to_owned(),
    }
}
