//! Events.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::attribute::{self, Surroundings};
use crate::json::{Failed, Lines, Tags, Text, each_element, reason};
use crate::model::{Format, Full, Indicators, ThreatLevel};
use crate::words::{Switch, no_switch, switch};

#[derive(Deserialize)]
struct Event<'a> {
    #[serde(borrow, default)]
    info: Text<'a>,
    #[serde(borrow, default)]
    threat_level_id: Text<'a>,
    #[serde(default, rename = "Tag")]
    tags: Tags,
    #[serde(borrow, default, rename = "Attribute")]
    attributes: Option<&'a RawValue>,
    #[serde(borrow, default, rename = "Object")]
    objects: Option<&'a RawValue>,
    #[serde(borrow, default, rename = "ShadowAttribute")]
    proposals: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Object<'a> {
    #[serde(borrow, default)]
    comment: Text<'a>,
    #[serde(borrow, default)]
    deleted: Text<'a>,
    #[serde(borrow, default, rename = "Attribute")]
    attributes: Option<&'a RawValue>,
}

/// Reads an event as a list of its own.
pub(crate) fn read_event(
    file: &str,
    event: &RawValue,
    lines: &Lines<'_>,
    to: &mut Indicators,
) -> Result<(), Full> {
    let line = lines.line_of(event.get());
    let event: Event<'_> = match serde_json::from_str(event.get()) {
        Ok(event) => event,
        Err(error) => {
            to.begin_list(file, None, Format::Misp)?;
            to.add_problem(line, "", format!("the event cannot be read: {}", reason(&error)));
            return Ok(());
        }
    };
    let title = event.info.0.trim();
    to.begin_list(file, (!title.is_empty()).then(|| title.to_owned()), Format::Misp)?;
    let surroundings = Surroundings {
        threat_level: match &*event.threat_level_id.0 {
            "1" => Some(ThreatLevel::High),
            "2" => Some(ThreatLevel::Medium),
            "3" => Some(ThreatLevel::Low),
            _ => None,
        },
        tags: &event.tags,
        comment: "",
        is_deleted: false,
    };
    read_all(event.attributes, &surroundings, lines, to)?;
    attribute::leave_out_proposals(event.proposals, lines, to);
    each(event.objects, lines, to, |object, to| {
        let line = lines.line_of(object.get());
        match serde_json::from_str::<Object<'_>>(object.get()) {
            Ok(object) => {
                let Some(deleted) = switch(&object.deleted.0) else {
                    to.add_problem(line, &object.deleted.0, no_switch("deleted"));
                    return Ok(());
                };
                let is_deleted = deleted == Switch::On;
                let surroundings = Surroundings { comment: &object.comment.0, is_deleted, ..surroundings };
                read_all(object.attributes, &surroundings, lines, to)
            }
            Err(error) => {
                to.add_problem(line, "", format!("the object cannot be read: {}", reason(&error)));
                Ok(())
            }
        }
    })
}

/// Reads attributes of several events, which a search has found, as one list.
pub(crate) fn read_attributes(
    file: &str,
    attributes: &RawValue,
    lines: &Lines<'_>,
    to: &mut Indicators,
) -> Result<(), Full> {
    to.begin_list(file, None, Format::Misp)?;
    let surroundings =
        Surroundings { threat_level: None, tags: &Tags::default(), comment: "", is_deleted: false };
    read_all(Some(attributes), &surroundings, lines, to)
}

fn read_all(
    attributes: Option<&RawValue>,
    surroundings: &Surroundings<'_>,
    lines: &Lines<'_>,
    to: &mut Indicators,
) -> Result<(), Full> {
    each(attributes, lines, to, |attribute, to| attribute::read(attribute, surroundings, lines, to))
}

/// Visits the elements of an array that may be absent. Malformed JSON is a problem of the list.
fn each<'a>(
    array: Option<&'a RawValue>,
    lines: &Lines<'_>,
    to: &mut Indicators,
    mut visit: impl FnMut(&'a RawValue, &mut Indicators) -> Result<(), Full>,
) -> Result<(), Full> {
    let Some(array) = array else { return Ok(()) };
    match each_element(array, |element| visit(element, to)) {
        Ok(()) => Ok(()),
        Err(Failed::Visit(full)) => Err(full),
        Err(Failed::Json(error)) => {
            to.add_problem(lines.line_of(array.get()), "", format!("it cannot be read: {}", reason(&error)));
            Ok(())
        }
    }
}
