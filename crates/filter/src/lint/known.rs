//! Finds names that may be misspelt: attributes and data types that are similar to those in the
//! built-in rules.
//!
//! Only a store shows which attributes and data types exist. Without a store there can only be
//! hints.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use events::StreamAttribute;
use rustc_hash::FxHashMap;

use super::finding::Finding;
use crate::aliases::Alias;
use crate::ast::{Comparison, Literal, Node, Operator};
use crate::data_types::{DataTypes, compared_with};
use crate::diagnostic::Severity;
use crate::error::visible;
use crate::fields::FieldNames;
use crate::renamed::new_name;
use crate::rules::tagging_file::{BUILT_IN, built_in};
use crate::spelling::nearest;
use crate::subject::{DEPRECATED, TIMESTAMP};

/// Attributes that the built-in rules do not read, or that every event has.
const ATTRIBUTES: [&str; 5] =
    ["_event_data_stream_identifier", "_parser_chain", "data_type", "tag", "timestamp_desc"];

/// The minimum length of a name that gets a suggestion. It is longer than for suggestions from a
/// store, which are more likely to be right.
const SHORTEST: usize = 5;

/// Attributes of event data that the built-in rules do not read, but that are similar to one that
/// they read.
const ALIKE: [&str; 17] = [
    "action0",
    "action1",
    "action2",
    "comments",
    "file_paths",
    "fullname",
    "gender",
    "log_type",
    "message_code",
    "model",
    "process_hash",
    "resource_name",
    "resource_type",
    "revision",
    "settings",
    "value",
    "volume_name",
];

/// Attributes of some data type that Plaso stores, and that are names of other attributes in other
/// tools. They get no hint if an expression does not require a data type.
const AMBIGUOUS: [&str; 11] = [
    "account_name",
    "client_ip",
    "command_line",
    "event_code",
    "ip",
    "key",
    "machine",
    "process",
    "process_name",
    "source_ip",
    "uri",
];

/// An attribute of one rare data type, which is mostly meant as that of another one.
const MOSTLY_WRONG: &str = "user";

struct Known {
    /// The attributes, each with whether it is only compared with numbers.
    attributes: BTreeMap<String, bool>,
    data_types: BTreeSet<String>,
}

static KNOWN: LazyLock<Known> = LazyLock::new(|| {
    let mut known = Known { attributes: BTreeMap::new(), data_types: BTreeSet::new() };
    for built_in in BUILT_IN.into_iter().filter_map(built_in) {
        for rule in &built_in.rules {
            let mut comparisons = Vec::new();
            let condition = built_in.condition(rule);
            condition.root.comparisons(&mut comparisons);
            // A field inside an attribute is a text, even if it is compared with a number.
            comparisons.retain(|comparison| FieldNames::split(&comparison.attribute).is_none());
            for comparison in comparisons {
                let is_number = matches!(comparison.literal, Literal::Integer(_));
                *known.attributes.entry(comparison.attribute.clone()).or_insert(true) &= is_number;
                known.data_types.extend(compared_with(comparison).map(str::to_owned));
            }
        }
    }
    let fixed = ATTRIBUTES.into_iter().chain(TIMESTAMP).chain(DEPRECATED.map(|(name, _)| name));
    for name in fixed.chain(StreamAttribute::ALL.map(|attribute| attribute.name())) {
        known.attributes.insert(name.into(), false);
    }
    known
});

/// Returns the attributes that may be suggested: those that some event has.
fn suggested() -> impl Iterator<Item = &'static str> {
    let is_gone = |name: &str| DEPRECATED.iter().any(|(gone, _)| *gone == name);
    KNOWN.attributes.keys().map(String::as_str).filter(move |name| !is_gone(name))
}

/// Finds similar names. It searches for each name once, because most rules have the same few names.
#[derive(Default)]
pub(super) struct Names {
    attributes: FxHashMap<String, Option<&'static str>>,
    data_types: FxHashMap<String, Option<&'static str>>,
}

impl Names {
    /// Returns hints about the names and types in an expression.
    pub(super) fn misspelt(&mut self, root: &Node) -> Vec<Finding> {
        let mut comparisons = Vec::new();
        root.comparisons(&mut comparisons);
        let data_types = DataTypes::of(root);
        let hints = comparisons.into_iter().filter_map(|comparison| {
            let differs_in_case = data_types.is_none()
                && suggested().any(|name| name.eq_ignore_ascii_case(&comparison.attribute));
            let alias = if differs_in_case { None } else { alias(comparison, data_types.as_ref()) };
            alias
                .or_else(|| self.attribute(comparison))
                .or_else(|| self.data_type(comparison))
                .or_else(|| number(comparison))
        });
        hints.collect()
    }

    fn attribute(&mut self, comparison: &Comparison) -> Option<Finding> {
        let name = &comparison.attribute;
        if FieldNames::split(name).is_some()
            || KNOWN.attributes.contains_key(name)
            || ALIKE.contains(&name.as_str())
        {
            return None;
        }
        let near =
            *self.attributes.entry(name.clone()).or_insert_with(|| nearest(name, SHORTEST, suggested()));
        let near = near?;
        let case = if near.eq_ignore_ascii_case(name) { " (names are case-sensitive)" } else { "" };
        let message =
            format!("the built-in rules do not use `{}`{case}; did you mean `{near}`?", visible(name));
        let columns = comparison.attribute_column..comparison.attribute_column + name.chars().count();
        Some(hint(columns, message, format!("`{near}`")))
    }

    fn data_type(&mut self, comparison: &Comparison) -> Option<Finding> {
        let columns = comparison.literal_column..comparison.end_column;
        let name = compared_with(comparison).filter(|name| !KNOWN.data_types.contains(*name))?;
        if let Some(now) = new_name(name) {
            let message = format!("Plaso 20260720 uses the data type `{now}` instead of `{name}`");
            return Some(hint(columns, message, format!("'{now}'")));
        }
        let near = *self
            .data_types
            .entry(name.to_owned())
            .or_insert_with(|| nearest(name, SHORTEST, KNOWN.data_types.iter().map(String::as_str)));
        let near = near?;
        let message = format!(
            "the built-in rules do not use the data type `{}`; did you mean `{near}`?",
            visible(name)
        );
        Some(hint(columns, message, format!("'{near}'")))
    }
}

/// Returns a hint if other tools use the attribute's name, and Plaso has another name in the data
/// types that the expression requires. If it requires none, a name that Plaso uses somewhere gets
/// no hint.
fn alias(comparison: &Comparison, data_types: Option<&DataTypes<'_>>) -> Option<Finding> {
    let name = &comparison.attribute;
    let aliases: Vec<_> = Alias::of(name).collect();
    let best = match data_types {
        Some(types) => {
            let of_type = |data_type| aliases.iter().find(|alias| alias.is_about(data_type));
            types
                .names
                .iter()
                .map(|data_type| of_type(data_type))
                .collect::<Option<Vec<_>>>()?
                .into_iter()
                .next()
        }
        None if name != MOSTLY_WRONG && is_stored(name) => None,
        None => aliases.first(),
    }?;
    let others = aliases.iter().filter(|other| data_types.is_none() && other.attribute != best.attribute);
    let others =
        others.map(|other| format!(", and `{}` in events of {}", other.attribute, other.data_types()));
    let meant = best.attribute;
    let message = format!(
        "what you call `{}` is `{meant}` in events of {}{}; did you mean `{meant}`?",
        visible(name),
        best.data_types(),
        others.collect::<String>(),
    );
    let columns = comparison.attribute_column..comparison.attribute_column + name.chars().count();
    Some(hint(columns, message, format!("`{meant}`")))
}

/// Returns whether events of some data type have the attribute.
fn is_stored(name: &str) -> bool {
    KNOWN.attributes.contains_key(name) || ALIKE.contains(&name) || AMBIGUOUS.contains(&name)
}

/// Returns a hint if a text is compared with an attribute that holds numbers.
fn number(comparison: &Comparison) -> Option<Finding> {
    use Operator::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual};
    let Comparison { attribute, operator, literal: Literal::Text(text), .. } = comparison else {
        return None;
    };
    let is_compared = matches!(operator, Equal | Less | LessOrEqual | Greater | GreaterOrEqual);
    let is_number = KNOWN.attributes.get(attribute) == Some(&true);
    (is_compared && is_number && text.parse::<i64>().is_ok()).then(|| {
        let message = format!(
            "the built-in rules compare `{attribute}` with numbers, and a text never equals a number; did you mean {text}?"
        );
        hint(comparison.literal_column..comparison.end_column, message, text.clone())
    })
}

fn hint(columns: std::ops::Range<usize>, message: String, suggestion: String) -> Finding {
    Finding { severity: Severity::Hint, columns, message, suggestion: Some(suggestion) }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::Expression;

    /// The data types of Plaso 20260720, each with its attributes.
    const PLASO: &str = include_str!("../../../../tests/data/plaso-data-types.txt");

    /// A name that Plaso stores is not misspelt, even if no built-in rule reads it.
    #[test]
    fn names_of_plaso_get_no_hint() {
        let hints = |expression: String| {
            let expression = Expression::parse(&expression).unwrap().unwrap();
            Names::default().misspelt(&expression.root).into_iter().map(|hint| hint.message)
        };
        let mut wrong = Vec::new();
        for line in PLASO.lines() {
            let (data_type, attributes) = line.split_once(' ').unwrap_or((line, ""));
            wrong.extend(hints(format!("data_type is '{data_type}'")));
            for name in attributes.split(' ').filter(|name| !name.is_empty()) {
                if name != MOSTLY_WRONG {
                    wrong.extend(hints(format!("{name} contains 'a'")));
                }
                wrong.extend(hints(format!("data_type is '{data_type}' and {name} contains 'a'")));
            }
        }
        assert_eq!(wrong, [""; 0]);
    }

    /// The name of another tool gets that of Plaso, which depends on the data type.
    #[test]
    fn names_of_other_tools() {
        for (slip, meant) in [
            ("eventid is 4624", Some("event_identifier")),
            ("EventID is 4624", Some("event_identifier")),
            ("computer_name is 'a'", Some("hostname")),
            ("user is 'a'", Some("xml_string.TargetUserName")),
            ("data_type is 'windows:evt:record' and user is 'a'", Some("user_sid")),
            ("data_type is 'syslog:ssh:login' and user is 'a'", Some("username")),
            ("data_type is 'syslog:line' and message contains 'a'", Some("message_body")),
            ("data_type is 'windows:evtx:record' and message contains 'a'", Some("xml_string")),
            ("data_type is 'macos:user:entry' and user is 'a'", None),
            ("username is 'a'", None),
        ] {
            let expression = Expression::parse(slip).unwrap().unwrap();
            let hints = Names::default().misspelt(&expression.root);
            let found = hints.first().and_then(|hint| hint.suggestion.clone());
            assert_eq!(found, meant.map(|meant| format!("`{meant}`")), "{slip}");
        }
    }

    /// Only names that Plaso stores are suggested.
    #[test]
    fn suggestions_are_names_of_plaso() {
        let names: BTreeSet<_> = PLASO.split_whitespace().collect();
        let fixed = StreamAttribute::ALL.map(|attribute| attribute.name()).into_iter();
        let fixed: BTreeSet<_> = fixed.chain(ATTRIBUTES).chain(TIMESTAMP).collect();
        for name in suggested().chain(KNOWN.data_types.iter().map(String::as_str)) {
            assert!(names.contains(name) || fixed.contains(name), "{name}");
        }
        for name in ALIKE {
            assert!(names.contains(name) && !KNOWN.attributes.contains_key(name), "{name}");
        }
    }
}
