//! Attributes: each has one indicator or two.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::types::{Content, Part, content, is_for_detection};
use crate::json::{Lines, Tags, Text, each_element, reason};
use crate::model::{Comparison, Full, Indicators, Kind, NewDetails, ThreatLevel};
use crate::stix;
use crate::time;
use crate::tree::{self, Item, Origin, Tree, add_recognised, add_value};
use crate::values::{Recognised, as_kind};
use crate::words::{Switch, no_switch, switch};

#[derive(Deserialize)]
struct Attribute<'a> {
    #[serde(borrow, rename = "type")]
    name: Text<'a>,
    #[serde(borrow)]
    value: Text<'a>,
    #[serde(borrow, default)]
    to_ids: Text<'a>,
    #[serde(borrow, default)]
    deleted: Text<'a>,
    #[serde(borrow, default)]
    comment: Text<'a>,
    #[serde(borrow, default)]
    first_seen: Text<'a>,
    #[serde(borrow, default)]
    last_seen: Text<'a>,
    #[serde(default, rename = "Tag")]
    tags: Tags,
    #[serde(borrow, default, rename = "ShadowAttribute")]
    proposals: Option<&'a RawValue>,
    /// Search results say of which event the attribute is.
    #[serde(borrow, default, rename = "Event")]
    event: Option<EventOf<'a>>,
}

#[derive(Deserialize)]
struct EventOf<'a> {
    #[serde(borrow, default)]
    info: Text<'a>,
}

/// What an attribute takes from its object and event.
#[derive(Clone, Copy)]
pub(super) struct Surroundings<'a> {
    pub(super) threat_level: Option<ThreatLevel>,
    pub(super) tags: &'a Tags,
    pub(super) comment: &'a str,
    pub(super) is_deleted: bool,
}

/// Reads an attribute.
pub(super) fn read(
    raw: &RawValue,
    surroundings: &Surroundings<'_>,
    lines: &Lines<'_>,
    to: &mut Indicators,
) -> Result<(), Full> {
    let line = lines.line_of(raw.get());
    let attribute: Attribute<'_> = match serde_json::from_str(raw.get()) {
        Ok(attribute) => attribute,
        Err(error) => {
            to.add_problem(line, "", format!("the attribute cannot be read: {}", reason(&error)));
            return Ok(());
        }
    };
    leave_out_proposals(attribute.proposals, lines, to);
    let (name, value) = (&*attribute.name.0, &*attribute.value.0);
    let left_out = match (switch(&attribute.deleted.0), switch(&attribute.to_ids.0)) {
        (None, _) => {
            to.add_problem(line, value, no_switch("deleted"));
            return Ok(());
        }
        (_, None) => {
            to.add_problem(line, value, no_switch("to_ids"));
            return Ok(());
        }
        (Some(Switch::On), _) => Some("it is deleted"),
        _ if surroundings.is_deleted => Some("it is deleted"),
        (_, Some(Switch::Off)) => Some("to_ids is false"),
        (_, Some(Switch::Unset)) if !is_for_detection(name) => {
            Some("it has no to_ids, and its type is not for detection")
        }
        _ => None,
    };
    if let Some(reason) = left_out {
        to.leave_out(line, value, reason);
        return Ok(());
    }
    let details = to.details(&details(&attribute, surroundings))?;
    add_typed(name, value, Origin { line, details }, to)
}

/// Adds a value whose type has the name that MISP gives it.
pub(crate) fn add_typed(name: &str, value: &str, origin: Origin, to: &mut Indicators) -> Result<(), Full> {
    match content(name) {
        Content::Of(kind) => add_value(kind, value, origin, to),
        Content::Two(first, second) => add_two(name, (first, second), value, origin, to),
        Content::KeyAndData => add_key_and_data(value, origin, to),
        Content::NamePattern => add_name_pattern(value, origin, to),
        Content::Pattern => stix::add_pattern(value, origin, to),
        Content::Sigma => {
            to.add_sigma_rule(origin.line, value.to_owned());
            Ok(())
        }
        Content::Unknown => {
            to.leave_out(origin.line, value, &format!("values of type {} are not supported", short(name)));
            Ok(())
        }
    }
}

/// Adds a pattern of names of files. If it is a regular expression, case does not count, as in all
/// names of files.
fn add_name_pattern(value: &str, origin: Origin, to: &mut Indicators) -> Result<(), Full> {
    let Some(expression) = name_expression(value) else {
        return add_value(Kind::FileName, value, origin, to);
    };
    let is_of_path = expression.contains(r"\\") || expression.contains('/');
    let kind = if is_of_path { Kind::FilePath } else { Kind::FileName };
    let pattern = format!("(?i){expression}");
    match to.regex_check().check(&pattern) {
        Ok(()) => {
            let recognised = Recognised::compared(kind, Comparison::Regex, pattern);
            add_recognised(&recognised, value, origin, to)
        }
        Err(reason) => {
            to.add_problem(origin.line, value, reason);
            Ok(())
        }
    }
}

/// Returns the regular expression of a pattern, if it is one. `evil.*` is rather a wildcard.
fn name_expression(pattern: &str) -> Option<&str> {
    let inner = pattern.trim();
    let between = inner.strip_prefix('/').and_then(|rest| rest.strip_suffix("/i").or(rest.strip_suffix('/')));
    let inner = between.unwrap_or(inner);
    let has_path = inner.contains(":\\") && !inner.contains(r":\\");
    let has_signs = [r"\.", r"\d", r"\w", ".+", ".*\\", "(?", "[0-9", "[a-z", "[A-Z"];
    let is_expression = inner.starts_with('^')
        || inner.ends_with('$')
        || !has_path && has_signs.iter().any(|sign| inner.contains(sign));
    is_expression.then_some(inner)
}

/// Names what somebody has proposed and nobody has accepted.
pub(super) fn leave_out_proposals(proposals: Option<&RawValue>, lines: &Lines<'_>, to: &mut Indicators) {
    #[derive(Deserialize)]
    struct Proposal<'a> {
        #[serde(borrow, default)]
        value: Text<'a>,
    }
    let Some(proposals) = proposals else { return };
    let visited = each_element(proposals, |raw| {
        let proposal = serde_json::from_str::<Proposal<'_>>(raw.get());
        let value = proposal.map(|proposal| proposal.value).unwrap_or_default();
        to.leave_out(lines.line_of(raw.get()), &value.0, "it is only a proposal");
        Ok::<(), ()>(())
    });
    if visited.is_err() {
        to.add_problem(lines.line_of(proposals.get()), "", "the proposals cannot be read".into());
    }
}

fn details(attribute: &Attribute<'_>, surroundings: &Surroundings<'_>) -> NewDetails {
    let mut tags = attribute.tags.clone();
    tags.add(&surroundings.tags.0);
    let event = attribute.event.as_ref().map_or("", |event| &*event.info.0);
    let comments = [&*attribute.comment.0, surroundings.comment, event];
    let comments: Vec<_> = comments.into_iter().map(str::trim).filter(|text| !text.is_empty()).collect();
    NewDetails {
        comment: comments.join("; "),
        tags: tags.0,
        threat_level: surroundings.threat_level,
        first_seen: time::parse(&attribute.first_seen.0),
        last_seen: time::parse(&attribute.last_seen.0),
        ..NewDetails::default()
    }
}

/// Adds both values: each of them is an indicator.
fn add_two(
    name: &str,
    (first, second): (Part, Part),
    value: &str,
    origin: Origin,
    to: &mut Indicators,
) -> Result<(), Full> {
    // A file name may have a `|` on some systems, and what is behind the last one never has.
    let Some((first_value, second_value)) = value.rsplit_once('|') else {
        let reason = format!("an attribute of type {} has two values, separated by `|`", short(name));
        to.add_problem(origin.line, value, reason);
        return Ok(());
    };
    for (part, value) in [(first, first_value), (second, second_value)] {
        match part {
            Part::Of(kind) => add_value(kind, value, origin, to)?,
            Part::Ignored => {}
            Part::Unknown => {
                let reason = format!("the second value of type {} is not supported", short(name));
                to.leave_out(origin.line, value, &reason);
            }
        }
    }
    Ok(())
}

fn add_key_and_data(value: &str, origin: Origin, to: &mut Indicators) -> Result<(), Full> {
    let Some((key, data)) = value.split_once('|').filter(|(_, data)| !data.trim().is_empty()) else {
        return add_value(Kind::RegistryKey, value.trim_end_matches('|'), origin, to);
    };
    let item = |kind, value: &str| match as_kind(kind, value) {
        Ok(recognised) => {
            let recognised = recognised.into_owned();
            Tree::Item(Item { recognised, written: value.to_owned(), line: origin.line })
        }
        Err(error) => Tree::wrong(value, error.0),
    };
    let parts = vec![item(Kind::RegistryKey, key), item(Kind::RegistryData, data)];
    tree::add(Tree::All(parts), origin, to)
}

/// Returns the beginning of a name that is not known to be short.
fn short(name: &str) -> String {
    name.chars().take(60).collect()
}
