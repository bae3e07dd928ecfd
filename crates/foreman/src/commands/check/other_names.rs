//! The names in the rules and the filter of `foreman check` for which the store has another name.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use events::AttributeNames;
use filter::SeenEvents;
use serde_json::json;

use super::rules::{Checked, Members};

/// The names that the events have, although the rules or the filter use others.
#[derive(Default)]
pub(super) struct OtherNames {
    /// The attribute as it was written and as it is stored, with the data types.
    attributes: BTreeMap<(String, String), Vec<String>>,
    /// The data type as it was written and as it is stored.
    data_types: Vec<(String, String)>,
}

impl OtherNames {
    /// Finds the names among the events that were examined.
    pub(super) fn find(checked: &Checked, names: &AttributeNames, seen: &SeenEvents) -> Self {
        let mut found = Self::default();
        for (data_type, asked, other) in names.other_names() {
            if seen.has_attribute(data_type, other) && !seen.has_attribute(data_type, asked) {
                found.attributes.entry((asked.into(), other.into())).or_default().push(data_type.into());
            }
        }
        for (asked, other) in &checked.other_data_types {
            if seen.has_data_type(other) {
                found.data_types.push((asked.clone(), (*other).into()));
            }
        }
        found
    }

    /// Returns a line for each name, each after a line break.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        for ((asked, other), data_types) in &self.attributes {
            let _ = write!(
                text,
                "\nnote: `{asked}` is stored as `{other}` in events of `{}`; Plaso has renamed it, and either name works",
                data_types.join("`, `")
            );
        }
        for (asked, other) in &self.data_types {
            let _ = write!(
                text,
                "\nnote: the data type `{asked}` is stored as `{other}`; Plaso has renamed it, and either name works"
            );
        }
        text
    }

    /// Returns the names as JSON.
    pub(super) fn members(&self) -> Members {
        let attributes = self.attributes.iter().map(|((asked, other), data_types)| {
            json!({"name": asked, "stored_as": other, "data_types": data_types})
        });
        let data_types =
            self.data_types.iter().map(|(asked, other)| json!({"name": asked, "stored_as": other}));
        vec![("renamed_attributes", attributes.collect()), ("renamed_data_types", data_types.collect())]
    }
}
