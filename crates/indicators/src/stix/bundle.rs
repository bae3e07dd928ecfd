//! Bundles.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::add_pattern;
use crate::json::{Failed, Lines, Tags, Text, each_element, reason};
use crate::model::{Format, Full, Indicators, NewDetails};
use crate::time;
use crate::tree::Origin;
use crate::words::{Switch, no_switch, switch};

/// Objects with values that somebody has seen. That alone is no reason to look for them.
const OBSERVATIONS: [&str; 9] = [
    "observed-data",
    "ipv4-addr",
    "ipv6-addr",
    "domain-name",
    "url",
    "email-addr",
    "file",
    "mutex",
    "windows-registry-key",
];

#[derive(Deserialize)]
struct Object<'a> {
    #[serde(borrow, default, rename = "type")]
    kind: Text<'a>,
    #[serde(borrow, default)]
    id: Text<'a>,
    #[serde(borrow, default)]
    name: Text<'a>,
    #[serde(borrow, default)]
    value: Text<'a>,
    #[serde(borrow, default)]
    modified: Text<'a>,
    #[serde(borrow, default)]
    revoked: Text<'a>,
}

impl Object<'_> {
    /// Returns why an object may hide an indicator, although it is none.
    fn suspicion(&self) -> Option<&'static str> {
        match &*self.kind.0 {
            "" => Some("it has no type, so it is no object of STIX"),
            "bundle" => {
                Some("it is a bundle inside another list of objects; write it into a file of its own")
            }
            kind if kind.eq_ignore_ascii_case("indicator") => {
                Some("its type is not written as STIX has it: `indicator`")
            }
            _ => None,
        }
    }
}

#[derive(Deserialize)]
struct Indicator<'a> {
    #[serde(borrow, default)]
    description: Text<'a>,
    #[serde(borrow, default)]
    pattern: Text<'a>,
    #[serde(borrow, default)]
    pattern_type: Text<'a>,
    #[serde(borrow, default)]
    valid_from: Text<'a>,
    #[serde(borrow, default)]
    valid_until: Text<'a>,
    #[serde(borrow, default)]
    confidence: Text<'a>,
    #[serde(default)]
    indicator_types: Tags,
    /// The name of `indicator_types` in STIX 2.0.
    #[serde(default)]
    labels: Tags,
}

/// Reads the objects of a bundle.
pub(crate) fn read_bundle(
    file: &str,
    objects: &RawValue,
    lines: &Lines<'_>,
    to: &mut Indicators,
) -> Result<(), Full> {
    to.begin_list(file, None, Format::Stix)?;
    let mut reader = Reader { lines, newest: HashMap::new() };
    let visited = each_element(objects, |object| {
        reader.note(object, to);
        Ok::<(), Full>(())
    })
    .and_then(|()| each_element(objects, |object| reader.read(object, to)));
    match visited {
        Ok(()) => Ok(()),
        Err(Failed::Visit(full)) => Err(full),
        Err(Failed::Json(error)) => {
            let line = lines.line_of(objects.get());
            to.add_problem(line, "", format!("the bundle cannot be read: {}", reason(&error)));
            Ok(())
        }
    }
}

struct Reader<'l, 'a> {
    lines: &'l Lines<'l>,
    /// The newest version of each indicator, by its identifier.
    newest: HashMap<String, &'a RawValue>,
}

impl<'a> Reader<'_, 'a> {
    /// Notes which version of an indicator is the newest, and the title of the bundle.
    fn note(&mut self, raw: &'a RawValue, to: &mut Indicators) {
        let Ok(object) = serde_json::from_str::<Object<'_>>(raw.get()) else { return };
        match &*object.kind.0 {
            "report" | "grouping" if to.current_list().title.is_none() => {
                let title = object.name.0.trim();
                to.current_list().title = (!title.is_empty()).then(|| title.to_owned());
            }
            "indicator" if !object.id.0.is_empty() => {
                let newest = self.newest.entry(object.id.0.into_owned()).or_insert(raw);
                let before = serde_json::from_str::<Object<'_>>(newest.get()).map(|before| before.modified);
                // As texts, `.500Z` would come before `Z`. What is no time is older than all times.
                if before.is_ok_and(|before| time::parse(&before.0) < time::parse(&object.modified.0)) {
                    *newest = raw;
                }
            }
            _ => {}
        }
    }

    fn read(&self, raw: &RawValue, to: &mut Indicators) -> Result<(), Full> {
        let line = self.lines.line_of(raw.get());
        let object: Object<'_> = match serde_json::from_str(raw.get()) {
            Ok(object) => object,
            Err(error) => {
                to.add_problem(line, "", format!("the object cannot be read: {}", reason(&error)));
                return Ok(());
            }
        };
        let kind = &*object.kind.0;
        if OBSERVATIONS.contains(&kind) {
            let value = [&object.value, &object.name, &object.id].into_iter().find(|text| !text.0.is_empty());
            let value = value.map_or("", |text| &text.0);
            to.leave_out(line, value, &format!("{kind} is an observation, not an indicator"));
        }
        if kind != "indicator" {
            if let Some(reason) = object.suspicion() {
                to.add_problem(line, kind, reason.into());
            }
            return Ok(());
        }
        match serde_json::from_str::<Indicator<'_>>(raw.get()) {
            Ok(indicator) => self.read_indicator(raw, line, &object, &indicator, to),
            Err(error) => {
                to.add_problem(line, "", format!("the indicator cannot be read: {}", reason(&error)));
                Ok(())
            }
        }
    }

    fn read_indicator(
        &self,
        raw: &RawValue,
        line: u32,
        object: &Object<'_>,
        indicator: &Indicator<'_>,
        to: &mut Indicators,
    ) -> Result<(), Full> {
        let pattern = &*indicator.pattern.0;
        let newest = self.newest.get(&*object.id.0);
        if newest.is_some_and(|newest| !std::ptr::eq(*newest, raw)) {
            to.leave_out(line, pattern, "the bundle has a newer version of it");
            return Ok(());
        }
        match switch(&object.revoked.0) {
            Some(Switch::Off | Switch::Unset) => {}
            Some(Switch::On) => {
                to.leave_out(line, pattern, "it is revoked");
                return Ok(());
            }
            None => {
                to.add_problem(line, pattern, no_switch("revoked"));
                return Ok(());
            }
        }
        let pattern_type = &*indicator.pattern_type.0;
        match pattern_type {
            "" | "stix" => {
                let details = to.details(&details(object, indicator))?;
                add_pattern(pattern, Origin { line, details }, to)
            }
            "sigma" => {
                to.add_sigma_rule(line, pattern.to_owned());
                Ok(())
            }
            other => {
                let other: String = other.chars().take(60).collect();
                to.leave_out(line, pattern, &format!("patterns of type {other} are not supported"));
                Ok(())
            }
        }
    }
}

fn details(object: &Object<'_>, indicator: &Indicator<'_>) -> NewDetails {
    let mut tags = indicator.indicator_types.clone();
    tags.add(&indicator.labels.0);
    let comments = [&*object.name.0, &*indicator.description.0];
    let comments: Vec<_> = comments.into_iter().map(str::trim).filter(|text| !text.is_empty()).collect();
    NewDetails {
        comment: comments.join(": "),
        tags: tags.0,
        score: indicator.confidence.0.parse().ok(),
        first_seen: time::parse(&indicator.valid_from.0),
        valid_until: time::parse(&indicator.valid_until.0),
        ..NewDetails::default()
    }
}
